"""The REST API of people and the audit log: the same queries and actions as the pages."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.access.roles import ROLES
from watchward.base.clock import SystemClock
from watchward.console.access import actions, queries
from watchward.console.access.guard import require_anywhere
from watchward.console.access.links import FreshLink
from watchward.console.access.models import AuditEntry, Post, User
from watchward.console.access.presenters import AuditRow
from watchward.console.asked import viewer_of

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


class OnePersonOut(PersonOut):
    """A person with what you may do to their account, and whether they wait for help with a lost authenticator."""

    may: list[Literal["give", "link", "manage", "recover"]]
    recovery_asked: bool


class People(Schema):
    """A page of people, by name."""

    items: list[PersonOut]


class Invitation(Schema):
    """Who is invited, and with which role; without an organisation, over the whole node."""

    email: str = Field(max_length=254)
    name: str = Field(min_length=1, max_length=150)
    role: Literal[tuple(ROLES)]  # type: ignore[valid-type]  # the roles are known when the module is read
    organisation: str = ""


class Role(Schema):
    """A role that someone is given; without an organisation, over the whole node."""

    role: Literal[tuple(ROLES)]  # type: ignore[valid-type]  # as above
    organisation: str = Field(default="", max_length=20)


class Code(Schema):
    """The code that someone who lost their authenticator was shown, and read out to you."""

    code: str = Field(min_length=1, max_length=20)


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
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.USER_VIEW)
    found = list(queries.people_found(viewer, text)[(page - 1) * ROWS : page * ROWS])
    return {"items": _shown(viewer, found)}


@router.get("/people/{person}", response=OnePersonOut)
def person(request: HttpRequest, person: int) -> dict[str, Any]:
    """One person."""
    viewer = viewer_of(request)
    user = _visible(viewer, person)
    may, asked = sorted(queries.may_do_to(viewer, user)), queries.recovery_asked(user, at=CLOCK.now())
    return {**_shown(viewer, [user])[0], "may": may, "recovery_asked": asked}


@router.post("/people", response=LinkOut)
def invite(request: HttpRequest, body: Invitation) -> dict[str, Any]:
    """Invite someone, and get their one-time link."""
    fresh = actions.invite(
        by=viewer_of(request),
        email=body.email,
        name=body.name,
        role=ROLES[body.role],
        organisation=queries.organisation_of(body.organisation) if body.organisation.strip() else None,
        clock=CLOCK,
    )
    return _told(fresh)


@router.post("/people/{person}/link", response=LinkOut)
def make_link(request: HttpRequest, person: int) -> dict[str, Any]:
    """Make a link with which someone sets a new password, or accepts an invitation that has expired."""
    viewer = viewer_of(request)
    return _told(actions.make_link(by=viewer, user=_visible(viewer, person), clock=CLOCK))


@router.post("/people/{person}/recovery", response=PersonOut)
def approve_recovery(request: HttpRequest, person: int, body: Code) -> dict[str, Any]:
    """Confirm that someone lost their authenticator: it is removed, and they set up a new one."""
    viewer = viewer_of(request)
    user = _visible(viewer, person)
    actions.approve_recovery(by=viewer, user=user, code=body.code, clock=CLOCK)
    return _shown(viewer, [user])[0]


@router.post("/people/{person}/roles", response=PostOut)
def give_role(request: HttpRequest, person: int, body: Role) -> Post:
    """Give someone a further role."""
    viewer = viewer_of(request)
    where = queries.organisation_of(body.organisation) if body.organisation.strip() else None
    user = _visible(viewer, person)
    return actions.give_post(by=viewer, user=user, role=ROLES[body.role], organisation=where, clock=CLOCK)


@router.post("/people/{person}/roles/{post}/withdraw", response={204: None})
def withdraw_role(request: HttpRequest, person: int, post: int) -> Status[None]:
    """Take a role away, and the tokens that may draw on it."""
    viewer = viewer_of(request)
    held = get_object_or_404(queries.posts_visible_to(viewer), pk=post, user=_visible(viewer, person))
    actions.withdraw_post(by=viewer, post=held, clock=CLOCK)
    return Status(204, None)


@router.post("/people/{person}/disable", response=PersonOut)
def disable(request: HttpRequest, person: int) -> dict[str, Any]:
    """Keep someone from signing in, and end their sessions."""
    viewer = viewer_of(request)
    user = _visible(viewer, person)
    actions.disable(by=viewer, user=user, clock=CLOCK)
    return _shown(viewer, [user])[0]


@router.post("/people/{person}/enable", response=PersonOut)
def enable(request: HttpRequest, person: int) -> dict[str, Any]:
    """Let someone sign in again."""
    viewer = viewer_of(request)
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
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.AUDIT_VIEW)
    chosen = {"event": event, "who": who, "organisation": organisation, "since": since, "until": until}
    return {"items": queries.audit_found(viewer, chosen)[(page - 1) * ROWS : page * ROWS]}


def _visible(viewer: User, pk: int) -> User:
    return get_object_or_404(queries.people_visible_to(viewer), pk=pk)


def _told(fresh: FreshLink) -> dict[str, Any]:
    address = fresh.address(settings.WATCHWARD.public_url)
    return {"person": fresh.user.pk, "link": address, "expires_at": fresh.expires_at}


def _shown(viewer: User, users: list[User]) -> list[dict[str, Any]]:
    posts = queries.posts_of(users, viewer)
    return [
        {"id": user.pk, "email": user.email, "name": user.name, "state": user.state, "roles": posts[user.pk]}
        for user in users
    ]
