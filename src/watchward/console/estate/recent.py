"""What a device did last, out of the lake, in sentences."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, reach
from watchward.console.config import current
from watchward.console.detect.queries import is_outside
from watchward.console.estate.models import Device
from watchward.detect.alerts.sentence import spoken, what_happened
from watchward.lake import events
from watchward.telemetry.masking import masked_event

SHOWN: Final = 20
WITHIN: Final = timedelta(minutes=10)
LONGEST: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """One event as a sentence."""

    at: datetime
    said: str


def recent_events(viewer: Actor, device: Device) -> list[Recent]:
    """The latest events of a device, newest first, for someone who may hunt there; none for others."""
    if device.organisation_path not in reach(viewer, Permission.HUNT_RUN):
        return []
    found = events.timeline(
        current().lake,
        organisation=device.organisation.code,
        device=device.name,
        around=device.last_seen_at,
        within=WITHIN,
        limit=SHOWN,
    )
    outside = is_outside(viewer, device.organisation)
    return [Recent(at=event.observed_at, said=_sentence(event, masked=outside)) for event in reversed(found)]


def _sentence(event: events.Event, *, masked: bool) -> str:
    """What happened; for someone outside the organisation, without what is shaped like an NHS number."""
    values = masked_event(event.fields) if masked else event.fields
    phrases = what_happened(values, device=event.device, category=event.category or "", service=event.service or "")
    return spoken(phrases)[:LONGEST]
