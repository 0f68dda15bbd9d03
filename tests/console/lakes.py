"""Lakes for the console's tests: a few events of some organisations, as a gateway would have written them."""

from console.detect.factories import MOMENT
from lake.batches import an_event_id, rows
from watchward.lake import segments
from watchward.lake.segments import Segment

__all__ = ["an_event_id", "keep"]


def keep(lake, *names, organisation, device="WS-0417", at=MOMENT, **fields):
    """Write one event for each name, and say in which segment they are."""
    segment = Segment.of("g1", len(segments.everything(lake)) + 1, at)
    segments.write(lake, segment, rows(*names, organisation=organisation, device=device, at=at, **fields))
    return str(segment)
