"""What harm comes to, as plain values for JSON. Names of fields are a contract: added to, and never reworded."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from watchward.harm import hour, recovery
from watchward.harm.kernels.arrays import Floats
from watchward.harm.model import KINDS, Model
from watchward.harm.outcome import Amount, Outcome, Parts, amount
from watchward.harm.parameters import overriding
from watchward.harm.parameters.table import SENSITIVITIES, SEVERITIES
from watchward.harm.scenario import Scenario
from watchward.harm.sensitivity import Swing
from watchward.harm.within import Area, Within
from watchward.harm.worst import Loss, Worst

_DIGITS = 6


def outcome(found: Outcome, *, among: NDArray[np.bool_] | None = None) -> dict[str, Any]:
    """A what-if: the total, and what becomes of each service that is hit, the worst first.

    `among`: which of the model's services are told; None for all.
    """
    return {
        "down": _down(found.scenario),
        "begins": hour.words(found.scenario.begins),
        "hours": found.scenario.hours,
        "samples": len(found.draws.values) - 1,
        "weighting": found.weighting.name,
        "map": known(found.model),
        "own_numbers": own_numbers(found.model),
        "total": told(found.total, found),
        "unmapped": _plain(amount(Within(outcome=found, area=None).unmapped)),
        "services": _services(found, among),
    }


def _services(found: Outcome, among: NDArray[np.bool_] | None) -> list[dict[str, Any]]:
    """What becomes of each service. Those of one cell differ by nothing but their size, so each cell is told once."""
    model, laid = found.model, found.laid
    hit = np.arange(len(laid.service)) if among is None else np.flatnonzero(among[laid.service])
    service, cell_of = laid.service[hit], laid.cell_of[hit]
    thing, whole = model.services.thing[service], laid.cells.weekly[cell_of]
    share = np.divide(model.services.weekly[service], whole, out=np.zeros(len(hit)), where=whole > 0)
    cells = {cell: _Cell.of(found, cell) for cell in np.unique(cell_of).tolist()}
    harm = share * [cells[cell].harm for cell in cell_of.tolist()]
    worst_first = []
    for at in np.lexsort((thing, -harm)).tolist():  # things are numbered in the order of their identifiers
        owner = model.belonging.owner[thing[at]]
        whose = {"organisation": model.ids[owner], "mapped": bool(model.belonging.mapped[thing[at]])}
        worst_first.append({"id": model.ids[thing[at]]} | whose | cells[int(cell_of[at])].told(float(share[at])))
    return worst_first


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """What services that are alike in all but their size have in common.

    Args:
        same: what is the same for each.
        names: what the amounts are called: the part, and which of it, where it has some.
        amounts: of them all together: the estimate, and the ends of the interval where there is one (amount, end).

    """

    same: dict[str, Any]
    names: tuple[tuple[str, str], ...]
    amounts: Floats

    @classmethod
    def of(cls, found: Outcome, cell: int) -> "_Cell":
        """One cell of an outcome."""
        cells = found.laid.cells
        kind, capacity = KINDS[cells.kind[cell]], np.round(found.capacity[cells.thing[cell]], _DIGITS).tolist()
        told = found.parts(np.arange(len(cells.kind)) == cell, ()).told(found.weighting)
        told.pop("records")  # they lie in systems, and belong to no service
        named = {
            (part, name): one
            for part, value in told.items()
            for name, one in (value.items() if isinstance(value, dict) else [("", value)])
        }
        amounts = [[one.value, *([] if one.low is None else [one.low, one.high])] for one in named.values()]
        same = {"kind": kind.value, "unit": kind.unit, "capacity": capacity}
        return cls(same=same, names=tuple(named), amounts=np.array(amounts))

    @property
    def harm(self) -> float:
        """The harm of all of them at the estimate."""
        return float(self.amounts[self.names.index(("harm", "")), 0])

    def told(self, share: float) -> dict[str, Any]:
        """What becomes of one that is such a share of the cell."""
        found = dict(self.same)
        for (part, name), (value, *ends) in zip(
            self.names, np.round(self.amounts * share, _DIGITS).tolist(), strict=True
        ):
            low, high = ends or (None, None)
            one = {"value": value, "low": low, "high": high}
            if name:
                found.setdefault(part, {})[name] = one
            else:
                found[part] = one
        return found


def worst(found: Worst, model: Model) -> dict[str, Any]:
    """A ranking, with all that it takes to doubt it."""
    return {
        "begins": hour.words(found.begins),
        "hours": found.hours,
        "weighting": model.table.weightings[0].name,
        "weightings": [one.name for one in model.table.weightings],
        "map": known(model),
        "own_numbers": own_numbers(model),
        "things": found.things,
        "ranking": [_loss(one) for one in found.losses],
        "single_points": [_loss(one) for one in found.shared],
        "changed_by": list(found.changed_by),
    }


def _loss(one: Loss) -> dict[str, Any]:
    return {
        "id": one.thing,
        "harm": _plain(one.harm),
        "displaced": _plain(one.displaced),
        "delay": _plain(one.delay),
        "harmed": {name: _plain(part) for name, part in zip(SEVERITIES, one.harmed, strict=True)},
        "records": {name: _plain(part) for name, part in zip(SENSITIVITIES, one.records, strict=True)},
        "organisations": one.organisations,
        "above_next": round(one.above_next, _DIGITS),
        "places": list(one.places),
        "unmapped": _plain(one.unmapped),
    }


def swings(found: Sequence[Swing], scenario: Scenario, model: Model) -> dict[str, Any]:
    """Which numbers move an answer, the most first."""
    return {
        "down": _down(scenario),
        "begins": hour.words(scenario.begins),
        "hours": scenario.hours,
        "own_numbers": own_numbers(model),
        "estimate": round(found[0].estimate, _DIGITS) if found else 0.0,
        "swings": [
            {
                "key": one.key,
                "low": round(one.low, _DIGITS),
                "high": round(one.high, _DIGITS),
                "basis": model.table.parameters[one.key].basis.value if one.key in model.table.parameters else "map",
            }
            for one in found
        ],
    }


def own_numbers(model: Model) -> list[dict[str, Any]]:
    """The parameters in whose place a site has put its own, with who says so and why."""
    return [
        {"key": one.key, "value": one.value, "low": one.low, "high": one.high, "by": one.source, "why": one.why}
        for one in overriding.own(model.table)
    ]


def told(parts: Parts, found: Outcome) -> dict[str, Any]:
    """Parts and their sum with their intervals."""
    return {name: _plain(value) for name, value in parts.told(found.weighting).items()}


def _plain(value: Amount | Mapping[str, Amount]) -> dict[str, Any]:
    if isinstance(value, Amount):
        return {name: None if one is None else round(one, _DIGITS) for name, one in asdict(value).items()}
    return {name: _plain(one) for name, one in value.items()}


def known(model: Model, area: Area | None = None) -> dict[str, int]:
    """How many organisations (of some) give care, and how many have confirmed their map: unknown is not zero."""
    giving = np.unique(model.belonging.owner[model.services.thing])
    if area is not None:
        giving = giving[area.mine[giving]]
    mapped = int(model.belonging.mapped[giving].sum())
    return {"organisations": len(giving), "mapped": mapped, "template_only": len(giving) - mapped}


def _down(scenario: Scenario) -> list[str]:
    """What fails, as it is asked."""
    return [recovery.written(failure.thing, failure.steps) for failure in scenario.failures]
