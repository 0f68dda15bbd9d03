"""What incidents teach of the parameters: the most likely values given what was published, and what stays uncertain.

Parameters are written as functions of independent standard normal variables (one for each parameter, and one for what
each family of parameters shares). What is published of the incidents that may be learnt from then moves those
variables: the most likely point is found by Gauss-Newton steps, and round it the uncertainty is taken for normal
(Laplace's approximation). docs/adr/0177 argues this.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Predict = Callable[[Floats], Floats]
"""From standard normal variables (draws by variables) to logarithms of figures (draws by figures)."""

_ROUNDS = 6
_STEP = 0.05
_ENOUGH = 0.05
_SHRINK = (1.0, 0.5, 0.25, 0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """What is known of the variables after learning.

    Args:
        centre: their most likely values.
        root: a matrix that turns independent standard normal variables into deviations from the centre.

    """

    centre: Floats
    root: Floats

    def draws(self, normals: Floats) -> Floats:
        """Draws of the variables, one for each row of independent standard normal numbers."""
        drawn: Floats = self.centre + normals @ self.root.T
        return drawn


def untaught(size: int) -> Posterior:
    """What is known where nothing was learnt: the parameter table as it stands."""
    return Posterior(centre=np.zeros(size), root=np.eye(size))


def learn(predict: Predict, observed: Floats, spread: Floats, *, size: int) -> Posterior:
    """Move the variables to where what was published is most likely.

    Args:
        predict: the model, for the incidents that may be learnt from.
        observed: logarithms of what was published.
        spread: how far, on that scale, model and publication may lie apart (one standard deviation), figure by figure.
        size: how many variables there are.

    """
    centre = np.zeros(size)
    cost = _cost(predict, centre[None], observed, spread)[0]
    for _ in range(_ROUNDS):
        at, slope = _slope(predict, centre)
        towards = _towards(slope / spread[:, None], (observed - at) / spread, centre)
        tried = centre + np.outer(_SHRINK, towards - centre)
        costs = _cost(predict, tried, observed, spread)
        best = int(np.argmin(costs))
        if costs[best] > cost - _ENOUGH:
            break
        centre, cost = tried[best], costs[best]
    _, slope = _slope(predict, centre)
    return Posterior(centre=centre, root=_root(slope / spread[:, None]))


def _cost(predict: Predict, tried: Floats, observed: Floats, spread: Floats) -> Floats:
    misses = (predict(tried) - observed) / spread
    cost: Floats = (misses**2).sum(axis=1) + (tried**2).sum(axis=1)
    return cost


def _slope(predict: Predict, centre: Floats) -> tuple[Floats, Floats]:
    """The figures at a point, and how they change with each variable (figures by variables)."""
    size = centre.size
    figures = predict(np.concatenate([centre[None], centre + _STEP * np.eye(size)]))
    slope: Floats = ((figures[1:] - figures[0]) / _STEP).T
    return figures[0], slope


def _towards(slope: Floats, misses: Floats, centre: Floats) -> Floats:
    """The most likely point if figures changed as straight lines do; solved in the space of figures, which is small."""
    gain = slope.T @ np.linalg.inv(slope @ slope.T + np.eye(misses.size))
    point: Floats = gain @ (misses + slope @ centre)
    return point


def _root(slope: Floats) -> Floats:
    """A root of the covariance that is left: the identity less what the figures say."""
    _, strengths, directions = np.linalg.svd(slope, full_matrices=False)
    shrunk = 1 / np.sqrt(1 + strengths**2) - 1
    root: Floats = np.eye(slope.shape[1]) + directions.T @ (shrunk[:, None] * directions)
    return root
