"""The scheduled work of links."""

from datetime import timedelta

import structlog

from watchward.base.clock import Clock
from watchward.console.jobs import periodic
from watchward.console.link import adapters, heads

log = structlog.get_logger(__name__)


@periodic(every=timedelta(minutes=1))
def bound_what_waits(*, clock: Clock) -> None:
    """Keep what waits for other nodes within its share of the disk; what holds is told anew instead."""
    for peer, given in adapters.bound_all(clock=clock):
        log.warning("link_queue_given_up", peer=peer, state=given.state, events=given.events)


@periodic(every=timedelta(hours=1))
def send_audit_head(*, clock: Clock) -> None:
    """Send the signed head of the audit log to the parent."""
    heads.send(clock=clock)


@periodic(every=timedelta(hours=6))
def forget_letters(*, clock: Clock) -> None:
    """Forget what was told and need not be repeated."""
    adapters.forget(clock=clock)
