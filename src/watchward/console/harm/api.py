"""The REST API of patient harm: the same queries as the pages."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.console.access.guard import require_anywhere
from watchward.console.access.models import User
from watchward.console.asked import seen, viewer_of
from watchward.console.harm import queries
from watchward.console.harm.asked import MOST, Asked
from watchward.console.harm.asking import answer_for, scenario_of
from watchward.console.harm.limits import ASKING
from watchward.harm import as_json, hour
from watchward.harm.scenario import LONGEST

router = Router(tags=["Patient harm"])


class RankingOut(Schema):
    """What hurts most: `found` holds the ranking as `watchward harm rank --json` prints it.

    It is `stale` where the map of care (`other_map`) or the numbers behind harm (`other_numbers`) have changed since.
    """

    organisation: str
    hours: int
    at: datetime
    stale: bool
    other_map: bool
    other_numbers: bool
    found: dict[str, Any]


class WhatIfIn(Schema):
    """Things that fail together, for how long, and from when; of one organisation's patients, or of all you see.

    A thing that comes back in steps is named with them: `supplier/records-1@24:50,72:100` works again by half after 24
    hours and wholly after 72.
    """

    down: list[str] = Field(min_length=1, max_length=MOST)
    hours: int = Field(ge=1, le=LONGEST)
    begins: str = "Mon 09:00"
    exposes: bool = False
    organisation: str = ""


@router.get("/harm/ranking", response=RankingOut)
@ASKING.limits
def ranking(request: HttpRequest, organisation: str = "", hours: Literal[4, 24, 168] = 24) -> dict[str, object]:
    """What hurts patients most when it is lost, in an area; without one, over the whole node."""
    viewer = _viewer(request)
    code = organisation.strip().upper()
    place = seen(queries.place_for(viewer, code)) if code else None
    found = seen(queries.ranking(viewer, place, hours))
    told = {name: getattr(found, name) for name in ("hours", "at", "stale", "other_map", "other_numbers", "found")}
    return {"organisation": code, **told}


@router.get("/harm/what-if", response=dict[str, Any])
@ASKING.limits
def what_if(request: HttpRequest, asked: Query[WhatIfIn]) -> HttpResponse:
    """What would happen if things failed, by service: as `watchward harm what-if --json` prints it."""
    sight, wanted = read(_viewer(request), asked)
    # Millions of numbers, all our own: to look at each again, as for other answers, would take seconds.
    return HttpResponse(msgspec.json.encode(answer_for(sight, wanted).as_json()), content_type="application/json")


@router.get("/harm/sensitivity", response=dict[str, Any])
@ASKING.limits
def sensitivity(request: HttpRequest, asked: Query[WhatIfIn]) -> dict[str, object]:
    """Which numbers move the harm of a what-if, the most first: as `watchward harm sensitivity --json` prints it."""
    sight, wanted = read(_viewer(request), asked)
    return as_json.swings(answer_for(sight, wanted).swings, scenario_of(sight, wanted), sight.laid.model)


def read(viewer: User, asked: WhatIfIn) -> tuple[queries.Sight, Asked]:
    """What is asked, and what its asker may see; "not found" where it names what they may not."""
    wanted = Asked(
        down=tuple(dict.fromkeys(asked.down)),
        hours=asked.hours,
        begins=hour.read(asked.begins),
        exposes=asked.exposes,
        organisation=asked.organisation.strip().upper(),
    )
    sight = seen(queries.sight(viewer, wanted.organisation))
    if not all(map(sight.may_name, wanted.things)):
        raise Http404
    return sight, wanted


@router.get("/harm/validation", response=dict[str, Any])
def validation(request: HttpRequest) -> dict[str, object]:
    """How well the model predicts past incidents, as `watchward harm validate --json` prints it."""
    _viewer(request)
    return seen(queries.validated()).found  # type: ignore[no-any-return]  # JSON from the database


def _viewer(request: HttpRequest) -> User:
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.HARM_VIEW)
    return viewer
