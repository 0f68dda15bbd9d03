"""What a list of rules is asked for, as its address says it: a view can be kept as a bookmark and sent to someone."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final, Self
from urllib.parse import urlencode

from watchward.detect.lives.lives import Standing
from watchward.detect.sigma.rule import Level

LONGEST: Final = 200
LAST_PAGE: Final = 100_000


class Need(StrEnum):
    """Why somebody should look at a rule."""

    ASIDE = "aside"
    LOUD = "loud"
    EVERYTHING = "everything"
    COSTLY = "costly"
    DECIDE = "decide"
    SILENT = "silent"
    GONE = "gone"
    """It is no longer there, because a release dropped it or somebody took it away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFilter:
    """What a list of rules is asked for.

    Args:
        text: part of a title, an identifier, or a technique such as T1059.
        standing: one of `Standing`; empty: any.
        level: one of `Level`; empty: any.
        source: a log source as the list names it, such as `windows/process_creation`.
        folder: the folder of a set.
        need: one of `Need`; empty: any.
        page: which page, from 1.

    """

    text: str = ""
    standing: str = ""
    level: str = ""
    source: str = ""
    folder: str = ""
    need: str = ""
    page: int = 1

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Self:
        """From an address; what it does not understand is left out, so that no address is an error."""
        standing, level, need = (_word(query, name) for name in ("standing", "level", "need"))
        return cls(
            text=_word(query, "text"),
            standing=standing if standing in set(Standing) else "",
            level=level if level in set(Level) else "",
            source=_word(query, "source"),
            folder=_word(query, "folder"),
            need=need if need in set(Need) else "",
            page=_page(_word(query, "page")),
        )

    def address(self, **changes: str | int) -> str:
        """The query of the address that asks for this, with some things changed; page 1 unless it is named."""
        given = {one.name: getattr(self, one.name) for one in fields(self)} | {"page": 1} | changes
        defaults = {one.name: one.default for one in fields(self)}
        return "?" + urlencode({name: value for name, value in given.items() if value != defaults[name]})

    @property
    def narrowed(self) -> bool:
        """Whether anything narrows the list."""
        return any(getattr(self, one.name) != one.default for one in fields(self) if one.name != "page")


def _word(query: Mapping[str, str], name: str) -> str:
    return str(query.get(name, "")).replace("\0", "").strip()[:LONGEST]


def _page(text: str) -> int:
    return min(int(text), LAST_PAGE) if text.isascii() and text.isdigit() and len(text) < 9 and int(text) else 1  # noqa: PLR2004
