"""The events that one correlation holds, in a table that is seldom made anew.

A batch brings a few events to each of many correlations that may hold a million. What is new is therefore kept beside
the settled rows, and put among them when it has become much; a look at some groups gathers their rows from both.
"""

import numpy as np

from watchward.detect.correlate.rows import Flags, Rows, Words, in_groups, joined, new_among

_MUCH = 1 / 16
"""New rows are put among the settled ones when they are this part of them,"""

_LEAST = 512
"""and at least so many."""

_DEAD = 1 / 8
"""Rows that no window can reach are left out when they are this part of all."""


class Table:
    """Rows, each once.

    Args:
        rows: those that are there, in order.

    """

    def __init__(self, rows: Rows) -> None:
        self._settled = rows
        self._fresh: Rows | None = None

    def __len__(self) -> int:
        return len(self._settled) + (0 if self._fresh is None else len(self._fresh))

    @property
    def rows(self) -> Rows:
        """All of them, in order."""
        if self._fresh is not None:
            self._settled, self._fresh = joined(self._settled, self._fresh), None
        return self._settled

    def put(self, rows: Rows) -> None:
        """Hold these instead of all."""
        self._settled, self._fresh = rows, None

    def add(self, rows: Rows) -> None:
        """Take in rows, which are in order; those that are there already change nothing."""
        fresh = rows.take(new_among(self._settled, rows))
        if not len(fresh):
            return
        self._fresh = fresh if self._fresh is None else joined(self._fresh, fresh)
        if len(self._fresh) > max(_LEAST, _MUCH * len(self._settled)):
            self.put(self.rows)

    def forget(self, reach: int) -> None:
        """Leave out what is from before a moment, where that is much."""
        keep = self._settled.at >= reach
        if (len(keep) - np.count_nonzero(keep)) > _DEAD * len(keep):
            self._settled = self._settled.take(keep)

    def of(self, groups: Words) -> Rows:
        """The rows of some groups, in order; the groups are in order too."""
        settled = in_groups(self._settled, groups)
        return settled if self._fresh is None else joined(settled, in_groups(self._fresh, groups))

    def groups_at(self, first: int, before: int) -> list[Words]:
        """The groups of the rows of a time, in no order."""
        return [part.key[_within(part, first, before)] for part in (self._settled, self._fresh) if part is not None]


def _within(rows: Rows, first: int, before: int) -> Flags:
    return (rows.at >= first) & (rows.at < before)
