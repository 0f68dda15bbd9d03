"""Where the things that indicators name stand in the events of the lake.

Of each row group only the distinct values are looked at, in the columns that may carry what is looked for. Rows are
read where one of these values is met, and then only the columns that say what happened.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from watchward.detect.alerts import sentence
from watchward.detect.fields import spans_for
from watchward.detect.kernels.arrays import Spans
from watchward.intel.exact.lookup import Lookup
from watchward.lake.catalogue import Wanted
from watchward.lake.dictionaries import Dictionaries
from watchward.telemetry.batch import ENVELOPE, column_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The events of one row group that hold something, and the rows of the segment at which they stand."""

    batch: pa.RecordBatch
    rows: NDArray[np.int64]


def sought(path: Path, lookup: Lookup, wanted: Wanted) -> Iterator[Part]:
    """The events of a segment that hold what is looked for; those that are not wanted may be among them.

    Raises:
        FileNotFoundError: the segment was merged, or expired.

    """
    with closing(Dictionaries(path)) as segment:
        first = 0
        for group in range(segment.metadata.num_row_groups):
            rows = segment.metadata.row_group(group).num_rows
            if _may_be_in(segment, group, wanted):
                met = _met(segment, group, lookup)
                if met:
                    yield _part(segment, group, met, first)
            first += rows


def _may_be_in(segment: Dictionaries, group: int, wanted: Wanted) -> bool:
    """Whether a row group may hold events of the time that is wanted."""
    times = segment.metadata.row_group(group).column(segment.columns["observed_at"]).statistics
    if times is None or not times.has_min_max:
        return True
    if wanted.since is not None and times.max < wanted.since:
        return False
    return wanted.until is None or times.min <= wanted.until


def _met(segment: Dictionaries, group: int, lookup: Lookup) -> dict[str, list[str]]:
    """The columns of a row group in which some values hold what is looked for, with these values."""
    fields = [field for field in lookup.ways if column_of(field) in segment.columns]
    found, held = [], []
    for field in fields:
        spans, kept = segment.values(group, column_of(field))
        found.append(spans)
        held.append(kept)
    counts = [len(spans.begins) for spans in found]
    if not sum(counts):
        return {}
    which = np.repeat(np.arange(len(fields), dtype=np.int32), counts)
    spans = Spans(*(np.concatenate([getattr(one, name) for one in found]) for name in spans_for(0)._fields))
    met: dict[str, list[str]] = defaultdict(list)
    for hits in lookup.hits(fields, which, spans).values():
        met[column_of(hits[0].field)].append(hits[0].value)
    del held  # the values lay there until now
    return met


def _part(segment: Dictionaries, group: int, met: dict[str, list[str]], first: int) -> Part:
    rows = np.unique(np.concatenate([segment.rows_with(group, column, texts) for column, texts in met.items()]))
    numbers = ["EventID"] if "EventID" in segment.columns else []
    envelope = segment.read(group, [*ENVELOPE.names, *numbers]).take(pa.array(rows))
    said = {column_of(name) for one in _kinds_of(envelope) for name in sentence.fields_of(**one)}
    more = [name for name in sorted(said | met.keys()) if name in segment.columns and name not in envelope.schema.names]
    rest = segment.read(group, more).take(pa.array(rows))
    batch = pa.RecordBatch.from_arrays(
        [*envelope.columns, *rest.columns], names=[*envelope.schema.names, *rest.schema.names]
    )
    return Part(batch=batch, rows=rows + first)


def _kinds_of(batch: pa.RecordBatch) -> list[dict[str, str]]:
    """What kinds of events a batch has: their category, service and number."""
    names = ["category", "service", *(["EventID"] if "EventID" in batch.schema.names else [])]
    table = pa.table([batch[name] for name in names], names=names).group_by(names).aggregate([])
    return [
        {"category": row["category"] or "", "service": row["service"] or "", "number": row.get("EventID") or ""}
        for row in table.to_pylist()
    ]
