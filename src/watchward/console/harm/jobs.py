"""What the worker does for patient harm, again and again."""

from datetime import timedelta

from watchward.base.clock import Clock, SystemClock
from watchward.console.apart import do_apart
from watchward.console.harm import adapters
from watchward.console.jobs import periodic


@periodic(every=timedelta(minutes=1))
def lay_out_the_map(*, clock: Clock) -> None:  # noqa: ARG001 - jobs are told the time
    """Lay the map of care out for questions about harm, where it is large and has changed."""
    if adapters.is_behind():
        do_apart(adapters.lay_out)


@periodic(every=timedelta(minutes=5))
def rank_what_hurts(*, clock: Clock) -> None:
    """Work out what hurts patients most when it is lost, wherever the map of care has changed."""
    if adapters.is_small():
        adapters.work_out_rankings(clock=clock)
    elif adapters.rankings_missing():
        do_apart(rank_now)


def rank_now() -> None:
    """Make all rankings that are missing."""
    adapters.work_out_rankings(clock=SystemClock())


@periodic(every=timedelta(hours=1))
def set_harm_against_history(*, clock: Clock) -> None:
    """Set the model of harm against incidents of the past, where its parameters have changed."""
    adapters.validate_model(clock=clock)
