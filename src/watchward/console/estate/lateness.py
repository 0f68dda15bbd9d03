"""How late events may come, as correlations read it."""

from datetime import timedelta

from watchward.console.estate.models import Source
from watchward.detect.correlate.marks import Lateness


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
