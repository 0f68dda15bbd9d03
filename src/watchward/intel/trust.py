"""What is believed: how likely an indicator is right, from who says so, how sure they are, when, and who else does.

Every report is worth `reliability x confidence x what age has left of it`. Reports that stand on their own add up as
independent chances do: all of them would have to be wrong. Two reports do not stand on their own if they go back to
one origin, or came through one organisation: so a rumour that a thousand copy counts once, and so does a member that
makes up a thousand origins. Reports that it is harmless take away in the same way.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from watchward.intel.decay import decay
from watchward.intel.errors import IntelError
from watchward.intel.observable import Kind


class Reliability(StrEnum):
    """How reliable a source has been, by the letters of the Admiralty."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"

    @property
    def words(self) -> str:
        """The letter in words."""
        return _RELIABLE[self][0]

    @property
    def share(self) -> float:
        """Of what such a source is sure of, the share that is taken to be right. Set in ADR 0217."""
        return _RELIABLE[self][1]


_RELIABLE: Final = {
    Reliability.A: ("completely reliable", 0.95),
    Reliability.B: ("usually reliable", 0.80),
    Reliability.C: ("fairly reliable", 0.60),
    Reliability.D: ("not usually reliable", 0.40),
    Reliability.E: ("unreliable", 0.15),
    Reliability.F: ("of unknown reliability", 0.35),
}

UNSAID: Final = 50
"""The confidence of a report that gives none."""

SUREST: Final = 0.99
"""However many agree, somebody may have fooled all of them."""


class Scale(StrEnum):
    """A scale of words for confidence that STIX 2.1 (appendix A) sets beside its numbers."""

    ADMIRALTY = "admiralty"
    DNI = "dni"
    LEVELS = "levels"
    TEN = "ten"
    WEP = "wep"


# For each scale: the least confidence for a word, and the confidence that the word stands for.
_SCALES: Final[dict[Scale, tuple[tuple[int, int, str], ...]]] = {
    Scale.LEVELS: ((0, 0, "none"), (1, 15, "low"), (30, 50, "medium"), (70, 85, "high")),
    Scale.TEN: ((0, 0, "0"), *((5 + 10 * (n - 1), 10 * n, str(n)) for n in range(1, 11))),
    Scale.ADMIRALTY: (
        (0, 10, "5 improbable"),
        (20, 30, "4 doubtful"),
        (40, 50, "3 possibly true"),
        (60, 70, "2 probably true"),
        (80, 90, "1 confirmed"),
    ),
    Scale.WEP: (
        (0, 0, "impossible"),
        (1, 10, "highly unlikely"),
        (20, 30, "unlikely"),
        (40, 50, "even chance"),
        (60, 70, "likely"),
        (80, 90, "highly likely"),
        (100, 100, "certain"),
    ),
    Scale.DNI: (
        (0, 5, "almost no chance"),
        (10, 15, "very unlikely"),
        (20, 30, "unlikely"),
        (40, 50, "roughly even chance"),
        (60, 70, "likely"),
        (80, 85, "very likely"),
        (90, 95, "almost certain"),
    ),
}


def in_words(confidence: int, scale: Scale = Scale.WEP) -> str:
    """A confidence of STIX (0 to 100) in the words of a scale.

    >>> in_words(85), in_words(85, Scale.ADMIRALTY), in_words(3, Scale.TEN)
    ('highly likely', '1 confirmed', '0')

    """
    return [word for least, _, word in _SCALES[scale] if least <= confidence][-1]


def confidence_of(word: str, scale: Scale) -> int:
    """The confidence of STIX that a word of a scale stands for.

    >>> confidence_of("Likely", Scale.WEP), confidence_of("2", Scale.ADMIRALTY)
    (70, 70)

    Raises:
        IntelError: the scale has no such word.

    """
    said = word.strip().lower()
    for _, stands_for, name in _SCALES[scale]:
        if said == name or (scale is Scale.ADMIRALTY and said in (name[0], name[2:])):
            return stands_for
    words = ", ".join(name for *_, name in _SCALES[scale])
    raise IntelError(f"{word[:100]!r} is no word of the scale {scale}.", advice=f"Use one of: {words}.")


