"""What fails, from when, how much of it is left, and for how long it is looked at."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from watchward.estate.care.week import HOURS
from watchward.harm.errors import ScenarioError

LONGEST = 24 * 366
"""The longest scenario, in hours: a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One thing that fails, wholly or in part, and comes back in steps.

    Args:
        thing: the identifier of anything on the map of care.
        steps: from which hour of the scenario what share (0 to 1) of its own capacity is left; all of it before the
            first step.
        exposes: whether whoever stopped it may have taken the records in it.

    """

    thing: str
    steps: tuple[tuple[int, float], ...] = ((0, 0.0),)
    exposes: bool = False

    def left(self, hours: int) -> list[float]:
        """What it leaves of the thing's own capacity in each hour.

        >>> Failure(thing="x", steps=((1, 0.0), (3, 0.5))).left(5)
        [1.0, 0.0, 0.0, 0.5, 0.5]

        """
        found = [1.0] * hours
        for start, capacity in self.steps:
            found[start:] = [float(capacity)] * max(0, hours - start)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Things that fail together, and the hours over which harm is added up.

    Args:
        begins: the hour of the week at which hour 0 lies, 0 (Monday midnight) to 167.
        hours: how many whole hours it lasts, 1 to a year's.
        failures: what fails; a thing that is named twice keeps the least that is left of it.

    """

    begins: int
    hours: int
    failures: tuple[Failure, ...]

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise ScenarioError(problems)

    def _problems(self) -> Iterator[str]:
        if not 0 <= self.begins < HOURS:
            yield f"begins: {self.begins} is no hour of the week, 0 to {HOURS - 1}"
        if not 1 <= self.hours <= LONGEST:
            yield f"hours: a scenario lasts 1 to {LONGEST} hours, not {self.hours}"
        for failure in self.failures:
            starts = [start for start, _ in failure.steps]
            if not starts or starts[0] < 0 or any(a >= b for a, b in pairwise(starts)):
                yield f"{failure.thing}: its steps must begin at hour 0 or later, each after the one before"
            if not all(0 <= capacity <= 1 for _, capacity in failure.steps):
                yield f"{failure.thing}: what is left of it lies between 0 and 1"
