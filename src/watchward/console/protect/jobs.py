"""The scheduled work about blocks."""

from datetime import timedelta

from watchward.base.clock import Clock
from watchward.console.jobs import periodic
from watchward.console.protect import adapters, adopting, checking, offering, publishing


@periodic(every=timedelta(seconds=1))
def keep_blocks(*, clock: Clock) -> None:
    """Lift blocks whose time is up, and tell the lists what they were not told."""
    adapters.lift_due(clock=clock)
    publishing.publish(now=clock.now())


@periodic(every=timedelta(seconds=1))
def check_harm(*, clock: Clock) -> None:
    """Find what proposed blocks would do to care."""
    checking.check_waiting(clock=clock)


@periodic(every=timedelta(seconds=5))
def offer_indicators(*, clock: Clock) -> None:
    """Offer to organisations' policies what they could not adopt when it came."""
    offering.offer_left(clock=clock)


@periodic(every=timedelta(seconds=30))
def lift_what_faded(*, clock: Clock) -> None:
    """Lift what policies block and is no longer believed as much as they ask."""
    adopting.lift_faded(clock=clock)


@periodic(every=timedelta(seconds=30))
def watch_care(*, clock: Clock) -> None:
    """Look for signs that care fails where blocks came lately, and that each block's indicator stands."""
    adapters.lift_withdrawn(clock=clock)
    adapters.watch_care(clock=clock)
