"""The REST API of collections and sharing groups: the same queries and actions as the pages."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.access.roles import ROLES
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require, require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.estate.models import Organisation
from watchward.console.intel import actions, queries, retiring_actions, widening
from watchward.console.intel.actions import NewCollection, Share
from watchward.console.intel.guard import name_of_group
from watchward.console.intel.models import Collection, Group
from watchward.console.intel.widening import Widened
from watchward.intel.markings import Tlp

router = Router(tags=["Intelligence"])
CLOCK = SystemClock()
Level = Literal["clear", "green", "amber", "amber_strict", "red"]


class GrantOut(Schema):
    """Who else may use a collection; without an organisation, every one."""

    organisation: str
    role: str
    read: bool
    write: bool


class CollectionOut(Schema):
    """A collection; `objects` are those that you may see (of more than 10,000, it says 10,001)."""

    id: UUID
    title: str
    description: str
    organisation: str
    unmarked: Level
    objects: int
    retired_at: datetime | None
    grants: list[GrantOut]


class CollectionIn(Schema):
    """A collection that is to be made."""

    organisation: str = Field(max_length=20)
    title: str = Field(min_length=1, max_length=200)
    description: str = Field(default="", max_length=1000)
    unmarked: Level = "amber_strict"


class Opening(Schema):
    """Who is to be let do what; without an organisation, every one; neither read nor write takes it back."""

    organisation: str = Field(default="", max_length=20)
    role: str = Field(default="", max_length=40)
    read: bool = True
    write: bool = False


class Membership(Schema):
    """A sharing group and who belongs to it, by code."""

    name: str = Field(min_length=1, max_length=200)
    members: list[Annotated[str, Field(max_length=20)]] = Field(default=[], max_length=queries.MOST_MEMBERS)


class Why(Schema):
    """A reason."""

    reason: str = Field(min_length=1, max_length=500)


class WidenedOut(Schema):
    """What a change would do: how many organisations would see how many objects anew, and how many no longer."""

    sentence: str
    gain: int
    lose: int
    objects: int
    kept: int
    whole: bool


class GroupOut(Schema):
    """A sharing group; one without members shares with nobody."""

    id: int
    name: str
    members: list[str]


@router.get("/intelligence/collections", response=list[CollectionOut])
def collections(request: HttpRequest) -> list[dict[str, object]]:
    """The collections that you may read or add to; 50 at most."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.INTEL_VIEW)
    found = list(queries.collections_visible_to(viewer)[: queries.PAGE])
    counts = queries.counts_of(viewer, found)
    return [_collection(one, counts[one.pk]) for one in found]


@router.post("/intelligence/collections", response={201: CollectionOut})
def make_collection(request: HttpRequest, body: CollectionIn) -> Status[dict[str, object]]:
    """Make a collection, which nobody else may read until it is opened."""
    viewer = viewer_of(request)
    place = queries.organisations_to_manage(viewer).filter(code=body.organisation.strip().upper()).first()
    wanted = NewCollection(
        organisation=seen(place),
        title=body.title,
        description=body.description,
        unmarked=Tlp[body.unmarked.upper()],
    )
    return Status(201, _collection(actions.add_collection(by=viewer, collection=wanted, clock=CLOCK), 0))


@router.get("/intelligence/collections/{key}", response=CollectionOut)
def collection(request: HttpRequest, key: UUID) -> dict[str, object]:
    """One of them."""
    found = seen(queries.collection_visible_to(viewer_of(request), key))
    return _collection(found, queries.counts_of(viewer_of(request), [found])[found.pk])


@router.get("/intelligence/collections/{key}/widening", response=WidenedOut)
def would_open(request: HttpRequest, key: UUID, asked: Query[Opening]) -> Widened:
    """What it would do to open a collection like this: look here before you do it."""
    return widening.by_share(_managed(request, key), _share(asked))


@router.post("/intelligence/collections/{key}/open", response=CollectionOut)
def open_collection(request: HttpRequest, key: UUID, body: Opening) -> dict[str, object]:
    """Say what an organisation and those below it, or every one, may do with a collection."""
    found = _managed(request, key)
    actions.share_collection(by=viewer_of(request), collection=found, share=_share(body), clock=CLOCK)
    return collection(request, key)


