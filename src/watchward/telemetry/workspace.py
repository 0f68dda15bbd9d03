"""The arrays in which a batch is read, kept from one batch to the next."""

import numpy as np

from watchward.telemetry.documents import MAX_RECORD
from watchward.telemetry.kernels.tables import ENTRIES, LATERS, SLOTS, UNKNOWNS, Array, Work

_SCRATCH = 4 * MAX_RECORD  # a text may grow when it is written anew; untouched, it is no memory
_NEWS = 1 << 16
_ENTRIES = 1 << 17
_LATERS = 1 << 17
_UNKNOWNS = 4096
_DEEPEST = 80


class Workspace:
    """Makes the arrays for a batch; only those that the batch itself will hold are new each time."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._entries = np.empty((_ENTRIES, 3), np.int64)
        self._later = np.empty((_LATERS, 4), np.int64)
        self._news = np.empty((_NEWS, 3), np.int64)
        self._scratch = np.empty(_SCRATCH, np.uint8)
        self._unknowns = np.empty((_UNKNOWNS, 3), np.int64)
        self._counters = np.zeros(8, np.int64)

    def start(self, rows: int) -> Work:
        """The arrays for a batch of so many rows."""
        self._counters[[SLOTS, ENTRIES, UNKNOWNS, LATERS]] = 0
        return Work(
            codes=np.empty((self._columns, rows), np.int32),  # only columns in use are ever touched, hence are memory
            rows=np.zeros((rows, 6), np.int64),
            entries=self._entries,
            news=self._news,
            scratch=self._scratch,
            unknowns=self._unknowns,
            stack=np.zeros(_DEEPEST, np.int64),
            counters=self._counters,
            later=self._later,
        )

    def with_more_room(self, work: Work, *, stuck: bool) -> Work:
        """The same arrays, with twice the room for values that were noted where that is what is missing."""
        if stuck or int(work.counters[ENTRIES]) * 2 >= len(work.entries):
            self._entries = np.concatenate([self._entries, np.empty_like(self._entries)])
        if stuck or int(work.counters[LATERS]) * 2 >= len(work.later):
            self._later = np.concatenate([self._later, np.empty_like(self._later)])
        return work._replace(entries=self._entries, later=self._later)


def without_rows(work: Work, good: Array) -> Work:
    """The same arrays with only the good rows."""
    slots = int(work.counters[SLOTS])
    codes = np.empty((len(work.codes), int(good.sum())), np.int32)
    codes[:slots] = work.codes[:slots, good]
    return work._replace(codes=codes, rows=work.rows[good])
