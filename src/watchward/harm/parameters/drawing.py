"""Draws from what is not known: the same draws for every alternative, so that they can be compared one by one."""

import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

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


@dataclass(frozen=True, kw_only=True)
class _Laid:
    """A table as columns: what each parameter is drawn with, and what hangs together."""

    keys: tuple[str, ...]
    value: Floats
    spread: Floats
    share: NDArray[np.bool_]
    family: NDArray[np.intp]
    correlation: Floats
    floors: NDArray[np.intp]
    manuals: NDArray[np.intp]
    splits: NDArray[np.intp]


def _laid(table: Table) -> _Laid:
    """The columns of a table, laid out once."""
    if id(table) not in _KEPT:
        _KEPT[id(table)] = _lay(table)
        weakref.finalize(table, _KEPT.pop, id(table), None)
    return _KEPT[id(table)]


_KEPT: dict[int, _Laid] = {}


def _lay(table: Table) -> _Laid:
    keys = tuple(table.parameters)
    column = {key: at for at, key in enumerate(keys)}
    parameters = table.parameters.values()
    families = [table.family(one.name) for one in parameters]
    manuals = [key for key in keys if key.endswith("/manual")]
    first = [key.removesuffix(SEVERITIES[0]) for key in keys if key.endswith(f"/split_{SEVERITIES[0]}")]
    return _Laid(
        keys=keys,
        value=np.array([one.value for one in parameters]),
        spread=np.array([one.spread for one in parameters]),
        share=np.array([one.share for one in parameters]),
        family=np.array([-1 if one is None else table.families.index(one) for one in families]),
        correlation=np.array([0.0 if one is None else one.correlation for one in families]),
        floors=np.array([column[key.removesuffix("manual") + "floor"] for key in manuals]),
        manuals=np.array([column[key] for key in manuals]),
        splits=np.array([[column[begin + severity] for severity in SEVERITIES] for begin in first]),
    )


@lru_cache(maxsize=4)
def _normal(samples: int, size: int) -> Floats:
    """Standard normal numbers, zeros first; kept, since the same draws are wanted for every alternative."""
    normal = np.zeros((samples + 1, size))
    if samples:
        sobol = qmc.Sobol(size, rng=np.random.default_rng(_SEED))
        uniform = sobol.random_base2(max(samples - 1, 1).bit_length())[:samples]
        normal[1:] = ndtri(np.clip(uniform, 1e-9, 1 - 1e-9))
    normal.flags.writeable = False
    return normal


def draw(table: Table, samples: int, activities: Sequence[str] = ()) -> Draws:
    """The median world, and so many others by a scrambled Sobol' sequence; always the same ones."""
    laid = _laid(table)
    families = len(table.families)
    size = families + len(laid.keys) + len(activities)
    normal = _normal(samples, size)
    activity = table.family("activity")
    of_activity = table.families.index(activity) if activity else -1
    family = np.append(laid.family, np.full(len(activities), of_activity))
    correlation = np.append(laid.correlation, np.full(len(activities), activity.correlation if activity else 0.0))
    own = np.sqrt(correlation) * normal[:, family] + np.sqrt(1 - correlation) * normal[:, families:]
    return _worlds(laid, own[:, : len(laid.keys)], tuple(activities), own[:, len(laid.keys) :])


def each_end(table: Table, keys: Sequence[str], activities: Sequence[str], ended: Sequence[str]) -> Draws:
    """The median world, then the low and the high end of each of `keys`, then of each of the `ended` activities."""
    laid = _laid(table)
    normal = np.zeros((1 + 2 * (len(keys) + len(ended)), len(laid.keys)))
    activity = np.zeros((len(normal), len(activities)))
    for at, key in enumerate(keys):
        normal[1 + 2 * at, laid.keys.index(key)], normal[2 + 2 * at, laid.keys.index(key)] = -_HIGH, _HIGH
    for at, name in enumerate(ended, start=len(keys)):
        activity[1 + 2 * at, activities.index(name)], activity[2 + 2 * at, activities.index(name)] = -_HIGH, _HIGH
    return _worlds(laid, normal, tuple(activities), activity)


def worlds(table: Table, normal: Floats) -> Draws:
    """The worlds that standard normal numbers make (world, parameter), in the order of the table's parameters."""
    return _worlds(_laid(table), normal, (), np.zeros((len(normal), 0)))


def _worlds(laid: _Laid, normal: Floats, activities: tuple[str, ...], activity: Floats) -> Draws:
    """Standard normal numbers made into parameters: each with its median and spread, then those that hang together."""
    step = normal * laid.spread
    values = np.empty_like(step)
    share = laid.share
    values[:, share] = moved(step[:, share], laid.value[share], share=True)
    values[:, ~share] = moved(step[:, ~share], laid.value[~share], share=False)
    values[:, laid.manuals] = np.maximum(values[:, laid.manuals], values[:, laid.floors])
    values[:, laid.splits] /= values[:, laid.splits].sum(axis=2, keepdims=True)
    return Draws(keys=laid.keys, values=values, activities=activities, activity=activity)


def moved(step: Floats, value: Floats | float, *, share: bool) -> Floats:
    """A median moved by a step in the transformed scale; what is certain (0, or a share of 1) stays.

    >>> moved(np.array([0.0, np.log(2)]), 3.0, share=False).round(9).tolist()
    [3.0, 6.0]
    >>> moved(np.array([0.0, 9.0]), 1.0, share=True).tolist()
    [1.0, 1.0]

    """
    certain = (step == 0) | (np.asarray(value) == 0) | ((np.asarray(value) == 1) & share)
    middle = np.where((np.asarray(value) > 0) & (np.asarray(value) < 1), value, 0.5) if share else np.asarray(value)
    found = expit(logit(middle) + step) if share else middle * np.exp(step)
    return np.where(certain, value, found)  # to the last digit: a certain number has no rounding


def ends(values: Sequence[float] | Floats) -> tuple[float, float]:
    """The ends of the interval that holds 90% of the draws.

    >>> [round(one, 6) for one in ends([float(one) for one in range(101)])]
    [5.0, 95.0]

    """
    low, high = np.quantile(np.asarray(values), (0.05, 0.95))
    return float(low), float(high)
