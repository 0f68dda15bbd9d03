"""The REST API of saved what-ifs: the same queries and actions as the pages."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from watchward.base.clock import SystemClock
from watchward.console.asked import seen, viewer_of
from watchward.console.harm.api import WhatIfIn, read
from watchward.console.harm.limits import ASKING
from watchward.console.harm.what_if_views import viewer_of_harm
from watchward.console.scenarios import actions, queries, working
from watchward.console.scenarios.actions import LONGEST_NAME, LONGEST_NOTE
from watchward.console.scenarios.models import SavedScenario

router = Router(tags=["Patient harm"])
CLOCK = SystemClock()
SIZE = 25
PageNumber = Annotated[int, Query(ge=1, le=100_000, description="Which page, from 1; a page holds 25 rows.")]


class SavedOut(Schema):
    """A saved what-if; `harm` is the estimate that it had then, in severity-weighted patients."""

    id: int
    name: str
    note: str
    organisation: str
    made_by: str
    made_at: datetime
    asked: dict[str, Any]
    harm: float

    @staticmethod
    def resolve_organisation(one: SavedScenario | dict[str, str]) -> str:
        """The code of the organisation whose patients it counts; empty for the whole node."""
        if isinstance(one, dict):
            return one["organisation"]
        return one.organisation.code if one.organisation else ""


class SavedPageOut(Schema):
    """A page of them, what hurt most first."""

    items: list[SavedOut]


class OneSavedOut(SavedOut):
    """A saved what-if with the answer of then (`found`) and that of today (`now`, as `GET /harm/what-if` tells it).

    `now` is null where something that fails has left the map, and `gone` says what.
    """

    found: dict[str, Any]
    now: dict[str, Any] | None
    other_map: bool
    other_numbers: bool
    gone: str


class NameIn(Schema):
    """What a saved what-if is called, and what it is for."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    note: str = Field(default="", max_length=LONGEST_NOTE)


class SaveIn(WhatIfIn, NameIn):
    """A what-if, and its name; `organisation` says whose patients it counts, empty: those of the whole node."""


@router.get("/harm/scenarios", response=SavedPageOut)
def scenarios(request: HttpRequest, page: PageNumber = 1) -> dict[str, object]:
    """The what-ifs that people saved about the care that you may see, what hurt most first."""
    found = queries.scenarios(viewer_of_harm(request))
    return {"items": list(found[(page - 1) * SIZE : page * SIZE])}


@router.post("/harm/scenarios", response=SavedOut)
@ASKING.limits
def save_scenario(request: HttpRequest, body: SaveIn) -> SavedScenario:
    """Save a what-if with its answer of today."""
    viewer = viewer_of(request)
    _, asked = read(viewer, body)
    place = seen(queries.place_to_save(viewer, asked.organisation)) if asked.organisation else None
    return actions.save_scenario(
        by=viewer, asked=asked, organisation=place, name=body.name, note=body.note, clock=CLOCK
    )


@router.get("/harm/scenarios/{key}", response=OneSavedOut)
@ASKING.limits
def scenario(request: HttpRequest, key: int) -> dict[str, object]:
    """One of them, with its answer of then and that of today."""
    saved = seen(queries.scenario(viewer_of_harm(request), key))
    again = working.reopened(saved)
    return {
        **SavedOut.from_orm(saved).dict(),
        "found": saved.found,
        "now": again.answer.as_json() if again.answer else None,
        "other_map": again.other_map,
        "other_numbers": again.other_numbers,
        "gone": again.gone,
    }


@router.post("/harm/scenarios/{key}/change", response={204: None})
def change_scenario(request: HttpRequest, key: int, body: NameIn) -> Status[None]:
    """Give one another name or note."""
    viewer = viewer_of(request)
    saved = seen(queries.scenario(viewer, key))
    actions.change_scenario(by=viewer, scenario=saved, name=body.name, note=body.note, clock=CLOCK)
    return Status(204, None)


@router.post("/harm/scenarios/{key}/delete", response={204: None})
def delete_scenario(request: HttpRequest, key: int) -> Status[None]:
    """Throw one away, with the answer that it had."""
    viewer = viewer_of(request)
    actions.delete_scenario(by=viewer, scenario=seen(queries.scenario(viewer, key)), clock=CLOCK)
    return Status(204, None)
