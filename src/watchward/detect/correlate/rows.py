"""The events that a correlation holds, as sorted columns."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from watchward.detect.correlate.keys import combined
from watchward.detect.kernels.joining import places_of, spans_of

Whole = NDArray[np.int64]
Words = NDArray[np.uint64]
Flags = NDArray[np.bool_]

_KEY, _AT, _HI, _LO, _RULE, _VALUE, _AMOUNT, _REST, _PASSING, _OTHERS = range(10)


class Rows:
    """Events, sorted by group, time, identifier, rule, number and the rest; each is there once.

    All columns lie in one array of 64 bits a value, a line a column, since a batch moves few rows of each of many
    correlations: to move columns one by one took most of the time.

    Args:
        cells: the columns in the order of the properties below.
        made: how many columns say which finding a row is: 2, or none where the correlation reads no other.

    """

    __slots__ = ("_made", "cells")

    def __init__(self, cells: Words, made: int) -> None:
        self.cells = cells
        self._made = made

    @classmethod
    def of(cls, columns: Mapping[str, NDArray[Any]]) -> "Rows":
        """Rows of columns by the names of the properties."""
        made, digests = columns["made"], columns["digests"]
        cells = np.empty((_OTHERS + made.shape[1] + digests.shape[1], len(columns["key"])), dtype=np.uint64)
        for line, name in enumerate(_SINGLE):
            cells[line] = _cells(columns[name])
        cells[_OTHERS : _OTHERS + made.shape[1]] = made.T
        cells[_OTHERS + made.shape[1] :] = digests.T
        return cls(cells, made.shape[1])

    def but(self, **columns: NDArray[Any]) -> "Rows":
        """The same with other values in some columns."""
        return Rows.of({**self.columns(), **columns})

    def columns(self) -> dict[str, NDArray[Any]]:
        """All columns by their names."""
        return {name: getattr(self, name) for name in (*_SINGLE, "made", "digests")}

    @property
    def key(self) -> Words:
        """The group."""
        return self._line(_KEY)

    @property
    def at(self) -> Whole:
        """When it happened, in microseconds since 1970."""
        return self._line(_AT).view(np.int64)

    @property
    def hi(self) -> Words:
        """The first half of the event's identifier."""
        return self._line(_HI)

    @property
    def lo(self) -> Words:
        """The second half."""
        return self._line(_LO)

    @property
    def rule(self) -> Whole:
        """The place of the rule that it met among the correlation's."""
        return self._line(_RULE).view(np.int64)

    @property
    def value(self) -> Words:
        """What is counted."""
        return self._line(_VALUE)

    @property
    def amount(self) -> NDArray[np.float64]:
        """The number that is calculated with."""
        return self._line(_AMOUNT).view(np.float64)

    @property
    def rest(self) -> Words:
        """A digest of all else that is said of it."""
        return self._line(_REST)

    @property
    def passing(self) -> Flags:
        """Whether it is a finding of another correlation, which may yet be withdrawn."""
        found: Flags = self._line(_PASSING) != 0
        return found

    @property
    def made(self) -> Words:
        """That finding's group and beginning; no columns where the correlation reads no other."""
        return self.cells[_OTHERS : _OTHERS + self._made].T

    @property
    def digests(self) -> Words:
        """Of its organisation, its group's values, and what is carried for others; 0 where there is none."""
        return self.cells[_OTHERS + self._made :].T

    def _line(self, line: int) -> Words:
        found: Words = self.cells[line]
        return found

    def __len__(self) -> int:
        return int(self.cells.shape[1])

    def take(self, places: NDArray[np.intp] | Flags) -> "Rows":
        """Some of the rows, in their order."""
        chosen = np.flatnonzero(places) if places.dtype == np.bool_ else places
        return Rows(self.cells.take(chosen, axis=1), self._made)

    def and_after(self, other: "Rows") -> "Rows":
        """These rows, then others."""
        return Rows(np.concatenate([self.cells, other.cells], axis=1), self._made)

    @property
    def nbytes(self) -> int:
        """How much memory they take."""
        return self.cells.nbytes


_SINGLE = ("key", "at", "hi", "lo", "rule", "value", "amount", "rest", "passing")


def _cells(column: NDArray[Any]) -> NDArray[Any]:
    if column.dtype == np.uint64:
        return column
    return column.view(np.uint64) if column.dtype.itemsize == np.uint64().itemsize else column.astype(np.uint64)


def rows_for(count: int, digests: int, *, made: bool) -> Rows:
    """Rows to be written, of events that are no findings of other correlations."""
    width = 2 if made else 0
    return Rows(np.zeros((_OTHERS + width + digests, count), dtype=np.uint64), width)


def in_order(parts: Sequence[Rows]) -> Rows:
    """Some rows as one table: sorted, and each once."""
    all_ = (
        parts[0]
        if len(parts) == 1
        else Rows(np.concatenate([part.cells for part in parts], axis=1), parts[0].made.shape[1])
    )
    order = np.lexsort((all_.rest, all_.amount, all_.rule, all_.lo, all_.hi, all_.at, all_.key))
    table = all_.take(order)
    differs = np.ones(len(table), dtype=np.bool_)
    if len(table):
        differs[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in _identity(table)])
    return table if differs.all() else table.take(differs)


def _identity(rows: Rows) -> tuple[Words, Whole, Words, Words, Whole, NDArray[np.float64], Words]:
    return rows.key, rows.at, rows.hi, rows.lo, rows.rule, rows.amount, rows.rest


def rest_of(value: Words, digests: Words) -> Words:
    """The digest of what else is said of some rows."""
    return combined([value, *digests.T], len(value))


def new_among(old: Rows, new: Rows) -> Flags:
    """Which of some rows are not among the old ones."""
    return _places(old, new)[1]


def joined(old: Rows, new: Rows) -> Rows:
    """The old rows, and the new ones that are not among them."""
    places, fresh = _places(old, new)
    mine = places[fresh] + np.arange(np.count_nonzero(fresh))
    if not len(mine):
        return old
    order = np.empty(len(old) + len(mine), dtype=np.int64)
    theirs = np.ones(len(order), dtype=np.bool_)
    theirs[mine] = False
    order[mine] = len(old) + np.flatnonzero(fresh)
    order[theirs] = np.arange(len(old))
    return old.and_after(new).take(order)


def _places(old: Rows, new: Rows) -> tuple[Whole, Flags]:
    """Before which of the old rows each new one belongs, and whether it is not there yet."""
    places, fresh = np.empty(len(new), dtype=np.int64), np.empty(len(new), dtype=np.bool_)
    places_of(_identity(old), _identity(new), places, fresh)
    return places, fresh


def in_groups(rows: Rows, groups: Words) -> Rows:
    """The rows of some groups, which are in order."""
    begins, sizes = np.empty(len(groups), dtype=np.int64), np.empty(len(groups), dtype=np.int64)
    spans_of(rows.key, groups, begins, sizes)
    sizes -= begins
    ends = np.cumsum(sizes)
    return rows.take(np.arange(ends[-1] if len(ends) else 0) + np.repeat(begins - ends + sizes, sizes))


def different(values: Words) -> Words:
    """The different ones of some values, in order."""
    ordered = np.sort(values)
    first = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def among(values: Words, known: Words) -> Flags:
    """Which values are among some, which are in order."""
    if not len(known):
        return np.zeros(len(values), dtype=np.bool_)
    found: Flags = known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values
    return found
