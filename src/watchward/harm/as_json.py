"""What harm comes to, as plain values for JSON. Names of fields are a contract: added to, and never reworded."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from watchward.harm import hour
from watchward.harm.model import Model
from watchward.harm.outcome import Amount, Outcome, Parts, ServiceOutcome
from watchward.harm.parameters.table import SENSITIVITIES, SEVERITIES
from watchward.harm.scenario import Scenario
from watchward.harm.sensitivity import Swing
from watchward.harm.worst import Loss, Worst

_DIGITS = 6


def outcome(found: Outcome, *, among: Iterable[str] | None = None) -> dict[str, Any]:
    """A what-if: the total, and what becomes of each service that is hit (or of some of them), the worst first."""
    services = sorted(
        found.services(among), key=lambda one: (-float(one.parts.harm(found.weighting)[0]), one.service.id)
    )
    return {
        "down": [failure.thing for failure in found.scenario.failures],
        "begins": hour.words(found.scenario.begins),
        "hours": found.scenario.hours,
        "samples": len(found.draws.values) - 1,
        "weighting": found.weighting.name,
        "map": known(found.model),
        "total": told(found.total, found),
        "services": [_service(one, found) for one in services],
    }


def _service(one: ServiceOutcome, found: Outcome) -> dict[str, Any]:
    parts = told(one.parts, found)
    parts.pop("records")  # they lie in systems, and belong to no service
    return {
        "id": one.service.id,
        "organisation": one.service.organisation,
        "kind": one.service.kind.value,
        "unit": one.service.kind.unit,
        "mapped": found.model.care.places[one.service.organisation].mapped,
        "capacity": [round(float(share), _DIGITS) for share in one.capacity],
        **parts,
    }


def worst(found: Worst, model: Model) -> dict[str, Any]:
    """A ranking, with all that it takes to doubt it."""
    return {
        "begins": hour.words(found.begins),
        "hours": found.hours,
        "weighting": model.table.weightings[0].name,
        "weightings": [one.name for one in model.table.weightings],
        "map": known(model),
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
    }


def swings(found: Sequence[Swing], scenario: Scenario, model: Model) -> dict[str, Any]:
    """Which numbers move an answer, the most first."""
    return {
        "down": [failure.thing for failure in scenario.failures],
        "begins": hour.words(scenario.begins),
        "hours": scenario.hours,
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


def told(parts: Parts, found: Outcome) -> dict[str, Any]:
    """Parts and their sum with their intervals."""
    return {name: _plain(value) for name, value in parts.told(found.weighting).items()}


def _plain(value: Amount | Mapping[str, Amount]) -> dict[str, Any]:
    if isinstance(value, Amount):
        return {name: None if one is None else round(one, _DIGITS) for name, one in asdict(value).items()}
    return {name: _plain(one) for name, one in value.items()}


def known(model: Model, codes: Collection[str] | None = None) -> dict[str, int]:
    """How many organisations (of some) give care, and how many have confirmed their map: unknown is not zero."""
    giving = {one.organisation for one in model.care.services if codes is None or one.organisation in codes}
    mapped = sum(model.care.places[code].mapped for code in giving)
    return {"organisations": len(giving), "mapped": mapped, "template_only": len(giving) - mapped}
