"""Which fields are asked of which log sources: the values of all others need not be taken."""

from collections.abc import Callable, Collection, Sequence

import numpy as np

from watchward.telemetry import derive, loglines, logsource
from watchward.telemetry.columns import Columns
from watchward.telemetry.kernels.interning import take_later
from watchward.telemetry.kernels.tables import LATER, LATERS, Array, Work
from watchward.telemetry.logsource import LogSource

Ask = Callable[[LogSource], Collection[str]]
"""The fields that are asked of the events of a log source."""


class Asked:
    """Takes of each event the values of those fields that are asked of its log source.

    The fields that tell the log source, and those of which identifiers are made, are always taken, and at once.
    """

    def __init__(self, columns: Columns, ask: Ask) -> None:
        self._columns = columns
        self._ask = ask
        self._known: dict[LogSource, Array] = {}
        waits = [name not in (*logsource.SIGNS, *loglines.READ) for name in columns.names]
        columns.tables.columns[: len(waits), LATER] = waits

    def take(self, work: Work, data: Array, ids: Array, known: Sequence[LogSource]) -> None:
        """Take what was postponed; `ids` are the numbers of the rows' log sources in `known`."""
        wanted = np.zeros((len(known), len(self._columns.names)), np.bool_)
        for number in np.unique(ids).tolist():
            wanted[number] = self._wanted(known[number])
        self._take(work, data, ids, wanted)

    def take_of(self, name: str, rows: Array, work: Work, data: Array) -> None:
        """Take one field of some rows that was postponed, before their log source is known."""
        wanted = np.zeros((2, len(self._columns.names)), np.bool_)
        wanted[1] = [column == name for column in self._columns.names]
        chosen = np.zeros(len(work.rows), np.int64)
        chosen[rows] = 1
        self._take(work, data, chosen, wanted)

    def _take(self, work: Work, data: Array, ids: Array, wanted: Array) -> None:
        done = 0
        while (done := take_later(self._columns.tables, work, data, ids, wanted, done)) < work.counters[LATERS]:
            self._columns.make_room(work)
        self._columns.flush(work)

    def _wanted(self, source: LogSource) -> Array:
        """For each column whether it is asked of this log source, or something that is asked follows from it."""
        if source not in self._known:
            asked = frozenset(self._ask(source)) | {"Computer"}
            asked |= derive.sources_of(asked)
            self._known[source] = np.array([name in asked for name in self._columns.names])
        return self._known[source]