class Says(IntEnum):
    """What a report says of an indicator."""

    ATTACK = 1
    """It belongs to an attack."""
    HARMLESS = 0
    """It was seen, and is harmless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Somebody's word about an indicator.

    Args:
        organisation: who brought it here, as this node knows them.
        origin: who saw it first, as the report says; the organisation itself where it says nothing.
        seen_at: when it was last seen.
        reliability: of the source, as set here.
        confidence: the report's own, 0 to 100; None where it gives none.
        says: whether it is an attack or harmless.

    """

    organisation: str
    origin: str
    seen_at: datetime
    reliability: Reliability = Reliability.F
    confidence: int | None = None
    says: Says = Says.ATTACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A report that was counted, and the chance that it alone makes right (0 to 1)."""

    report: Report
    worth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """What is believed of an indicator.

    Args:
        probability: that it belongs to an attack, 0 to 1.
        counted: the independent reports that it is one, the weightiest first.
        against: the independent reports that it is harmless.
        copies: how many further reports stand on those and were not counted.
        reasons: the same as sentences.

    """

    probability: float
    counted: tuple[Counted, ...]
    against: tuple[Counted, ...]
    copies: int
    reasons: tuple[str, ...]


def worth(kind: Kind, report: Report, *, now: datetime) -> float:
    """The chance that one report alone makes right, 0 to 1."""
    confidence = UNSAID if report.confidence is None else min(max(report.confidence, 0), 100)
    return report.reliability.share * (confidence / 100) * decay(kind).left(now - report.seen_at)


def believe(kind: Kind, reports: Iterable[Report], *, now: datetime) -> Belief:
    """What is to be believed of an indicator of a kind, from all that is said of it."""
    every = tuple(reports)
    right, harmless = (_standing(says, kind, every, now=now) for says in (Says.ATTACK, Says.HARMLESS))
    probability = _together(right) * (1 - _together(harmless))
    copies = len(every) - len(right) - len(harmless)
    reasons = (
        *(_sentence(one, "reports it", now) for one in right),
        *(_sentence(one, "reports that it is harmless", now) for one in harmless),
        *([f"{copies} more go back to the same origins or came through the same organisations."] if copies else []),
        f"Together: {probability:.0%}.",
    )
    return Belief(probability=probability, counted=right, against=harmless, copies=copies, reasons=reasons)


def chance(kind: Kind, reports: Sequence[Report], *, now: datetime) -> float:
    """The probability of a belief, without its sentences: for many indicators at once.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 22, tzinfo=UTC)
    >>> one = Report(organisation="T1", origin="T1", seen_at=now, confidence=80)
    >>> chance(Kind.DOMAIN, [one], now=now) == believe(Kind.DOMAIN, [one], now=now).probability
    True

    """
    right, harmless = (_standing(says, kind, reports, now=now) for says in (Says.ATTACK, Says.HARMLESS))
    return _together(right) * (1 - _together(harmless))


def _standing(says: Says, kind: Kind, reports: Sequence[Report], *, now: datetime) -> tuple[Counted, ...]:
    """The independent reports that say something, the weightiest first."""
    return _independent([Counted(report=one, worth=worth(kind, one, now=now)) for one in reports if one.says is says])


def _together(counted: Sequence[Counted]) -> float:
    return min(1 - math.prod(1 - one.worth for one in counted), SUREST)


def _independent(reports: Sequence[Counted]) -> tuple[Counted, ...]:
    """The weightiest of the sets of reports in which no two share an origin or an organisation."""
    best: dict[tuple[str, str], Counted] = {}
    for one in reports:
        pair = one.report.organisation, one.report.origin
        if pair not in best or one.worth > best[pair].worth:
            best[pair] = one
    if len(best) <= 1:
        return tuple(best.values())
    through = {name: place for place, name in enumerate(sorted({pair[0] for pair in best}))}
    origins = {name: place for place, name in enumerate(sorted({pair[1] for pair in best}))}
    weights = np.zeros((len(through), len(origins)))
    for (organisation, origin), one in best.items():
        weights[through[organisation], origins[origin]] = -math.log1p(-one.worth)
    chosen = {*zip(*(side.tolist() for side in linear_sum_assignment(weights, maximize=True)), strict=True)}
    kept = [one for (who, origin), one in best.items() if (through[who], origins[origin]) in chosen]
    return tuple(sorted(kept, key=lambda one: (-one.worth, one.report.organisation, one.report.origin)))


def _sentence(one: Counted, what: str, now: datetime) -> str:
    report = one.report
    by = report.organisation if report.origin == report.organisation else f"{report.origin} (by {report.organisation})"
    sure = "no confidence given" if report.confidence is None else f"confidence {report.confidence}"
    days = max(now - report.seen_at, timedelta()).days
    return f"{by}, {report.reliability.words}, {what}; {sure}, seen {days} days ago: {one.worth:.0%}."
