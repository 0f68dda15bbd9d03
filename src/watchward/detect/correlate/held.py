"""What the correlations of one shelf hold: the events that their windows can still reach, and what is not final."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from watchward.detect.correlate.dues import Dues
from watchward.detect.correlate.finding import EVENTS_NAMED, Finding, finding_id
from watchward.detect.correlate.keys import Digests, combined
from watchward.detect.correlate.marks import NEVER, Marks
from watchward.detect.correlate.rows import Flags, Rows, Whole, Words, among, different
from watchward.detect.correlate.shelf import Shelf
from watchward.detect.correlate.table import Table
from watchward.detect.correlate.texts import Texts
from watchward.detect.kernels import windows

_PART = 8
"""Events that no window can reach are left out whenever time has come on by this part of the shortest reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firings:
    """Some firings, as columns; `step` is the correlation's place on the shelf, times are in microseconds."""

    step: Whole
    key: Words
    at: Whole
    first: Whole
    last: Whole
    events: Whole

    def take(self, places: NDArray[np.intp] | Flags) -> "Firings":
        """Some of them."""
        return Firings(**{field.name: getattr(self, field.name)[places] for field in fields(Firings)})

    def __len__(self) -> int:
        return len(self.key)

    @property
    def names(self) -> Digests:
        """One digest each, for its group and beginning."""
        return combined([self.key, self.at.view(np.uint64)], len(self))

    @property
    def versions(self) -> Digests:
        """One digest each, for all that is said of it."""
        times = (getattr(self, name).view(np.uint64) for name in ("at", "first", "last", "events"))
        return combined([self.key, *times], len(self))


def no_firings() -> Firings:
    """None."""
    return Firings(
        key=np.empty(0, dtype=np.uint64),
        **{name: np.empty(0, dtype=np.int64) for name in ("step", "at", "first", "last", "events")},
    )


