"""What incidents teach of the parameters: the most likely values given what was published, and what stays uncertain.

Everything unknown is a function of independent standard normal variables: one for each parameter, one for what each
family of parameters shares, one for each assumption about an incident. A part of what the table does not know is the
same everywhere and can be learnt; the rest is each place's own, and no incident teaches it for the next:

    variable at an incident = √common · variable everywhere + √(1 - common) · the incident's own

with `common` 0 for assumptions. What was published of the incidents that may be learnt from moves the variables
everywhere: the most likely point is found by Gauss-Newton steps, and round it the uncertainty is taken for normal
(Laplace's approximation). docs/adr/0179 argues this.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Predict = Callable[[Floats], Floats]
"""From standard normal variables (draws by variables) to logarithms of figures (draws by figures)."""

_ROUNDS = 6
_STEP = 0.05
_ENOUGH = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One incident to learn from.

    Args:
        predict: the model of it.
        observed: logarithms of what was published.
        spread: how far, on that scale, model and publication may lie apart (one standard deviation), figure by figure.

    """

    predict: Predict
    observed: Floats
    spread: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """What is known after learning.

    Args:
        common: the share of each variable's variance that is the same everywhere.
        centre: the most likely values of the variables everywhere.
        root: a matrix that turns independent standard normal numbers into deviations from the centre.

    """

    common: Floats
    centre: Floats
    root: Floats

    def next_incident(self, everywhere: Floats, own: Floats) -> Floats:
        """The variables at an incident that taught nothing: the likeliest, then one draw for each row of numbers."""
        shared = np.concatenate([self.centre[None], self.centre + everywhere @ self.root.T])
        local = np.concatenate([np.zeros((1, self.centre.size)), own])
        drawn: Floats = np.sqrt(self.common) * shared + np.sqrt(1 - self.common) * local
        return drawn


def untaught(common: Floats) -> Posterior:
    """What is known where nothing was learnt: the parameter table as it stands."""
    return Posterior(common=common, centre=np.zeros(common.size), root=np.eye(common.size))


def learn(lessons: Sequence[Lesson], common: Floats) -> Posterior:
    """Move the variables everywhere to where what was published is most likely.

    Args:
        lessons: the incidents that may be learnt from.
        common: the share of each variable's variance that is the same everywhere.

    """
    found = untaught(common)
    least, slope = np.inf, np.zeros((0, common.size))
    centre = found.centre
    for _ in range(_ROUNDS):
        parts = [_heard(lesson, centre, common) for lesson in lessons]
        heard, misses = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        cost = float(misses @ misses + centre @ centre)
        if cost >= least:
            centre = (found.centre + centre) / 2
            continue
        gained, least, slope = least - cost, cost, heard
        found = Posterior(common=common, centre=centre, root=found.root)
        centre = _towards(slope, misses, centre)
        if gained < _ENOUGH:
            break
    return Posterior(common=common, centre=found.centre, root=_root(slope))


def _heard(lesson: Lesson, centre: Floats, common: Floats) -> tuple[Floats, Floats]:
    """What a lesson says of the variables everywhere, in units of its own noise: slopes, and what the centre misses.

    Its noise is what model and publication may lie apart, and what is the incident's own.
    """
    size = centre.size
    at = np.sqrt(common) * centre
    figures = lesson.predict(np.concatenate([at[None], at + _STEP * np.eye(size)]))
    slope = ((figures[1:] - figures[0]) / _STEP).T
    noise = np.diag(lesson.spread**2) + (slope * (1 - common)) @ slope.T
    whiten = np.linalg.inv(np.linalg.cholesky(noise))
    return whiten @ (slope * np.sqrt(common)), whiten @ (lesson.observed - figures[0])


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
