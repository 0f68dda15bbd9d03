"""The events that a correlation holds, as sorted columns."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from watchward.detect.kernels.joining import join

Whole = NDArray[np.int64]
Words = NDArray[np.uint64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Events, sorted by group, then time, then identifier, then rule; each is there once.

    Args:
        key: the group.
        at: microseconds since 1970.
        hi: the first half of the event's identifier, and `lo` the second.
        rule: the place of the rule that it met among the correlation's.
        value: what is counted, and `amount` the number that is calculated with.
        passing: whether it is a finding of another correlation, which may yet be withdrawn.
        digests: of its organisation, its group's values, and what is carried for others; 0 where there is none.

    """

    key: Words
    at: Whole
    hi: Words
    lo: Words
    rule: NDArray[np.int8]
    value: Words
    amount: NDArray[np.float64]
    passing: Flags
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


def no_rows(digests: int) -> Rows:
    """None, each with so many digests."""
    return Rows(
        key=np.empty(0, dtype=np.uint64),
        at=np.empty(0, dtype=np.int64),
        hi=np.empty(0, dtype=np.uint64),
        lo=np.empty(0, dtype=np.uint64),
        rule=np.empty(0, dtype=np.int8),
        value=np.empty(0, dtype=np.uint64),
        amount=np.empty(0, dtype=np.float64),
        passing=np.empty(0, dtype=np.bool_),
        digests=np.empty((0, digests), dtype=np.uint64),
    )


def in_order(parts: Sequence[Rows]) -> Rows:
    """Some rows as one table: sorted, and each once."""
    all_ = Rows(**{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Rows)})
    order = np.lexsort((all_.rule, all_.lo, all_.hi, all_.at, all_.key))
    table = all_.take(order)
    if len(table) < 2:  # noqa: PLR2004 - nothing to compare
        return table
    differs = np.ones(len(table), dtype=np.bool_)
    differs[1:] = (
        (table.key[1:] != table.key[:-1])
        | (table.at[1:] != table.at[:-1])
        | (table.hi[1:] != table.hi[:-1])
        | (table.lo[1:] != table.lo[:-1])
        | (table.rule[1:] != table.rule[:-1])
    )
    return table if differs.all() else table.take(differs)


def joined(old: Rows, new: Rows, keep: Flags) -> Rows:
    """The old rows that are kept, and the new ones that are not among them."""
    order = np.empty(len(old) + len(new), dtype=np.int64)
    count = join((old.key, old.at, old.hi, old.lo, old.rule), (new.key, new.at, new.hi, new.lo, new.rule), keep, order)
    order = order[:count]
    fresh = order < 0
    order[fresh] = ~order[fresh] + len(old)
    return Rows(
        **{
            field.name: np.concatenate([getattr(old, field.name), getattr(new, field.name)])[order]
            for field in fields(Rows)
        }
    )
