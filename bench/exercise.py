"""How fast the exercise makes events: events a second of one core's time, whatever else the machine does."""

import itertools
import time
from datetime import UTC, datetime

from watchward.node.exercise.benign import Everyday
from watchward.node.exercise.moment import microseconds
from watchward.node.exercise.sector import SIZES, Sector
from watchward.node.exercise.stories import Stage, all_stories

START = microseconds(datetime(2026, 3, 2, 10, tzinfo=UTC))
EVENTS = 60_000


def everyday(size: str) -> None:
    stream = Everyday(Sector(SIZES[size]), seed=1).stream(START, 1_000.0)
    list(itertools.islice(stream, 5_000))  # compiles the templates, fills the caches
    began = time.process_time()
    octets = sum(len(event.document) for event in itertools.islice(stream, EVENTS))
    seconds = time.process_time() - began
    print(f"everyday, {size:8} {EVENTS / seconds:10,.0f} events/s   {octets / EVENTS:8,.0f} bytes an event")


def stories() -> None:
    sector = Sector(SIZES["default"])
    for story in all_stories().values():
        story.perform(sector, Stage(start=START))
    began = time.process_time()
    events = sum(len(s.perform(sector, Stage(start=START, number=n))) for s in all_stories().values() for n in range(5))
    seconds = time.process_time() - began
    print(f"stories            {events / seconds:10,.0f} events/s")


if __name__ == "__main__":
    everyday("small")
    everyday("default")
    stories()
