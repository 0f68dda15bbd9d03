"""What arrived in a lake, segment after segment, for whoever keeps account of it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from watchward.detect.coverage.arrivals import Arrival
from watchward.lake.arrivals import of
from watchward.lake.segments import Segment, visible


def since(lake: Path, places: Mapping[str, int], *, first_day: date) -> Iterator[tuple[Segment, Iterable[Arrival]]]:
    """What arrived with each segment behind some places, oldest first for each gateway.

    A segment that is merged while this runs ends its gateway's turn: whoever asks again from the place that was
    reached is given what the merged one says.

    Args:
        lake: the node's lake.
        places: for each gateway the number of the last journal entry that is noted already.
        first_day: segments received before that day are passed over.

    """
    ended: set[str] = set()
    for segment in sorted(visible(lake), key=lambda one: (one.gateway, one.first)):
        behind = segment.last > places.get(segment.gateway, 0) and segment.day >= first_day.isoformat()
        if not behind or segment.gateway in ended:
            continue
        try:
            found = of(segment.path(lake))
        except FileNotFoundError:
            ended.add(segment.gateway)
            continue
        yield segment, found
