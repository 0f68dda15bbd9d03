"""How saved what-ifs and comparisons are put to people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from watchward.console.harm.presenters import amount, figure, sure
from watchward.console.harm.what_if_presenter import WhatIfPresenter, said
from watchward.console.scenarios.models import SavedScenario
from watchward.console.scenarios.working import Reopened
from watchward.harm import hour
from watchward.harm.outcome import amount as spread
from watchward.harm.parameters.table import SEVERITIES

_HALF = 0.5


@dataclass(frozen=True, kw_only=True)
class SavedPresenter:
    """A saved what-if as it stands in a list, with the answer that it had when it was saved."""

    saved: SavedScenario

    @property
    def counted(self) -> str:
        """Whose patients it counts."""
        return self.saved.organisation.name if self.saved.organisation else "All organisations of the node"

    @property
    def harm(self) -> str:
        """Severity-weighted patients then."""
        return amount(self.saved.found["total"]["harm"])

    @property
    def displaced(self) -> str:
        """Care displaced then."""
        return amount(self.saved.found["total"]["displaced"])

    @property
    def lasting(self) -> str:
        """For how long."""
        return hour.lasting(self.saved.asked["hours"])

    @property
    def begins(self) -> str:
        """From when."""
        return hour.words(self.saved.asked["begins"])


@dataclass(frozen=True, kw_only=True)
class ReopenedPresenter(SavedPresenter):
    """A saved what-if with today's answer beside that of then.

    Args:
        again: it, worked out again.
        shown: today's answer; None where something that fails has left the map.

    """

    again: Reopened
    shown: WhatIfPresenter | None

    @property
    def since(self) -> str:
        """Whether the answer still holds, in one sentence or two."""
        changed = [
            name
            for name, other in (
                ("the map of care", self.again.other_map),
                ("the numbers behind harm", self.again.other_numbers),
            )
            if other
        ]
        if self.shown is None:
            return ""
        if not changed:
            return "Neither the map of care nor the numbers behind harm have changed since it was saved."
        told = " and ".join(changed)
        verb = "have" if len(changed) > 1 or self.again.other_numbers else "has"
        first = f"{told[0].upper()}{told[1:]} {verb} changed since it was saved"
        if self.shown.harm == self.harm:
            return f"{first}, but not this answer."
        return f"{first}: then the answer was {self.harm} severity-weighted patients, now it is {self.shown.harm}."

    @property
    def then_and_now(self) -> list[tuple[str, str, str]]:
        """Figures of then beside those of today."""
        if self.shown is None:
            return []
        then: Mapping[str, Any] = self.saved.found
        worst = SEVERITIES[-1]
        now = self.shown.answer.seen.total
        return [
            ("Harm, severity-weighted patients", self.harm, self.shown.harm),
            (
                "Patients who die or have a lasting injury",
                amount(then["total"]["harmed"][worst]),
                said(spread(now.harmed[:, -1])),
            ),
            ("Contacts of care displaced", self.displaced, said(spread(now.displaced))),
            ("Organisations hit", f"{then['organisations']:,}", f"{self.shown.organisations:,}"),
            (
                "Share of harm where nobody has confirmed the map",
                f"{then['unmapped']['value']:.0%}",
                f"{float(self.shown.answer.seen.unmapped[0]):.0%}",
            ),
        ]


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of two what-ifs that are compared.

    Args:
        shown: its answer.
        saved: as what it was saved, if it was.
        query: how the address of a comparison names it.

    """

    shown: WhatIfPresenter
    saved: ReopenedPresenter | None = None
    query: str = ""

    @property
    def name(self) -> str:
        """How people call it: by its name, or by what it asks."""
        return self.saved.saved.name if self.saved else f"{self.shown.lost}, {self.shown.lasting}"


