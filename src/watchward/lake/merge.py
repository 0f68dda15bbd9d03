"""Many small segments become few large ones, sorted so that a hunt skips what it does not ask for."""

import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from watchward.lake import journal
from watchward.lake.catalogue import contents_of
from watchward.lake.segments import Segment, everything, visible, without_superseded, write

MOST_ROWS = 500_000
FEWEST_SEGMENTS = 8
SETTLED = 4
"""A segment with a fourth of the most rows is large enough to be left alone, so that no event is rewritten often."""

GRACE_SECONDS = 60.0
"""How long superseded segments stay, for hunts that are still reading them."""


def merge(lake: Path, journals: Path, *, most_rows: int = MOST_ROWS, fewest: int = FEWEST_SEGMENTS) -> int:
    """Merge what is small, and remove what was superseded a while ago; return how many segments were merged.

    It may be killed at any moment and run again: a merged segment appears at once, whole, and supersedes by its name.
    Only segments with a journal entry are merged, because a gateway that starts removes those without.
    """
    _remove_superseded(lake)
    merged = 0
    for run in _runs(lake, journals, most_rows):
        if len(run) >= fewest:
            _merge_run(lake, run)
            merged += len(run)
    return merged


def _runs(lake: Path, journals: Path, most_rows: int) -> Iterator[list[Segment]]:
    """Neighbouring segments of one gateway and day that together are not too large."""
    ordered = sorted(visible(lake), key=lambda one: (one.gateway, one.first))
    for (gateway, _), group in groupby(ordered, key=lambda one: (one.gateway, one.day)):
        journalled = journal.last_sequence(journals / gateway)
        run: list[Segment] = []
        rows = 0
        for segment in (one for one in group if one.last <= journalled):
            count = contents_of(segment.path(lake)).rows
            if run and rows + count > most_rows:
                yield run
                run, rows = [], 0
            if count >= most_rows // SETTLED and not run:
                continue
            run.append(segment)
            rows += count
        yield run


def _merge_run(lake: Path, run: list[Segment]) -> None:
    tables = [pq.read_table(segment.path(lake), partitioning=None) for segment in run]
    rows = pa.concat_tables(tables, promote_options="permissive").unify_dictionaries().combine_chunks()
    keys = pa.table({"organisation": rows["organisation"].cast(pa.string()), "observed_at": rows["observed_at"]})
    order = pa.compute.sort_indices(keys, sort_keys=[("organisation", "ascending"), ("observed_at", "ascending")])
    whole = Segment(day=run[0].day, gateway=run[0].gateway, first=run[0].first, last=run[-1].last)
    write(lake, whole, rows.take(order))


def _remove_superseded(lake: Path) -> None:
    segments = everything(lake)
    kept = without_superseded(segments)
    for segment in set(segments) - set(kept):
        holder = next(one for one in kept if one.covers(segment))
        if holder.path(lake).stat().st_mtime < time.time() - GRACE_SECONDS:
            segment.path(lake).unlink(missing_ok=True)
