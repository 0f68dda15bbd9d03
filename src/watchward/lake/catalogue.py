"""What each segment holds, read from its footer: fields, and the span of times and organisations of its events."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow.fs import LocalFileSystem

from watchward.lake.segments import Segment, schema_of, visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The footer of one segment, read once: segments never change. `unpacked` is its size in bytes, uncompressed."""

    rows: int
    unpacked: int
    names: tuple[str, ...]
    first_observed_at: datetime
    last_observed_at: datetime
    first_organisation: str
    last_organisation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events someone asks for: between two times, and of these organisations (None: of every one)."""

    organisations: frozenset[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    device: str | None = None

    def may_be_in(self, contents: Contents) -> bool:
        """Whether a segment with these contents can hold any such event."""
        if self.since is not None and contents.last_observed_at < self.since:
            return False
        if self.until is not None and contents.first_observed_at > self.until:
            return False
        return self.organisations is None or any(
            contents.first_organisation <= code <= contents.last_organisation for code in self.organisations
        )

    def condition(self) -> ds.Expression | None:
        """The same as a condition on rows."""
        parts = []
        if self.organisations is not None:
            parts.append(ds.field("organisation").isin(pa.array(sorted(self.organisations), pa.string())))
        if self.since is not None:
            parts.append(ds.field("observed_at") >= self.since)
        if self.until is not None:
            parts.append(ds.field("observed_at") <= self.until)
        if self.device is not None:
            parts.append(ds.field("device") == self.device)
        condition = None
        for part in parts:
            condition = part if condition is None else condition & part
        return condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The segments that may hold wanted events, and the columns that these have."""

    paths: tuple[str, ...]
    columns: tuple[str, ...]
    wanted: Wanted

    def dataset(self) -> ds.Dataset:
        """The wanted events and no others."""
        found = ds.FileSystemDataset.from_paths(
            list(self.paths),
            schema=schema_of(self.columns),
            format=ds.ParquetFileFormat(),
            filesystem=LocalFileSystem(),
        )
        condition = self.wanted.condition()
        return found if condition is None else found.filter(condition)


def dataset(lake: Path, wanted: Wanted) -> ds.Dataset:
    """The wanted events and no others, with a column for each field that a segment has."""
    return choose(lake, wanted).dataset()


def choose(lake: Path, wanted: Wanted, *, fields: tuple[str, ...] = ()) -> Chosen:
    """The segments to read for wanted events, with a column for each of these fields and for each that one has."""
    paths, names = [], dict.fromkeys(fields)
    for segment in visible(lake):
        path = segment.path(lake)
        try:
            held = contents_of(path)
        except FileNotFoundError:
            # Superseded and removed since it was listed; what replaced it was not in that listing.
            return choose(lake, wanted, fields=fields)
        if wanted.may_be_in(held):
            paths.append(str(path))
            names.update(dict.fromkeys(held.names))
    return Chosen(paths=tuple(paths), columns=tuple(names), wanted=wanted)


@lru_cache(maxsize=65_536)
def contents_of(path: Path) -> Contents:
    """The footer of a segment."""
    with pq.ParquetFile(path) as file:
        footer, names = file.metadata, tuple(file.schema_arrow.names)
    columns = {footer.schema.column(index).name: index for index in range(footer.num_columns)}
    groups = [footer.row_group(index) for index in range(footer.num_row_groups)]
    times = [group.column(columns["observed_at"]).statistics for group in groups]
    codes = [group.column(columns["organisation"]).statistics for group in groups]
    return Contents(
        rows=footer.num_rows,
        unpacked=sum(group.total_byte_size for group in groups),
        names=names,
        first_observed_at=min(one.min for one in times),
        last_observed_at=max(one.max for one in times),
        first_organisation=min(one.min for one in codes),
        last_organisation=max(one.max for one in codes),
    )


def segment_holding(lake: Path, name: str) -> Segment | None:
    """The segment that now holds the events once written under a name; None where they are gone."""
    wanted = Segment.parse(name)
    if wanted.path(lake).exists() and not wanted.mark(lake).exists():
        return wanted  # perhaps merged already, but still there: as good, and without a listing of the whole lake
    return next((one for one in visible(lake) if one.covers(wanted)), None)