@dataclass(frozen=True, kw_only=True)
class ComparePresenter:
    """Two what-ifs side by side, worked out in the same draws of what is not known."""

    first: Side
    second: Side

    @property
    def sides(self) -> Sequence[Side]:
        """Both."""
        return (self.first, self.second)

    @cached_property
    def above(self) -> float:
        """The share of draws in which the first is worse; what is alike counts half."""
        one, two = (side.shown.answer for side in self.sides)
        first = one.seen.total.harm(one.outcome.weighting)[1:]
        second = two.seen.total.harm(two.outcome.weighting)[1:]
        return float(np.mean(first > second) + _HALF * np.mean(first == second))

    @property
    def _worse(self) -> tuple[Side, Side, float]:
        one, two = (side.shown.answer.harm.value for side in self.sides)
        if one >= two:
            return self.first, self.second, self.above
        return self.second, self.first, 1 - self.above

    @property
    def finding(self) -> str:
        """Which of the two hurts patients more, in one sentence."""
        one, two = (side.shown.answer.harm.value for side in self.sides)
        if one == two:
            return "Both would hurt patients alike"
        worse, other, _ = self._worse
        return f"“{worse.name}” would hurt patients more than “{other.name}”"

    @property
    def how_sure(self) -> str:
        """How sure that is, and by how much."""
        worse, other, share = self._worse
        most, least = worse.shown.answer.harm.value, other.shown.answer.harm.value
        if most == least:
            return ""
        times = f"{figure(most / least)} times the harm" if least > 0 else "harm where the other does none"
        return (
            f"{worse.shown.harm} against {other.shown.harm} severity-weighted patients, {times} at the estimate. "
            f"That it is worse: {sure(share)}."
        )

    @property
    def weighed(self) -> list[tuple[str, str, str, str]]:
        """Each weighting, the harm of both by it, and which is the worse."""
        one, two = (side.shown.answer for side in self.sides)
        found = []
        for weighting in one.laid.model.table.weightings:
            first, second = (float(answer.seen.total.harm(weighting)[0]) for answer in (one, two))
            worse = "first" if first > second else "second" if second > first else "alike"
            found.append((weighting.name, figure(first), figure(second), worse))
        return found

    @property
    def weightings(self) -> str:
        """Whether another reasonable weighting would turn the answer round."""
        standard = self.weighed[0][-1]
        others = [name for name, _, _, worse in self.weighed[1:] if worse != standard]
        if not others:
            return "No other weighting that we tried would turn this round."
        return f"It would be the other way round if one held: {'; '.join(others)}."

    @property
    def apart(self) -> str:
        """A warning where the two count different patients; empty where they count the same."""
        one, two = (side.shown.counted for side in self.sides)
        return "" if one == two else f"The first counts {one}, the second {two}."

    @property
    def otherwise(self) -> str:
        """A warning where the two rest on different numbers; empty where they rest on the same."""
        one, two = (side.shown.answer.laid.model.table for side in self.sides)
        return "" if one == two else "They rest on different numbers, each on those that hold where it counts."

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """What both ask and come to, line by line."""
        one, two = (side.shown for side in self.sides)
        plain = [
            ("What fails", one.lost, two.lost),
            ("For", one.lasting, two.lasting),
            ("From", one.begins, two.begins),
            ("Whose patients", one.counted, two.counted),
            ("Harm, severity-weighted patients", one.harm, two.harm),
        ]
        pairs = zip(one.harmed, two.harmed, strict=True)
        harmed = [(f"Patients: {name}", first, second) for (name, first), (_, second) in pairs]
        rest = [
            ("Contacts of care displaced", one.displaced, two.displaced),
            ("Records exposed, as far as is expected", one.records or "None", two.records or "None"),
            ("Organisations hit", f"{one.organisations:,}", f"{two.organisations:,}"),
            ("Where", one.worst_board, two.worst_board),
            ("Working by hand", one.by_hand, two.by_hand),
            ("How much is known", one.unmapped or "No harm", two.unmapped or "No harm"),
        ]
        return [*plain, *harmed, *rest]
