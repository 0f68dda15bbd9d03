"""What people type about blocks, read before an action sees it."""

from collections.abc import Mapping
from typing import Final, TypeVar

from watchward.base.errors import BadInputError
from watchward.intel.errors import ObservableError
from watchward.intel.observable import Kind, Observable, observable
from watchward.respond.blocks.adopting import Policy
from watchward.respond.blocks.errors import BlockError

_Step = TypeVar("_Step")
_USUAL_DAYS: Final = 30
_MOST_DIGITS: Final = 3
_LONGEST: Final = 2_000


def words_in(given: Mapping[str, str], name: str) -> str:
    """A text as it was typed, without what no database keeps."""
    return given.get(name, "").replace("\0", "").strip()[:_LONGEST]


def thing_in(given: Mapping[str, str]) -> Observable:
    """The thing that is meant.

    Raises:
        BlockError: it is none.

    """
    kind = words_in(given, "kind")
    if kind not in set(Kind):
        raise BlockError("Choose what kind of thing it is.", advice="Choose one of the list.")
    try:
        return observable(Kind(kind), words_in(given, "value"))
    except ObservableError as error:
        raise BlockError(error.message, advice=error.advice) from error


def step_in(given: Mapping[str, str], steps: Mapping[str, _Step]) -> _Step:
    """The step that somebody chose.

    Raises:
        BlockError: none.

    """
    found = steps.get(given.get("step", ""))
    if found is None:
        raise BlockError("Choose what you decide.", advice="Choose one of the steps below.")
    return found


def days_in(given: Mapping[str, str]) -> int:
    """For how many days; the usual number where nothing was said."""
    text = words_in(given, "days")
    if not text:
        return _USUAL_DAYS
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise BadInputError(f"{text[:20]} is no number of days.", advice="Give a number from 1 to 366.")
    return int(text)


def policy_in(given: Mapping[str, str]) -> Policy:
    """A written policy."""
    text = words_in(given, "confidence")
    if text and not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise BadInputError(f"{text[:20]} is no belief.", advice="Give a number from 1 to 100 (percent), or none.")
    sources = frozenset(code.upper() for code in words_in(given, "sources").replace(",", " ").split())
    return Policy(
        decided=given.get("decided") == "yes",
        confidence=int(text) if text else None,
        sources=sources,
        check_first=given.get("check_first") == "yes",
    )
