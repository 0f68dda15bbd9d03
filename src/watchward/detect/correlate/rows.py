"""The events that a correlation holds, as sorted columns."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from watchward.detect.correlate.keys import combined
from watchward.detect.kernels.joining import places_of, put_in

Whole = NDArray[np.int64]
Words = NDArray[np.uint64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
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
        return Rows(**{field.name: getattr(self, field.name)[places] for field in fields(Rows)})

    @property
    def nbytes(self) -> int:
        """How much memory they take."""
        return sum(getattr(self, field.name).nbytes for field in fields(Rows))


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
    all_ = Rows(**{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Rows)})
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


def joined(old: Rows, new: Rows) -> Rows:
    """The old rows, and the new ones that are not among them."""
    places, fresh = np.empty(len(new), dtype=np.int64), np.empty(len(new), dtype=np.bool_)
    count = len(old) + places_of(_identity(old), _identity(new), places, fresh)

    def column(name: str) -> np.ndarray[Any, np.dtype[Any]]:
        one, other = getattr(old, name), getattr(new, name)
        width = one.shape[1] if one.ndim > 1 else 1
        if not width:
            return np.empty((count, 0), dtype=one.dtype)
        out = np.empty(count * width, dtype=one.dtype)
        put_in(one.reshape(-1), np.ascontiguousarray(other).reshape(-1), places, fresh, width, out)
        return out.reshape(-1, width) if one.ndim > 1 else out

    return Rows(**{field.name: column(field.name) for field in fields(Rows)})


def different(values: Words) -> Words:
    """The different ones of some values, in order."""
    ordered = np.sort(values)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def among(values: Words, known: Words) -> Flags:
    """Which values are among some, which are in order."""
    if not len(known):
        return np.zeros(len(values), dtype=np.bool_)
    found: Flags = known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values
    return found
