"""The events that correlations hold, in a table that is seldom made anew.

A batch brings a few events to each of many groups, of which there may be a million. What is new is therefore kept
beside the settled rows, and put among them when it has become much: so in several storeys, each far smaller than the
one before. A look at some groups gathers their rows from all.
"""

from collections.abc import Callable

import numpy as np

from watchward.detect.correlate.rows import Flags, Rows, Words, in_groups, joined, new_among

_MUCH = 1 / 16
"""Rows are put among those of the storey before when they are this part of them,"""

_LEAST = 512
"""or of so many."""

_DEAD = 1 / 8
"""Rows that nobody wants are left out when they are this part of all."""


class Table:
    """Rows, each once.

    Args:
        rows: those that are there, in order.

    """

    def __init__(self, rows: Rows) -> None:
        self._storeys = [rows]

    def __len__(self) -> int:
        return sum(map(len, self._storeys))

    @property
    def rows(self) -> Rows:
        """All of them, in order."""
        while len(self._storeys) > 1:
            self._settle()
        return self._storeys[0]

    def put(self, rows: Rows) -> None:
        """Hold these instead of all."""
        self._storeys = [rows]

    def add(self, rows: Rows) -> None:
        """Take in rows, which are in order; those that are there already change nothing."""
        for storey in self._storeys:
            fresh = new_among(storey, rows)
            rows = rows if fresh.all() else rows.take(fresh)
        if not len(rows):
            return
        self._storeys.append(rows)
        while len(self._storeys) > 1 and len(self._storeys[-1]) > _MUCH * max(len(self._storeys[-2]), _LEAST):
            self._settle()

    def keep(self, wanted: Callable[[Rows], Flags]) -> None:
        """Leave out all other rows, where they are much."""
        for number, storey in enumerate(self._storeys):
            kept = wanted(storey)
            if len(kept) - np.count_nonzero(kept) > _DEAD * len(kept):
                self._storeys[number] = storey.take(kept)

    def of(self, groups: Words) -> Rows:
        """The rows of some groups, in order; the groups are in order too."""
        first, *others = (in_groups(storey, groups) for storey in self._storeys)
        for other in others:
            first = joined(first, other)
        return first

    @property
    def storeys(self) -> list[Rows]:
        """The rows in parts, each in order."""
        return self._storeys

    def _settle(self) -> None:
        last = self._storeys.pop()
        self._storeys[-1] = joined(self._storeys[-1], last)
