"""What one correlation holds: the events that its windows can still reach, and what it has found that is not final."""

from dataclasses import dataclass, fields
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from watchward.detect.correlate.finding import EVENTS_NAMED, Finding, finding_id
from watchward.detect.correlate.keys import Digests, combined
from watchward.detect.correlate.marks import NEVER, Marks
from watchward.detect.correlate.program import Step
from watchward.detect.correlate.rows import Flags, Rows, Whole, Words, among, different, no_rows
from watchward.detect.correlate.table import Table
from watchward.detect.correlate.texts import Texts
from watchward.detect.kernels import windows


@dataclass(frozen=True, slots=True, kw_only=True)
class Firings:
    """Some firings, as columns: group, beginning, first and last moment, how many events; times in microseconds."""

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


def no_firings() -> Firings:
    """None."""
    return Firings(
        key=np.empty(0, dtype=np.uint64),
        **{name: np.empty(0, dtype=np.int64) for name in ("at", "first", "last", "events")},
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
class Standing:
    """Findings as other correlations read them: rows of their events, with the group that found them.

    Args:
        rows: the events at whose moments a finding held; `value` is the finding's digest.
        group: the group in which it was found.

    """

    rows: Rows
    group: Words


@dataclass(slots=True, kw_only=True)
class Told:
    """What one step of one correlation came to."""

    provisional: list[Finding]
    final: list[Finding]
    withdrawn: list[tuple[int, int]]
    certain: Rows | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """Where a step stands: the marks of the last one, those that hold now, and the texts of the rows' digests."""

    before: Marks
    after: Marks
    texts: Texts


@dataclass(slots=True)
class Held:
    """One correlation's state.

    Args:
        step: the correlation.
        table: the events.
        pending: the firings that were told and are not final.
        spent: for groups with a final firing, until when moments belong to it; sorted by group.
        standing: what it has found that is not final, for those that read it.

    """

    step: Step
    table: Table
    pending: Firings
    spent: tuple[Words, Whole]
    standing: Standing

    @classmethod
    def empty(cls, step: Step) -> "Held":
        """Nothing yet."""
        rows = no_rows(step.digests, made=bool(step.inner))
        group = np.empty(0, dtype=np.uint64)
        spent = (group, np.empty(0, dtype=np.int64))
        standing = Standing(rows=no_rows(step.digests, made=True), group=group)
        return cls(step, Table(rows), no_firings(), spent, standing)

    @property
    def rows(self) -> Rows:
        """The events, in order."""
        return self.table.rows

    @property
    def timespan(self) -> int:
        """Of a window, in microseconds."""
        return self.step.correlation.timespan

    def certain_until(self, marks: Marks) -> int:
        """Before this moment, nothing that it finds can change."""
        return max(marks.water - self.step.tells, NEVER)

    def reaches_back_to(self, marks: Marks) -> int:
        """Events before this moment are in no window that may still be told of."""
        return self.certain_until(marks) - 2 * self.timespan

    def advance(self, new: Rows, changed: Words, now: Now) -> Told | None:
        """Take events in (sorted, each once) and tell what has changed; None where nothing can have.

        `changed` are groups whose events have changed otherwise.
        """
        until = self.certain_until(now.after)
        self._take_in(new, self.reaches_back_to(now.before))
        touched = self._touched(new, changed, now, until)
        return _Look(self, touched, now).told() if len(touched) else None

    def _take_in(self, new: Rows, reach: int) -> None:
        self.table.forget(reach)
        if len(new):
            self.table.add(new)

    def _touched(self, new: Rows, changed: Words, now: Now, until: int) -> Words:
        """The groups of which something new may be said."""
        due = self.pending.key[self.pending.at + self.timespan < until]
        parts = [new.key, changed, due]
        if not self.step.correlation.is_open and now.after.high > now.before.high:
            parts += self.table.groups_at(now.before.high - self.timespan, now.after.high - self.timespan)
        parts = [part for part in parts if len(part)]
        return different(np.concatenate(parts)) if parts else np.empty(0, dtype=np.uint64)

    def drop_passing(self) -> Rows:
        """Leave out the findings of others that may be withdrawn; they are given anew each time."""
        passing = self.rows.take(self.rows.passing)
        if len(passing):
            self.table.put(self.rows.take(~self.rows.passing))
        return passing


class _Look:
    """One look at the groups of which something new may be said."""

    def __init__(self, held: Held, touched: Words, now: Now) -> None:
        self._held, self._texts = held, now.texts
        self._until = until = held.certain_until(now.after)
        known = held.certain_until(now.before)
        rows = self._rows = held.table.of(touched)
        begins = np.searchsorted(rows.key, touched, side="left")
        ends = np.searchsorted(rows.key, touched, side="right")
        moments = _moments(held, rows, (begins, ends), _spent_at(held, touched, known), now.after)
        self._found, self._numbers = _fired(rows, moments, held.timespan)
        self._moments, self._touched = moments, touched
        places = self._found[:, 2]
        self._firings = Firings(
            key=touched[self._found[:, 0]],
            at=rows.at[places],
            first=rows.at[self._found[:, 1]],
            last=rows.at[self._found[:, 4]],
            events=self._found[:, 5],
        )
        self._final: Flags = self._firings.at + held.timespan < until

    def told(self) -> Told:
        """What has changed; afterwards the state knows that it was told."""
        held, firings = self._held, self._firings
        if not len(firings) and not len(held.pending) and not held.step.is_read:
            return Told(provisional=[], final=[], withdrawn=[])
        again = among(held.pending.key, self._touched)
        old = held.pending.take(again)
        unchanged = among(_versions(firings), np.sort(_versions(old)))
        gone = old.take(~among(old.names, np.sort(firings.names)))
        told = Told(
            provisional=self._findings(np.flatnonzero(~self._final & ~unchanged)),
            final=self._findings(np.flatnonzero(self._final)),
            withdrawn=list(zip(gone.key.tolist(), gone.at.tolist(), strict=True)),
        )
        if held.step.is_read:
            told.certain = self._stand()
        held.pending = both(held.pending.take(~again), firings.take(~self._final))
        self._spend(firings.take(self._final))
        return told

    def _spend(self, final: Firings) -> None:
        held = self._held
        keys = np.concatenate([held.spent[0], final.key])
        until = np.concatenate([held.spent[1], final.at + held.timespan])
        near = until >= self._until - held.timespan
        keys, until = keys[near], until[near]
        order = np.lexsort((until, keys))
        keys, until = keys[order], until[order]
        last = np.ones(len(keys), dtype=np.bool_)
        last[:-1] = keys[1:] != keys[:-1]
        held.spent = (keys[last], until[last])

    def _findings(self, places: NDArray[np.intp]) -> list[Finding]:
        if not len(places):
            return []
        step, rows = self._held.step, self._rows
        width = 1 + len(step.correlation.group_by)
        shown = rows.digests[self._found[places, 2], :width]
        values = self._texts.of(shown.ravel())
        return [
            self._finding(place, values[number * width : (number + 1) * width])
            for number, place in enumerate(places.tolist())
        ]

    def _finding(self, place: int, values: list[str]) -> Finding:
        rows, firings = self._rows, self._firings
        correlation = self._held.step.correlation
        named: dict[tuple[int, int], None] = {}
        made: set[UUID] = set()
        for row in range(int(self._found[place, 1]), int(self._found[place, 3])):
            event = int(rows.hi[row]), int(rows.lo[row])
            if len(named) == EVENTS_NAMED and event not in named:
                break
            named[event] = None
            made |= self._made_of(row)
        return Finding(
            id=finding_id(correlation.id, int(firings.key[place]), int(firings.at[place])),
            correlation=correlation.id,
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
        step, rows = self._held.step, self._rows
        rule = step.correlation.rules[rows.rule[row]]
        if rule in step.rules:
            return set()
        key, at = rows.made[row]
        return {finding_id(rule, int(key), int(at.view(np.int64)))}

    def _stand(self) -> Rows:
        """Keep what is not certain as it now stands for those that read this; return what has become certain."""
        held = self._held
        spans = self._moments[:, 1:3]
        lengths = spans[:, 1] - spans[:, 0]
        moment = np.repeat(np.arange(len(spans)), lengths)
        place = np.arange(len(moment)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + spans[moment, 0]
        firing = self._numbers[moment]
        begun = np.stack([self._firings.key, self._firings.at.view(np.uint64)], axis=1)
        rows = self._rows.take(place).but(value=self._firings.names[firing], made=begun[firing])
        final = self._final[firing]
        stays = ~among(held.standing.group, self._touched)
        mine = rows.take(~final)
        held.standing = Standing(
            rows=held.standing.rows.take(stays).and_after(mine),
            group=np.concatenate([held.standing.group[stays], mine.key]),
        )
        return rows.take(final)


def _spent_at(held: Held, touched: Words, known: int) -> Whole:
    """For each group, until when everything was said in a final finding or is known not to be in one."""
    keys, until = held.spent
    floor = np.full(len(touched), max(known - held.timespan - 1, NEVER), dtype=np.int64)
    if len(keys):
        places = np.minimum(np.searchsorted(keys, touched), len(keys) - 1)
        found = keys[places] == touched
        floor[found] = np.maximum(floor[found], until[places[found]])
    return floor


def _moments(held: Held, rows: Rows, groups: tuple[Whole, Whole], floor: Whole, after: Marks) -> Whole:
    step = held.step
    sizes = groups[1] - groups[0]
    largest, total = int(sizes.max(initial=0)), int(sizes.sum())
    slots = 1 << max(2, (2 * largest - 1).bit_length()) if step.family == windows.DIFFERENT else 1
    scratch = (
        np.empty(slots, dtype=np.uint64),
        np.empty(slots, dtype=np.int64),
        np.empty(largest + 1 if step.family == windows.RANKED else 1, dtype=np.float64),
        np.empty(max(1, len(step.correlation.rules)), dtype=np.int64),
    )
    shape = step.terms[2].shape
    since = (
        np.empty(shape, dtype=np.int64),
        np.empty(shape, dtype=np.uint64),
        np.empty(shape, dtype=np.uint64),
        np.empty(shape, dtype=np.int64),
    )
    moments = np.empty((total, 4), dtype=np.int64)
    count = windows.evaluate(
        (
            step.family,
            step.correlation.is_open,
            held.timespan,
            after.high,
            step.percent,
            step.relations,
            step.numbers,
        ),
        (rows.at, rows.hi, rows.lo, rows.rule, rows.value, rows.amount),
        groups,
        scratch,
        step.terms,
        since,
        np.zeros(7, dtype=np.int64),
        floor,
        moments,
    )
    return moments[:count]


def _fired(rows: Rows, moments: Whole, timespan: int) -> tuple[Whole, Whole]:
    firings = np.empty((len(moments), 6), dtype=np.int64)
    numbers = np.empty(len(moments), dtype=np.int64)
    count = windows.fire((rows.at, rows.hi, rows.lo), moments, len(moments), timespan, firings, numbers)
    return firings[:count], numbers


def _versions(firings: Firings) -> Digests:
    """One digest each, for all that is said of it."""
    return combined(
        [firings.key, *(getattr(firings, name).view(np.uint64) for name in ("at", "first", "last", "events"))],
        len(firings),
    )
