"""What the worker does for the order of alerts, again and again."""

from datetime import timedelta

from watchward.base.clock import Clock
from watchward.console.apart import do_apart
from watchward.console.detect import stakes
from watchward.console.detect.weighing_all import weigh_all
from watchward.console.harm import adapters as harm
from watchward.console.jobs import periodic


@periodic(every=timedelta(seconds=5))
def order_alerts(*, clock: Clock) -> None:  # noqa: ARG001 - jobs are told the time
    """Work out what is at stake where alerts are, and order them by expected harm to patients."""
    if stakes.waiting() > stakes.A_RUN:
        weigh_many()
    stakes.follow()


def weigh_many() -> None:
    """Work out many organisations at once, where the map is laid out as it is."""
    if harm.is_small():
        weigh_all()
    elif not harm.is_behind():
        do_apart(weigh_all)
