"""The REST API of the estate: the same queries and actions as the pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db.models import Model
from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema

from watchward.base.clock import SystemClock
from watchward.console.asked import seen, viewer_of
from watchward.console.config import current
from watchward.console.estate import actions, queries
from watchward.console.estate.actions import NewKey
from watchward.console.estate.api_schemas import (
    AuthorityOut,
    DeviceOut,
    Devices,
    DevicesAsked,
    KeyOut,
    LatenessIn,
    Mark,
    NewSource,
    OneDeviceOut,
    OneOrganisationOut,
    OneSourceOut,
    Organisations,
    OrganisationsAsked,
    RecentOut,
    SourceOut,
    Sources,
    SourcesAsked,
)
from watchward.console.estate.filters import DeviceFilter, OrganisationFilter, SourceFilter
from watchward.console.estate.models import Device, Source
from watchward.console.estate.presenters import DAY, WEEK, Rate
from watchward.console.estate.queries import Page
from watchward.console.estate.recent import Recent, recent_events
from watchward.estate.shipper import Destination, Shipper, configuration

router = Router(tags=["Estate"])
CLOCK = SystemClock()
_Row = TypeVar("_Row", bound=Model)


@dataclass(frozen=True, slots=True)
class _With:
    """Something stored, and what else is told of it."""

    one: Model
    more: Mapping[str, object]

    def __getattr__(self, name: str) -> object:
        return self.more[name] if name in self.more else getattr(self.one, name)


@router.get("/organisations", response=Organisations)
def organisations(request: HttpRequest, asked: Query[OrganisationsAsked]) -> dict[str, object]:
    """Organisations that you may see."""
    viewer = viewer_of(request)
    found = queries.organisation_page(viewer, OrganisationFilter.parse(_words(asked)), CLOCK.now())
    rows = _rows(found, asked.page)
    waiting, devices = queries.waiting(viewer, rows), queries.device_counts(viewer, rows)
    items = [_and(one, waiting=waiting.get(one.pk), devices=devices.get(one.pk, 0)) for one in rows]
    return {"total": found.total, "items": items}


@router.get("/organisations/{code}", response=OneOrganisationOut)
def organisation(request: HttpRequest, code: str) -> _With:
    """One organisation: where it lies, what waits there, what it has and what is below it."""
    viewer = viewer_of(request)
    found = seen(queries.organisation_visible_to(viewer, code))
    below, kinds = queries.children(found)
    return _and(
        found,
        above=[one.code for one in queries.chain(found)],
        below=[one.code for one in below],
        below_by_kind=kinds,
        predecessors=[one.code for one in queries.predecessors(found)],
        waiting=queries.waiting(viewer, [found]).get(found.pk),
        devices=queries.devices_below(viewer, found),
        sources=queries.sources_of(viewer, found),
        may_manage_sources=queries.may_manage_sources(viewer, found),
        may_view_rota=queries.may_view_rota(viewer, found),
    )


@router.get("/devices", response=Devices)
def devices(request: HttpRequest, asked: Query[DevicesAsked]) -> dict[str, object]:
    """Devices that you may see."""
    viewer = viewer_of(request)
    found = queries.device_page(viewer, DeviceFilter.parse(_words(asked)))
    rows = _rows(found, asked.page)
    alerts = queries.alert_counts(viewer, rows)
    return {"total": found.total, "items": [_and(one, alerts=alerts.get(one.pk, 0)) for one in rows]}


@router.get("/devices/{key}", response=OneDeviceOut)
def device(request: HttpRequest, key: UUID) -> _With:
    """One device."""
    viewer, found = viewer_of(request), _device(request, key)
    return _and(
        found,
        marked_by=found.marked_by,
        marked_at=found.marked_at,
        aliases=queries.aliases_of(found),
        alerts=[one.pk for one in queries.waiting_alerts(viewer, found)],
        may_mark=queries.may_mark(viewer, found),
    )


@router.get("/devices/{key}/events", response=list[RecentOut])
def events(request: HttpRequest, key: UUID) -> list[Recent]:
    """What a device did last, 20 events at most, for those who may hunt there; none for others."""
    return recent_events(viewer_of(request), _device(request, key))


@router.post("/devices/{key}/importance", response=DeviceOut)
def mark(request: HttpRequest, key: UUID, body: Mark) -> Device:
    """Say how much care depends on a device."""
    return actions.mark_device(
        by=viewer_of(request),
        device=_device(request, key),
        importance=body.importance,
        reason=body.reason,
        clock=CLOCK,
    )


@router.get("/sources", response=Sources)
def sources(request: HttpRequest, asked: Query[SourcesAsked]) -> dict[str, object]:
    """Sources that you may see."""
    found = queries.source_page(viewer_of(request), SourceFilter.parse(_words(asked)), CLOCK.now())
    return {"total": found.total, "items": _rows(found, asked.page)}


@router.get("/authority", response=AuthorityOut)
def authority(request: HttpRequest) -> dict[str, str]:  # noqa: ARG001 - ninja calls it so
    """The certificate of the node's own authority; not found where the site brought its own."""
    file = current().keys / "authority.pem"
    if not file.is_file():
        raise Http404
    return {"certificate": file.read_text()}


