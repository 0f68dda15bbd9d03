"""The scheduled work about intelligence."""

from datetime import timedelta

from watchward.base.clock import Clock
from watchward.console.intel import adapters, audiences, fading, polling, standings
from watchward.console.jobs import periodic


@periodic(every=timedelta(seconds=1))
def tell_gateways(*, clock: Clock) -> None:
    """Tell the gateways what indicators look for, where that failed when it was stored."""
    adapters.publish(clock=clock)


@periodic(every=timedelta(seconds=1))
def take_back_what_was_withdrawn(*, clock: Clock) -> None:
    """Take what withdrawn sources brought out of the collections."""
    while standings.take_back(clock=clock):
        pass


@periodic(every=timedelta(hours=1))
def forget_audiences(*, clock: Clock) -> None:  # noqa: ARG001 - whatever the time, what nothing has is unused
    """Forget for whom objects were that are gone, so that others have the room."""
    audiences.forget_unused()


@periodic(every=timedelta(seconds=10))
def doubt_floods(*, clock: Clock) -> None:
    """Put sources on trial that bring what is met everywhere at once."""
    standings.doubt_floods(clock=clock)


@periodic(every=timedelta(seconds=5))
def poll_sources(*, clock: Clock) -> None:
    """Read what other organisations' TAXII servers have that is new."""
    polling.poll_due(clock=clock)


@periodic(every=timedelta(seconds=10))
def let_fade(*, clock: Clock) -> None:
    """Find what is hardly believed any more, and no longer looked for."""
    fading.look_over(clock=clock)


@periodic(every=timedelta(seconds=30))
def judge_what_is_looked_for(*, clock: Clock) -> None:
    """Tell the gateways anew what indicators look for, when the warninglists or the node's own names changed."""
    adapters.judge_again(clock=clock)
