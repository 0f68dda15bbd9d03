"""How good a prediction was: inside its interval or not, and at what width."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

ALPHA = 0.1
"""One minus the chance with which an interval is meant to hold what is published."""

WIDEST = 0.6
"""An interval half as wide as this share of its estimate is still of use; wider ones count as failures (issue 4)."""

SMALLEST = 1e-9
"""A share of nothing, where a logarithm is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """What was predicted, in the unit of the published figure.

    Args:
        estimate: the prediction.
        low: there are 5 chances in 100 that it is less.
        high: there are 5 chances in 100 that it is more.

    """

    estimate: float
    low: float
    high: float

    @classmethod
    def of(cls, estimate: float, draws: NDArray[np.float64]) -> "Interval":
        """The interval that holds nine draws of ten."""
        low, high = np.quantile(draws, [ALPHA / 2, 1 - ALPHA / 2])
        return cls(estimate=estimate, low=float(low), high=float(high))

    @property
    def relative_width(self) -> float:
        """Half of its width, as a share of the estimate.

        >>> Interval(estimate=100, low=80, high=140).relative_width
        0.3

        """
        return (self.high - self.low) / 2 / self.estimate if self.estimate > 0 else math.inf

    @property
    def narrow(self) -> bool:
        """Whether it is no wider than what is of use."""
        return self.relative_width <= WIDEST

    def holds(self, published: float) -> bool:
        """Whether the published figure lies within it."""
        return self.low <= published <= self.high

    def score(self, published: float) -> float:
        """Winkler's interval score: its width, and twenty times the distance by which the published figure misses it.

        >>> Interval(estimate=100, low=80, high=140).score(150)
        260.0

        """
        misses = max(self.low - published, 0) + max(published - self.high, 0)
        return self.high - self.low + 2 / ALPHA * misses

    def over(self, unit: float) -> "Interval":
        """The same in another unit, of which this one holds so many."""
        return Interval(estimate=self.estimate / unit, low=self.low / unit, high=self.high / unit)

    def logarithms(self) -> "Interval":
        """The same on the scale of logarithms, on which being wrong by a factor counts the same at any size."""
        estimate, low, high = (math.log(max(end, SMALLEST)) for end in (self.estimate, self.low, self.high))
        return Interval(estimate=estimate, low=low, high=high)


def naive(shares: Sequence[float]) -> Interval:
    """A constant share of activity lost, as past incidents lost it: the model that ours has to beat.

    Args:
        shares: the shares of ordinary activity that the published figures of the other incidents are.

    Returns:
        The geometric mean, and the interval within which a further share lies with 90 chances in 100 if logarithms of
        shares are normal (Student's t with what the other figures say of the spread); no more than all.

    """
    logs = np.log(np.maximum(np.asarray(shares, dtype=np.float64), SMALLEST))
    reach = float(stdtrit(logs.size - 1, 1 - ALPHA / 2)) * float(logs.std(ddof=1)) * math.sqrt(1 + 1 / logs.size)
    middle = float(logs.mean())
    low, estimate, high = (min(math.exp(end), 1.0) for end in (middle - reach, middle, middle + reach))
    return Interval(estimate=estimate, low=low, high=high)
