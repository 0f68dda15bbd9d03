"""The REST API of alerts, rules and hunts: the same queries and actions as the pages."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import Http404, HttpRequest, QueryDict
from ninja import Query, Router, Schema
from pydantic import Field

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.detect import actions, hunting, queries
from watchward.console.detect.filters import AlertFilter, Order, Standing
from watchward.console.detect.models import Alert, AlertEvent, Rule
from watchward.console.detect.presenters import why_here
from watchward.console.detect.views import first_event, viewer_of
from watchward.detect import ocsf
from watchward.detect.rule import Level
from watchward.detect.triage import AlertState, CloseReason
from watchward.telemetry.masking import masked_event

router = Router(tags=["Detection"])
CLOCK = SystemClock()
RULES_ON_A_PAGE = 100
_OCSF_STATUS = {AlertState.OPEN: 1, AlertState.ACKNOWLEDGED: 2, AlertState.CLOSED: 4}
"""New, in progress, resolved."""

PageNumber = Annotated[int, Query(ge=1, le=100_000, description="Which page, from 1.")]


class AlertOut(Schema):
    """One rule's findings on one device within one span of time; `score` is from 0 to 100, and `why` says whence."""

    id: UUID
    rule: str
    title: str
    level: Level
    organisation: str
    device: str
    score: float
    why: str
    count: int
    first_at: datetime
    last_at: datetime
    received_at: datetime
    state: AlertState
    closed_reason: str
    assignee: str | None

    @staticmethod
    def resolve_rule(one: Alert) -> str:
        """The rule's identifier."""
        return one.rule_id

    @staticmethod
    def resolve_title(one: Alert) -> str:
        """The rule's title."""
        return one.rule.title

    @staticmethod
    def resolve_level(one: Alert) -> Level:
        """The rule's level."""
        return one.named_level

    @staticmethod
    def resolve_organisation(one: Alert) -> str:
        """The organisation's code."""
        return one.organisation.code

    @staticmethod
    def resolve_why(one: Alert) -> str:
        """Why it stands where it stands."""
        return why_here(one)

    @staticmethod
    def resolve_assignee(one: Alert) -> str | None:
        """The e-mail address of whoever has it."""
        return one.assignee.email if one.assignee else None


class Alerts(Schema):
    """A page of alerts. Ask for `since` this `revision` to learn how many are new."""

    total: int
    revision: int
    items: list[AlertOut]


class EventOut(Schema):
    """One of the events that made an alert: what the rule matched, and where the lake keeps the event."""

    event_id: str
    observed_at: datetime
    source: str
    segment: str
    row: int
    fields: dict[str, str]


class StepOut(Schema):
    """Something that was done about an alert."""

    at: datetime
    by: str = Field(alias="by_name")
    text: str
    note: str


class OneAlertOut(Schema):
    """An alert with what happened as a sentence, its earliest events and what was done."""

    alert: AlertOut
    sentence: str
    events: list[EventOut]
    steps: list[StepOut]


class RuleOut(Schema):
    """What a rule says about itself."""

    id: str
    title: str
    level: Level
    description: str
    author: str
    references: list[str]
    tags: list[str]
    falsepositives: list[str]
    loaded: bool

    @staticmethod
    def resolve_level(one: Rule) -> Level:
        """The level's name."""
        return list(Level)[one.level]


class Rules(Schema):
    """A page of rules, by title."""

    total: int
    items: list[RuleOut]


class Close(Schema):
    """Why an alert is closed."""

    reason: CloseReason
    note: str = Field(default="", max_length=actions.LONGEST_NOTE)


class Assign(Schema):
    """To whom an alert is given: an e-mail address, or null for nobody."""

    assignee: str | None


class Note(Schema):
    """What others should know. Do not write about patients."""

    note: str = Field(min_length=1, max_length=actions.LONGEST_NOTE)


class Hunt(Schema):
    """One SELECT over `events`, and why it is asked; both are kept in the audit log."""

    sql: str = Field(min_length=1, max_length=100_000)
    purpose: str = Field(min_length=1, max_length=500)


class AnswerOut(Schema):
    """What a hunt found; `truncated` says that there is more than a hunt may answer with."""

    columns: list[str]
    types: list[str]
    rows: list[list[Any]]
    truncated: bool
    seconds: float