def both(one: Firings, other: Firings) -> Firings:
    """Those of both."""
    return Firings(
        **{
            field.name: np.concatenate([getattr(one, field.name), getattr(other, field.name)])
            for field in fields(Firings)
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """For groups with a final firing, until when moments belong to it (microseconds); sorted by group."""

    step: Whole
    key: Words
    until: Whole

    def take(self, places: NDArray[np.intp] | Flags) -> "Spent":
        """Some of them."""
        return Spent(step=self.step[places], key=self.key[places], until=self.until[places])

    def of(self, groups: Words) -> Whole:
        """Until when, for each of some groups."""
        if not len(self.key):
            return np.full(len(groups), NEVER, dtype=np.int64)
        places = np.minimum(np.searchsorted(self.key, groups), len(self.key) - 1)
        return np.where(self.key[places] == groups, self.until[places], NEVER)


@dataclass(slots=True, kw_only=True)
class Told:
    """What one step of some correlations came to; `certain` are rows for those that read them, by program number."""

    provisional: Sequence[Finding] = ()
    final: Sequence[Finding] = ()
    withdrawn: Sequence[UUID] = ()
    certain: dict[int, Rows] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """Where a step stands: the marks of the last one, those that hold now, and the texts of the rows' digests."""

    before: Marks
    after: Marks
    texts: Texts


@dataclass(slots=True)
class Held:
    """The state of the correlations of a shelf.

    Args:
        shelf: the correlations.
        table: the events.
        pending: the firings that were told and are not final.
        spent: what of the groups belongs to final firings.
        standing: what was found that is not final, for those that read it: the events at whose moments a finding held,
            under the key of the group that found it; `value` is the finding's digest.

    """

    shelf: Shelf
    table: Table
    pending: Firings
    spent: Spent
    standing: Rows
    _dues: Dues = field(default_factory=Dues)
    _forgotten_at: int = NEVER

    @classmethod
    def empty(cls, shelf: Shelf) -> "Held":
        """Nothing yet."""
        whole = np.empty(0, dtype=np.int64)
        spent = Spent(step=whole, key=whole.view(np.uint64), until=whole)
        return cls(shelf, Table(shelf.empty), no_firings(), spent, shelf.no_findings)

    @property
    def sizes(self) -> Whole:
        """How many events each of the correlations holds."""
        steps = len(self.shelf.steps)
        return sum(
            (np.bincount(self.shelf.owners(rows), minlength=steps) for rows in self.table.storeys),
            start=np.zeros(steps, dtype=np.int64),
        )

    def reaches_back_to(self, marks: Marks) -> int:
        """Events before this moment are in no window that may still be told of."""
        return int(self.shelf.reaches_back_to(marks).min())

    def advance(self, new: Rows, changed: Words, now: Now) -> Told:
        """Take events in (sorted, each once) and tell what has changed.

        `changed` are groups whose events have changed otherwise.
        """
        shortest = int((now.before.high - self.shelf.reaches_back_to(now.before)).min())
        if (now.before.water - self._forgotten_at) * _PART >= shortest:
            self.forget(now.before)
        if len(new):
            self.table.add(new)
            self._dues.add(*self.shelf.dues(new, now.before.clock))
        touched = self._touched(new, changed, now)
        return _Look(self, touched, now).told() if len(touched) else Told()

    def hold(self, rows: Rows, clock: int) -> None:
        """Hold these events instead of all; windows that ended before `clock` are over."""
        self.table.put(rows)
        self._dues = Dues()
        self._dues.add(*self.shelf.dues(rows, clock))

    def forget(self, marks: Marks) -> None:
        """Leave out the events that no window can reach any more."""
        reach = self.shelf.reaches_back_to(marks)
        self.table.keep(lambda rows: rows.at >= reach[self.shelf.owners(rows)])
        self._forgotten_at = marks.water

    def _touched(self, new: Rows, changed: Words, now: Now) -> Words:
        """The groups of which something new may be said."""
        shelf, pending = self.shelf, self.pending
        ended = pending.at + shelf.timespan[pending.step] < shelf.certain_until(now.after)[pending.step]
        parts = [new.key, changed, pending.key[ended]]
        if now.after.clock > now.before.clock:
            parts += self._dues.until(now.after.clock)
        parts = [part for part in parts if len(part)]
        return different(np.concatenate(parts)) if parts else np.empty(0, dtype=np.uint64)

    def drop_passing(self) -> Words:
        """Leave out the findings of others that may be withdrawn, since they are given anew; return their groups."""
        rows = self.table.rows
        passing = rows.passing
        if passing.any():
            self.table.put(rows.take(~passing))
        return rows.key[passing]

    def standing_of(self, number: int) -> Rows:
        """What one correlation of the program has found that is not final."""
        return self.standing.take(self.shelf.owners(self.standing) == self.shelf.numbers.index(number))


class _Look:
    """One look at the groups of which something new may be said."""

    def __init__(self, held: Held, touched: Words, now: Now) -> None:
        self._held, self._texts, self._touched = held, now.texts, touched
        shelf = self._shelf = held.shelf
        self._until = shelf.certain_until(now.after)
        rows = self._rows = held.table.of(touched)
        begins = np.flatnonzero(np.concatenate([[True], rows.key[1:] != rows.key[:-1]])[: len(rows)])
        groups = rows.key[begins]
        owners = shelf.owner[rows.rule[begins]]
        known = np.maximum((shelf.certain_until(now.before) - shelf.timespan - 1)[owners], NEVER)
        floor = np.maximum(known, held.spent.of(groups))
        self._moments = shelf.moments(rows, (begins, np.append(begins[1:], len(rows)), owners), floor, now.after.clock)
        self._found, self._numbers = _fired(rows, self._moments, shelf.timespan[owners])
        self._firings = Firings(
            step=owners[self._found[:, 0]],
            key=groups[self._found[:, 0]],
            at=rows.at[self._found[:, 2]],
            first=rows.at[self._found[:, 1]],
            last=rows.at[self._found[:, 4]],
            events=self._found[:, 5],
        )
        ends = self._firings.at + shelf.timespan[self._firings.step]
        self._final: Flags = ends < self._until[self._firings.step]

    def told(self) -> Told:
        """What has changed; afterwards the state knows that it was told."""
        held, firings = self._held, self._firings
        if not len(firings) and not len(held.pending) and not len(held.standing):
            return Told()
        again = among(held.pending.key, self._touched)
        old = held.pending.take(again)
        unchanged = among(firings.versions, np.sort(old.versions))
        gone = old.take(~among(old.names, np.sort(firings.names)))
        told = Told(
            provisional=self._findings(np.flatnonzero(~self._final & ~unchanged)),
            final=self._findings(np.flatnonzero(self._final)),
            withdrawn=self._shelf.ids(gone.step, gone.key, gone.at),
            certain=self._stand() if self._shelf.is_read.any() else {},
        )
        held.pending = both(held.pending.take(~again), firings.take(~self._final))
        self._spend(firings.take(self._final))
        return told

    def _spend(self, final: Firings) -> None:
        shelf, spent = self._shelf, self._held.spent
        spent = Spent(
            step=np.concatenate([spent.step, final.step]),
            key=np.concatenate([spent.key, final.key]),
            until=np.concatenate([spent.until, final.at + shelf.timespan[final.step]]),
        )
        spent = spent.take(spent.until >= (self._until - shelf.timespan)[spent.step])
        spent = spent.take(np.lexsort((spent.until, spent.key)))
        last = np.ones(len(spent.key), dtype=np.bool_)
        last[:-1] = spent.key[1:] != spent.key[:-1]
        self._held.spent = spent.take(last)

    def _findings(self, places: NDArray[np.intp]) -> list[Finding]:
        if not len(places):
            return []
        places = places[np.argsort(self._firings.step[places], kind="stable")]
        firings = self._firings.take(places)
        width = 1 + self._shelf.groups
        values = self._texts.of(self._rows.digests[self._found[places, 2], :width].ravel())
        ids = self._shelf.ids(firings.step, firings.key, firings.at)
        return [
            self._finding(place, found_as, values[number * width : (number + 1) * width])
            for number, (place, found_as) in enumerate(zip(places.tolist(), ids, strict=True))
        ]

    def _finding(self, place: int, found_as: UUID, values: list[str]) -> Finding:
        rows, firings = self._rows, self._firings
        named: dict[tuple[int, int], None] = {}
        made: set[UUID] = set()
        for row in range(int(self._found[place, 1]), int(self._found[place, 3])):
            event = int(rows.hi[row]), int(rows.lo[row])
            if len(named) == EVENTS_NAMED and event not in named:
                break
            named[event] = None
            made |= self._made_of(row)
        return Finding(
            id=found_as,
            correlation=self._shelf.steps[firings.step[place]].correlation.id,
            organisation=values[0],
            group=tuple(values[1:]),
            first_at=int(firings.first[place]),
            at=int(firings.at[place]),
            last_at=int(firings.last[place]),
            events=int(firings.events[place]),
            event_ids=tuple(f"{hi:016x}{lo:016x}" for hi, lo in named),
            made_of=tuple(sorted(made)),
        )

    def _made_of(self, row: int) -> set[UUID]:
        """The finding of another correlation that a row is, if it is one."""
        rows, number = self._rows, int(self._rows.rule[row])
        step = self._shelf.steps[self._shelf.owner[number]]
        rule = step.correlation.rules[self._shelf.inputs[number].place]
        if rule in step.rules:
            return set()
        key, at = rows.made[row]
        return {finding_id(rule, int(key), int(at.view(np.int64)))}

    def _stand(self) -> dict[int, Rows]:
        """Keep what is not certain as it now stands for those that read it; return what has become certain."""
        held, shelf = self._held, self._shelf
        read = shelf.is_read[self._firings.step[self._numbers]]
        spans, numbers = self._moments[read, 1:3], self._numbers[read]
        lengths = spans[:, 1] - spans[:, 0]
        moment = np.repeat(np.arange(len(spans)), lengths)
        place = np.arange(len(moment)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + spans[moment, 0]
        firing = numbers[moment]
        found = self._firings.take(firing)
        begun = np.stack([found.key ^ shelf.salts[found.step], found.at.view(np.uint64)], axis=1)
        rows = self._rows.take(place).but(value=found.names, made=begun)
        final = self._final[firing]
        held.standing = held.standing.take(~among(held.standing.key, self._touched)).and_after(rows.take(~final))
        certain: dict[int, Rows] = {}
        for step in np.unique(found.step[final]).tolist():
            certain[shelf.numbers[step]] = rows.take(final & (found.step == step))
        return certain


def _fired(rows: Rows, moments: Whole, spans: Whole) -> tuple[Whole, Whole]:
    firings = np.empty((len(moments), 6), dtype=np.int64)
    numbers = np.empty(len(moments), dtype=np.int64)
    count = windows.fire((rows.at, rows.hi, rows.lo), moments, spans, firings, numbers)
    return firings[:count], numbers
