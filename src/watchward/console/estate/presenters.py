"""How the estate looks on a page: parameters for the NHS components, and words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.urls import reverse

from watchward.console import filtering
from watchward.console.detect.models import Alert
from watchward.console.detect.presenters import level_tag as shown_level
from watchward.console.estate.models import Credential, Device, Organisation, Source, SourceTally
from watchward.console.estate.queries import MOST_COUNTED, SILENT_AFTER, Page, Waiting
from watchward.console.filtering import Filter
from watchward.estate.device import Importance
from watchward.estate.organisation import OrganisationKind
from watchward.estate.shipper import Shipper

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)

Params = dict[str, object]

_IMPORTANCE_COLOUR: Final = {Importance.VITAL: "red", Importance.HIGH: "orange", Importance.LOW: "grey"}


def counted(total: int, counted_to: int | None = MOST_COUNTED) -> str:
    """A count as people read it; it went no further than `counted_to`.

    >>> counted(1234), counted(10_001)
    ('1,234', 'more than 10,000')

    """
    return f"{total:,}" if counted_to is None or total <= counted_to else f"more than {counted_to:,}"


def ago(then: datetime | None, now: datetime) -> str:
    """How long ago something was, in the largest unit that says enough."""
    if then is None:
        return "never"
    gone = now - then
    if gone < timedelta(minutes=1):
        return "less than a minute ago"
    for unit, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        count = gone // length
        if count:
            return f"{count:,} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def most_serious_first(organisations: Sequence[Organisation], waiting: Mapping[int, Waiting]) -> list[Organisation]:
    """Those with the most serious waiting alerts first, then those with more of them; the others as they were."""

    def place(one: Organisation) -> tuple[int, int]:
        found = waiting.get(one.pk)
        return (-found.worst.rank, -found.alerts) if found else (1, 0)

    return sorted(organisations, key=place)


def level_tag(waiting: Waiting | None) -> Params | None:
    """The tag that says how serious the most serious alert is."""
    if waiting is None:
        return None
    return shown_level(waiting.worst)


def alert_tag(alert: Alert) -> Params:
    """The tag that says how serious an alert is."""
    return shown_level(alert.named_level)


def importance_tag(device: Device) -> Params | None:
    """The tag of a device's importance; none for a normal one."""
    if device.marked is Importance.NORMAL:
        return None
    return {"text": device.marked.label, "colour": _IMPORTANCE_COLOUR[device.marked]}


def importance_choices(chosen: object) -> list[Params]:
    """The radio buttons for a device's importance, the most important first, each with its meaning."""
    return [
        {"value": str(one.value), "text": one.label, "hint": {"text": one.meaning}, "checked": str(one.value) == chosen}
        for one in sorted(Importance, reverse=True)
    ]


def kind_label(kind: str) -> str:
    """An organisation's kind in words."""
    return OrganisationKind(kind).label if kind in set(OrganisationKind) else kind


def pages(page: Page[Organisation] | Page[Device] | Page[Source], asked: Filter) -> Params:
    """Parameters of the NHS pagination; empty where one page holds all."""
    return filtering.pages(replace(asked, page=page.number), more=page.number < page.pages)


def breadcrumbs(above: Sequence[Organisation], route: str = "organisations", text: str = "Organisations") -> Params:
    """The way from the list down to where the page stands."""
    items = [{"text": text, "href": reverse(route)}]
    items += [{"text": one.name, "href": reverse("organisation", args=[one.code])} for one in above]
    return {"items": items}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """Whether a source sends as it should."""

    source: Source
    now: datetime

    @property
    def tag(self) -> Params:
        """The tag that says it in a word."""
        if not self.source.enabled:
            return {"text": "Disabled", "colour": "grey"}
        if self.source.last_sent_at is None:
            return {"text": "Never sent", "colour": "yellow"}
        if self.now - self.source.last_sent_at > SILENT_AFTER:
            return {"text": "Silent", "colour": "red"}
        return {"text": "Sending", "colour": "green"}

    @property
    def last_sent(self) -> str:
        """When it last sent."""
        return ago(self.source.last_sent_at, self.now)

    @property
    def shipper(self) -> str:
        """The program that sends."""
        return Shipper(self.source.shipper).label if self.source.shipper in set(Shipper) else self.source.shipper

    @property
    def next_step(self) -> str:
        """What to do when it does not send; empty while it does."""
        if not self.source.enabled:
            return "It is disabled: whatever it sends is refused. Enable it when it may send again."
        if self.source.last_sent_at is None:
            return (
                "It has never sent. Check that the configuration was copied whole, that the computer reaches the "
                "gateway's address, and that it trusts the node's certificate."
            )
        if self.now - self.source.last_sent_at > SILENT_AFTER:
            return (
                "It has been silent for more than a day. Check that the computer runs and that its service is started."
            )
        return ""

    @property
    def lag(self) -> str:
        """How far its clock or its delivery is off, where that is worth saying; else empty."""
        sent, observed = self.source.last_sent_at, self.source.last_observed_at
        if sent is None or observed is None or abs(sent - observed) < timedelta(minutes=10):
            return ""
        if observed > sent:
            return (
                f"Its latest event is dated {ago(sent, observed).removesuffix(' ago')} in the future: check its clock."
            )
        return f"Its latest event happened {ago(observed, sent).removesuffix(' ago')} before it was sent."


def late_by(minutes: int) -> str:
    """How late something may come, in words.

    >>> late_by(60), late_by(1_440), late_by(90)
    ('Up to 1 hour late', 'Up to 1 day late', 'Up to 90 minutes late')

    """
    for size, unit in ((1_440, "day"), (60, "hour"), (1, "minute")):
        if minutes % size == 0:
            count = minutes // size
            return f"Up to {count:,} {unit}{'' if count == 1 else 's'} late"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How much a source sent, from its tallies."""

    tallies: Sequence[SourceTally]
    now: datetime

    @property
    def last_hour(self) -> int:
        """Events in the last six whole or started spans of ten minutes."""
        return sum(tally.events for tally in self.tallies if tally.start > self.now - timedelta(hours=1))

    @property
    def last_day(self) -> int:
        """Events in the last 24 hours."""
        return sum(tally.events for tally in self.tallies)

    @property
    def per_second(self) -> str:
        """The mean rate of the last hour."""
        return f"{self.last_hour / 3600:,.1f}"

    @property
    def hours(self) -> list[tuple[datetime, int, int]]:
        """Events and bad records in each hour, the latest first."""
        found: dict[datetime, list[int]] = {}
        for tally in self.tallies:
            counts = found.setdefault(tally.start.replace(minute=0), [0, 0])
            counts[0] += tally.events
            counts[1] += tally.bad
        return [(start, events, bad) for start, (events, bad) in sorted(found.items(), reverse=True)]


def key_tag(credential: Credential) -> Mapping[str, object]:
    """Whether a key still works."""
    if credential.withdrawn_at is None:
        return {"text": "Works", "colour": "green"}
    return {"text": "Withdrawn", "colour": "grey"}
