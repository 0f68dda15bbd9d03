"""How one alert looks: what happened, whom it hurts, what to do next, and what it is made of."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from watchward.console.access.models import User
from watchward.console.detect import weighing
from watchward.console.detect.models import Alert, AlertEvent, AlertStep
from watchward.console.detect.presenters import AlertRow, times
from watchward.detect.alerts.attack import Tactic, Technique, tactics, technique, technique_keys
from watchward.detect.alerts.sentence import Phrase, spoken, what_happened
from watchward.detect.alerts.triage import AlertState, Step, allowed
from watchward.harm.expected import Record
from watchward.lake.events import Event
from watchward.telemetry.batch import items
from watchward.telemetry.masking import masked_event, masked_value

_LONGEST_VALUE: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One field of an event as a page shows it; `matched` when a rule matched it."""

    name: str
    value: str
    matched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPresenter:
    """One event: as a sentence, as a table of its fields, and raw.

    Args:
        event: what the lake keeps; None when it no longer does, or was not asked.
        kept: what the alert itself keeps of the event: where it is, and what the rule matched.
        outside: the reader is outside the organisation, so what is shaped like an NHS number is hidden.

    """

    event: Event | None
    kept: AlertEvent | None = None
    device: str
    outside: bool
    category: str = ""
    service: str = ""

    @property
    def observed_at(self) -> datetime | None:
        """When it happened, by the device's own clock."""
        return self.event.observed_at if self.event else self.kept.observed_at if self.kept else None

    @property
    def phrases(self) -> tuple[tuple[Phrase, bool], ...]:
        """What happened, as phrases that know whether the rule matched them."""
        event = self.event
        found = what_happened(
            self._fields,
            device=self.device,
            category=(event.category if event else self.category) or "",
            service=(event.service if event else self.service) or "",
        )
        return tuple((phrase, phrase.field in self._matched) for phrase in found)

    @property
    def sentence(self) -> str:
        """What happened, as plain text."""
        return spoken(phrase for phrase, _ in self.phrases)

    @property
    def fields(self) -> list[Shown]:
        """The event's fields: those that the rule matched first."""
        shown = [
            Shown(name=name, value=", ".join(items(value))[:_LONGEST_VALUE], matched=name in self._matched)
            for name, value in self._fields.items()
        ]
        return sorted(shown, key=lambda field: (not field.matched, field.name.casefold()))

    @property
    def raw(self) -> str:
        """The whole event as JSON."""
        return json.dumps(self.whole, indent=2, ensure_ascii=False) if self.whole else ""

    @property
    def whole(self) -> Mapping[str, object]:
        """The whole event; nothing where the lake no longer keeps it."""
        if self.event is None:
            return {}
        return {
            "event_id": self.event.event_id,
            "observed_at": self.event.observed_at.isoformat(),
            "received_at": self.event.received_at.isoformat(),
            "organisation": self.event.organisation,
            "device": self.event.device,
            "source": self.event.source,
            "product": self.event.product,
            "category": self.event.category,
            "service": self.event.service,
            **self._fields,
            "unmapped": masked_value(dict(self.event.unmapped)) if self.outside else self.event.unmapped,
        }

    @property
    def _matched(self) -> Mapping[str, str]:
        return self.kept.fields if self.kept else {}

    @property
    def _fields(self) -> Mapping[str, str]:
        kept = {**self.kept.context, **self.kept.fields} if self.kept else {}
        found = self.event.fields if self.event else kept
        return masked_event(found) if self.outside else found


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPresenter:
    """One alert with all that its page shows at once; the timeline comes after."""

    alert: Alert
    first: EventPresenter
    events: Sequence[EventPresenter]
    steps: Sequence[AlertStep]
    others: Sequence[Alert]
    others_count: int
    same_device: Sequence[Alert]
    people: Sequence[User]
    may_handle: bool
    outside: bool
    record: Record
    own_numbers: str = ""

    @property
    def weighed(self) -> list[dict[str, Any]]:
        """What expected harm is made of, as rows of the NHS summary list."""
        return weighing.parts(self.alert, self.record)

    @property
    def row(self) -> AlertRow:
        """The alert as lists show it."""
        return AlertRow(alert=self.alert)

    @property
    def who_can_act(self) -> list[User]:
        """Some of those who may act on it and have set up their account: people whom the reader can ask."""
        return [person for person in self.people if person.has_usable_password()][:3]

    @property
    def on_same_device(self) -> list[AlertRow]:
        """The other alerts about its device."""
        return [AlertRow(alert=other) for other in self.same_device]

    @property
    def steps_possible(self) -> frozenset[Step]:
        """What may be done about it now."""
        return frozenset(allowed(AlertState(self.alert.state))) if self.may_handle else frozenset()

    @property
    def techniques(self) -> list[Technique]:
        """The techniques that the rule looks for, in words."""
        return [technique(key) for key in technique_keys(self.alert.rule.tags)]

    @property
    def tactics(self) -> tuple[Tactic, ...]:
        """What an attacker would be after."""
        return tactics(self.alert.rule.tags)

    @property
    def summary(self) -> list[dict[str, Any]]:
        """When, how often and why here, as rows of the NHS summary list."""
        alert = self.alert
        return [
            {"key": {"text": "How often"}, "value": {"text": times(alert.count).capitalize()}},
            {"key": {"text": "Why it is ranked here"}, "value": {"text": self.row.why}},
            {"key": {"text": "Given to"}, "value": {"text": str(alert.assignee) if alert.assignee else "Nobody yet"}},
        ]

    @property
    def clock_is_off(self) -> bool:
        """Whether the device's clock and this node's differ by more than a day."""
        return abs((self.alert.received_at - self.alert.first_at).total_seconds()) > 24 * 3600

    @property
    def hunt(self) -> str:
        """A question to the events that starts from this alert."""
        device = self.alert.device.replace("'", "''")
        at = self.alert.first_at
        return (
            "SELECT observed_at, category, Image, CommandLine, User\nFROM events\n"
            f"WHERE device = '{device}' AND organisation = '{self.alert.organisation.code}'\n"
            f"  AND observed_at BETWEEN TIMESTAMP '{at:%Y-%m-%d %H:%M:%S}' - INTERVAL 1 HOUR\n"
            f"                      AND TIMESTAMP '{at:%Y-%m-%d %H:%M:%S}' + INTERVAL 1 HOUR\n"
            "ORDER BY observed_at\nLIMIT 500"
        )
