"""The REST API of looking back: the same queries and actions as the pages."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.console.access.guard import require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.lookback import actions, queries
from watchward.console.lookback.models import LookBack

router = Router(tags=["Looking back"])
CLOCK = SystemClock()


class NewLookBack(Schema):
    """A rule of the node by its id, or one in a text; over how many days, and whose events with all below."""

    rule: str = Field(default="", max_length=300)
    text: str = Field(default="", max_length=500_000)
    days: int = Field(default=7, ge=1, le=actions.MOST_DAYS)
    organisation: str = Field(default="", max_length=20)


class LookBackOut(Schema):
    """A look back that you asked for, and how far it is."""

    id: int
    title: str
    days: int
    state: str
    at: datetime
    finished_at: datetime | None
    events: int
    events_chosen: int
    error: str
    advice: str


class RaisedOut(Schema):
    """An alert that would have been raised, with what matched in one of its events."""

    rule_title: str
    level: str
    organisation: str
    device: str
    first_at: datetime
    last_at: datetime
    events: int
    fields: dict[str, str]
    event_ids: list[str]


class FoundOut(LookBackOut):
    """What a look back found: how many alerts, by organisation and by day, and the earliest 500 of them."""

    alerts: int
    matches: int
    why_not: str
    by_organisation: dict[str, int]
    by_day: dict[str, int]
    raised: list[RaisedOut]


@router.get("/look-backs", response=list[LookBackOut])
def look_backs(request: HttpRequest) -> list[LookBack]:
    """What you asked for, the latest first; the last 20 are kept."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.HUNT_RUN)
    return list(queries.look_backs(viewer))


@router.post("/look-backs", response=LookBackOut)
def ask_look_back(request: HttpRequest, body: NewLookBack) -> LookBack:
    """Let a rule look back over the last days; ask again how far it is."""
    viewer = viewer_of(request)
    code = body.organisation.upper()
    place = seen(queries.place(viewer, code)) if code else None
    return actions.ask_look_back(
        by=viewer, rule=body.rule, text=body.text, days=body.days, organisation=place, clock=CLOCK
    )


@router.get("/look-backs/{key}", response=FoundOut)
def look_back(request: HttpRequest, key: int) -> dict[str, object]:
    """How far one is, and what it found."""
    viewer = viewer_of(request)
    asked = seen(queries.look_backs(viewer).filter(pk=key).first())
    found = asked.found or {}
    return {
        **{name: getattr(asked, name) for name in LookBackOut.model_fields},
        "alerts": found.get("alerts", 0),
        "matches": found.get("matches", 0),
        "why_not": found.get("why_not", ""),
        "by_organisation": {place.code: count for place, count in queries.by_organisation(viewer, asked)},
        "by_day": found.get("by_day", {}),
        "raised": [
            {
                "rule_title": one.rule_title,
                "level": one.level,
                "organisation": one.organisation.code,
                "device": one.device,
                "first_at": one.first_at,
                "last_at": one.last_at,
                "events": one.events,
                "fields": dict(one.fields),
                "event_ids": list(one.event_ids),
            }
            for one in queries.raised(viewer, asked)
        ],
    }


@router.post("/look-backs/{key}/cancel", response={204: None})
def cancel_look_back(request: HttpRequest, key: int) -> Status[None]:
    """End one that waits or runs."""
    viewer = viewer_of(request)
    asked = seen(queries.look_backs(viewer).filter(pk=key).first())
    actions.cancel_look_back(by=viewer, look_back=asked, clock=CLOCK)
    return Status(204, None)
