"""Everything that is not known in history, as independent standard normal numbers: what learning moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log2

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from watchward.harm.history.fact import Assumption
from watchward.harm.history.incident import Incident
from watchward.harm.parameters.drawing import Draws, moved, worlds
from watchward.harm.parameters.table import Table, transformed

Floats = NDArray[np.float64]

_SEED = 2017
_Z95 = 1.6448536269514722


@dataclass(frozen=True, kw_only=True)
class Space:
    """Which numbers there are: what families share, parameters by themselves, and assumptions about incidents.

    Args:
        table: the parameter table.
        keys: the keys of the parameters that incidents say something of.
        incidents: the incidents whose assumptions are not known.

    """

    table: Table
    keys: tuple[str, ...]
    incidents: tuple[Incident, ...]

    @cached_property
    def assumptions(self) -> tuple[tuple[str, Assumption], ...]:
        """What was assumed, with the key of its incident."""
        return tuple((incident.key, one) for incident in self.incidents for one in incident.assumptions())

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return len(self.table.families) + len(self.keys) + len(self.assumptions)

    def first_assumption(self) -> int:
        """Where the numbers of assumptions begin."""
        return len(self.table.families) + len(self.keys)

    def draws(self, normals: Floats) -> Draws:
        """The parameters in each world (a row of numbers is a world); what nothing is said of is at its median."""
        families = {family.name: at for at, family in enumerate(self.table.families)}
        columns = {key: at for at, key in enumerate(self.table.parameters)}
        own = np.zeros((len(normals), len(columns)))
        for at, key in enumerate(self.keys, start=len(families)):
            family = self.table.family(key.rpartition("/")[2])
            drawn = normals[:, at]
            if family is not None:
                shared = np.sqrt(family.correlation) * normals[:, families[family.name]]
                drawn = shared + np.sqrt(1 - family.correlation) * drawn
            own[:, columns[key]] = drawn
        return worlds(self.table, own)

    def assumed(self, normals: Floats) -> dict[tuple[str, str], Floats]:
        """What each assumption comes to in each world, by incident and name."""
        start = self.first_assumption()
        return {
            (key, one.name): stated(one, normals[:, at]) for at, (key, one) in enumerate(self.assumptions, start=start)
        }


def stated(one: Assumption, normal: Floats) -> Floats:
    """An assumption in each world: a share stays between 0 and 1, a number above 0; spread by the wider side."""
    share = one.value < 1
    low, middle, high = (transformed(end, share=share) for end in (one.low, one.value, one.high))
    return moved(normal * max(high - middle, middle - low) / _Z95, one.value, share=share)


def normals(count: int, size: int) -> Floats:
    """The same standard normal numbers every time (a scrambled Sobol' sequence); `count` is a power of two."""
    sobol = qmc.Sobol(size, rng=np.random.default_rng(_SEED)).random_base2(round(log2(count)))
    drawn: Floats = ndtri(np.clip(sobol, 1e-9, 1 - 1e-9))
    return drawn


def space_of(table: Table, keys: Sequence[str], incidents: Sequence[Incident]) -> Space:
    """The space of those parameters that are not certain."""
    unsure = tuple(key for key in keys if table.parameters[key].spread)
    return Space(table=table, keys=unsure, incidents=tuple(incidents))
