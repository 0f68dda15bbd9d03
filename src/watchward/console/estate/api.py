"""The REST API of the estate: the same queries and actions as the pages."""

from datetime import date, datetime
from typing import Annotated, TypeVar
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from watchward.base.clock import SystemClock
from watchward.base.errors import NotAllowedError
from watchward.console.access.models import User
from watchward.console.config import current
from watchward.console.estate import actions, queries
from watchward.console.estate.actions import NewKey
from watchward.console.estate.filters import DeviceFilter, OrganisationFilter, SourceFilter, Standing
from watchward.console.estate.models import Device, Organisation, Source
from watchward.estate.device import Importance
from watchward.estate.organisation import OrganisationKind
from watchward.estate.shipper import Destination, Shipper, configuration

router = Router(tags=["Estate"])
CLOCK = SystemClock()
_Found = TypeVar("_Found")
PageNumber = Annotated[int, Query(ge=1, le=100_000, description="Which page, from 1; a page holds 25 rows.")]


class OrganisationOut(Schema):
    """An organisation; `path` holds the codes from the top of the tree down to it."""

    code: str
    name: str
    kind: OrganisationKind
    path: str
    postcode: str
    opened_on: date | None
    closed_on: date | None
    successor: str | None

    @staticmethod
    def resolve_successor(one: Organisation) -> str | None:
        """The successor's code."""
        return one.successor.code if one.successor else None


class AliasOut(Schema):
    """A name or address of a device, with the first and last moment at which it was seen with it."""

    kind: str
    value: str
    valid_from: datetime
    valid_until: datetime


class DeviceOut(Schema):
    """A device; `importance` is 1 (low), 2 (normal), 3 (important) or 4 (critical to care)."""

    id: UUID
    name: str
    organisation: str
    address: str
    importance: int
    marked_reason: str
    first_seen_at: datetime
    last_seen_at: datetime

    @staticmethod
    def resolve_organisation(one: Device) -> str:
        """The organisation's code."""
        return one.organisation.code


class OneDeviceOut(DeviceOut):
    """A device with all its names."""

    aliases: list[AliasOut]


class SourceOut(Schema):
    """A source, with what it sent since it was added."""

    id: str
    name: str
    organisation: str
    shipper: str
    enabled: bool
    last_sent_at: datetime | None
    last_observed_at: datetime | None
    events: int
    duplicates: int
    bad: int

    @staticmethod
    def resolve_organisation(one: Source) -> str:
        """The organisation's code."""
        return one.organisation.code


class Organisations(Schema):
    """A page of organisations, those with the most serious alerts first."""

    total: int
    items: list[OrganisationOut]


class Devices(Schema):
    """A page of devices, the most important first; `total` counts no further than 10,001."""

    total: int
    items: list[DeviceOut]


class Sources(Schema):
    """A page of sources, the longest silent first."""

    total: int
    items: list[SourceOut]


class Mark(Schema):
    """How much care depends on a device, and why."""

    importance: Importance
    reason: str = Field(min_length=1, max_length=300)


class NewSource(Schema):
    """A source to be added."""

    organisation: str
    name: str = Field(min_length=1, max_length=200)
    shipper: Shipper = Shipper.WINLOGBEAT


class KeyOut(Schema):
    """A new key: the only time that its secret is told."""

    source: str
    key_id: str
    secret: str
    url: str
    configuration: str


@router.get("/organisations", response=Organisations)
def organisations(  # noqa: PLR0913 - what a list may be asked for
    request: HttpRequest,
    *,
    text: str = "",
    below: str = "",
    kind: OrganisationKind | None = None,
    standing: Standing = Standing.OPEN,
    page: PageNumber = 1,
) -> dict[str, object]:
    """Organisations that you may see."""
    asked = OrganisationFilter(
        text=text, below=below.upper(), kind=kind.value if kind else "", standing=standing.value, page=page
    )
    found = queries.organisation_page(_viewer(request), asked, CLOCK.now())
    return {"total": found.total, "items": found.rows}


