"""Which assumption moves an answer most: each number by itself at its low and at its high end."""

from dataclasses import dataclass

import numpy as np

from watchward.harm import quotient
from watchward.harm.model import KINDS, Model
from watchward.harm.parameters.drawing import each_end
from watchward.harm.parameters.table import CARE, EXPOSED, JOINT, NEEDS
from watchward.harm.scenario import Scenario
from watchward.harm.what_if import exposed, in_worlds
from watchward.harm.within import Area, Within


@dataclass(frozen=True, slots=True, kw_only=True)
class Swing:
    """How far one number moves harm, all else at its median; in severity-weighted patients.

    Args:
        key: the key of the parameter, or the name of an activity.
        low: harm where the number is at its low end (5%).
        high: harm where it is at its high end (95%).
        estimate: harm at the median.

    """

    key: str
    low: float
    high: float
    estimate: float

    @property
    def width(self) -> float:
        """How far it moves harm from end to end."""
        return abs(self.high - self.low)


def sensitivity(model: Model, scenario: Scenario, *, area: Area | None = None) -> list[Swing]:
    """How far each number that counts in a scenario moves its harm, the widest first.

    With an `area`, harm to the patients of its organisations alone. Numbers that share a family are moved one by one,
    so the swings do not add up to the interval.
    """
    keys, activities = _counting(model, scenario)
    draws = each_end(model.table, keys, model.activities, activities)
    outcome = in_worlds(model, scenario, draws)
    harm = Within(outcome=outcome, area=area).total.harm(outcome.weighting)
    found = [
        Swing(key=key, low=float(harm[1 + 2 * at]), high=float(harm[2 + 2 * at]), estimate=float(harm[0]))
        for at, key in enumerate([*keys, *activities])
    ]
    return sorted(found, key=lambda swing: (-swing.width, swing.key))


def _counting(model: Model, scenario: Scenario) -> tuple[list[str], list[str]]:
    """The parameters and activities on which a scenario hangs, by name."""
    laid = quotient.lay(model, scenario)
    pairs = {model.needs.pairs[need] for need in laid.needs}
    keys = {f"{pair}/{name}" for pair in pairs for name in NEEDS}
    keys |= {f"service/{KINDS[kind]}/{name}" for kind in np.unique(laid.cells.kind) for name in CARE}
    if len(laid.needs):
        keys |= {*JOINT}
    if exposed(model, scenario):
        keys.add(EXPOSED)
    acts = np.unique(np.concatenate((laid.cells.act, laid.pools.act)))
    activities = {model.acts[act][0] for act in acts if model.acts[act][1]}
    certain = {key for key in keys if not model.table.parameters[key].spread}
    return sorted(keys - certain), sorted(activities)
