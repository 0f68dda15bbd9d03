"""What a list of rules is asked for, as its address says it: a view can be kept as a bookmark and sent to someone."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from watchward.console.filtering import Filter, page, word
from watchward.detect.lives.lives import Standing
from watchward.detect.sigma.rule import Level


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
class RuleFilter(Filter):
    """What a list of rules is asked for.

    Args:
        text: part of a title, an identifier, or a technique such as T1059.
        standing: one of `Standing`; empty: any.
        level: one of `Level`; empty: any.
        source: a log source as the list names it, such as `windows/process_creation`.
        folder: the folder of a set.
        need: one of `Need`; empty: any.

    """

    standing: str = ""
    level: str = ""
    source: str = ""
    folder: str = ""
    need: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Self:
        """From an address; what it does not understand is left out, so that no address is an error."""
        standing, level, need = (word(query, name) for name in ("standing", "level", "need"))
        return cls(
            text=word(query, "text"),
            standing=standing if standing in set(Standing) else "",
            level=level if level in set(Level) else "",
            source=word(query, "source"),
            folder=word(query, "folder"),
            need=need if need in set(Need) else "",
            page=page(query),
        )
