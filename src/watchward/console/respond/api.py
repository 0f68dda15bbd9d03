"""The REST API of incidents and notices: the same queries and actions as the pages."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from watchward.base.clock import SystemClock
from watchward.base.errors import NotAllowedError
from watchward.console.access.models import User
from watchward.console.estate.queries import organisation_visible_to
from watchward.console.respond import actions, queries
from watchward.console.respond.models import Incident, IncidentEntry, Notice
from watchward.respond.incident import IncidentState, Severity

router = Router(tags=["Respond"])
CLOCK = SystemClock()
PageNumber = Annotated[int, Query(ge=1, le=100_000, description="Which page, from 1; a page holds 25 rows.")]


class IncidentOut(Schema):
    """An incident; `severity` is 1 (low), 2 (moderate), 3 (severe) or 4 (critical)."""

    id: int
    title: str
    organisation: str
    severity: int
    state: str
    lead: str | None
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None

    @staticmethod
    def resolve_organisation(one: Incident) -> str:
        """The organisation's code."""
        return one.organisation.code

    @staticmethod
    def resolve_lead(one: Incident) -> str | None:
        """Who leads it."""
        return str(one.lead) if one.lead else None


class EntryOut(Schema):
    """A line of the time line."""

    at: datetime
    by_name: str
    text: str
    note: str


class OneIncidentOut(IncidentOut):
    """An incident with its time line and the alerts that you may see."""

    entries: list[EntryOut]
    alerts: list[UUID]

    @staticmethod
    def resolve_entries(one: Incident) -> list[IncidentEntry]:
        """The time line, the newest first."""
        return queries.entries_of(one)

    @staticmethod
    def resolve_alerts(one: Incident, context: dict[str, HttpRequest]) -> list[UUID]:
        """The alerts that whoever asks may see."""
        return [alert.pk for alert in queries.alerts_of(_viewer(context["request"]), one)[0]]


class Incidents(Schema):
    """A page of incidents, the most severe first."""

    total: int
    items: list[IncidentOut]


class NoticeOut(Schema):
    """A notice, without what was said in it."""

    id: UUID
    contact_name: str
    channel: str
    subject: str
    state: str
    alerts: int
    step: int
    created_at: datetime
    sent_at: datetime | None
    error: str


class NewIncident(Schema):
    """An incident to be opened."""

    organisation: str
    title: str = Field(min_length=1, max_length=200)
    severity: Severity
    alerts: list[UUID] = Field(default_factory=list)
    note: str = ""


class Change(Schema):
    """What changes about an incident; what is left out stays."""

    title: str | None = None
    severity: Severity | None = None
    state: IncidentState | None = None
    note: str = ""


class Note(Schema):
    """A note for the time line."""

    note: str = Field(min_length=1, max_length=5000)


class Alerts(Schema):
    """Alerts to be joined."""

    alerts: list[UUID]


@router.get("/incidents", response=Incidents)
def incidents(
    request: HttpRequest, *, closed: bool = False, below: str = "", text: str = "", page: PageNumber = 1
) -> dict[str, object]:
    """Incidents that you may see."""
    rows, total = queries.incident_page(_viewer(request), closed=closed, below=below, text=text, number=page)
    return {"total": total, "items": rows}


@router.post("/incidents", response=IncidentOut)
def open_incident(request: HttpRequest, body: NewIncident) -> Incident:
    """Open an incident."""
    viewer = _viewer(request)
    where = organisation_visible_to(viewer, body.organisation)
    if where is None:
        raise Http404
    return actions.open_incident(
        by=viewer,
        organisation=where,
        title=body.title,
        severity=body.severity,
        alerts=body.alerts,
        note=body.note,
        clock=CLOCK,
    )


@router.get("/incidents/{key}", response=OneIncidentOut)
def incident(request: HttpRequest, key: int) -> Incident:
    """One incident."""
    return _incident(request, key)


@router.post("/incidents/{key}/changes", response=IncidentOut)
def change_incident(request: HttpRequest, key: int, body: Change) -> Incident:
    """Change an incident."""
    return actions.change_incident(
        by=_viewer(request), incident=_incident(request, key), clock=CLOCK, **body.model_dump()
    )


@router.post("/incidents/{key}/notes", response=EntryOut)
def note_incident(request: HttpRequest, key: int, body: Note) -> object:
    """Add a note to the time line."""
    return actions.note_incident(by=_viewer(request), incident=_incident(request, key), note=body.note, clock=CLOCK)


@router.post("/incidents/{key}/alerts", response=IncidentOut)
def join_alerts(request: HttpRequest, key: int, body: Alerts) -> Incident:
    """Join alerts to an incident."""
    return actions.join_alerts(by=_viewer(request), incident=_incident(request, key), alerts=body.alerts, clock=CLOCK)


@router.get("/notices", response=list[NoticeOut])
def notices(request: HttpRequest, *, below: str = "", page: PageNumber = 1) -> list[Notice]:
    """Notices to people of organisations whose rota you may see, the newest first."""
    return queries.notice_page(_viewer(request), below, page)[0]


def _incident(request: HttpRequest, key: int) -> Incident:
    found = queries.incident_visible_to(_viewer(request), key)
    if found is None:
        raise Http404
    return found


def _viewer(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise NotAllowedError("Nobody is signed in.", advice="Sign in first.")
    return request.user
