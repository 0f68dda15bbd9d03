"""What the worker does for patient harm, again and again."""

from datetime import timedelta

from watchward.base.clock import Clock
from watchward.console.harm import adapters
from watchward.console.jobs import periodic


@periodic(every=timedelta(minutes=5))
def rank_what_hurts(*, clock: Clock) -> None:
    """Work out what hurts patients most when it is lost, wherever the map of care has changed."""
    adapters.work_out_rankings(clock=clock)


@periodic(every=timedelta(hours=1))
def set_harm_against_history(*, clock: Clock) -> None:
    """Set the model of harm against incidents of the past, where its parameters have changed."""
    adapters.validate_model(clock=clock)
