"""What incidents teach of the parameters: the most likely values given what was published, and what stays uncertain.

Everything unknown is a function of independent standard normal variables: one for each parameter, one for what each
family of parameters shares, one for each assumption about an incident. What the table does not know is partly the same
everywhere and can be learnt; the rest is each place's own, and no incident teaches it for the next:

    variable at an incident = width · (√common · variable everywhere + √(1 - common) · √(½ + ½ / hospitals) · its own)

What is its own is half the incident's and half each hospital's, which averages out over many. Assumptions about an
incident are its own and keep their ranges. A published figure lies about what the model makes of that, by a `scatter`
besides what its publication leaves open. How wide, how common and how much scatter is learnt as well, from the same
incidents: those values are taken that make what was published of them most likely (on a grid; the likelihood is that
of the straight lines that figures are nearly). Then the most likely point is found by Gauss-Newton steps, and round it
the uncertainty is taken for normal (Laplace's approximation). docs/adr/0173 argues this.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Predict = Callable[[Floats], Floats]
"""From standard normal variables (draws by variables) to figures (draws by figures), on the scale of log odds."""

WIDTHS = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0)
COMMONS = (0.3, 0.5, 0.7)
SCATTERS = (0.2, 0.3, 0.4, 0.55, 0.75)
_ROUNDS = 6
_STEP = 0.05
_ENOUGH = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How far what is not known reaches.

    Args:
        width: how wide the table's ranges are in truth; 1 as they stand.
        common: the share of their variance that is the same at every hospital.
        scatter: how far a published figure lies from the model besides (one standard deviation of log odds).

    """

    width: float
    common: float
    scatter: float

    @property
    def surprise(self) -> float:
        """How far from what was held likely beforehand: ranges as they stand, and a scatter of three tenths."""
        return (log(self.width) / 0.7) ** 2 + (log(self.scatter / 0.3) / 0.7) ** 2


