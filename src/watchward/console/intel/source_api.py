"""The REST API of sources of intelligence: the same queries and actions as the pages."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.console.access.guard import require, require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.intel import actions, presenters, queries, trying
from watchward.console.intel.actions import Server
from watchward.console.intel.models import Source
from watchward.console.intel.source_views import judged
from watchward.console.intel.trying import Tried

router = Router(tags=["Intelligence"])
CLOCK = SystemClock()


class SourceOut(Schema):
    """Where intelligence comes from; `error` and `url` are told to those alone who see the whole of it."""

    id: int = Field(validation_alias="pk")
    name: str
    kind: str
    organisation: str
    enabled: bool
    reliability: str
    failures: int
    last_at: datetime | None
    last_new_at: datetime | None
    next_at: datetime | None
    every_minutes: int

    @staticmethod
    def resolve_organisation(source: Source) -> str:
        """The code of the organisation whose it is."""
        return source.organisation.code


class SourceWholeOut(Schema):
    """A source, with where it is read and what went wrong, as far as you may see that."""

    source: SourceOut
    url: str
    error: str
    objects_new: int | None
    objects_refused: int | None


class SourceIn(Schema):
    """What is to be read, into which collection. The password is kept sealed, and never told again."""

    collection: UUID
    name: str = Field(min_length=1, max_length=200)
    kind: Literal["taxii", "feed"] = "taxii"
    url: str = Field(min_length=1, max_length=500)
    username: str = Field(default="", max_length=200)
    password: str = Field(default="", max_length=500)
    every_minutes: int = Field(default=5, ge=1, le=10_080)


class Judgement(Schema):
    """What you think of it: a letter from A to F, or `trial`, `believed` or `withdrawn`; and why."""

    what: Literal["A", "B", "C", "D", "E", "F", "trial", "believed", "withdrawn"]
    because: str = Field(min_length=1, max_length=500)


class Switched(Schema):
    """Whether it is read."""

    enabled: bool


class TriedOut(Schema):
    """Whether it can be read, and what it offers; or what is wrong, with what to do."""

    works: bool
    sentence: str


@router.get("/intelligence/sources", response=list[SourceOut])
def sources(request: HttpRequest) -> list[Source]:
    """Where intelligence comes from, what cannot be read first; 50 at most."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.INTEL_VIEW)
    return presenters.sources_in_order(list(queries.sources_visible_to(viewer)[: queries.PAGE]))


@router.post("/intelligence/sources", response={201: SourceOut})
def add(request: HttpRequest, body: SourceIn) -> Status[Source]:
    """Have a collection of another organisation's TAXII server, or a list, read again and again."""
    viewer = viewer_of(request)
    into = seen(queries.collections_to_manage(viewer).filter(pk=body.collection).first())
    server = Server(
        url=body.url,
        kind=Source.Kind(body.kind),
        username=body.username,
        secret=body.password,
        every_minutes=body.every_minutes,
    )
    return Status(201, actions.add_source(by=viewer, collection=into, name=body.name, server=server, clock=CLOCK))


@router.get("/intelligence/sources/{key}", response=SourceWholeOut)
def source(request: HttpRequest, key: int) -> dict[str, object]:
    """One of them."""
    viewer = viewer_of(request)
    found = seen(queries.source_visible_to(viewer, key))
    whole = queries.sees_whole(viewer, found)
    return {
        "source": found,
        "url": found.url if whole else "",
        "error": found.error if whole else "",
        "objects_new": found.objects_new if whole else None,
        "objects_refused": found.objects_refused if whole else None,
    }


@router.post("/intelligence/sources/{key}/try", response=TriedOut)
def try_now(request: HttpRequest, key: int) -> Tried:
    """Ask it now what it offers, and keep nothing of that."""
    found = _managed(request, key)
    seen(found.url or None)
    return trying.tried(found)


@router.post("/intelligence/sources/{key}/switch", response=SourceOut)
def switch(request: HttpRequest, key: int, body: Switched) -> Source:
    """Read it no more, or again from where it was left."""
    found = _managed(request, key)
    return actions.switch_source(by=viewer_of(request), source=found, enabled=body.enabled, clock=CLOCK)


@router.post("/intelligence/sources/{key}/judge", response=SourceOut)
def judge(request: HttpRequest, key: int, body: Judgement) -> Source:
    """Say how reliable it is, put it on trial, believe it again, or take back all that it ever sent."""
    judged(viewer_of(request), _managed(request, key), body.what, body.because)
    return seen(queries.source_visible_to(viewer_of(request), key))


def _managed(request: HttpRequest, key: int) -> Source:
    found = seen(queries.source_visible_to(viewer_of(request), key))
    require(viewer_of(request), Permission.INTEL_MANAGE, at=found.organisation)
    return found
