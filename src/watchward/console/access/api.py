"""The REST API of people and the audit log: the same queries and actions as the pages."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.access.roles import ROLES
from watchward.base.clock import SystemClock
from watchward.console.access import actions, queries
from watchward.console.access.guard import require_anywhere
from watchward.console.access.models import AuditEntry, Post, User
from watchward.console.access.presenters import AuditRow

router = Router(tags=["People and audit"])
CLOCK = SystemClock()
ROWS = 50
PageNumber = Annotated[int, Query(ge=1, le=100_000, description="Which page, from 1; a page holds 50 rows.")]


class PostOut(Schema):
    """A role that someone holds; `organisation` is null for the whole node."""

    id: int
    role: str
    organisation: str | None

    @staticmethod
    def resolve_organisation(one: Post) -> str | None:
        """The organisation's code."""
        return one.organisation.code if one.organisation else None


class PersonOut(Schema):
    """Someone with an account, with the roles that you may see."""

    id: int
    email: str
    name: str
    state: Literal["active", "invited", "disabled"]
    roles: list[PostOut]


class People(Schema):
    """A page of people, by name."""

    items: list[PersonOut]


class Invitation(Schema):
    """Who is invited, and with which role; without an organisation, over the whole node."""

    email: str = Field(max_length=254)
    name: str = Field(min_length=1, max_length=150)
    role: Literal[tuple(ROLES)]  # type: ignore[valid-type]  # the roles are known when the module is read
    organisation: str = ""


class LinkOut(Schema):
    """A one-time link: the only time that it is told."""

    person: int
    link: str
    expires_at: datetime


class EntryOut(Schema):
    """An entry of the audit log: `told` is the sentence, `digest` chains it to the one before."""

    number: int
    at: datetime
    event: str
    told: str
    actor: str
    actor_name: str
    subject: str
    subject_name: str
    organisation: str
    details: str
    previous: str
    digest: str

    @staticmethod
    def resolve_told(one: AuditEntry) -> str:
        """What was done, as a sentence."""
        return AuditRow(entry=one).sentence


class Entries(Schema):
    """A page of the audit log, newest first."""

    items: list[EntryOut]


@router.get("/people", response=People)
def people(request: HttpRequest, text: str = "", page: PageNumber = 1) -> dict[str, Any]:
    """People who hold a role in organisations whose people you may see."""
    viewer = queries.account_of(request)
    require_anywhere(viewer, Permission.USER_VIEW)
    found = list(queries.people_found(viewer, text)[(page - 1) * ROWS : page * ROWS])
    return {"items": _shown(viewer, found)}


@router.get("/people/{person}", response=PersonOut)
def person(request: HttpRequest, person: int) -> dict[str, Any]:
    """One person."""
    viewer = queries.account_of(request)
    return _shown(viewer, [_visible(viewer, person)])[0]


@router.post("/people", response=LinkOut)
def invite(request: HttpRequest, body: Invitation) -> dict[str, Any]:
    """Invite someone, and get their one-time link."""
    fresh = actions.invite(
        by=queries.account_of(request),
        email=body.email,
        name=body.name,
        role=ROLES[body.role],
        organisation=queries.organisation_of(body.organisation) if body.organisation else None,
        clock=CLOCK,
    )
    address = fresh.address(settings.WATCHWARD.public_url)
    return {"person": fresh.user.pk, "link": address, "expires_at": fresh.expires_at}


@router.post("/people/{person}/disable", response=PersonOut)
def disable(request: HttpRequest, person: int) -> dict[str, Any]:
    """Keep someone from signing in, and end their sessions."""
    viewer = queries.account_of(request)
    user = _visible(viewer, person)
    actions.disable(by=viewer, user=user, clock=CLOCK)
    return _shown(viewer, [user])[0]


@router.post("/people/{person}/enable", response=PersonOut)
def enable(request: HttpRequest, person: int) -> dict[str, Any]:
    """Let someone sign in again."""
    viewer = queries.account_of(request)
    user = _visible(viewer, person)
    actions.enable(by=viewer, user=user, clock=CLOCK)
    return _shown(viewer, [user])[0]


@router.get("/audit", response=Entries)
def audit(  # noqa: PLR0913 - what a list may be asked for
    request: HttpRequest,
    *,
    event: str = "",
    who: str = "",
    organisation: str = "",
    since: date | None = None,
    until: date | None = None,
    page: PageNumber = 1,
) -> dict[str, Any]:
    """What was done in the organisations whose audit log you may read."""
    viewer = queries.account_of(request)
    require_anywhere(viewer, Permission.AUDIT_VIEW)
    chosen = {"event": event, "who": who, "organisation": organisation, "since": since, "until": until}
    return {"items": queries.audit_found(viewer, chosen)[(page - 1) * ROWS : page * ROWS]}


def _visible(viewer: User, pk: int) -> User:
    return get_object_or_404(queries.people_visible_to(viewer), pk=pk)


def _shown(viewer: User, users: list[User]) -> list[dict[str, Any]]:
    posts = queries.posts_of(users, viewer)
    return [
        {"id": user.pk, "email": user.email, "name": user.name, "state": user.state, "roles": posts[user.pk]}
        for user in users
    ]
