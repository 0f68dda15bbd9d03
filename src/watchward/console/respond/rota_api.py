"""The REST API of rotas and notices: the same queries and actions as the pages."""

from datetime import datetime, time
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints, model_validator

from watchward.base.clock import SystemClock
from watchward.console.asked import seen, viewer_of
from watchward.console.estate.models import Organisation
from watchward.console.respond import actions, queries
from watchward.console.respond.actions import ContactDetails, RotaRules
from watchward.console.respond.forms import EVERY_DAY, hours_of
from watchward.console.respond.models import LEVELS, Contact, Notice, RotaDuty, RotaStep
from watchward.console.respond.presenters import reached_at
from watchward.respond.rota import Channel

router = Router(tags=["Rotas and notices"])
CLOCK = SystemClock()
PageNumber = Annotated[int, Query(ge=1, le=100_000, description="Which page, from 1; a page holds 25 rows.")]
Rank = Annotated[int, Field(ge=0, lt=len(LEVELS), description="A level by its rank: 0 informational to 4 critical.")]
Days = Annotated[str, StringConstraints(pattern=r"^[0-6]{1,7}$")]


class RulesOut(Schema):
    """What holds for a whole rota. Levels are ranks, from 0 (informational) to 4 (critical)."""

    tell_from: int
    disturb_from: int
    quiet_from: time | None
    quiet_until: time | None
    repeat_minutes: int
    climbs: bool


class ContactOut(Schema):
    """A way to reach someone. Of a web address only the host is told, because the rest is a secret."""

    id: int
    name: str
    channel: Channel
    reached_at: str

    @staticmethod
    def resolve_reached_at(one: Contact) -> str:
        """Where it reaches, without secrets."""
        return reached_at(one)


class DutyOut(Schema):
    """Someone on a step. `days` lists week days, Monday is 0; without times, at all hours of them."""

    id: int
    contact: int = Field(alias="contact_id")
    name: str
    days: str
    begin: time | None
    end: time | None

    @staticmethod
    def resolve_name(one: RotaDuty) -> str:
        """Who is on it."""
        return one.contact.name


class StepOut(Schema):
    """A rung of the ladder: who is told, and how long they have before the next is told."""

    id: int
    number: int
    wait_minutes: int
    duties: list[DutyOut]


class WouldTellOut(Schema):
    """Who would be told, how many minutes after the alert, and by whose rota."""

    after_minutes: int
    contacts: list[str]
    organisation: str


class RotaOut(Schema):
    """Who is told of an organisation's alerts; `rules` is null where it has no rota of its own.

    `would_tell` says who would hear, and when, of a critical alert that came now and that nobody answered.
    """

    organisation: str
    rules: RulesOut | None
    steps: list[StepOut]
    contacts: list[ContactOut]
    would_tell: list[WouldTellOut]
    may_manage: bool


class RulesIn(Schema):
    """What is to hold for a whole rota. Quiet hours need both ends, or neither."""

    tell_from: Rank
    disturb_from: Rank
    quiet_from: time | None = None
    quiet_until: time | None = None
    repeat_minutes: int = Field(ge=5, le=24 * 60)
    climbs: bool = False


class NewContact(Schema):
    """A way to reach someone: a mail address, or the web address of a channel or a gateway for text messages."""

    name: str = Field(min_length=1, max_length=100)
    channel: Channel
    address: str = Field(min_length=1, max_length=1000)
    recipient: str = Field(default="", max_length=40)
    secret: str = Field(default="", max_length=500)


class NewDuty(Schema):
    """Someone for a step; the step after the last one lengthens the ladder."""

    contact: int
    number: int = Field(ge=1, le=actions.MOST_STEPS)
    days: Days = EVERY_DAY
    begin: time | None = None
    end: time | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.begin is None) != (self.end is None):
            raise ValueError("give both times, or neither for all hours")
        return self


class Wait(Schema):
    """How long the people of a step have, in minutes."""

    minutes: int = Field(ge=1, le=24 * 60)


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


class Notices(Schema):
    """A page of notices, the newest first; `more` says whether there is another after it."""

    items: list[NoticeOut]
    more: bool


