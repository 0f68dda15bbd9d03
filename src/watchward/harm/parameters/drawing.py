"""Draws from what is not known: the same draws for every alternative, so that they can be compared one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtri
from scipy.stats import qmc

from watchward.harm.parameters.table import SEVERITIES, Table

Floats = NDArray[np.float64]

_SEED = 1948
_HIGH = 1.6448536269514722


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Possible worlds, one a row; row 0 has the median of everything and is the estimate.

    Args:
        keys: the keys of the parameters, one a column of `values`.
        values: the parameters, in their units.
        activities: the names of what activity is drawn for, one a column of `activity`.
        activity: how many standard deviations the logarithm of activity lies above its median.

    """

    keys: tuple[str, ...]
    values: Floats
    activities: tuple[str, ...]
    activity: Floats

    @cached_property
    def column(self) -> dict[str, int]:
        """Where each parameter stands."""
        return {key: at for at, key in enumerate(self.keys)}

    def of(self, key: str) -> Floats:
        """One parameter in all worlds."""
        return self.values[:, self.column[key]]


def draw(table: Table, samples: int, activities: Sequence[str] = ()) -> Draws:
    """The median world, and so many others by a scrambled Sobol' sequence; always the same ones."""
    families = {family.name: at for at, family in enumerate(table.families)}
    size = len(families) + len(table.parameters) + len(activities)
    normal = np.zeros((samples + 1, size))
    if samples:
        sobol = qmc.Sobol(size, rng=np.random.default_rng(_SEED))
        uniform = sobol.random_base2(max(samples - 1, 1).bit_length())[:samples]
        normal[1:] = ndtri(np.clip(uniform, 1e-9, 1 - 1e-9))
    names = [key.rpartition("/")[2] for key in table.parameters] + ["activity"] * len(activities)
    own = normal[:, len(families) :]
    for at, name in enumerate(names):
        family = table.family(name)
        if family is not None:
            shared = normal[:, families[family.name]]
            own[:, at] = np.sqrt(family.correlation) * shared + np.sqrt(1 - family.correlation) * own[:, at]
    parameters = len(table.parameters)
    return _worlds(table, own[:, :parameters], tuple(activities), own[:, parameters:])


def each_end(table: Table, keys: Sequence[str], activities: Sequence[str], ended: Sequence[str]) -> Draws:
    """The median world, then the low and the high end of each of `keys`, then of each of the `ended` activities."""
    parameters = list(table.parameters)
    normal = np.zeros((1 + 2 * (len(keys) + len(ended)), len(parameters)))
    activity = np.zeros((len(normal), len(activities)))
    for at, key in enumerate(keys):
        normal[1 + 2 * at, parameters.index(key)], normal[2 + 2 * at, parameters.index(key)] = -_HIGH, _HIGH
    for at, name in enumerate(ended, start=len(keys)):
        activity[1 + 2 * at, activities.index(name)], activity[2 + 2 * at, activities.index(name)] = -_HIGH, _HIGH
    return _worlds(table, normal, tuple(activities), activity)


def _worlds(table: Table, normal: Floats, activities: tuple[str, ...], activity: Floats) -> Draws:
    """Standard normal numbers made into parameters: each with its median and spread, then those that hang together."""
    values = np.empty_like(normal)
    for at, parameter in enumerate(table.parameters.values()):
        values[:, at] = moved(normal[:, at] * parameter.spread, parameter.value, share=parameter.share)
    draws = Draws(keys=tuple(table.parameters), values=values, activities=activities, activity=activity)
    for key, at in draws.column.items():
        if key.endswith("/manual"):
            values[:, at] = np.maximum(values[:, at], draws.of(key.removesuffix("manual") + "floor"))
        if key.endswith(f"/split_{SEVERITIES[0]}"):
            columns = [draws.column[key.removesuffix(SEVERITIES[0]) + severity] for severity in SEVERITIES]
            values[:, columns] /= values[:, columns].sum(axis=1, keepdims=True)
    return draws


def moved(step: Floats, value: float, *, share: bool) -> Floats:
    """A median moved by a step in the transformed scale; what is certain (0, or a share of 1) stays.

    >>> moved(np.array([0.0, np.log(2)]), 3.0, share=False).round(9).tolist()
    [3.0, 6.0]
    >>> moved(np.array([0.0, 9.0]), 1.0, share=True).tolist()
    [1.0, 1.0]

    """
    if value == 0 or (share and value == 1):
        return np.full(len(step), value)
    found: Floats = expit(logit(value) + step) if share else value * np.exp(step)
    found[step == 0] = value  # to the last digit: a certain number has no rounding
    return found


def ends(values: Sequence[float] | Floats) -> tuple[float, float]:
    """The ends of the interval that holds 90% of the draws.

    >>> [round(one, 6) for one in ends([float(one) for one in range(101)])]
    [5.0, 95.0]

    """
    low, high = np.quantile(np.asarray(values), (0.05, 0.95))
    return float(low), float(high)
