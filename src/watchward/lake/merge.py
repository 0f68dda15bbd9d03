"""Many small segments become few large ones, sorted so that a hunt skips what it does not ask for."""

import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from watchward.lake import journal
from watchward.lake.catalogue import contents_of
from watchward.lake.segments import GRACE_SECONDS, Segment, everything, upkeep, visible, without_superseded, write

MOST_ROWS = 500_000
FEWEST_SEGMENTS = 8
MOST_BYTES = 96 << 20
"""Unpacked; merging takes about four times as much memory as it merges."""

SETTLED = 4
"""A segment with a fourth of the most rows or bytes is large enough to be left alone: no event is rewritten often."""


def merge(
    lake: Path,
    journals: Path,
    *,
    most_rows: int = MOST_ROWS,
    most_bytes: int = MOST_BYTES,
    fewest: int = FEWEST_SEGMENTS,
) -> int:
    """Merge what is small, and remove what was superseded a while ago; return how many segments were merged.

    It may be killed at any moment and run again: a merged segment appears at once, whole, and supersedes by its name.
    Only segments with a journal entry are merged, because a gateway that starts removes those without.
    """
    merged = 0
    with upkeep(lake):
        _remove_superseded(lake)
        for run in _runs(lake, journals, most_rows, most_bytes):
            if len(run) >= fewest:
                _merge_run(lake, run)
                merged += len(run)
    if merged:
        # The worker does other things for most of the day, and would hold on to all that this once needed.
        pa.default_memory_pool().release_unused()
    return merged


def _runs(lake: Path, journals: Path, most_rows: int, most_bytes: int) -> Iterator[list[Segment]]:
    """Neighbouring segments of one gateway and day that together are not too large."""
    ordered = sorted(visible(lake), key=lambda one: (one.gateway, one.first))
    journalled = {gateway: journal.last_sequence(journals / gateway) for gateway in {one.gateway for one in ordered}}
    for (gateway, _), group in groupby(ordered, key=lambda one: (one.gateway, one.day)):
        run: list[Segment] = []
        rows = unpacked = 0
        for segment in (one for one in group if one.last <= journalled[gateway]):
            held = contents_of(segment.path(lake))
            if run and (rows + held.rows > most_rows or unpacked + held.unpacked > most_bytes):
                yield run
                run, rows, unpacked = [], 0, 0
            if not run and (held.rows >= most_rows // SETTLED or held.unpacked >= most_bytes // SETTLED):
                continue
            run.append(segment)
            rows += held.rows
            unpacked += held.unpacked
        yield run


def _merge_run(lake: Path, run: list[Segment]) -> None:
    whole = Segment(day=run[0].day, gateway=run[0].gateway, first=run[0].first, last=run[-1].last)
    write(lake, whole, _in_order(_together(lake, run)), for_good=True)


def _together(lake: Path, run: list[Segment]) -> pa.Table:
    tables = [pq.read_table(segment.path(lake), partitioning=None) for segment in run]
    return pa.concat_tables(tables, promote_options="permissive").unify_dictionaries().combine_chunks()


def _in_order(rows: pa.Table) -> pa.Table:
    keys = pa.table({"organisation": rows["organisation"].cast(pa.string()), "observed_at": rows["observed_at"]})
    order = pa.compute.sort_indices(keys, sort_keys=[("organisation", "ascending"), ("observed_at", "ascending")])
    return rows.take(order)


def _remove_superseded(lake: Path) -> None:
    segments = everything(lake)
    kept = without_superseded(segments)
    for segment in set(segments) - set(kept):
        holder = next(one for one in kept if one.covers(segment))
        if holder.path(lake).stat().st_mtime < time.time() - GRACE_SECONDS:
            segment.path(lake).unlink(missing_ok=True)