@router.get("/organisations/{code}/rota", response=RotaOut)
def rota(request: HttpRequest, code: str) -> dict[str, object]:
    """Who is told of an organisation's alerts."""
    return _shown(request, _organisation(request, code))


@router.post("/organisations/{code}/rota", response=RotaOut)
def set_rota(request: HttpRequest, code: str, body: RulesIn) -> dict[str, object]:
    """Set the rules of an organisation's rota."""
    found = _organisation(request, code)
    rules = RotaRules(**body.model_dump())
    actions.set_rota(by=viewer_of(request), organisation=found, rules=rules, clock=CLOCK)
    return _shown(request, found)


@router.post("/organisations/{code}/rota/contacts", response=ContactOut)
def add_contact(request: HttpRequest, code: str, body: NewContact) -> Contact:
    """Add a way to reach someone."""
    found, details = _organisation(request, code), ContactDetails(**body.model_dump())
    return actions.add_contact(by=viewer_of(request), organisation=found, details=details, clock=CLOCK)


@router.post("/organisations/{code}/rota/duties", response=DutyOut)
def add_duty(request: HttpRequest, code: str, body: NewDuty) -> RotaDuty:
    """Put someone on a step."""
    return actions.add_duty(
        by=viewer_of(request),
        organisation=_organisation(request, code),
        number=body.number,
        contact=_contact(request, body.contact),
        hours=hours_of(body.days, body.begin, body.end),
        clock=CLOCK,
    )


@router.post("/rota/contacts/{key}/remove", response={204: None})
def remove_contact(request: HttpRequest, key: int) -> Status[None]:
    """Remove a contact and its duties."""
    actions.remove_contact(by=viewer_of(request), contact=_contact(request, key), clock=CLOCK)
    return Status(204, None)


@router.post("/rota/contacts/{key}/try", response=NoticeOut)
def try_contact(request: HttpRequest, key: int) -> Notice:
    """Send a contact a trial notice; look at the notices for how it went."""
    return actions.try_contact(by=viewer_of(request), contact=_contact(request, key), clock=CLOCK)


@router.post("/rota/duties/{key}/remove", response={204: None})
def remove_duty(request: HttpRequest, key: int) -> Status[None]:
    """Take someone off a step; a step without anyone disappears."""
    viewer = viewer_of(request)
    found = seen(queries.duty_visible_to(viewer, key))
    actions.remove_duty(by=viewer, duty=found, clock=CLOCK)
    return Status(204, None)


@router.post("/rota/steps/{key}/wait", response={204: None})
def set_wait(request: HttpRequest, key: int, body: Wait) -> Status[None]:
    """Say how long a step waits."""
    viewer = viewer_of(request)
    found = seen(queries.step_visible_to(viewer, key))
    actions.set_wait(by=viewer, step=found, minutes=body.minutes, clock=CLOCK)
    return Status(204, None)


@router.get("/notices", response=Notices)
def notices(request: HttpRequest, *, below: str = "", page: PageNumber = 1) -> dict[str, object]:
    """Notices to people of organisations whose rota you may see, the newest first."""
    rows, more = queries.notice_page(viewer_of(request), below, page)
    return {"items": rows, "more": more}


def _shown(request: HttpRequest, found: Organisation) -> dict[str, object]:
    viewer, stored = viewer_of(request), queries.rota_of(found)
    told = queries.would_tell(found, LEVELS[-1].rank, CLOCK.now())
    return {
        "organisation": found.code,
        "rules": stored,
        "steps": [_step(step, duties) for step, duties in queries.duties_of(stored)],
        "contacts": queries.contacts_of(found),
        "would_tell": [
            {
                "after_minutes": one.after.total_seconds() // 60,
                "contacts": one.contacts,
                "organisation": one.organisation,
            }
            for one in told
        ],
        "may_manage": queries.may_manage_rota(viewer, found),
    }


def _step(step: RotaStep, duties: list[RotaDuty]) -> dict[str, object]:
    return {"id": step.pk, "number": step.number, "wait_minutes": step.wait_minutes, "duties": duties}


def _organisation(request: HttpRequest, code: str) -> Organisation:
    return seen(queries.organisation_for_rota(viewer_of(request), code))


def _contact(request: HttpRequest, key: int) -> Contact:
    return seen(queries.contact_visible_to(viewer_of(request), key))
