"""The scheduled work of the TAXII server."""

from datetime import timedelta

from watchward.base.clock import Clock
from watchward.console.jobs import periodic
from watchward.console.taxii import adapters


@periodic(every=timedelta(hours=6))
def forget_statuses(*, clock: Clock) -> None:
    """Forget what became of TAXII requests more than a week ago."""
    adapters.forget(clock=clock)