@router.post("/intelligence/collections/{key}/retire", response=CollectionOut)
def retire_collection(request: HttpRequest, key: UUID, body: Why) -> dict[str, object]:
    """Open it to nobody else, read nothing into it, offer it nowhere; what it holds still holds."""
    found = _managed(request, key)
    retiring_actions.retire_collection(by=viewer_of(request), collection=found, reason=body.reason, clock=CLOCK)
    return collection(request, key)


@router.post("/intelligence/collections/{key}/restore", response=CollectionOut)
def restore_collection(request: HttpRequest, key: UUID, body: Why) -> dict[str, object]:
    """Offer a retired collection again."""
    found = _managed(request, key)
    retiring_actions.restore_collection(by=viewer_of(request), collection=found, reason=body.reason, clock=CLOCK)
    return collection(request, key)


@router.get("/intelligence/groups", response=list[GroupOut])
def groups(request: HttpRequest) -> list[dict[str, object]]:
    """The sharing groups of which you may know; 50 at most, with 500 members at most."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.INTEL_VIEW)
    return [_group(one) for one in queries.groups_visible_to(viewer)[: queries.PAGE]]


@router.get("/intelligence/groups/widening", response=WidenedOut)
def would_change_group(request: HttpRequest, asked: Query[Membership]) -> Widened:
    """What it would do if these belonged to a group: look here before you do it."""
    require(viewer_of(request), Permission.INTEL_MANAGE, at=None)
    return widening.by_members(asked.name, _members(asked))


@router.post("/intelligence/groups", response=GroupOut)
def change_group(request: HttpRequest, body: Membership) -> dict[str, object]:
    """Form a sharing group, or say who belongs to it from now on."""
    viewer = viewer_of(request)
    require(viewer, Permission.INTEL_MANAGE, at=None)
    return _group(actions.change_group(by=viewer, name=body.name, members=_members(body), clock=CLOCK))


@router.get("/intelligence/groups/{key}", response=GroupOut)
def group(request: HttpRequest, key: int) -> dict[str, object]:
    """One sharing group."""
    return _group(seen(queries.group_visible_to(viewer_of(request), key)))


def _managed(request: HttpRequest, key: UUID) -> Collection:
    found = seen(queries.collection_visible_to(viewer_of(request), key))
    require(viewer_of(request), Permission.INTEL_MANAGE, at=found.organisation)
    return found


def _share(said: Opening) -> Share:
    if said.role and said.role not in ROLES:
        raise BadInputError(f"There is no role {said.role!r}.", advice=f"Use one of {', '.join(sorted(ROLES))}.")
    whom = _named([said.organisation])[0] if said.organisation else None
    return Share(organisation=whom, role=said.role, read=said.read, write=said.write)


def _members(said: Membership) -> list[Organisation]:
    return _named(said.members, queries.group_named(name_of_group(said.name)))


def _named(codes: list[str], group: Group | None = None) -> list[Organisation]:
    wanted = {one.strip().upper() for one in codes}
    found = queries.may_belong(sorted(wanted), group)
    if unknown := sorted(wanted - {one.code for one in found}):
        raise BadInputError(
            f"No open organisation has the code {', '.join(unknown[:5])}.", advice="GET /organisations tells the codes."
        )
    return found


def _collection(one: Collection, objects: int) -> dict[str, object]:
    return {
        "id": one.pk,
        "title": one.title,
        "description": one.description,
        "organisation": one.organisation.code,
        "unmarked": Tlp(one.unmarked).name.lower(),
        "objects": objects,
        "retired_at": one.retired_at,
        "grants": [
            {
                "organisation": grant.organisation.code if grant.organisation else "",
                "role": grant.role,
                "read": grant.can_read,
                "write": grant.can_write,
            }
            for grant in queries.grants_of(one)
        ],
    }


def _group(one: Group) -> dict[str, object]:
    return {"id": one.pk, "name": one.name, "members": [member.code for member in queries.members_of(one)]}
