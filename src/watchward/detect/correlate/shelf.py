"""Correlations that are evaluated together, and what each of them asks, as columns.

A batch brings a few matches to each of a hundred correlations. To go through the correlations one by one took most of
the time, so those whose events have the same columns stand on one shelf: they share a table and each pass over it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from watchward.detect.correlate.finding import finding_id
from watchward.detect.correlate.keys import digests
from watchward.detect.correlate.marks import NEVER, Marks
from watchward.detect.correlate.program import Input, Program, Step
from watchward.detect.correlate.rows import Flags, Rows, Whole, Words, rows_for
from watchward.detect.kernels import windows
from watchward.detect.kernels.windows import Asked, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Some correlations of a program: none reads another of them.

    Args:
        numbers: of each, its number in the program.
        steps: the correlations.
        inputs: what they read of rules and of other correlations; each row of the table says of which it is.
        first: of each correlation, its first input.
        owner: of each input, the correlation: its place on the shelf; `place` is the input's among its rules.
        salts: of each correlation, what the keys of its groups are salted with, so that no two share a group.
        timespan: of each, in microseconds, and `tells` as the step says it.
        is_open: whether further events cannot undo what it finds, and `is_read` whether others read it.
        asked: what is measured and compared, for the kernel, and `terms` the alternatives of all.

    """

    numbers: tuple[int, ...]
    steps: tuple[Step, ...]
    inputs: tuple[Input, ...]
    first: Whole
    owner: Whole
    place: Whole
    salts: Words
    timespan: Whole
    tells: Whole
    is_open: Flags
    is_read: Flags
    asked: Asked
    terms: Terms

    @property
    def groups(self) -> int:
        """How many fields each group has."""
        return len(self.steps[0].correlation.group_by)

    @property
    def digests(self) -> int:
        """How many digests each row has: organisation, group, carried fields."""
        return self.steps[0].digests

    @property
    def made(self) -> bool:
        """Whether rows may be findings of other correlations."""
        return bool(self.steps[0].inner)

    @property
    def empty(self) -> Rows:
        """No rows."""
        return rows_for(0, self.digests, made=self.made)

    @property
    def no_findings(self) -> Rows:
        """No rows of what is found, as others read it."""
        return rows_for(0, self.digests, made=True)

    def owners(self, rows: Rows) -> Whole:
        """The correlation of each row."""
        return self.owner[rows.rule]

    def certain_until(self, marks: Marks) -> Whole:
        """Of each correlation, before which moment nothing that it finds can change."""
        return np.maximum(marks.water - self.tells, NEVER)

    def reaches_back_to(self, marks: Marks) -> Whole:
        """Of each, before which moment events are in no window that may still be told of."""
        return self.certain_until(marks) - 2 * self.timespan

    def ids(self, steps: Whole, keys: Words, at: Whole) -> list[UUID]:
        """The identifiers of findings: of each its correlation, its group's key and its beginning (microseconds)."""
        found = zip(steps.tolist(), (keys ^ self.salts[steps]).tolist(), at.tolist(), strict=True)
        return [finding_id(self.steps[step].correlation.id, key, moment) for step, key, moment in found]

    def dues(self, rows: Rows, clock: int) -> tuple[Whole, Words]:
        """Of events whose windows end at `clock` or later, and are asked about then: when that is, and groups.

        Findings that may be withdrawn are left out: they are given anew each time, and their groups looked at.
        """
        owners = self.owners(rows)
        ends = rows.at + self.timespan[owners]
        later = np.flatnonzero(~self.is_open[owners] & (ends >= clock) & ~rows.passing)
        return ends[later], rows.key[later]

    def moments(self, rows: Rows, groups: tuple[Whole, Whole, Whole], floor: Whole, clock: int) -> Whole:
        """The moments after `floor` at which conditions hold.

        Args:
            rows: some events, in order.
            groups: of each group, its first row, the one after its last, and its correlation.
            floor: of each group, up to when nothing is asked; microseconds.
            clock: windows that ended before it are over.

        """
        sizes = groups[1] - groups[0]
        moments = np.empty((int(sizes.sum()), 4), dtype=np.int64)
        scratch, since = self._scratch(int(sizes.max(initial=0)))
        sums = np.zeros(windows.SUMS, dtype=np.int64)
        columns = rows.at, rows.hi, rows.lo, self.place[rows.rule], rows.value, rows.amount
        count = windows.evaluate(self.asked, clock, columns, groups, scratch, self.terms, since, sums, floor, moments)
        return moments[:count]

    def _scratch(self, largest: int) -> tuple[tuple[NDArray[Any], ...], tuple[NDArray[Any], ...]]:
        """Room to work in, for groups of at most so many rows."""
        slots = 1 << max(2, (2 * largest - 1).bit_length())
        shape = self.terms.chains.shape
        return (
            np.empty(slots, dtype=np.uint64),
            np.empty(slots, dtype=np.int64),
            np.empty(largest + 1, dtype=np.float64),
            np.empty(max(1, shape[1]), dtype=np.int64),
        ), tuple(np.empty(shape, dtype=kind) for kind in (np.int64, np.uint64, np.uint64, np.int64))


