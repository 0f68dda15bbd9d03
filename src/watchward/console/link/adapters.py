"""What the worker clears away of links."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from watchward.base.clock import Clock
from watchward.console.link import hearing, kinds, speaking
from watchward.console.link.models import Letter, Peer, Told

_REMEMBERED_FOR: Final = 2 * speaking.REPEATED_FOR
"""Longer than events are repeated, so that none that comes again is new."""


def bound_all(*, clock: Clock) -> Iterator[tuple[str, speaking.Given]]:
    """Keep what waits for each peer within bounds; those for whom something was given up."""
    hearing.ask_for_what_was_unknown()
    for peer in Peer.objects.filter(ended_at=None):
        given = speaking.bound(peer, clock=clock)
        if given.state or given.events:
            yield str(peer), given


def forget(*, clock: Clock) -> None:
    """Forget letters that wait for nobody, and events that cannot come again."""
    Letter.objects.filter(queued=None, kept_at__lt=clock.now() - timedelta(hours=1)).delete()
    events = [kind.name for kind in kinds.all_kinds() if kind.is_event]
    Told.objects.filter(kind__in=events, at__lt=clock.now() - _REMEMBERED_FOR).delete()
