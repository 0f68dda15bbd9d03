"""What would happen if things failed, as somebody may see it: for the care of organisations that are theirs to see."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Final

from watchward.console.harm.adapters import Laid
from watchward.estate.care.service import ServiceKind
from watchward.harm import as_json
from watchward.harm.kernels.arrays import Floats, Ints
from watchward.harm.model import Model, Needs
from watchward.harm.outcome import Amount, Outcome, Parts, amount
from watchward.harm.parameters.drawing import Draws, draw
from watchward.harm.scenario import Scenario
from watchward.harm.sensitivity import Swing, sensitivity
from watchward.harm.what_if import in_worlds
from watchward.harm.within import Area, Within

SAMPLES: Final = 64
_STAGES: Final = 6
_FLOOR, _MANUAL = 1, 2


class _FloorsOnly(Needs):
    """Needs of which manual working never becomes more than it is in the first hour."""

    def values(self, draws: Draws, only: Ints) -> Floats:
        """As those of the table, with the floor in place of what manual working reaches."""
        found = super().values(draws, only)
        found[:, :, _MANUAL] = found[:, :, _FLOOR]
        return found


def without_manual(model: Model) -> Model:
    """The same map, on which nobody gets better at working by hand."""
    return replace(model, needs=_FloorsOnly(pairs=model.needs.pairs, own=model.needs.own))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a scenario does to the care of some organisations.

    Args:
        laid: the map.
        area: the organisations; None for all.
        scenario: what fails.

    """

    laid: Laid
    area: Area | None
    scenario: Scenario

    @cached_property
    def seen(self) -> Within:
        """The outcome, with intervals."""
        return self._lost(self.scenario, SAMPLES)

    @property
    def outcome(self) -> Outcome:
        """The outcome for everybody, of which one sees a part."""
        return self.seen.outcome

    def _lost(self, scenario: Scenario, samples: int, *, model: Model | None = None) -> Within:
        model = model or self.laid.model
        draws = draw(model.table, samples, model.activities)
        return Within(outcome=in_worlds(model, scenario, draws), area=self.area)

    def harm_of(self, parts: Parts) -> Amount:
        """Severity-weighted patients, by the standard weighting."""
        return amount(parts.harm(self.outcome.weighting))

    @cached_property
    def harm(self) -> Amount:
        """Severity-weighted patients in all."""
        return self.harm_of(self.seen.total)

    @cached_property
    def kinds(self) -> list[tuple[ServiceKind, Parts]]:
        """The parts by kind of service, what hurts most first."""
        found = self.seen.by_kind().items()
        return sorted(found, key=lambda one: (-self.harm_of(one[1]).value, one[0]))

    @cached_property
    def boards(self) -> list[tuple[str, Parts]]:
        """The parts by integrated care board, what hurts most first; records are left out."""
        return sorted(self.seen.by_board(), key=lambda one: (-self.harm_of(one[1]).value, one[0]))

    @cached_property
    def remaining(self) -> Mapping[ServiceKind, Floats]:
        """What remains of each kind of service, by the hour."""
        return self.seen.remaining()

    @cached_property
    def saved_by_hand(self) -> float:
        """By how much more patients would be hurt, at the estimate, if manual working never got beyond its start."""
        worse = self._lost(self.scenario, 0, model=without_manual(self.laid.model)).total
        return float(worse.harm(self.outcome.weighting)[0]) - self.harm.value

    @cached_property
    def stages(self) -> list[tuple[int, float]]:
        """Harm at the estimate, were all mended after so many hours."""
        hours = self.scenario.hours
        ends = sorted({max(1, round(hours * part / _STAGES)) for part in range(1, _STAGES + 1)})
        found = []
        for end in ends:
            total = self._lost(replace(self.scenario, hours=end), 0).total
            found.append((end, float(total.harm(self.outcome.weighting)[0])))
        return found

    @cached_property
    def takers(self) -> list[tuple[ServiceKind, str, float]]:
        """Who takes in what: kind, integrated care board, units at the estimate; the most first."""
        found = [(kind, board, units) for (kind, board), units in self.outcome.taken_in().items()]
        return sorted(found, key=lambda one: (-one[2], one[0], one[1]))

    @cached_property
    def swings(self) -> list[Swing]:
        """How far each number by itself moves harm, the most first."""
        return sensitivity(self.laid.model, self.scenario, area=self.area)

    @property
    def known(self) -> dict[str, int]:
        """How much of the map that one may see is confirmed."""
        return as_json.known(self.laid.model, self.area)

    def as_json(self) -> dict[str, Any]:
        """The same as the command prints, for the services that one may see."""
        whole = self.outcome
        told = as_json.outcome(whole, among=None if self.area is None else self.area.services)
        total = as_json.told(self.seen.total, whole)
        return told | {"total": total, "map": self.known, "unmapped": asdict(amount(self.seen.unmapped))}

    def rows(self) -> Iterator[list[object]]:
        """A table by kind of service, for a spreadsheet."""
        yield [
            "service",
            "unit",
            "displaced",
            "absorbed",
            "lost",
            "delay_patient_days",
            "harm",
            "low",
            "high",
            "lowest",
        ]
        for kind, parts in self.kinds:
            harm = self.harm_of(parts)
            figures = [float(one[0]) for one in (parts.displaced, parts.absorbed, parts.lost, parts.delay)]
            yield [kind.value, kind.unit, *figures, harm.value, harm.low, harm.high, float(self.remaining[kind].min())]


def answer(laid: Laid, area: Area | None, scenario: Scenario) -> Answer:
    """What a scenario does; kept with the map, so that a page that is opened again is there at once."""
    key = (area.codes if area else None, scenario)
    found: Answer = laid.answers.get(key, lambda: Answer(laid=laid, area=area, scenario=scenario))
    return found
