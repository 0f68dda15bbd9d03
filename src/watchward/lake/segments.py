"""Events as Parquet segments: each written once, flushed, and never changed.

A segment lies in `lake/events/<day received>/` and is named `<gateway>-<sequence>.parquet` after the journal entry that
speaks for it. A merged segment is named `<gateway>-<first>-<last>.parquet` and stands for every segment of that gateway
with a number from first to last: the moment it appears, those are superseded. So the set of names alone says which
events there are, and no crash leaves an event twice or nowhere.
"""

import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import structlog

from watchward.base.files import turn
from watchward.detect.coverage.arrivals import Arrivals, arrivals
from watchward.detect.texts.traces import traces
from watchward.lake.arrivals import leave
from watchward.lake.errors import LakeError
from watchward.lake.frames import sync_folder, write_all
from watchward.lake.traces import append
from watchward.telemetry.batch import ENVELOPE, UNMAPPED, compact

log = structlog.get_logger()

ASIDE = ".unjournalled"
"""What the name of a segment ends with that the journal should speak for and does not."""

EXPIRED = ".expired"
"""What a mark beside a segment ends with whose events no longer count and whose file goes soon."""

GRACE_SECONDS = 60.0
"""How long a segment that no longer counts stays, for hunts that are still reading it."""

ROW_GROUP = 32_768
"""Rows of one row group: what a hunt can skip at once when no row in it is wanted."""

DICTIONARY_BYTES = 256 << 20
"""How large a column's dictionary in a row group may become: beyond it, values that repeat are written out again."""

LONG = 32
"""Bytes a row from which a column's texts are worth tight packing at once."""

_NAME = re.compile(r"(?P<gateway>[a-z0-9]+)-(?P<first>\d{12})(?:-(?P<last>\d{12}))?\.parquet")
_PRUNED_BY = ["observed_at", "received_at", "organisation", "device"]
_NEVER_REPEATED = ("event_id", UNMAPPED.name)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Segment:
    """One file of events: which gateway wrote it, and the journal entries that it holds the events of."""

    day: str
    gateway: str
    first: int
    last: int

    @classmethod
    def of(cls, gateway: str, sequence: int, received_at: datetime) -> "Segment":
        """The segment of one journal entry."""
        return cls(day=received_at.strftime("%Y-%m-%d"), gateway=gateway, first=sequence, last=sequence)

    @classmethod
    def parse(cls, name: str) -> "Segment":
        """The segment of a name relative to the lake, as the journal gives it.

        >>> str(Segment.parse("2026-03-01/g1-000000000007.parquet"))
        '2026-03-01/g1-000000000007.parquet'

        """
        day, _, file = name.rpartition("/")
        found = _NAME.fullmatch(file)
        if found is None:
            raise LakeError(f"{name!r} is not a segment.", advice="Keep other files out of the lake's folder.")
        first = int(found["first"])
        return cls(day=day, gateway=found["gateway"], first=first, last=int(found["last"] or first))

    @property
    def merged(self) -> bool:
        """Whether this one stands for several."""
        return self.last > self.first

    def covers(self, other: "Segment") -> bool:
        """Whether everything in another segment is in this one too."""
        return self.gateway == other.gateway and self.first <= other.first and other.last <= self.last

    def path(self, lake: Path) -> Path:
        """Where the file lies."""
        return events_folder(lake) / str(self)

    def mark(self, lake: Path) -> Path:
        """The file whose presence says that this segment's events have expired."""
        return self.path(lake).with_suffix(EXPIRED)

    @property
    def file(self) -> str:
        """The name of the file in its day's folder."""
        last = f"-{self.last:012d}" if self.merged else ""
        return f"{self.gateway}-{self.first:012d}{last}.parquet"

    def __str__(self) -> str:
        return f"{self.day}/{self.file}"


def events_folder(lake: Path) -> Path:
    """The folder of all segments."""
    return lake / "events"


def write(lake: Path, segment: Segment, rows: pa.Table, *, for_good: bool = False) -> None:
    """Write a segment; when this returns it is on disk under its name, and whole.

    Args:
        lake: the node's lake.
        segment: its name.
        rows: the events.
        for_good: whether it stays as it is; else only its long texts are packed tightly, and neither traces nor
            notes of what arrived are left in it, because a sender waits.

    Raises:
        OSError: the disk refused it; nothing is left behind under the segment's name.

    """
    encoded = pa.BufferOutputStream()
    tightly = {
        one.name: for_good or column.nbytes > LONG * rows.num_rows
        for one, column in zip(rows.schema, rows.columns, strict=True)
    }
    with pq.ParquetWriter(
        encoded,
        rows.schema,
        compression={name: "zstd" if tight else "lz4" for name, tight in tightly.items()},
        compression_level={name: 3 if for_good else 1 for name, tight in tightly.items() if tight},
        write_statistics=[name for name in _PRUNED_BY if name in rows.schema.names],
        use_dictionary=[name for name in rows.schema.names if name not in _NEVER_REPEATED],
        dictionary_pagesize_limit=DICTIONARY_BYTES,
    ) as writer:
        left, noted = [], Arrivals()
        for group in _groups(rows):
            writer.write_batch(group)
            if for_good:
                left.append(traces(group))
                noted.add(arrivals(group))
        if for_good:
            append(left, encoded, writer)
            leave(noted, encoded, writer)
    publish(segment.path(lake), encoded.getvalue())


