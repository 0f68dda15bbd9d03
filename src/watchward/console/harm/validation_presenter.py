"""How the comparison with history is put to people."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from watchward.console.harm.presenters import figure
from watchward.harm.history.notes import CLINICAL, MISSING, WHY
from watchward.harm.history.report import REACH_BETTER, REACH_INSIDE
from watchward.harm.history.score import Interval

_ACROSS: Final = 200.0
_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True, kw_only=True)
class ValidationPresenter:
    """What was found when the model was set against incidents of the past."""

    found: Mapping[str, Any]
    at: datetime

    @property
    def finding(self) -> str:
        """How often the model was right, in one sentence."""
        plain = self.found["table_as_it_stands"]
        return f"{plain['inside']:.0%} of {plain['figures']} published figures lie inside our 90% intervals"

    @property
    def verdict(self) -> str:
        """What that means for whoever reads a figure."""
        plain = self.found["table_as_it_stands"]
        reached = plain["good"] >= REACH_INSIDE
        useful = "reaches" if reached else "falls short of"
        return (
            f"{plain['good']:.0%} lie inside an interval that is also narrow (no further than 60% from the "
            f"estimate), which {useful} our aim of {REACH_INSIDE:.0%}. Trust the order of large differences, and not "
            "single figures."
        )

    @property
    def aims(self) -> list[tuple[str, str, str, str]]:
        """What was asked, the aim, and what was found: with the table as it stands, and learnt from other incidents."""
        plain, learnt = self.found["table_as_it_stands"], self.found["whole"]
        rows = (
            ("Inside a narrow 90% interval", f"{REACH_INSIDE:.0%}", "good"),
            ("Inside, however wide the interval", "90%", "inside"),
            ("Better than “a constant share of care is lost”, by interval score", f"{REACH_BETTER:.0%}", "better"),
        )
        return [(title, aim, f"{plain[key]:.0%}", f"{learnt[key]:.0%}") for title, aim, key in rows]

    @property
    def incidents(self) -> Sequence[Mapping[str, Any]]:
        """Each incident with its figures."""
        found: Sequence[Mapping[str, Any]] = self.found["incidents"]
        return found

    @property
    def clinical(self) -> Sequence[Mapping[str, Any]]:
        """Patients harmed, as recorded and as expected."""
        found: Sequence[Mapping[str, Any]] = self.found["clinical"]
        return found

    @staticmethod
    def interval(one: Mapping[str, float], unit: str) -> str:
        """A prediction with its interval, a share in per cent."""
        ends = [one["estimate"], one["low"], one["high"]]
        texts = [f"{end:.0%}" for end in ends] if unit.startswith("share") else [figure(end) for end in ends]
        return f"{texts[0]} ({texts[1]} to {texts[2]})"

    @staticmethod
    def published(one: Mapping[str, float], unit: str) -> str:
        """A published figure, a share in per cent."""
        return f"{one['value']:.0%}" if unit.startswith("share") else figure(one["value"])

    @staticmethod
    def to_hold(one: Mapping[str, Any]) -> float:
        """What an interval must hold to be right, "all" being nearly all; what older versions kept has it not."""
        return float(one.get("to_hold", one["published"]["value"]))

    @staticmethod
    def verdict_on(value: float, one: Mapping[str, float]) -> str:
        """Whether a published figure lies within an interval that is narrow enough to be of use, and where else."""
        if one["low"] <= value <= one["high"]:
            told = Interval(estimate=one["estimate"], low=one["low"], high=one["high"])
            return "Inside" if told.narrow else "Inside, but too wide"
        return "We said too much" if value < one["low"] else "We said too little"

    @classmethod
    def counted(cls, incident: Mapping[str, Any]) -> str:
        """How often each of the verdicts was given on an incident, in one sentence."""
        figures = incident["figures"]
        said = [cls.verdict_on(cls.to_hold(one), one["table_as_it_stands"]) for one in figures]
        told = {
            "Inside": "inside",
            "Inside, but too wide": "inside, but too wide",
            "We said too much": "where we said too much",
            "We said too little": "where we said too little",
        }
        return f"Of {len(said)} figures: {'; '.join(f'{said.count(one)} {told[one]}' for one in told if one in said)}."

    @staticmethod
    def why(incident: Mapping[str, Any]) -> str:
        """What we think the reason is; empty where we have said nothing."""
        return _words(WHY.get(incident["incident"], ""))

    @property
    def why_clinical(self) -> str:
        """The same of patients harmed."""
        return _words(CLINICAL)

    @property
    def missing(self) -> list[str]:
        """What could not be set against anything, and why."""
        return [_words(one) for one in MISSING]

    @staticmethod
    def drawn(published: float, one: Mapping[str, float]) -> dict[str, float]:
        """A prediction and what was published as places across a picture, 0 to 200."""
        most = max(published, one["high"]) or 1.0
        places = {name: round(_ACROSS * one[name] / most, 1) for name in ("estimate", "low", "high")}
        return places | {"published": round(_ACROSS * published / most, 1)}


def _words(text: str) -> str:
    r"""Markdown as plain words.

    >>> _words("A *narrow* [page](page.md) of\\n**two**")
    'A narrow page of two'

    """
    plain = _LINK.sub(r"\1", text).replace("*", "").replace("`", "")
    return " ".join(plain.split())
