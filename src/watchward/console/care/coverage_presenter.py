"""How the page of coverage looks: who has mapped their care, and what rests on templates."""

from dataclasses import dataclass
from functools import cached_property

from watchward.console.care.coverage_queries import Coverage
from watchward.console.harm.queries import Ranking

Row = tuple[str, int, int]


@dataclass(frozen=True, kw_only=True)
class CoveragePage:
    """How much of the care is mapped.

    Args:
        found: who has a map.
        ranking: what hurts most there; None where the worker has not looked yet, or looks at no such area.

    """

    found: Coverage
    ranking: Ranking | None

    @cached_property
    def giving(self) -> int:
        """How many organisations give care, as far as anybody knows."""
        return sum(one["mapped"] + one["template"] for one in self.found.organisations.values())

    @cached_property
    def mapped(self) -> int:
        """How many of them have confirmed their map."""
        return sum(one["mapped"] for one in self.found.organisations.values())

    @property
    def finding(self) -> str:
        """The page in a sentence."""
        if not self.giving:
            return "No organisation here gives care yet"
        many = "organisation has" if self.giving == 1 else "organisations have"
        return f"{self.mapped:,} of {self.giving:,} {many} confirmed what care they give"

    @property
    def share(self) -> float | None:
        """What share of the harm of the worst losses comes from organisations that have not; None where unknown."""
        rows = self.ranking.found["ranking"] if self.ranking else []
        whole = float(sum(one["harm"]["value"] for one in rows))
        resting = float(sum(one["harm"]["value"] * one["unmapped"]["value"] for one in rows))
        return resting / whole if whole else None

    @property
    def kinds(self) -> list[Row]:
        """By kind of organisation: how many have a confirmed map, and for how many the template stands in."""
        rows = [
            (kind.label, one["mapped"], one["template"])
            for kind, one in self.found.organisations.items()
            if one["mapped"] + one["template"]
        ]
        return sorted(rows, key=lambda row: (-row[2], row[0]))

    @property
    def services(self) -> list[tuple[str, str]]:
        """By sort of care: the share of its activity that is mapped, the least first."""
        rows = sorted(self.found.activity.items(), key=lambda pair: (pair[1], pair[0].label))
        return [(kind.label, f"{share:.0%}") for kind, share in rows]