def _groups(rows: pa.Table) -> Iterator[pa.RecordBatch]:
    """The rows of each row group. A column's dictionary is written with each, so each has one of its own values."""
    groups = rows.unify_dictionaries().combine_chunks().to_batches(max_chunksize=ROW_GROUP)
    yield from groups if len(groups) == 1 else map(compact, groups)


def publish(path: Path, content: bytes | pa.Buffer) -> None:
    """Make a file appear under its name at once and whole, and flush it and its folder."""
    if not path.parent.is_dir():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(path.parent.parent)
    partial = path.with_suffix(".partial")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            write_all(handle, memoryview(content).cast("B"))
            os.fsync(handle)
        finally:
            os.close(handle)
        partial.rename(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def everything(lake: Path) -> list[Segment]:
    """Every file of events, superseded ones included and expired ones not, oldest first."""
    found = {f"{file.parent.name}/{file.name}" for file in events_folder(lake).glob("*/*")}
    names = (name for name in found if _NAME.fullmatch(name.rpartition("/")[2]))
    return sorted(Segment.parse(name) for name in names if name.removesuffix(".parquet") + EXPIRED not in found)


@contextmanager
def upkeep(lake: Path) -> Iterator[None]:
    """Only one thing at a time merges segments or lets them expire."""
    with turn(lake / "upkeep.lock"):
        yield


def visible(lake: Path) -> list[Segment]:
    """The segments that together hold every event exactly once."""
    return without_superseded(everything(lake))


def without_superseded(segments: Iterable[Segment]) -> list[Segment]:
    """Leave out each segment whose events a merged one holds too."""
    by_gateway: dict[str, list[Segment]] = defaultdict(list)
    for segment in segments:
        by_gateway[segment.gateway].append(segment)
    kept = []
    for group in by_gateway.values():
        reached = 0
        # The widest first: whatever ends at or before what has been reached lies inside one already kept.
        for segment in sorted(group, key=lambda one: (one.first, -one.last)):
            if segment.last > reached:
                kept.append(segment)
                reached = segment.last
    return sorted(kept)


def uncounted(files: Collection[Path]) -> set[Path]:
    """Those of some files that are segments whose events count no longer: superseded by another of them, or expired."""
    segments = {file for file in files if _NAME.fullmatch(file.name)}
    by_folder: dict[Path, list[Segment]] = defaultdict(list)
    for file in segments:
        if not file.with_suffix(EXPIRED).exists():
            by_folder[file.parent].append(Segment.parse(f"{file.parent.name}/{file.name}"))
    return segments - {folder / one.file for folder, held in by_folder.items() for one in without_superseded(held)}


def forget_unacknowledged(lake: Path, gateway: str, *, journalled: int) -> int:
    """Remove what a crash left before its journal entry was written: no sender was told that it was received.

    A crash leaves one segment without an entry. Where there are more, the journal lost entries (a damaged disk, a
    folder restored from elsewhere): the segments are then set aside under another name, for people to look at.
    """
    left = [one for one in everything(lake) if one.gateway == gateway and one.first > journalled]
    lost = len(left) > 1 or any(one.merged for one in left)
    for segment in left:
        path = segment.path(lake)
        if lost:
            path.rename(path.with_suffix(ASIDE))
        else:
            path.unlink()
    if lost:
        log.error("journal_behind_lake", gateway=gateway, set_aside=len(left), journalled=journalled)
    for partial in events_folder(lake).glob(f"*/{gateway}-*.partial"):
        partial.unlink(missing_ok=True)
    return len(left)


def schema_of(names: Iterable[str]) -> pa.Schema:
    """The schema of a lake with these field columns: text as text, whatever encoding a segment uses."""
    envelope = [pa.field(one.name, pa.string() if pa.types.is_dictionary(one.type) else one.type) for one in ENVELOPE]
    fields = [pa.field(name, pa.string()) for name in names if name not in ENVELOPE.names and name != UNMAPPED.name]
    return pa.schema([*envelope, *fields, UNMAPPED])
