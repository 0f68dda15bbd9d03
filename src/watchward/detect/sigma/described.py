"""What rules, correlations and filters say of themselves in the same words: identifier, level, log source and texts."""

from collections.abc import Mapping
from hashlib import sha256
from uuid import UUID

from watchward.detect.sigma.errors import RuleError
from watchward.detect.sigma.rule import Level, LogSource

LONGEST_ID = 100
"""Characters of a rule's identifier: as many as databases keep."""


def identifier(document: Mapping[str, object], digest: str) -> str:
    """The author's identifier, or one derived from the text where the author gave none."""
    given = document.get("id")
    if given is None:
        return str(UUID(hex=sha256(digest.encode()).hexdigest()[:32]))
    if not isinstance(given, str) or not given.strip():
        raise RuleError("its id is not text", advice="Give it a random UUID as `id`.", within=("id",))
    if len(given.strip()) > LONGEST_ID or not given.strip().isprintable():
        raise RuleError(
            f"its id is no name of at most {LONGEST_ID} characters",
            advice="Give it a random UUID as `id`.",
            within=("id",),
        )
    return given.strip().lower()


def level(given: object) -> Level:
    """The level; medium where the author gave none."""
    if given is None:
        return Level.MEDIUM
    try:
        return Level(str(given).lower())
    except ValueError:
        raise RuleError(
            f"the level {given!r} is unknown", advice=f"Use one of {', '.join(Level)}.", within=("level",)
        ) from None


def text(document: Mapping[str, object], name: str) -> str:
    """What the document says under a name, empty where it says nothing."""
    value = document.get(name)
    return "" if value is None else str(value).strip()


def texts(document: Mapping[str, object], name: str) -> tuple[str, ...]:
    """The same where there may be several."""
    value = document.get(name)
    found = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(str(item) for item in found if item is not None)


def log_source(given: object) -> LogSource:
    """The kind of events that a rule or a filter is about."""
    parts = given if isinstance(given, dict) else {}
    found = {name: parts.get(name) for name in ("product", "category", "service")}
    if not any(found.values()) or not all(value is None or isinstance(value, str) for value in found.values()):
        raise RuleError(
            "its log source says nothing",
            advice="Give `logsource` a product, a category or a service, as text.",
            within=("logsource",),
        )
    return LogSource(**{name: value.strip().lower() for name, value in found.items() if isinstance(value, str)})


def title(document: Mapping[str, object]) -> str:
    """The title, which everything has.

    Raises:
        RuleError: it has none.

    """
    given = document.get("title")
    if not isinstance(given, str) or not given.strip():
        raise RuleError("it has no title", advice="Give it a `title` of a few words.")
    return given.strip()
