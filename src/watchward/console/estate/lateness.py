"""How late events may come, as correlations read it, and how late somebody may let them come."""

from datetime import timedelta

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, reach
from watchward.console.config import current
from watchward.console.estate.models import Source
from watchward.detect.correlate.marks import Lateness

MOST_MINUTES_LATE = 7 * 24 * 60
"""How late a source's events may come at most: what correlations hold grows with it."""

MOST_MINUTES_OF_ONE = 6 * 60
"""How late they may come at most where somebody without a say over the whole node allows it."""


def lateness(usual: timedelta) -> Lateness:
    """How late events may come, from the node's setting and the enabled sources that have their own."""
    own = Source.objects.filter(enabled=True).exclude(lateness_minutes=None)
    return Lateness(
        usual=usual,
        sources={
            key: timedelta(minutes=minutes)
            for key, minutes in own.values_list("pk", "lateness_minutes")
            if minutes is not None
        },
    )


def most_minutes(by: Actor) -> int:
    """How late somebody may let events of a source come, in minutes."""
    if reach(by, Permission.SOURCE_MANAGE).everything:
        return MOST_MINUTES_LATE
    return min(MOST_MINUTES_LATE, max(MOST_MINUTES_OF_ONE, current().lateness_minutes))
