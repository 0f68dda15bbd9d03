"""How the answer to a what-if is put to people."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from watchward.console.estate.models import Organisation
from watchward.console.harm import charts
from watchward.console.harm.adapters import Described
from watchward.console.harm.answers import Answer
from watchward.console.harm.asked import Asked
from watchward.console.harm.presenters import called, figure, unknown, whose_numbers
from watchward.harm import hour, recovery, unmapped
from watchward.harm.outcome import Amount, Parts, amount
from watchward.harm.parameters.table import SEVERITIES

_TAKERS = 8
LASTING = {
    "minor": "minor harm",
    "significant": "significant harm",
    "considerable": "considerable harm",
    "major": "death or lasting injury",
}


def said(one: Amount) -> str:
    """An estimate with its interval."""
    if one.low is None or one.high is None:
        return figure(one.value)
    return f"{figure(one.value)} ({figure(one.low)} to {figure(one.high)})"


@dataclass(frozen=True, kw_only=True)
class WhatIfPresenter:
    """What would happen if things failed.

    Args:
        asked: what was asked.
        answer: what was found.
        things: what fails.
        names: organisations by code.
        boards: the boards that one may see, with the region of each.
        place: the organisation whose patients are counted; None for all whose care one may see.
        numbers_of: the organisation whose numbers hold; None for those of the node.
        whose: whose own numbers are among them, and how many.

    """

    asked: Asked
    answer: Answer
    things: Sequence[Described]
    names: Mapping[str, str]
    boards: Mapping[str, str]
    place: Organisation | None = None
    numbers_of: Organisation | None = None
    whose: Mapping[str, int] = field(default_factory=dict)

    @property
    def own_numbers(self) -> str:
        """Whose own some of the numbers are; empty where all are ours."""
        return whose_numbers(self.whose)

    @property
    def counted(self) -> str:
        """Whose patients are counted."""
        return f"patients of {self.place.name}" if self.place else "patients of everybody whose care you may see"

    @property
    def lost(self) -> str:
        """What fails, in words, with how it comes back."""
        named = [called(asdict(one), self.names) for one in self.things]
        back = [recovery.words(steps) for _, steps in self.asked.failing]
        return " and ".join(f"{name} ({said})" if said else name for name, said in zip(named, back, strict=True))

    @property
    def lasting(self) -> str:
        """For how long."""
        return hour.lasting(self.asked.hours)

    @property
    def finding(self) -> str:
        """What the page found, in one sentence."""
        if not self.answer.kinds:
            return f"Losing {self.lost} for {self.lasting} would displace no care"
        return f"Losing {self.lost} for {self.lasting} would displace {self.displaced} contacts of care"

    @property
    def displaced(self) -> str:
        """Units of care displaced, at the estimate."""
        return figure(float(self.answer.seen.total.displaced[0]))

    @property
    def harm(self) -> str:
        """Severity-weighted patients."""
        return said(self.answer.harm)

    @property
    def begins(self) -> str:
        """The hour at which it begins."""
        return hour.words(self.asked.begins)

    @property
    def ends(self) -> str:
        """The hour at which it ends."""
        return hour.words(self.asked.begins + self.asked.hours)

    @property
    def organisations(self) -> int:
        """How many organisations are hit."""
        return self.answer.seen.organisations

    @property
    def harmed(self) -> list[tuple[str, str]]:
        """Patients harmed, by severity, the worst first."""
        parts = self.answer.seen.total
        found = [(LASTING[name], said(amount(parts.harmed[:, at]))) for at, name in enumerate(SEVERITIES)]
        return found[::-1]

    @property
    def records(self) -> str:
        """Records exposed; empty where none are."""
        whole = self.answer.seen.total.records.sum(axis=1)
        return said(amount(whole)) if whole.any() else ""

    @property
    def kinds(self) -> list[dict[str, str]]:
        """Each kind of service: what remains of it, what is displaced and taken in, and harm."""
        return [
            {
                "name": kind.label,
                "unit": f"{kind.unit}s" if not kind.unit.endswith("s") else kind.unit,
                "lowest": f"{self.answer.remaining[kind].min():.0%}",
                "displaced": said(amount(parts.displaced)),
                "absorbed": self._share(parts),
                "delay": figure(float(parts.delay[0])),
                "harm": said(self.answer.harm_of(parts)),
            }
            for kind, parts in self.answer.kinds
        ]

    @staticmethod
    def _share(parts: Parts) -> str:
        displaced = float(parts.displaced[0])
        return f"{figure(float(parts.absorbed[0]))} ({float(parts.absorbed[0]) / displaced:.0%})" if displaced else "0"

    @property
    def lines(self) -> list[charts.Line]:
        """What remains of each kind of service over time."""
        return [
            charts.line(kind.label, self.answer.remaining[kind], self.asked.begins) for kind, _ in self.answer.kinds
        ]

    @property
    def stages(self) -> list[tuple[str, str, float]]:
        """Harm if all were mended earlier, with its share of the largest."""
        most = max((harm for _, harm in self.answer.stages), default=0.0)
        return [(hour.lasting(end), figure(harm), harm / most if most else 0.0) for end, harm in self.answer.stages]

    @property
    def by_hand(self) -> str:
        """What manual working saves."""
        saved = self.answer.saved_by_hand
        if saved <= 0:
            return "Working by hand makes no difference here."
        whole = saved + self.answer.harm.value
        return (
            f"Getting better at working by hand saves {figure(saved)} severity-weighted patients: without it, harm "
            f"would be {figure(whole)} and not {figure(self.answer.harm.value)}."
        )

    @property
    def takers(self) -> list[tuple[str, str, str]]:
        """Who could take the work: kind, board, units. Boards that one may not see are taken together."""
        found: dict[tuple[str, str], float] = {}
        for kind, board, units in self.answer.takers:
            where = self.names.get(board, board) if board in self.boards else "other boards"
            found[kind.label, where] = found.get((kind.label, where), 0.0) + units
        worst = sorted(found.items(), key=lambda one: -one[1])[:_TAKERS]
        return [(kind, where, figure(units)) for (kind, where), units in worst]

    @property
    def places(self) -> list[tuple[str, str, str]]:
        """Harm by board: name, harm with its interval, displaced care."""
        return [
            (
                self.names.get(code, code) or "No board",
                said(self.answer.harm_of(parts)),
                figure(float(parts.displaced[0])),
            )
            for code, parts in self.answer.boards
        ]

    @property
    def hexagons(self) -> charts.HexMap | None:
        """The map of boards; None where there are fewer than two to compare."""
        if len(self.boards) < 2:  # noqa: PLR2004 - a map of one hexagon shows nothing
            return None
        harm = {code: self.answer.harm_of(parts).value for code, parts in self.answer.boards}
        return charts.hex_map(self.boards, harm, self.names, {code: figure(value) for code, value in harm.items()})

    @property
    def worst_board(self) -> str:
        """What the map shows, in words."""
        if not self.places:
            return "No board is hit"
        name, harm, _ = self.places[0]
        return f"{name} is hit hardest: {harm} severity-weighted patients"

    @property
    def stale(self) -> bool:
        """Whether the map has changed since it was laid out."""
        return self.answer.laid.stale

    @property
    def unknown(self) -> str:
        """How much of the map nobody has confirmed."""
        return unknown(self.answer.known)

    @property
    def unmapped(self) -> str:
        """How much of the harm rests on maps that nobody has confirmed; empty where nothing hurts."""
        return unmapped.of_harm(amount(self.answer.seen.unmapped)) if self.answer.harm.value > 0 else ""
