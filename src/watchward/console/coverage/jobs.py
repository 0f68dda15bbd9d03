"""What the worker does for coverage, again and again."""

from datetime import timedelta

from watchward.base.clock import Clock
from watchward.console import config
from watchward.console.coverage import adapters
from watchward.console.jobs import periodic
from watchward.detect.sigma.pack import starter_pack


@periodic(every=timedelta(minutes=1))
def note_what_arrives(*, clock: Clock) -> None:
    """Take note of the kinds of events that arrive, and of their fields."""
    adapters.note_arrivals(config.current().lake, clock=clock)


@periodic(every=timedelta(minutes=5))
def survey_rules(*, clock: Clock) -> None:
    """Work out what the rules in force can see with what arrives."""
    node = config.current()
    adapters.survey([node.rules, starter_pack()], cache=node.cache if node.cache.is_dir() else None, clock=clock)
