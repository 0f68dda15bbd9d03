"""The events that a correlation holds, as sorted columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from watchward.detect.correlate.keys import combined
from watchward.detect.kernels.joining import places_of

Whole = NDArray[np.int64]
Words = NDArray[np.uint64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rows:
    """Events, sorted by group, time, identifier, rule, number and the rest; each is there once.

    Args:
        key: the group.
        at: microseconds since 1970.
        hi: the first half of the event's identifier, and `lo` the second.
        rule: the place of the rule that it met among the correlation's.
        value: what is counted, and `amount` the number that is calculated with.
        rest: a digest of all else that is said of it.
        passing: whether it is a finding of another correlation, which may yet be withdrawn.
        made: where it is a finding of another correlation, that finding's group and beginning; no columns where the
            correlation reads none.
        digests: of its organisation, its group's values, and what is carried for others; 0 where there is none.

    """

    key: Words
    at: Whole
    hi: Words
    lo: Words
    rule: NDArray[np.int8]
    value: Words
    amount: NDArray[np.float64]
    rest: Words
    passing: Flags
    made: Words
    digests: Words

    def __len__(self) -> int:
        return len(self.key)

    def take(self, places: NDArray[np.intp] | Flags) -> "Rows":
        """Some of the rows, in their order."""
        return _of(lambda name: getattr(self, name)[places])

    @property
    def nbytes(self) -> int:
        """How much memory they take."""
        return sum(getattr(self, name).nbytes for name in _NAMES)


_NAMES = tuple(field.name for field in fields(Rows))


def _of(column: Callable[[str], Any]) -> Rows:
    """Rows made column by column."""
    return Rows(*map(column, _NAMES))


def no_rows(digests: int, *, made: bool) -> Rows:
    """None, each with so many digests; some may be `made` by other correlations."""
    return Rows(
        key=np.empty(0, dtype=np.uint64),
        at=np.empty(0, dtype=np.int64),
        hi=np.empty(0, dtype=np.uint64),
        lo=np.empty(0, dtype=np.uint64),
        rule=np.empty(0, dtype=np.int8),
        value=np.empty(0, dtype=np.uint64),
        amount=np.empty(0, dtype=np.float64),
        rest=np.empty(0, dtype=np.uint64),
        passing=np.empty(0, dtype=np.bool_),
        made=not_made(0, made=made),
        digests=np.empty((0, digests), dtype=np.uint64),
    )


def not_made(rows: int, *, made: bool) -> Words:
    """For events that are no findings of other correlations, of a correlation that reads some (`made`) or none."""
    return np.zeros((rows, 2 if made else 0), dtype=np.uint64)


def in_order(parts: Sequence[Rows]) -> Rows:
    """Some rows as one table: sorted, and each once."""
    all_ = parts[0] if len(parts) == 1 else _of(lambda name: np.concatenate([getattr(part, name) for part in parts]))
    order = np.lexsort((all_.rest, all_.amount, all_.rule, all_.lo, all_.hi, all_.at, all_.key))
    table = all_.take(order)
    differs = np.ones(len(table), dtype=np.bool_)
    if len(table):
        differs[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in _identity(table)])
    return table if differs.all() else table.take(differs)


def _identity(rows: Rows) -> tuple[Words, Whole, Words, Words, NDArray[np.int8], NDArray[np.float64], Words]:
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
    return _of(lambda name: np.concatenate([getattr(old, name), getattr(new, name)])[order])


def _places(old: Rows, new: Rows) -> tuple[Whole, Flags]:
    """Before which of the old rows each new one belongs, and whether it is not there yet."""
    places, fresh = np.empty(len(new), dtype=np.int64), np.empty(len(new), dtype=np.bool_)
    places_of(_identity(old), _identity(new), places, fresh)
    return places, fresh


def in_groups(rows: Rows, groups: Words) -> Rows:
    """The rows of some groups, which are in order."""
    begins = np.searchsorted(rows.key, groups, side="left")
    sizes = np.searchsorted(rows.key, groups, side="right") - begins
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
