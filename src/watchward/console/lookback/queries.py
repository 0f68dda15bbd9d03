"""What may be read about look backs: everyone their own, of organisations that they may search now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from watchward.access.permissions import Permission
from watchward.console.access.guard import reach
from watchward.console.access.models import User
from watchward.console.detect.models import Rule
from watchward.console.detect.queries import is_outside
from watchward.console.estate.models import Organisation
from watchward.console.estate.queries import organisation_visible_to
from watchward.console.lookback.models import LookBack
from watchward.telemetry.masking import masked_event


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An alert that would have been raised, as its asker may see it."""

    rule_title: str
    level: str
    organisation: Organisation
    device: str
    first_at: datetime
    last_at: datetime
    events: int
    fields: Mapping[str, str]
    event_ids: tuple[str, ...]


def look_backs(viewer: User) -> QuerySet[LookBack]:
    """What someone asked for."""
    return LookBack.objects.filter(by=viewer).select_related("organisation")


def place(viewer: User, code: str) -> Organisation | None:
    """The organisation of that code, if the viewer may search its events."""
    found = organisation_visible_to(viewer, code)
    return found if found is not None and found.path in reach(viewer, Permission.HUNT_RUN) else None


def rule_of(key: str) -> Rule | None:
    """A rule of the node."""
    return Rule.objects.filter(pk=key).first()


def raised(viewer: User, asked: LookBack) -> list[Shown]:
    """The alerts of a look back at organisations that the viewer may search still."""
    found: list[dict[str, Any]] = (asked.found or {}).get("raised", [])
    places = _places(viewer, {one["organisation"] for one in found})
    outside = {code: is_outside(viewer, one) for code, one in places.items()}
    return [_shown(one, places[one["organisation"]], outside) for one in found if one["organisation"] in places]


def by_organisation(viewer: User, asked: LookBack) -> list[tuple[Organisation, int]]:
    """How many alerts at each organisation, most first."""
    counts: dict[str, int] = (asked.found or {}).get("by_organisation", {})
    places = _places(viewer, set(counts))
    return [(places[code], count) for code, count in counts.items() if code in places]


def _places(viewer: User, codes: set[str]) -> dict[str, Organisation]:
    where = reach(viewer, Permission.HUNT_RUN)
    return {one.code: one for one in Organisation.objects.filter(code__in=codes) if one.path in where}


def _shown(one: dict[str, Any], place: Organisation, outside: Mapping[str, bool]) -> Shown:
    examples = one["examples"]
    fields = examples[0]["fields"] if examples else {}
    return Shown(
        rule_title=one["rule_title"],
        level=one["level"],
        organisation=place,
        device=one["device"],
        first_at=datetime.fromisoformat(one["first_at"]),
        last_at=datetime.fromisoformat(one["last_at"]),
        events=one["events"],
        fields=masked_event(fields) if outside[place.code] else fields,
        event_ids=tuple(each["event_id"] for each in examples),
    )