@router.post("/sources", response=KeyOut)
def add_source(request: HttpRequest, body: NewSource) -> dict[str, str]:
    """Add a source and get its key."""
    viewer = viewer_of(request)
    where = seen(queries.organisation_visible_to(viewer, body.organisation))
    return _told(actions.add_source(by=viewer, organisation=where, name=body.name, shipper=body.shipper, clock=CLOCK))


@router.get("/sources/{key}", response=OneSourceOut)
def source(request: HttpRequest, key: str) -> _With:
    """One source: whether it sends, how much, what could not be read, and its keys."""
    found, now = _source(request, key), CLOCK.now()
    rate = Rate(tallies=queries.tallies_of(found, now - DAY), now=now)
    return _and(
        found,
        events_last_hour=rate.last_hour,
        events_last_day=rate.last_day,
        devices_refused=queries.devices_refused_of(found, now - WEEK),
        keys=queries.credentials_of(found),
        bad_records=queries.bad_records_of(found),
        may_manage=queries.may_manage_sources(viewer_of(request), found.organisation),
    )


@router.post("/sources/{key}/rotate", response=KeyOut)
def rotate(request: HttpRequest, key: str) -> dict[str, str]:
    """Give a source a further key; the old ones work until they are withdrawn."""
    return _told(actions.rotate_source(by=viewer_of(request), source=_source(request, key), clock=CLOCK))


@router.post("/sources/{key}/disable", response=SourceOut)
def disable(request: HttpRequest, key: str) -> Source:
    """Refuse what a source sends."""
    return actions.disable_source(by=viewer_of(request), source=_source(request, key), clock=CLOCK)


@router.post("/sources/{key}/enable", response=SourceOut)
def enable(request: HttpRequest, key: str) -> Source:
    """Accept what a source sends again."""
    return actions.enable_source(by=viewer_of(request), source=_source(request, key), clock=CLOCK)


@router.post("/sources/{key}/lateness", response=SourceOut)
def allow_lateness(request: HttpRequest, key: str, body: LatenessIn) -> Source:
    """Say how late events of a source may come and still count for correlations."""
    found = _source(request, key)
    return actions.allow_lateness(by=viewer_of(request), source=found, minutes=body.minutes, clock=CLOCK)


@router.post("/sources/{key}/keys/{key_id}/withdraw", response=SourceOut)
def withdraw(request: HttpRequest, key: str, key_id: str) -> Source:
    """End a key."""
    found = _source(request, key)
    credential = seen(queries.credential_of(found, key_id))
    actions.withdraw_credential(by=viewer_of(request), credential=credential, clock=CLOCK)
    return found


def _device(request: HttpRequest, key: UUID) -> Device:
    return seen(queries.device_visible_to(viewer_of(request), key))


def _source(request: HttpRequest, key: str) -> Source:
    return seen(queries.source_visible_to(viewer_of(request), key))


def _and(one: Model, **more: object) -> _With:
    return _With(one, more)


def _words(asked: Schema) -> dict[str, str]:
    """What is asked, as the address of a page would say it."""
    return {name: str(value) for name, value in asked.model_dump(mode="json").items() if value is not None}


def _rows(found: Page[_Row], page: int) -> Sequence[_Row]:
    """The rows of a page; none beyond the last, so that whoever pages through a list comes to its end."""
    return [] if page > found.pages else found.rows


def _told(key: NewKey) -> dict[str, str]:
    own = (current().keys / "authority.pem").is_file()
    to = Destination(url=current().gateway_url, key_id=key.key_id, secret=key.secret, authority=own)
    text = configuration(Shipper(key.source.shipper), to)
    return {
        "source": key.source.pk, "key_id": key.key_id, "secret": key.secret, "url": to.url, "configuration": text,
    }  # fmt: skip
