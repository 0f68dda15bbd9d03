"""What the worker does for the estate, again and again."""

from datetime import timedelta

from watchward.base.clock import Clock
from watchward.console.estate import arrivals
from watchward.console.estate.adapters import drop_old_tallies
from watchward.console.jobs import periodic


@periodic(every=timedelta(hours=6))
def tidy_tallies(*, clock: Clock) -> None:
    """Drop what sources sent in single spans of ten minutes once no page shows it any more."""
    drop_old_tallies(clock.now())
    arrivals.drop_old(clock.now().date())
