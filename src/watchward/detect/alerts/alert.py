"""From matches to alerts: repeats become one alert.

The rule, the organisation, the device and the span of time in which an event was observed make an alert's identity.
Spans are counted from the epoch and do not move with the events, so that the same matches give the same alerts in
whatever order they arrive, and however often they are replayed (ADR 0010).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from watchward.detect.match import Match
from watchward.detect.sigma.rule import Level

WINDOW = timedelta(hours=6)
"""How long repeats of one rule on one device count as the same alert, unless a site says otherwise."""

EVENTS_KEPT = 100
"""How many of its earliest events an alert names; all of them are counted."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class AlertEvent:
    """One of the events that made an alert, and where the lake keeps it."""

    observed_at: datetime
    event_id: str
    segment: str
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One rule's findings on one device within one span of time.

    Args:
        id: derived from the rule, organisation, device and span; the same wherever and whenever it is derived.
        count: how many events, each counted once.
        first_at: the earliest of its events' own times, and `last_at` the latest.
        received_at: when the first of its events reached the node.
        events: its earliest events, up to `EVENTS_KEPT`, in order of time.

    """

    id: UUID
    rule_id: str
    rule_title: str
    level: Level
    organisation: str
    device: str
    count: int
    first_at: datetime
    last_at: datetime
    received_at: datetime
    events: tuple[AlertEvent, ...]


def span_start(observed_at: datetime, window: timedelta = WINDOW) -> datetime:
    """The beginning of the span in which a moment lies.

    >>> span_start(datetime(2026, 3, 1, 14, 5, tzinfo=UTC), timedelta(hours=6)).hour
    12

    """
    return _EPOCH + (observed_at - _EPOCH) // window * window


def alert_id(match: Match, window: timedelta = WINDOW) -> UUID:
    """The identifier of the alert to which a match belongs."""
    start = span_start(match.observed_at, window).isoformat()
    name = "\0".join((match.rule_id, match.organisation, match.device.casefold(), start, str(window)))
    return UUID(bytes=sha256(name.encode()).digest()[:16])


def collapse(matches: Iterable[Match], window: timedelta = WINDOW) -> list[Alert]:
    """The alerts that some matches make, by their first event; an event that comes twice is counted once."""
    named = sorted(((alert_id(match, window), match) for match in matches), key=lambda pair: pair[0].int)
    alerts = [of_one(id_, [match for _, match in group]) for id_, group in groupby(named, key=lambda pair: pair[0])]
    return sorted(alerts, key=lambda alert: (alert.first_at, alert.id.int))


def of_one(id_: UUID, matches: Sequence[Match]) -> Alert:
    """The alert that matches make, all of which belong to it."""
    distinct = list({match.event_id: match for match in matches}.values())
    first = min(distinct, key=attrgetter("observed_at", "event_id"))
    return Alert(
        id=id_,
        rule_id=first.rule_id,
        rule_title=first.rule_title,
        level=first.level,
        organisation=first.organisation,
        device=first.device,
        count=len(distinct),
        first_at=first.observed_at,
        last_at=max(match.observed_at for match in distinct),
        received_at=min(match.received_at for match in distinct),
        events=_earliest(_event(match) for match in distinct),
    )


def _event(match: Match) -> AlertEvent:
    return AlertEvent(observed_at=match.observed_at, event_id=match.event_id, segment=match.segment, row=match.row)


def _earliest(events: Iterable[AlertEvent]) -> tuple[AlertEvent, ...]:
    return tuple(sorted(events)[:EVENTS_KEPT])


def merge(one: Alert, other: Alert) -> Alert:
    """Two parts of one alert as one, made of different events; which part comes first does not matter.

    Raises:
        ValueError: they are parts of different alerts.

    """
    if one.id != other.id:
        raise ValueError(f"{one.id} and {other.id} are different alerts")
    first, second = sorted((one, other), key=lambda part: part.events[0])
    return Alert(
        id=first.id,
        rule_id=first.rule_id,
        rule_title=first.rule_title,
        level=first.level,
        organisation=first.organisation,
        device=first.device,
        count=first.count + second.count,
        first_at=first.first_at,
        last_at=max(first.last_at, second.last_at),
        received_at=min(first.received_at, second.received_at),
        events=_earliest(_both(first, second)),
    )


def _both(first: Alert, second: Alert) -> Iterator[AlertEvent]:
    yield from first.events
    yield from second.events
