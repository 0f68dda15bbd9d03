"""Correlations over a stream of matches: what they say at once, and what is certain (ADR 0120 to 0122)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
import pyarrow.compute as pc

from watchward.detect.correlate.bound import MOST_EVENTS, GivenUp, give_up
from watchward.detect.correlate.finding import Finding
from watchward.detect.correlate.held import Held, Now
from watchward.detect.correlate.marks import ENDED, NEVER, Lateness, Marks
from watchward.detect.correlate.matched import Matched
from watchward.detect.correlate.program import Program
from watchward.detect.correlate.reading import Between, Readers, Reading
from watchward.detect.correlate.rows import Rows, Words, different, in_order
from watchward.detect.correlate.shelf import shelves
from watchward.detect.correlate.texts import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one step came to.

    Args:
        provisional: findings that are new or have changed, and may yet change or be withdrawn.
        final: findings that will not change; they were provisional before, or are told for the first time.
        withdrawn: provisional findings that no longer hold.
        late: how many matches came too late, by source.
        given_up: what was given up for want of memory, by correlation id.

    """

    provisional: Sequence[Finding] = ()
    final: Sequence[Finding] = ()
    withdrawn: Sequence[UUID] = ()
    late: Mapping[str, int] = field(default_factory=dict)
    given_up: Mapping[str, GivenUp] = field(default_factory=dict)


class Correlator:
    """Some correlations, and what they hold.

    Args:
        program: the correlations.
        lateness: how late events may come.
        most_events: how many events they hold at most.

    """

    def __init__(self, program: Program, *, lateness: Lateness | None = None, most_events: int = MOST_EVENTS) -> None:
        self.program = program
        self.lateness = lateness or Lateness()
        self.most_events = most_events
        self.marks = Marks()
        self.held = [Held.empty(shelf) for shelf in shelves(program)]
        self._readers = [Readers(held.shelf) for held in self.held]
        self._holder = {number: held for held in self.held for number in held.shelf.numbers}
        self.texts = Texts()

    def take(self, matched: Matched) -> Outcome:
        """Take matches in, in any order, and tell what has changed."""
        late: Counter[str] = Counter()
        if len(matched):
            too_late = matched.at < self.marks.water
            if too_late.any():
                sources = pc.take(matched.sources, np.flatnonzero(too_late)).to_pylist()
                late.update(source or "" for source in sources)
                matched = matched.take(np.flatnonzero(~too_late))
        if not len(matched):
            return Outcome(late=late)
        latest = int(matched.at[matched.at <= matched.received_at].max(initial=NEVER))
        after = self.marks.moved(latest, self.lateness.longest)
        return self._step(self._read(matched), after, late)

    def reach(self, latest: int) -> Outcome:
        """Let event time come to a moment (microseconds), at which some event was seen, and tell what has changed.

        Events that met no rule move time on too: "A and not B" is found when the time for B has passed.
        """
        after = self.marks.moved(latest, self.lateness.longest)
        return self._step([held.shelf.empty for held in self.held], after, {})

    def wait(self, clock: int) -> Outcome:
        """Let time pass without an event, up to a moment (microseconds), and tell what is found by that.

        Nothing becomes certain: events of that time may still come.
        """
        if clock <= self.marks.clock:
            return Outcome()
        return self._step([held.shelf.empty for held in self.held], self.marks.waited(clock), {})

    def end(self) -> Outcome:
        """Tell all that is left, the stream being over: everything is certain now."""
        return self._step([held.shelf.empty for held in self.held], ENDED, {})

    def whole(self, matched: Matched) -> Sequence[Finding]:
        """All that is found in a stream that is there whole, in any order."""
        return self._step(self._read(matched), ENDED, {}).final

    @property
    def events(self) -> int:
        """How many events are held; one that several correlations read counts in each."""
        return sum(len(held.table) for held in self.held)

    @property
    def reaches_back_to(self) -> int:
        """Events before this moment (microseconds) are in no window that may still be told of."""
        return min((held.reaches_back_to(self.marks) for held in self.held), default=self.marks.water)

    def pending(self) -> frozenset[UUID]:
        """What was told, may yet change, and was not withdrawn."""
        return frozenset(
            found
            for held in self.held
            for found in held.shelf.ids(held.pending.step, held.pending.key, held.pending.at)
        )

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many events each correlation holds, by its id."""
        return {
            step.correlation.id: size
            for held in self.held
            for step, size in zip(held.shelf.steps, held.sizes.tolist(), strict=True)
        }

    def _read(self, matched: Matched) -> list[Rows]:
        """What each shelf reads of some matches, not sorted."""
        reading = Reading(matched, self.texts)
        return [reading.rows(readers) for readers in self._readers]

    def _step(self, parts: Sequence[Rows], after: Marks, late: Mapping[str, int]) -> Outcome:
        provisional: list[Finding] = []
        final: list[Finding] = []
        withdrawn: list[UUID] = []
        certain: dict[int, Rows] = {}
        now = Now(before=self.marks, after=after, texts=self.texts)
        for held, part in zip(self.held, parts, strict=True):
            passing, changed = self._passing(held, certain)
            told = held.advance(in_order([part, *passing]), changed, now)
            provisional += told.provisional
            final += told.final
            withdrawn += told.withdrawn
            certain |= told.certain
        self.marks = after
        if self.events > self.most_events:  # rather what no window can reach any more than anything else
            for held in self.held:
                held.forget(after)
        given_up = give_up(self.held, self.most_events, after.clock)
        self._forget()
        return Outcome(provisional=provisional, final=final, withdrawn=withdrawn, late=dict(late), given_up=given_up)

    def _passing(self, held: Held, certain: Mapping[int, Rows]) -> tuple[list[Rows], Words]:
        """What a shelf reads of other correlations, and the groups from which such was taken away."""
        shelf = held.shelf
        if not shelf.made:
            return [], np.empty(0, dtype=np.uint64)
        dropped = held.drop_passing()
        given = []
        for place, step in enumerate(shelf.steps):
            for number, input_ in step.inner.items():
                first, salt = int(shelf.first[place]), shelf.salts[place]
                inner = self.program.steps[number]
                between = Between(step=step, inner=inner, given=input_, number=first + input_.place, salt=salt)
                if number in certain:
                    given.append(between.rows(certain[number], self.texts, passing=False))
                given.append(between.rows(self._holder[number].standing_of(number), self.texts, passing=True))
        return given, dropped

    def _forget(self) -> None:
        """Leave out the texts of values that no row has any more."""
        if self.texts.is_full:
            alive = [rows.digests.ravel() for held in self.held for rows in held.table.storeys]
            self.texts.keep(different(np.concatenate(alive)) if alive else np.empty(0, dtype=np.uint64))
