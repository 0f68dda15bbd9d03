"""The parameter table: what each number is, how sure we are of it, and who says so."""

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from watchward.estate.care.service import ServiceKind

NEEDS = ("buffer_hours", "floor", "manual", "manual_hours")
"""What a dependency has, in this order everywhere."""

SEVERITIES = ("minor", "significant", "considerable", "major")
"""The classes of DCB0129 for harm to a single patient, from the mildest."""

DECISION = ("half", "steep")
"""Where and how sharply a kind of service calls work off (ADR 0172)."""

CARE = (
    *("near", "far", "spare", "deferrable", "catch_up", "by_loss", "by_move", "by_day"),
    *(f"split_{severity}" for severity in SEVERITIES),
    *DECISION,
)
"""What a kind of service has, in this order everywhere."""

SENSITIVITIES = ("demographic", "clinical", "special")
"""How sensitive exposed records are, from the least."""

EXPOSED = "exposure/exposed"
APART, TYPING, DRAG = "joint/apart", "joint/typing", "joint/drag"
JOINT = (APART, TYPING, DRAG)
"""How needs add up, how long typing takes and what it takes up, in this order everywhere."""
ANY, ANY_SERVICE, ANY_SYSTEM = "any", "any_service", "any_system"
_SERVICES = {kind.value for kind in ServiceKind}
_Z95 = 1.6448536269514722


class Basis(StrEnum):
    """Where a number comes from; the values stand in the tables."""

    ASSUMPTION = "assumption"
    DERIVED = "derived"
    PUBLISHED = "published"
    SITE = "site"

    @property
    def meaning(self) -> str:
        """What the word says."""
        return _BASES[self]


_BASES = {
    Basis.ASSUMPTION: "argued, not measured",
    Basis.DERIVED: "from a published figure by a step that is stated",
    Basis.PUBLISHED: "as published",
    Basis.SITE: "a site's own figure, put in the place of ours",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One number, and how far it may be wrong.

    Args:
        key: its name in the whole table, such as `dependency/theatres/pathology/floor`.
        value: its median, in its unit.
        low: what it is below with 5 chances in 100.
        high: what it is above with 5 chances in 100.
        unit: hours, a share (0 to 1), patients per unit of activity, patients per patient-day.
        basis: where it comes from.
        source: the key of the citation; who said it, where a site did; empty where there is none.
        why: the argument, in a sentence.

    """

    key: str
    value: float
    low: float
    high: float
    unit: str
    basis: Basis
    source: str
    why: str

    @property
    def name(self) -> str:
        """What it is, without of what."""
        return self.key.rpartition("/")[2]

    @property
    def share(self) -> bool:
        """Whether it lies between 0 and 1 (drawn logit-normal), and is not just positive (log-normal)."""
        return self.unit == "share"

    @property
    def spread(self) -> float:
        """The standard deviation in the transformed scale, by the wider side; 0 where the number is certain."""
        if self.low == self.high:
            return 0.0
        low, middle, high = (transformed(one, share=self.share) for one in (self.low, self.value, self.high))
        return max(high - middle, middle - low) / _Z95


def transformed(value: float, *, share: bool) -> float:
    """The scale in which a number is drawn: the logit of a share, the logarithm of anything else."""
    return math.log(value / (1 - value)) if share else math.log(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighting:
    """One reasonable way to weigh the parts of harm against each other, in severity-weighted patients.

    Args:
        name: what it is called.
        severity: the weight of one harmed patient, by class from minor to major.
        record: what one exposed record weighs, by sensitivity from demographic to special.
        delay: what one patient-day of waiting without injury weighs.
        why: the argument, in a sentence.

    """

    name: str
    severity: tuple[float, float, float, float]
    record: tuple[float, float, float]
    delay: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Parameters that share a part of their error.

    Args:
        name: what they are together.
        members: the names of the parameters, or `activity`.
        correlation: between any two of them, 0 to 1, in the transformed scale.
        why: the argument, in a sentence.

    """

    name: str
    members: tuple[str, ...]
    correlation: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a parameter was read in."""

    key: str
    citation: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """All parameters, and the weightings; the first weighting is the standard one."""

    parameters: Mapping[str, Parameter]
    weightings: tuple[Weighting, ...]
    families: tuple[Family, ...]
    sources: Mapping[str, Source]

    def pair(self, consumer: str, provider: str) -> str:
        """The beginning of the keys that hold for a pair of kinds: its own row, or that for anything else.

        >>> standard().pair("outpatients", "pathology"), standard().pair("outpatients", "triage_111")
        ('dependency/outpatients/pathology', 'dependency/any_service/triage_111')

        """
        family = ANY_SERVICE if consumer in _SERVICES else ANY_SYSTEM
        for pair in ((consumer, provider), (family, provider), (family, ANY)):
            if f"dependency/{pair[0]}/{pair[1]}/floor" in self.parameters:
                return f"dependency/{pair[0]}/{pair[1]}"
        return f"dependency/{ANY}/{ANY}"

    def family(self, name: str) -> Family | None:
        """The family that a parameter of this name belongs to."""
        return next((family for family in self.families if name in family.members), None)


@cache
def standard() -> Table:
    """The table that comes with Watchward."""
    from watchward.harm.parameters import reading  # noqa: PLC0415 - reading makes tables, so it knows this module

    return reading.read({name: rows(f"{name}.csv") for name in reading.FILES})


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one of the packaged files."""
    text = files("watchward.harm.parameters").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))