@router.get("/alerts", response=Alerts)
def alerts(  # noqa: PLR0913 - what a list may be asked for
    request: HttpRequest,
    *,
    state: Standing = Standing.WAITING,
    level: Annotated[list[Level], Query()] = [],  # noqa: B006 - read, never changed
    organisation: str = "",
    rule: str = "",
    technique: str = "",
    device: str = "",
    text: str = "",
    assignee: str = "",
    order: Order = Order.PRIORITY,
    page: PageNumber = 1,
) -> dict[str, object]:
    """Alerts that you may see, most important first; a page holds 25."""
    query = QueryDict(mutable=True)
    query.update(
        {
            "state": state,
            "organisation": organisation,
            "rule": rule,
            "technique": technique,
            "device": device,
            "text": text,
            "assignee": assignee,
            "order": order,
            "page": str(page),
        }
    )
    query.setlist("level", [one.value for one in level])
    found = queries.alert_page(viewer_of(request), AlertFilter.parse(query))
    beyond = page > found.pages
    return {"total": found.total, "revision": found.revision, "items": [] if beyond else found.alerts}


@router.get("/alerts/{key}", response=OneAlertOut)
def alert(request: HttpRequest, key: UUID) -> dict[str, object]:
    """One alert."""
    found = _seen(request, key)
    outside = queries.is_outside(viewer_of(request), found.organisation)
    return {
        "alert": found,
        "sentence": first_event(found, outside=outside).sentence,
        "events": [_event(event, outside=outside) for event in queries.events_of(found, limit=100)],
        "steps": queries.steps_of(found),
    }


@router.get("/alerts/{key}/ocsf", response=dict[str, Any])
def ocsf_finding(request: HttpRequest, key: UUID) -> dict[str, Any]:
    """One alert as a Detection Finding (class 2004) of the Open Cybersecurity Schema Framework."""
    found = _seen(request, key)
    return {**ocsf.of_alert(queries.as_detected(found)), "status_id": _OCSF_STATUS[AlertState(found.state)]}


@router.post("/alerts/{key}/acknowledge", response=AlertOut)
def acknowledge(request: HttpRequest, key: UUID) -> Alert:
    """Say that you are looking at it."""
    return _first(actions.acknowledge_alerts(by=viewer_of(request), alerts=[_seen(request, key).pk], clock=CLOCK))


@router.post("/alerts/{key}/close", response=AlertOut)
def close(request: HttpRequest, key: UUID, body: Close) -> Alert:
    """Close it, and say why."""
    found = _seen(request, key)
    return _first(
        actions.close_alerts(by=viewer_of(request), alerts=[found.pk], reason=body.reason, note=body.note, clock=CLOCK)
    )


@router.post("/alerts/{key}/reopen", response=AlertOut)
def reopen(request: HttpRequest, key: UUID) -> Alert:
    """Put it back among those that wait."""
    return _first(actions.reopen_alerts(by=viewer_of(request), alerts=[_seen(request, key).pk], clock=CLOCK))


@router.post("/alerts/{key}/assign", response=AlertOut)
def assign(request: HttpRequest, key: UUID, body: Assign) -> Alert:
    """Give it to someone who may handle it, or to nobody."""
    found = _seen(request, key)
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
    return actions.note_alert(by=viewer_of(request), alert=_seen(request, key).pk, note=body.note, clock=CLOCK)


@router.get("/rules", response=Rules)
def rules(request: HttpRequest, text: str = "", page: PageNumber = 1) -> dict[str, object]:
    """The rules that this node runs or ran; a page holds 100."""
    found = queries.rules_known(viewer_of(request)).filter(title__icontains=text[:200])
    start = (page - 1) * RULES_ON_A_PAGE
    return {"total": found.count(), "items": list(found[start : start + RULES_ON_A_PAGE])}


@router.get("/rules/{key}", response=RuleOut)
def rule(request: HttpRequest, key: str) -> Rule:
    """One rule."""
    found = queries.rules_known(viewer_of(request)).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@router.post("/hunt", response=AnswerOut)
def hunt(request: HttpRequest, body: Hunt) -> dict[str, object]:
    """Ask the events of the organisations that you look after."""
    answer = hunting.ask(by=viewer_of(request), sql=body.sql, purpose=body.purpose, clock=CLOCK)
    return {
        "columns": answer.columns,
        "types": answer.types,
        "rows": [list(row) for row in answer.rows],
        "truncated": answer.truncated,
        "seconds": round(answer.seconds, 3),
    }


def _seen(request: HttpRequest, key: UUID) -> Alert:
    found = queries.alert_visible_to(viewer_of(request), key)
    if found is None:
        raise Http404
    return found


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
