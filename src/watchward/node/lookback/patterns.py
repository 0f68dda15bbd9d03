"""Looks back for patterns that are more than exact values: every event is read, of the columns that they ask for.

What joins several observations is looked for from now on only: the journal's order is that of the present.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from watchward.detect.match import Match, Matches, Purpose
from watchward.detect.plan import plan as plans
from watchward.detect.plan.plan import Plan
from watchward.detect.purposes import Purposes
from watchward.gateway.matched import met_in
from watchward.intel.live.compiled import Times, compiled
from watchward.intel.live.looking import Met
from watchward.intel.live.pattern import Pattern, moment
from watchward.lake.segments import Segment
from watchward.telemetry.batch import ENVELOPE, column_of

_ROWS: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Patterns, ready to be looked for in segments."""

    plan: Plan
    purposes: Purposes
    times: Times

    @classmethod
    def of(cls, patterns: Sequence[Pattern]) -> "Sought | None":
        """Those of some patterns that ask for single observations; None where none does."""
        found = compiled(patterns)
        if not found.rules:
            return None
        return cls(plan=plans.compile(found.rules), purposes=found.purposes, times=found.times)

    def matches(self, path: Path, segment: Segment, since: datetime | None) -> Iterator[Match]:
        """What of a segment matches, in events from a moment on."""
        wanted = {*ENVELOPE.names, *map(column_of, self.plan.fields)}
        with pq.ParquetFile(path) as file:
            columns = [name for name in file.schema_arrow.names if name in wanted]
            first = 0
            for group in range(file.num_row_groups):
                begin = 0
                for batch in file.iter_batches(_ROWS, row_groups=[group], columns=columns, use_threads=False):
                    matches = self._matched(batch, since)
                    if len(matches):
                        whole = file.read_row_group(group, use_threads=False).slice(begin, batch.num_rows)
                        yield from self._told(whole, matches, segment, first + begin)
                    begin += batch.num_rows
                first += begin

    def _matched(self, batch: pa.RecordBatch, since: datetime | None) -> Matches:
        matches = self.times.within(batch, self.plan.match(batch))
        alone = np.array([self.purposes.of(rule) is not Purpose.PART for rule in self.plan.rules])
        kept = alone[matches.rules] & _since(batch, matches.rows, since)
        return Matches(rows=matches.rows[kept], rules=matches.rules[kept])

    def _told(self, whole: pa.Table, matches: Matches, segment: Segment, first: int) -> Iterator[Match]:
        """The matches with all that their events say."""
        rows, places = np.unique(matches.rows, return_inverse=True)
        (batch,) = whole.take(pa.array(rows)).combine_chunks().to_batches()
        met = Met(plan=self.plan, purposes=self.purposes, matches=Matches(rows=places, rules=matches.rules))
        for match in met_in(batch, [met], new=np.ones(len(rows), np.bool_), segment=str(segment)):
            yield replace(match, row=int(rows[match.row]) + first, looked_back=True)


def _since(batch: pa.RecordBatch, rows: NDArray[np.int64], since: datetime | None) -> NDArray[np.bool_]:
    if since is None:
        return np.ones(len(rows), np.bool_)
    at = batch.column("observed_at").to_numpy(zero_copy_only=False)[rows].astype("datetime64[us]")
    return np.asarray(at >= moment(since), np.bool_)
