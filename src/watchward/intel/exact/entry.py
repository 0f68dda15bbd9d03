"""One indicator for one thing, and where it was seen."""

from dataclasses import dataclass
from datetime import datetime

from watchward.detect.sigma.rule import Level
from watchward.intel.observable import Observable

_HIGH, _MEDIUM = 70, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An indicator that names one thing outright.

    Args:
        observable: the thing.
        indicator: the indicator's STIX id.
        title: what it is called.
        confidence: how sure it is, from 0 to 100; None where nobody says.
        source: of whom it is.
        since: from when on it held; what was seen before is of no less interest.
        until: events from then on do not match it.
        brought: the keys of the sources that brought it here, joined by commas; empty where that does not matter.
        trial: what it matches is counted, and nobody is told.

    """

    observable: Observable
    indicator: str
    title: str
    confidence: int | None = None
    source: str = ""
    since: datetime | None = None
    until: datetime | None = None
    brought: str = ""
    trial: bool = False

    @property
    def level(self) -> Level:
        """How much an event that holds it matters."""
        return level_of(self.confidence)

    @property
    def described(self) -> str:
        """What it says, in a sentence or two.

        >>> from watchward.intel.observable import Kind, observable
        >>> Entry(observable=observable(Kind.DOMAIN, "evil.example"), indicator="i", title="t", confidence=80).described
        'An indicator of an attack: domain evil.example. 80% sure.'

        """
        thing = f"{self.observable.kind.value.replace('_', ' ')} {self.observable.value}"
        return said_of(thing, source=self.source, since=self.since, confidence=self.confidence)


def level_of(confidence: int | None) -> Level:
    """How much what an indicator names matters, by STIX's own scale of confidence; where nobody says, medium."""
    if confidence is None or _MEDIUM <= confidence < _HIGH:
        return Level.MEDIUM
    return Level.HIGH if confidence >= _HIGH else Level.LOW


def said_of(thing: str, *, source: str, since: datetime | None, confidence: int | None) -> str:
    """What an indicator for a thing says, in a sentence or two."""
    counted = f" It has counted since {since:%-d %B %Y}." if since else ""
    shared = f" Shared by {source}." if source else ""
    sure = "" if confidence is None else f" {confidence}% sure."
    return f"An indicator of an attack: {thing}.{shared}{counted}{sure}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An indicator that a value of a field holds."""

    entry: Entry
    field: str
    value: str
