"""How far event time has come (ADR 0121)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

NEVER = -(1 << 60)
"""Before every event, in microseconds; `FOREVER` is after every event."""

FOREVER = 1 << 60

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """How late an event may come.

    Args:
        usual: of a source that is not named.
        sources: of sources that are.

    """

    usual: timedelta = HOUR
    sources: Mapping[str, timedelta] = field(default_factory=dict)

    @property
    def longest(self) -> int:
        """The longest of them, in microseconds: any source may bring an event for any group."""
        return max(self.usual, *self.sources.values(), timedelta(0)) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Moments of event time, in microseconds; they never move back.

    Args:
        high: the latest time of an event seen, where none counts as later than it was received.
        water: before it, everything is certain.
        clock: windows that ended before it are over, as far as is known: the high mark, or what a clock says where all
            sources are silent (ADR 0154).

    """

    high: int = NEVER
    water: int = NEVER
    clock: int = NEVER

    def moved(self, latest: int, lateness: int) -> "Marks":
        """The marks after an event of that time."""
        high = max(self.high, latest)
        return Marks(high=high, water=max(self.water, high - lateness), clock=max(self.clock, high))

    def waited(self, clock: int) -> "Marks":
        """The marks when time has passed without an event: nothing becomes certain by it."""
        return replace(self, clock=max(self.clock, clock))


ENDED = Marks(high=FOREVER, water=FOREVER, clock=FOREVER)
"""The marks of a stream that is over."""
