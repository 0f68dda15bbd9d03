"""The REST API of patient harm: the same queries as the pages."""

from datetime import datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.console.access.guard import require_anywhere
from watchward.console.access.models import User
from watchward.console.asked import seen, viewer_of
from watchward.console.harm import queries
from watchward.console.harm.asked import MOST, Asked
from watchward.console.harm.what_if_views import answer_for
from watchward.harm import hour
from watchward.harm.parameters.table import Parameter, standard
from watchward.harm.scenario import LONGEST

router = Router(tags=["Patient harm"])


class RankingOut(Schema):
    """What hurts most: `found` holds the ranking as `watchward harm rank --json` prints it."""

    organisation: str
    hours: int
    at: datetime
    stale: bool
    found: dict[str, Any]


class WhatIfIn(Schema):
    """Things that fail together, for how long, and from when."""

    down: list[str] = Field(min_length=1, max_length=MOST)
    hours: int = Field(ge=1, le=LONGEST)
    begins: str = "Mon 09:00"
    exposes: bool = False


class ParameterOut(Schema):
    """One number that harm is worked out with."""

    key: str
    value: float
    low: float
    high: float
    unit: str
    basis: str
    source: str
    why: str


@router.get("/harm/ranking", response=RankingOut)
def ranking(request: HttpRequest, organisation: str = "", hours: Literal[4, 24, 168] = 24) -> dict[str, object]:
    """What hurts patients most when it is lost, in an area; without one, over the whole node."""
    viewer = _viewer(request)
    code = organisation.strip().upper()
    place = seen(queries.place_for(viewer, code)) if code else None
    found = seen(queries.ranking(viewer, place, hours))
    return {"organisation": code, "hours": hours, "at": found.at, "stale": found.stale, "found": found.found}


@router.get("/harm/what-if", response=dict[str, Any])
def what_if(request: HttpRequest, asked: Query[WhatIfIn]) -> dict[str, Any]:
    """What would happen if things failed, by service: as `watchward harm what-if --json` prints it."""
    sight = queries.sight(_viewer(request))
    wanted = Asked(
        down=tuple(dict.fromkeys(asked.down)), hours=asked.hours, begins=hour.read(asked.begins), exposes=asked.exposes
    )
    if not all(map(sight.may_name, wanted.down)):
        raise Http404
    return answer_for(sight, wanted).as_json()


@router.get("/harm/parameters", response=list[ParameterOut])
def parameters(request: HttpRequest) -> list[Parameter]:
    """Every number that harm is worked out with, with its range and its source.

    All of them at once: some 900, as many as the parameter table has.
    """
    _viewer(request)
    return list(standard().parameters.values())


@router.get("/harm/validation", response=dict[str, Any])
def validation(request: HttpRequest) -> dict[str, Any]:
    """How well the model predicts past incidents, as `watchward harm validate --json` prints it."""
    _viewer(request)
    return seen(queries.validated()).found  # type: ignore[no-any-return]  # JSON from the database


def _viewer(request: HttpRequest) -> User:
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.CARE_VIEW)
    return viewer
