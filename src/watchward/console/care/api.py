"""The REST API of the map of care: the same queries and actions as the pages."""

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from watchward.base.clock import SystemClock
from watchward.console.asked import seen, viewer_of
from watchward.console.care import actions, queries
from watchward.console.care.models import Arrangement
from watchward.console.care.storing import Stored
from watchward.console.estate.models import Organisation
from watchward.estate.care import tables
from watchward.estate.care.tables import braces

router = Router(tags=["Map of care"])
CLOCK = SystemClock()


class MapIn(Schema):
    """A map, or a part of one, as `GET` gives it."""

    map: dict[str, Any] = Field(
        description="version 1, and lists of services, systems, equipment, dependencies, suppliers"
    )
    whole: bool = Field(default=False, description="Remove what is not in it")
    reason: str = Field(min_length=1, max_length=300)


class ThingIn(Schema):
    """A thing of a map."""

    table: str = Field(description="services, systems, equipment or dependencies")
    key: str = Field(description="Its identifier; of a dependency, `consumer > provider`")
    reason: str = Field(min_length=1, max_length=300)


class ReasonIn(Schema):
    """Why."""

    reason: str = Field(min_length=1, max_length=300)


class StoredOut(Schema):
    """How many things were added, changed and removed."""

    added: int
    changed: int
    removed: int


class ConfirmedOut(Schema):
    """Who answers for a map, since when."""

    confirmed_at: datetime
    confirmed_by: str


@router.get("/organisations/{code}/care")
def care(request: HttpRequest, code: str) -> HttpResponse:
    """What care an organisation gives, and what that needs; `places` says whether it is mapped."""
    found = seen(queries.part_of(viewer_of(request), _organisation(request, code)))
    return HttpResponse(braces.write(found.care), content_type="application/json")


@router.post("/organisations/{code}/care", response=StoredOut)
def bring(request: HttpRequest, code: str, given: MapIn) -> Stored:
    """Add to an organisation's map and change it; all of it or nothing, and every error at once."""
    found = tables.read({"map.json": json.dumps(given.map).encode()})
    done = actions.import_maps(
        by=viewer_of(request),
        organisations=[_organisation(request, code)],
        brought=actions.Brought(found=found, whole=given.whole),
        reason=given.reason,
        clock=CLOCK,
    )
    return done[code]


@router.post("/organisations/{code}/care/remove", response=StoredOut)
def remove(request: HttpRequest, code: str, given: ThingIn) -> Stored:
    """Take a thing out of the map, with the dependencies that begin or end at it."""
    return actions.remove(
        by=viewer_of(request),
        organisation=_organisation(request, code),
        thing=(given.table, given.key),
        reason=given.reason,
        clock=CLOCK,
    )


@router.post("/organisations/{code}/care/confirm", response=ConfirmedOut)
def confirm(request: HttpRequest, code: str, given: ReasonIn) -> Arrangement:
    """Answer for a map as a whole: it counts as mapped from now on."""
    organisation = _organisation(request, code)
    return actions.confirm(by=viewer_of(request), organisation=organisation, reason=given.reason, clock=CLOCK)


def _organisation(request: HttpRequest, code: str) -> Organisation:
    return seen(queries.organisation_visible_to(viewer_of(request), code))