def shelves(program: Program) -> list[Shelf]:
    """All correlations of a program, those that are read before those that read them."""
    depths: list[int] = []
    alike: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for number, step in enumerate(program.steps):
        depths.append(max((depths[inner] + 1 for inner in step.inner), default=0))
        alike[depths[-1], len(step.correlation.group_by), len(step.carried)].append(number)
    return [_shelf(numbers, [program.steps[number] for number in numbers]) for _, numbers in sorted(alike.items())]


def _shelf(numbers: Sequence[int], steps: Sequence[Step]) -> Shelf:
    widths = [len(step.correlation.rules) for step in steps]
    return Shelf(
        numbers=tuple(numbers),
        steps=tuple(steps),
        inputs=tuple(given for step in steps for given in step.inputs),
        first=np.cumsum([0, *widths[:-1]], dtype=np.int64),
        owner=np.repeat(np.arange(len(steps)), widths),
        place=np.concatenate([np.arange(width) for width in widths]),
        salts=digests(pa.array([step.correlation.id for step in steps], pa.string())),
        timespan=np.array([step.correlation.timespan for step in steps], dtype=np.int64),
        tells=np.array([step.tells for step in steps], dtype=np.int64),
        is_open=np.array([step.correlation.is_open for step in steps]),
        is_read=np.array([step.is_read for step in steps]),
        asked=_asked(steps),
        terms=_terms(steps, max(widths)),
    )


def _asked(steps: Sequence[Step]) -> Asked:
    most = max(len(step.relations) for step in steps)
    ends = np.cumsum([len(step.terms[0]) for step in steps], dtype=np.int64)
    return Asked(
        family=np.array([step.family for step in steps], dtype=np.int64),
        is_open=np.array([step.correlation.is_open for step in steps]),
        timespan=np.array([step.correlation.timespan for step in steps], dtype=np.int64),
        percent=np.array([step.percent for step in steps], dtype=np.float64),
        bounds=np.array([len(step.relations) for step in steps], dtype=np.int64),
        relations=np.stack([_wide(step.relations, most, 0) for step in steps]),
        numbers=np.stack([_wide(step.numbers, most, 0.0) for step in steps]),
        first_term=np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1]]),
        end_term=ends,
    )


def _terms(steps: Sequence[Step], width: int) -> Terms:
    """The alternatives of all correlations, one after the other, each as wide as the widest."""
    needs, denies, chains = (
        np.concatenate([_wide(step.terms[part], width, missing) for step in steps])
        for part, missing in enumerate((False, False, -1))
    )
    return Terms(needs=needs, denies=denies, chains=chains)


def _wide(values: NDArray[np.generic], width: int, missing: float) -> NDArray[np.generic]:
    """An array whose lines are that wide."""
    found = np.full((*values.shape[:-1], width), missing, dtype=values.dtype)
    found[..., : values.shape[-1]] = values
    return found
