"""The REST API of rules and hunts: the same queries and actions as the pages."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.console.access.guard import require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.detect import actions, hunting, queries
from watchward.console.detect.api_schemas import RuleOut, Rules
from watchward.console.detect.hunt_why import plain_explained
from watchward.console.detect.hunting import Spot
from watchward.console.detect.models import Rule, SavedHunt

router = Router(tags=["Rules and hunts"])
CLOCK = SystemClock()
RULES_ON_A_PAGE = 100
PageNumber = Annotated[int, Query(ge=1, le=100_000, description="Which page, from 1; a page holds 100.")]


class Hunt(Schema):
    """One SELECT over `events`, and why it is asked; both are kept in the audit log."""

    sql: str = Field(min_length=1, max_length=100_000)
    purpose: str = Field(min_length=1, max_length=500)


class AnswerOut(Schema):
    """What a hunt found; `truncated` says that there is more than a hunt may answer with."""

    columns: list[str]
    types: list[str]
    rows: list[list[Any]]
    truncated: bool
    seconds: float


class SavedHuntOut(Schema):
    """A question to the events that you keep."""

    id: int
    title: str
    sql: str
    saved_at: datetime


class NewHunt(Schema):
    """A question to keep for another day."""

    title: str = Field(min_length=1, max_length=200)
    sql: str = Field(min_length=1, max_length=100_000)


class ExampleOut(Schema):
    """A question to begin with."""

    title: str
    sql: str


class LimitsOut(Schema):
    """What one hunt may use, with how many rows it may answer, and how many one person may run."""

    seconds: float
    memory_bytes: int
    rows: int
    answer_bytes: int
    at_once: int
    a_minute: int


class Hunts(Schema):
    """What a hunt may use, questions to begin with, and those that you keep."""

    limits: LimitsOut
    examples: list[ExampleOut]
    saved: list[SavedHuntOut]


@router.get("/rules", response=Rules)
def rules(request: HttpRequest, text: str = "", page: PageNumber = 1) -> dict[str, object]:
    """The rules that this node runs or ran; a page holds 100."""
    found = queries.rules_known(viewer_of(request)).filter(title__icontains=text[:200])
    start = (page - 1) * RULES_ON_A_PAGE
    return {"total": found.count(), "items": list(found[start : start + RULES_ON_A_PAGE])}


@router.get("/rules/{key}", response=RuleOut)
def rule(request: HttpRequest, key: str) -> Rule:
    """One rule."""
    return seen(queries.rules_known(viewer_of(request)).filter(pk=key).first())


@router.get("/hunts", response=Hunts)
def hunts(request: HttpRequest) -> dict[str, object]:
    """What a hunt may use, questions to begin with, and those that you keep."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.HUNT_RUN)
    return {
        "limits": asdict(hunting.LIMITS) | {"at_once": hunting.PACE.at_once, "a_minute": hunting.PACE.a_minute},
        "examples": [{"title": title, "sql": sql} for title, sql in hunting.EXAMPLES],
        "saved": list(queries.saved_hunts(viewer)),
    }


@router.post("/hunts", response=SavedHuntOut)
def save_hunt(request: HttpRequest, body: NewHunt) -> SavedHunt:
    """Keep a question for another day."""
    return actions.save_hunt(by=viewer_of(request), title=body.title, sql=body.sql, clock=CLOCK)


@router.post("/hunts/{key}/forget", response={204: None})
def forget_hunt(request: HttpRequest, key: int) -> Status[None]:
    """Throw a kept question away."""
    viewer = viewer_of(request)
    found = seen(queries.saved_hunts(viewer).filter(pk=key).first())
    actions.forget_hunt(by=viewer, hunt=found, clock=CLOCK)
    return Status(204, None)


@router.post("/hunt", response=AnswerOut)
def hunt(request: HttpRequest, body: Hunt) -> dict[str, object]:
    """Ask the events of the organisations that you look after."""
    answer = hunting.ask(by=viewer_of(request), sql=body.sql, purpose=body.purpose, clock=CLOCK)
    return {
        "columns": answer.columns,
        "types": answer.types,
        "rows": [list(row) for row in answer.rows],
        "truncated": answer.truncated,
        "seconds": round(answer.seconds, 3),
    }


class WhyAsked(Schema):
    """A row of a hunt, and a rule by its identifier or its title."""

    device: str = Field(min_length=1, max_length=255)
    at: datetime = Field(description="As the row says it, with its time zone.")
    organisation: str = Field(default="", max_length=20)
    rule: str = Field(min_length=1, max_length=300)


@router.post("/hunt/why", response=list[dict[str, Any]])
def hunt_why(request: HttpRequest, body: WhyAsked) -> list[dict[str, Any]]:
    """How a rule stands to the events of a row: at most 10, those that it reads first."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.HUNT_RUN)
    spot = Spot.parse({"device": body.device, "at": body.at.isoformat(), "organisation": body.organisation})
    return plain_explained(viewer, seen(spot), body.rule)


@router.post("/hunt/csv", openapi_extra={"responses": {200: {"content": {"text/csv": {}}}}})
def hunt_csv(request: HttpRequest, body: Hunt) -> HttpResponse:
    """The same as a table for a spreadsheet (CSV)."""
    answer = hunting.ask(by=viewer_of(request), sql=body.sql, purpose=body.purpose, clock=CLOCK)
    return HttpResponse(hunting.as_csv(answer), content_type="text/csv; charset=utf-8")
