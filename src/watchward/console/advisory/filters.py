"""What the list of an alert's answers is asked for, as its address says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from watchward.console.filtering import Filter, page, word
from watchward.respond.advisory.answer import Standing

WHICH: Final = {
    "": "All",
    "late": "Late",
    "help": "Want help",
    "open": "Not closed",
    **{one.value: one.label for one in Standing},
}
"""The parts of the list, by the word in the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFilter(Filter):
    """Which answers.

    Args:
        which: a key of `WHICH`.
        place: the code of an organisation: those at it and below.

    """

    which: str = ""
    place: str = ""


def answer_filter(query: Mapping[str, str], *, which: str = "") -> AnswerFilter:
    """What an address asks for; `which` where it does not say."""
    asked = word(query, "which") if "which" in query else which
    return AnswerFilter(
        text=word(query, "text"),
        which=asked if asked in WHICH else "",
        place=word(query, "place").upper()[:20],
        page=page(query),
    )
