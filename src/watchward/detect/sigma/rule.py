"""A rule that loaded, and one that did not."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from watchward.detect.sigma.ir import Condition


class Level(StrEnum):
    """How serious its author holds a rule's finding to be; the values are Sigma's."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Its place in the order, from 0 (informational) to 4 (critical).

        >>> Level.CRITICAL.rank > Level.LOW.rank
        True

        """
        return _LEVELS.index(self)


_LEVELS = list(Level)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSource:
    """The kind of events that a rule reads: each part that is given must equal the event's."""

    product: str | None = None
    category: str | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One Sigma rule, ready to be compiled.

    Args:
        id: the author's identifier, or one derived from the text where the author gave none.
        name: by which correlations and filters may call it; empty where it has none.
        level: medium where the author gave none.
        falsepositives: what else may look like this, in the author's words.
        fields: the fields that the author would like to be shown.
        path: the file that it came from, and `line` where in that file it begins.
        condition: what it asks of an event.
        digest: the SHA-256 (hex) of its file's bytes and its place among the rules of that file.

    """

    id: str
    title: str
    name: str = ""
    level: Level
    status: str
    description: str
    author: str
    references: tuple[str, ...]
    tags: tuple[str, ...]
    falsepositives: tuple[str, ...]
    fields: tuple[str, ...]
    logsource: LogSource
    path: Path
    line: int
    condition: Condition
    digest: str


class Refusal(StrEnum):
    """Why a rule did not load, in kinds that are counted apart."""

    BROKEN = "broken"
    CORRELATION = "correlation"
    DUPLICATE = "duplicate"
    FILTER = "filter"
    PLACEHOLDER = "placeholder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A rule that did not load: where it is, why, and what to do."""

    path: Path
    line: int
    kind: Refusal
    reason: str
    advice: str