@router.get("/organisations/{code}", response=OrganisationOut)
def organisation(request: HttpRequest, code: str) -> Organisation:
    """One organisation."""
    return _seen(queries.organisation_visible_to(_viewer(request), code))


@router.get("/devices", response=Devices)
def devices(
    request: HttpRequest, text: str = "", below: str = "", importance: int = 0, page: PageNumber = 1
) -> dict[str, object]:
    """Devices that you may see."""
    asked = DeviceFilter(text=text, below=below.upper(), importance=importance, page=page)
    found = queries.device_page(_viewer(request), asked)
    return {"total": found.total, "items": found.rows}


@router.get("/devices/{key}", response=OneDeviceOut)
def device(request: HttpRequest, key: UUID) -> Device:
    """One device."""
    return _seen(queries.device_visible_to(_viewer(request), key))


@router.post("/devices/{key}/importance", response=DeviceOut)
def mark(request: HttpRequest, key: UUID, body: Mark) -> Device:
    """Say how much care depends on a device."""
    found = device(request, key)
    return actions.mark_device(
        by=_viewer(request), device=found, importance=body.importance, reason=body.reason, clock=CLOCK
    )


@router.get("/sources", response=Sources)
def sources(request: HttpRequest, text: str = "", below: str = "", page: PageNumber = 1) -> dict[str, object]:
    """Sources that you may see."""
    asked = SourceFilter(text=text, below=below.upper(), page=page)
    found = queries.source_page(_viewer(request), asked, CLOCK.now())
    return {"total": found.total, "items": found.rows}


@router.post("/sources", response=KeyOut)
def add_source(request: HttpRequest, body: NewSource) -> dict[str, str]:
    """Add a source and get its key."""
    viewer = _viewer(request)
    where = _seen(queries.organisation_visible_to(viewer, body.organisation))
    return _told(actions.add_source(by=viewer, organisation=where, name=body.name, shipper=body.shipper, clock=CLOCK))


@router.get("/sources/{key}", response=SourceOut)
def source(request: HttpRequest, key: str) -> Source:
    """One source."""
    return _seen(queries.source_visible_to(_viewer(request), key))


@router.post("/sources/{key}/rotate", response=KeyOut)
def rotate(request: HttpRequest, key: str) -> dict[str, str]:
    """Give a source a further key; the old ones work until they are withdrawn."""
    return _told(actions.rotate_source(by=_viewer(request), source=source(request, key), clock=CLOCK))


@router.post("/sources/{key}/disable", response=SourceOut)
def disable(request: HttpRequest, key: str) -> Source:
    """Refuse what a source sends."""
    return actions.disable_source(by=_viewer(request), source=source(request, key), clock=CLOCK)


@router.post("/sources/{key}/enable", response=SourceOut)
def enable(request: HttpRequest, key: str) -> Source:
    """Accept what a source sends again."""
    return actions.enable_source(by=_viewer(request), source=source(request, key), clock=CLOCK)


@router.post("/sources/{key}/keys/{key_id}/withdraw", response=SourceOut)
def withdraw(request: HttpRequest, key: str, key_id: str) -> Source:
    """End a key."""
    found = source(request, key)
    credential = _seen(queries.credential_of(found, key_id))
    actions.withdraw_credential(by=_viewer(request), credential=credential, clock=CLOCK)
    return found


def _seen(found: _Found | None) -> _Found:
    """What was asked for, or "not found": what someone may not see is not there for them."""
    if found is None:
        raise Http404
    return found


def _told(key: NewKey) -> dict[str, str]:
    own = (current().keys / "authority.pem").is_file()
    to = Destination(url=current().gateway_url, key_id=key.key_id, secret=key.secret, authority=own)
    text = configuration(Shipper(key.source.shipper), to)
    return {
        "source": key.source.pk, "key_id": key.key_id, "secret": key.secret, "url": to.url, "configuration": text,
    }  # fmt: skip


def _viewer(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise NotAllowedError("Nobody is signed in.", advice="Sign in first.")
    return request.user
