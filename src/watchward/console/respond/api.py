"""The REST API of incidents: the same queries and actions as the pages."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.models import User
from watchward.console.asked import seen, viewer_of
from watchward.console.estate.queries import organisation_visible_to
from watchward.console.respond import actions, queries
from watchward.console.respond.models import Incident, IncidentEntry
from watchward.respond.incident import IncidentState, Severity, may_follow

router = Router(tags=["Incidents"])
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


class WorkerOut(Schema):
    """Someone who works on an incident, or may."""

    email: str
    name: str


class OneIncidentOut(IncidentOut):
    """An incident with its time line, the alerts that you may see, those who work on it, and what may follow.

    `entries` holds the latest 500, `alerts` the 100 most important.
    """

    entries: list[EntryOut]
    alerts: list[UUID]
    people: list[WorkerOut]
    next_states: list[IncidentState]
    may_manage: bool

    @staticmethod
    def resolve_entries(one: Incident) -> list[IncidentEntry]:
        """The time line, the newest first."""
        return queries.entries_of(one)

    @staticmethod
    def resolve_alerts(one: Incident, context: dict[str, HttpRequest]) -> list[UUID]:
        """The alerts that whoever asks may see."""
        return [alert.pk for alert in queries.alerts_of(viewer_of(context["request"]), one)[0]]

    @staticmethod
    def resolve_people(one: Incident) -> list[User]:
        """Who works on it, besides whoever leads it."""
        return queries.people_of(one)

    @staticmethod
    def resolve_next_states(one: Incident) -> list[IncidentState]:
        """The states that may come next."""
        return list(may_follow(one.named_state))

    @staticmethod
    def resolve_may_manage(one: Incident, context: dict[str, HttpRequest]) -> bool:
        """Whether whoever asks may change it."""
        return queries.may_manage_incident(viewer_of(context["request"]), one)


class Belongs(Schema):
    """The incident that an alert belongs to, and those that it may be joined to while it belongs to none."""

    incident: int | None
    joinable: list[IncidentOut]


class Incidents(Schema):
    """A page of incidents, the most severe first."""

    total: int
    items: list[IncidentOut]


class NewIncident(Schema):
    """An incident to be opened."""

    organisation: str
    title: str = Field(min_length=1, max_length=200)
    severity: Severity
    alerts: list[UUID] = Field(default_factory=list, max_length=1000)
    note: str = Field(default="", max_length=5000)


class Change(Schema):
    """What changes about an incident; what is left out stays. `lead` is an e-mail address."""

    title: str | None = Field(default=None, max_length=200)
    severity: Severity | None = None
    state: IncidentState | None = None
    lead: str | None = None
    note: str = Field(default="", max_length=5000)


class Note(Schema):
    """A note for the time line."""

    note: str = Field(min_length=1, max_length=5000)


class Worker(Schema):
    """Someone who is to work on an incident, by their e-mail address."""

    person: str


class Alerts(Schema):
    """Alerts to be joined."""

    alerts: list[UUID] = Field(max_length=1000)


@router.get("/incidents", response=Incidents)
def incidents(
    request: HttpRequest, *, closed: bool = False, below: str = "", text: str = "", page: PageNumber = 1
) -> dict[str, object]:
    """Incidents that you may see."""
    rows, total = queries.incident_page(viewer_of(request), closed=closed, below=below, text=text, number=page)
    return {"total": total, "items": rows}


@router.post("/incidents", response=IncidentOut)
def open_incident(request: HttpRequest, body: NewIncident) -> Incident:
    """Open an incident."""
    viewer = viewer_of(request)
    where = seen(organisation_visible_to(viewer, body.organisation))
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
    found = _incident(request, key)
    lead = _person(found, body.lead) if body.lead else None
    changes = body.model_dump(exclude={"lead"})
    return actions.change_incident(by=viewer_of(request), incident=found, lead=lead, clock=CLOCK, **changes)


@router.get("/incidents/{key}/candidates", response=list[WorkerOut])
def candidates(request: HttpRequest, key: int) -> list[User]:
    """Those who may lead it or work on it, 200 at most."""
    return queries.people_who_may_work_on(_incident(request, key).organisation)


@router.post("/incidents/{key}/people", response=OneIncidentOut)
def add_person(request: HttpRequest, key: int, body: Worker) -> Incident:
    """Say that someone works on it."""
    found = _incident(request, key)
    return actions.add_person(by=viewer_of(request), incident=found, person=_person(found, body.person), clock=CLOCK)


@router.get("/alerts/{key}/incident", response=Belongs)
def incident_of_alert(request: HttpRequest, key: UUID) -> dict[str, object]:
    """The incident that an alert belongs to, or the open ones to which you may join it."""
    viewer = viewer_of(request)
    alert = seen(queries.alert_for_incident(viewer, key))
    belongs = queries.incident_of(alert)
    joinable = [] if belongs else queries.open_incidents_for(viewer, alert.organisation)
    return {"incident": belongs, "joinable": joinable}


@router.post("/incidents/{key}/notes", response=EntryOut)
def note_incident(request: HttpRequest, key: int, body: Note) -> object:
    """Add a note to the time line."""
    return actions.note_incident(by=viewer_of(request), incident=_incident(request, key), note=body.note, clock=CLOCK)


@router.post("/incidents/{key}/alerts", response=IncidentOut)
def join_alerts(request: HttpRequest, key: int, body: Alerts) -> Incident:
    """Join alerts to an incident."""
    return actions.join_alerts(by=viewer_of(request), incident=_incident(request, key), alerts=body.alerts, clock=CLOCK)


def _incident(request: HttpRequest, key: int) -> Incident:
    return seen(queries.incident_visible_to(viewer_of(request), key))


def _person(found: Incident, email: str) -> User:
    wanted = email.strip().lower()
    person = next((one for one in queries.people_who_may_work_on(found.organisation) if one.email == wanted), None)
    if person is None:
        raise BadInputError(f"{email} may not work on this incident.", advice="Name one of its candidates.")
    return person
