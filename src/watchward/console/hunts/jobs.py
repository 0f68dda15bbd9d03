"""What the worker does for questions, again and again."""

from datetime import timedelta

from watchward.base.clock import Clock
from watchward.console.hunts import adapters
from watchward.console.jobs import periodic


@periodic(every=timedelta(hours=1))
def tidy_questions(*, clock: Clock) -> None:
    """Forget rows that nobody let out in time, and questions of long ago."""
    adapters.tidy(clock=clock)
