"""What an exercise plays: everyday telemetry, and one story after another in the middle of it."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from watchward.node.exercise.benign import Everyday
from watchward.node.exercise.emitted import Emitted
from watchward.node.exercise.moment import SECOND
from watchward.node.exercise.sector import Sector
from watchward.node.exercise.stories import Stage, Story

FIRST_STORY_SECONDS = 3
"""How soon the first attack begins, so that whoever watches need not wait."""

STORY_EVERY_SECONDS = 120
"""How long after one story the next begins, at full speed and unless told otherwise."""


@dataclass(frozen=True, kw_only=True)
class Programme:
    """The plan of an exercise; the same plan gives the same events, byte for byte.

    Args:
        sector: where it happens.
        stories: what happens, one after another, and then from the first again; none leaves only the everyday.
        start: when it begins, in microseconds since 1970.
        rate: everyday events a second.
        seed: chooses everything that chance decides.
        speed: how many times faster than in life the stories go.
        every: how many seconds after one story the next begins.
        performances: how many stories are played in all; 0 means without end.

    """

    sector: Sector
    stories: tuple[Story, ...]
    start: int
    rate: float = 300.0
    seed: int = 1
    speed: float = 30.0
    every: float = STORY_EVERY_SECONDS
    performances: int = 0

    def everyday(self) -> Everyday:
        """The everyday events' generator, whose record numbers no other exercise of the last year has used."""
        return Everyday(self.sector, seed=self.seed, records=self.start // SECOND % 10**8 * 1000)

    def events(self) -> Iterator[Emitted]:
        """All events in order of time, without end."""
        everyday = self.everyday().stream(self.start, self.rate)
        return heapq.merge(everyday, self.attacks(), key=lambda emitted: emitted.at)

    def until(self, end: int) -> Iterator[Emitted]:
        """The events before a moment, in microseconds."""
        return takewhile(lambda emitted: emitted.at < end, self.events())

    def attacks(self) -> Iterator[Emitted]:
        """The stories' events in order of time; stories overlap where one lasts longer than the pause between them."""
        waiting: list[tuple[int, int, Emitted]] = []
        tie = 0
        for number, (start, story) in enumerate(self._begins()):
            while waiting and waiting[0][0] < start:
                yield heapq.heappop(waiting)[2]
            stage = Stage(start=start, speed=self.speed, seed=self.seed, number=number)
            for emitted in story.perform(self.sector, stage):
                tie += 1
                heapq.heappush(waiting, (emitted.at, tie, emitted))
        while waiting:
            yield heapq.heappop(waiting)[2]

    def _begins(self) -> Iterator[tuple[int, Story]]:
        number = 0
        while self.stories and (self.performances == 0 or number < self.performances):
            offset = FIRST_STORY_SECONDS + number * self.every
            yield self.start + int(offset * SECOND), self.stories[number % len(self.stories)]
            number += 1
