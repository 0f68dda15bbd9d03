"""The REST API of alerts: the same queries and actions as the pages."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, QueryDict
from ninja import Query, Router

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.models import User
from watchward.console.asked import seen, viewer_of
from watchward.console.detect import actions, news, queries
from watchward.console.detect.api_schemas import (
    AlertOut,
    Alerts,
    AlertsAsked,
    Assign,
    Changed,
    Close,
    FewAlerts,
    ManySteps,
    News,
    Note,
    OneAlertOut,
    PersonOut,
    Timeline,
)
from watchward.console.detect.filters import AlertFilter
from watchward.console.detect.models import Alert, AlertEvent
from watchward.console.detect.views import correlated, events_around, first_event
from watchward.console.detect.why_views import plain_why
from watchward.detect.alerts import ocsf
from watchward.detect.alerts.triage import AlertState, allowed
from watchward.telemetry.masking import masked_event

router = Router(tags=["Alerts"])
CLOCK = SystemClock()
_OCSF_STATUS = {AlertState.OPEN: 1, AlertState.ACKNOWLEDGED: 2, AlertState.CLOSED: 4}
"""New, in progress, resolved."""


@router.get("/alerts", response=Alerts)
def alerts(request: HttpRequest, asked: Query[AlertsAsked]) -> dict[str, object]:
    """Alerts that you may see, most important first; a page holds 25."""
    found = queries.alert_page(viewer_of(request), _filter(asked))
    beyond = asked.page > found.pages
    return {
        "total": found.total,
        "by_level": found.by_level,
        "revision": found.mark,
        "items": [] if beyond else found.alerts,
    }


@router.get("/alerts/news", response=News)
def alert_news(request: HttpRequest, since: str, asked: Query[AlertsAsked]) -> dict[str, object]:
    """How many alerts of a list are newer than a revision that you were told with it."""
    revision = news.opened(since)
    if revision is None:
        raise BadInputError("This is no revision of this node.", advice="Use the newest that a list of alerts told.")
    now = queries.projection().revision
    count = queries.newer_than(viewer_of(request), _filter(asked), revision)
    return {"count": count, "revision": news.sealed(now)}


@router.post("/alerts/steps", response=Changed)
def step_many(request: HttpRequest, body: ManySteps) -> dict[str, object]:
    """Acknowledge or close several alerts at once, 1,000 at most."""
    viewer = viewer_of(request)
    if body.reason is None:
        done = actions.acknowledge_alerts(by=viewer, alerts=body.alerts, clock=CLOCK)
    else:
        done = actions.close_alerts(by=viewer, alerts=body.alerts, reason=body.reason, note=body.note, clock=CLOCK)
    return {"changed": [one.pk for one in done]}


@router.get("/alerts/{key}", response=OneAlertOut)
def alert(request: HttpRequest, key: UUID) -> dict[str, object]:
    """One alert."""
    found = _alert(request, key)
    viewer = viewer_of(request)
    outside = queries.is_outside(viewer, found.organisation)
    return {
        "alert": found,
        "sentence": first_event(found, outside=outside).sentence,
        "correlation": correlated(viewer, found, outside=outside),
        "events": [_event(event, outside=outside) for event in queries.events_of(found, limit=100)],
        "steps": queries.steps_of(found),
        "may": sorted(allowed(AlertState(found.state))) if queries.may_handle(viewer, found) else [],
    }


@router.get("/alerts/{key}/timeline", response=Timeline)
def timeline(request: HttpRequest, key: UUID) -> dict[str, object]:
    """What its device did around the moment at which it began: at most 50 events out of the event store."""
    found = _alert(request, key)
    return {"items": events_around(found, outside=queries.is_outside(viewer_of(request), found.organisation))}


@router.get("/alerts/{key}/why", response=dict[str, Any])
def why(request: HttpRequest, key: UUID, rule: str = "") -> Mapping[str, Any]:
    """Which parts of its rule its earliest event meets, or of another `rule` (id or title); not found once expired."""
    return plain_why(viewer_of(request), _alert(request, key), rule)


@router.get("/alerts/{key}/event", response=dict[str, object])
def raw_event(request: HttpRequest, key: UUID) -> Mapping[str, object]:
    """The earliest event that made it, whole; not found once the event store keeps it no longer."""
    found = _alert(request, key)
    whole = first_event(found, outside=queries.is_outside(viewer_of(request), found.organisation)).whole
    if not whole:
        raise Http404
    return whole


@router.get("/alerts/{key}/others", response=FewAlerts)
def others(request: HttpRequest, key: UUID) -> dict[str, object]:
    """Whom else the same rule touched, as far as you may see it: the latest ten alerts that nobody has closed."""
    found, total = queries.others_touched(viewer_of(request), _alert(request, key))
    return {"total": total, "items": found}


@router.get("/alerts/{key}/same-device", response=list[AlertOut])
def same_device(request: HttpRequest, key: UUID) -> list[Alert]:
    """The other alerts about the same device, those that wait first: at most 6, the most important."""
    return queries.same_device(viewer_of(request), _alert(request, key))


@router.get("/alerts/{key}/assignees", response=list[PersonOut])
def assignees(request: HttpRequest, key: UUID) -> list[User]:
    """Those to whom it may be given: the first 500 by name."""
    return queries.people_who_may_handle(_alert(request, key))[:500]


@router.get("/alerts/{key}/ocsf", response=dict[str, Any])
def ocsf_finding(request: HttpRequest, key: UUID) -> dict[str, Any]:
    """One alert as a Detection Finding (class 2004) of the Open Cybersecurity Schema Framework."""
    found = _alert(request, key)
    return {**ocsf.of_alert(queries.as_detected(found)), "status_id": _OCSF_STATUS[AlertState(found.state)]}


@router.post("/alerts/{key}/acknowledge", response=AlertOut)
def acknowledge(request: HttpRequest, key: UUID) -> Alert:
    """Say that you are looking at it."""
    return _first(actions.acknowledge_alerts(by=viewer_of(request), alerts=[_alert(request, key).pk], clock=CLOCK))


@router.post("/alerts/{key}/close", response=AlertOut)
def close(request: HttpRequest, key: UUID, body: Close) -> Alert:
    """Close it, and say why."""
    found = _alert(request, key)
    return _first(
        actions.close_alerts(by=viewer_of(request), alerts=[found.pk], reason=body.reason, note=body.note, clock=CLOCK)
    )


@router.post("/alerts/{key}/reopen", response=AlertOut)
def reopen(request: HttpRequest, key: UUID) -> Alert:
    """Put it back among those that wait."""
    return _first(actions.reopen_alerts(by=viewer_of(request), alerts=[_alert(request, key).pk], clock=CLOCK))


@router.post("/alerts/{key}/assign", response=AlertOut)
def assign(request: HttpRequest, key: UUID, body: Assign) -> Alert:
    """Give it to someone who may handle it, or to nobody."""
    found = _alert(request, key)
    people = {person.email: person for person in queries.people_who_may_handle(found)}
    if body.assignee is not None and body.assignee.lower() not in people:
        raise BadInputError(
            f"{body.assignee} may not handle this alert.", advice="Name someone who holds a role there that may."
        )
    chosen = people[body.assignee.lower()] if body.assignee else None
    return _first(actions.assign_alerts(by=viewer_of(request), alerts=[key], assignee=chosen, clock=CLOCK))


@router.post("/alerts/{key}/notes", response=AlertOut)
def note(request: HttpRequest, key: UUID, body: Note) -> Alert:
    """Write a note about it."""
    return actions.note_alert(by=viewer_of(request), alert=_alert(request, key).pk, note=body.note, clock=CLOCK)


def _filter(asked: AlertsAsked) -> AlertFilter:
    query = QueryDict(mutable=True)
    for name, value in asked.model_dump(mode="json").items():
        query.setlist(name, value if isinstance(value, list) else [str(value)])
    return AlertFilter.parse(query)


def _alert(request: HttpRequest, key: UUID) -> Alert:
    return seen(queries.alert_visible_to(viewer_of(request), key))


def _first(done: list[Alert]) -> Alert:
    return done[0]


def _event(event: AlertEvent, *, outside: bool) -> dict[str, object]:
    return {
        "event_id": event.event_id,
        "observed_at": event.observed_at,
        "source": event.source,
        "segment": event.segment,
        "row": event.row,
        "fields": masked_event(event.fields) if outside else event.fields,
    }