AS_IT_STANDS = Scale(width=1.0, common=0.5, scatter=0.0)
_FIRST = Scale(width=1.0, common=0.5, scatter=0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One incident to learn from.

    Args:
        predict: the model of it.
        observed: what was published, as log odds.
        spread: how far, on that scale, the publication itself leaves open (one standard deviation), figure by figure.
        hospitals: over how many hospitals its figures were taken.

    """

    predict: Predict
    observed: Floats
    spread: Floats
    hospitals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """What is known after learning.

    Args:
        scale: how far what is not known reaches.
        parameters: 1 for variables of parameters, 0 for those of assumptions.
        centre: the most likely values of the variables everywhere.
        root: a matrix that turns independent standard normal numbers into deviations from the centre.

    """

    scale: Scale
    parameters: Floats
    centre: Floats
    root: Floats

    def next_incident(self, everywhere: Floats, own: Floats, hospitals: int) -> Floats:
        """The variables at an incident that taught nothing: the likeliest, then one draw for each row of numbers."""
        shared = np.concatenate([self.centre[None], self.centre + everywhere @ self.root.T])
        local = np.concatenate([np.zeros((1, self.centre.size)), own])
        drawn: Floats = shared * _everywhere(self.scale, self.parameters)
        drawn += local * _own(self.scale, self.parameters, hospitals)
        return drawn


def untaught(parameters: Floats) -> Posterior:
    """What is known where nothing was learnt: the parameter table as it stands."""
    size = parameters.size
    return Posterior(scale=AS_IT_STANDS, parameters=parameters, centre=np.zeros(size), root=np.eye(size))


def learn(lessons: Sequence[Lesson], parameters: Floats) -> Posterior:
    """Move the variables everywhere to where what was published is most likely.

    Args:
        lessons: the incidents that may be learnt from.
        parameters: 1 for variables of parameters, 0 for those of assumptions.

    """
    scale, centre = _FIRST, np.zeros(parameters.size)
    for _ in range(_ROUNDS):
        at = centre * _everywhere(scale, parameters)
        heard = [_heard(lesson, at) for lesson in lessons]
        scale = likeliest(lessons, heard, parameters)
        slopes, misses = _whitened(lessons, heard, parameters, scale)
        before, centre = centre * 1.0, _towards(slopes, misses)
        if float(np.abs(centre - before).max()) < _ENOUGH:
            break
    return Posterior(scale=scale, parameters=parameters, centre=centre, root=_root(slopes))


def _everywhere(scale: Scale, parameters: Floats) -> Floats:
    """How far a variable everywhere moves what is at an incident."""
    reach: Floats = scale.width * sqrt(scale.common) * parameters
    return reach


def _own(scale: Scale, parameters: Floats, hospitals: int) -> Floats:
    """How far an incident's own variable moves what is there; assumptions are wholly its own."""
    return np.where(parameters > 0, scale.width * sqrt((1 - scale.common) * (0.5 + 0.5 / hospitals)), 1.0)


def _heard(lesson: Lesson, at: Floats) -> tuple[Floats, Floats]:
    """How figures change with each variable (figure, variable), and what they would miss with all variables at 0."""
    figures = lesson.predict(np.concatenate([at[None], at + _STEP * np.eye(at.size)]))
    slope = ((figures[1:] - figures[0]) / _STEP).T
    return slope, lesson.observed - figures[0] + slope @ at


def likeliest(lessons: Sequence[Lesson], heard: Sequence[tuple[Floats, Floats]], parameters: Floats) -> Scale:
    """The scale that makes what was published most likely, were figures straight lines."""
    scales = [Scale(width=w, common=c, scatter=s) for w, c, s in product(WIDTHS, COMMONS, SCATTERS)]
    return min(scales, key=lambda scale: _unlikely(lessons, heard, parameters, scale))


def _unlikely(
    lessons: Sequence[Lesson], heard: Sequence[tuple[Floats, Floats]], parameters: Floats, scale: Scale
) -> float:
    """Twice the negative logarithm of the likelihood of all that was published, and what the scale itself costs."""
    slopes, misses = _whitened(lessons, heard, parameters, scale)
    whole = slopes @ slopes.T + np.eye(misses.size)
    stretched = sum(
        float(np.linalg.slogdet(_noise(lesson, slope, parameters, scale))[1])
        for lesson, (slope, _) in zip(lessons, heard, strict=True)
    )
    fit = float(misses @ np.linalg.solve(whole, misses)) + float(np.linalg.slogdet(whole)[1])
    return fit + stretched + scale.surprise


def _noise(lesson: Lesson, slope: Floats, parameters: Floats, scale: Scale) -> Floats:
    """How an incident's figures vary with what is its own, with scatter, and with what its publications leave open."""
    local = slope * _own(scale, parameters, lesson.hospitals)
    found: Floats = local @ local.T + np.diag(lesson.spread**2 + scale.scatter**2)
    return found


def _whitened(
    lessons: Sequence[Lesson], heard: Sequence[tuple[Floats, Floats]], parameters: Floats, scale: Scale
) -> tuple[Floats, Floats]:
    """All slopes by the variables everywhere and all misses, in units of each incident's own noise."""
    slopes, misses = [], []
    for lesson, (slope, missed) in zip(lessons, heard, strict=True):
        whiten = np.linalg.inv(np.linalg.cholesky(_noise(lesson, slope, parameters, scale)))
        slopes.append(whiten @ (slope * _everywhere(scale, parameters)))
        misses.append(whiten @ missed)
    return np.concatenate(slopes), np.concatenate(misses)


def _towards(slopes: Floats, misses: Floats) -> Floats:
    """The most likely point if figures changed as straight lines do; solved in the space of figures, which is small."""
    point: Floats = slopes.T @ np.linalg.solve(slopes @ slopes.T + np.eye(misses.size), misses)
    return point


def _root(slopes: Floats) -> Floats:
    """A root of the covariance that is left: the identity less what the figures say."""
    _, strengths, directions = np.linalg.svd(slopes, full_matrices=False)
    shrunk = 1 / np.sqrt(1 + strengths**2) - 1
    root: Floats = np.eye(slopes.shape[1]) + directions.T @ (shrunk[:, None] * directions)
    return root
