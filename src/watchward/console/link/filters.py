"""What the lists of what left and what came in are asked for, as their addresses say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from watchward.console.filtering import Filter, number, page, word


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageFilter(Filter):
    """Which of what passed.

    Args:
        node: the number of a link; 0 for any.
        kind: the name of a class of data.
        day: a day, as 2026-03-01.
        fate: what became of it.

    """

    node: int = 0
    kind: str = ""
    day: str = ""
    fate: str = ""

    @property
    def conditions(self) -> dict[str, object]:
        """The same, as conditions on the columns."""
        asked = {"peer": self.node, "kind": self.kind, "day": self.day, "fate": self.fate}
        return {name: value for name, value in asked.items() if value}


def passage_filter(query: Mapping[str, str], *, fates: Mapping[str, str]) -> PassageFilter:
    """What an address asks for; `fates` are those that the list knows."""
    fate = word(query, "fate")
    return PassageFilter(
        node=number(query, "node"),
        kind=word(query, "kind")[:40],
        day=_day(word(query, "day")),
        fate=fate if fate in fates else "",
        page=page(query),
    )


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""
