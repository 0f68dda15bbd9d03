"""What the worker does for high severity alerts, again and again."""

from datetime import timedelta

from watchward.base.clock import Clock
from watchward.console.advisory import telling
from watchward.console.jobs import periodic


@periodic(every=timedelta(seconds=20))
def tell_of_advisories(*, clock: Clock) -> None:
    """Tell people of high severity alerts by which they are asked, and of answers that are late."""
    telling.tell_asked(clock=clock)
    telling.tell_late(clock=clock)
