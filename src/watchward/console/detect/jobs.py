"""What the worker does for the order of alerts, again and again."""

from datetime import timedelta

from watchward.base.clock import Clock
from watchward.console.detect import stakes
from watchward.console.jobs import periodic


@periodic(every=timedelta(seconds=5))
def order_alerts(*, clock: Clock) -> None:  # noqa: ARG001 - jobs are told the time
    """Work out what is at stake where alerts are, and order them by expected harm to patients."""
    stakes.follow()
