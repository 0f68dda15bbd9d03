"""The REST API of high severity alerts: the same queries and actions as the pages."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.console.access.guard import require, require_anywhere
from watchward.console.advisory import actions, answering_actions, queries, reporting
from watchward.console.advisory.answering_actions import Told
from watchward.console.advisory.filters import answer_filter
from watchward.console.advisory.models import Advisory, Answer
from watchward.console.advisory.report_views import moment_of
from watchward.console.asked import seen, viewer_of
from watchward.respond.advisory.answer import Step, may_say
from watchward.respond.advisory.as_json import of_json

router = Router(tags=["High severity alerts"])
CLOCK = SystemClock()
PageNumber = Annotated[int, Query(ge=1, le=100_000, description="Which page, from 1; a page holds 25 rows.")]
Text = Annotated[str, Field(max_length=1_000)]
Reason = Annotated[str, Field(max_length=300)]


class AdvisoryOut(Schema):
    """An alert in a list."""

    number: str
    title: str
    severity: str
    state: str
    version: int
    organisation: str
    issued_at: datetime | None
    act_by: datetime

    @staticmethod
    def resolve_organisation(one: Advisory) -> str:
        """The code of the area."""
        return one.organisation.code


class PlaceOut(Schema):
    """How far the organisations of one part of the area are."""

    code: str
    name: str
    asked: int
    answered: int
    closed: int
    late: int
    wants_help: int


class AnswerOut(Schema):
    """Where an organisation stands; `may_say` are the steps that may come next."""

    organisation: str
    standing: str
    voice: str
    asked_at: datetime
    said_at: datetime
    due_by: datetime | None
    due: str
    wants_help: bool
    proposed: str
    why: str
    note: str
    by_name: str
    told_by: str
    may_say: list[str]

    @staticmethod
    def resolve_told_by(one: Answer) -> str:
        """The node below that told it; empty for an organisation of this node."""
        return one.peer.name if one.peer else ""

    @staticmethod
    def resolve_organisation(one: Answer) -> str:
        """The organisation's code."""
        return one.organisation.code

    @staticmethod
    def resolve_due(one: Answer) -> str:
        """Which clock runs: answer, update or act."""
        return one.due_clock

    @staticmethod
    def resolve_proposed(one: Answer) -> str:
        """What was proposed when it was asked: applies, not or unknown."""
        return one.likely

    @staticmethod
    def resolve_may_say(one: Answer) -> list[str]:
        """The steps that may come next."""
        return [step.value for step in may_say(one.stands)]


class StakedOut(Schema):
    """An answer in a list, and what losing the organisation would cost in severity-weighted patients."""

    answer: AnswerOut
    stake: float | None


class OneAdvisoryOut(Schema):
    """An alert: what it says, how far each part of the area is, and a page of answers, worst for patients first."""

    advisory: AdvisoryOut
    says: dict[str, Any]
    places: list[PlaceOut]
    answers: list[StakedOut]
    more: bool


class ToldOut(Schema):
    """For how many organisations something was done, and how many were passed over."""

    done: int
    passed_over: int


class Corrected(Schema):
    """How many organisations are asked again, or for the first time."""

    asked: int


class TaskOut(Schema):
    """Something that one of your own organisations is asked."""

    number: str
    answer: AnswerOut


class Lists(Schema):
    """What your own organisations are asked, your drafts, and a page of alerts."""

    tasks: list[TaskOut]
    drafts: list[AdvisoryOut]
    items: list[AdvisoryOut]
    more: bool


class Says(Schema):
    """What an alert says; its form is that of docs/guides/advisories.md. A correction has its reason."""

    says: dict[str, Any]
    reason: Reason = ""


class Why(Schema):
    """Why an alert is withdrawn."""

    reason: Reason


class Said(Schema):
    """Something that is said about an answer."""

    step: Step
    note: Text = ""


class SaidFor(Said):
    """Something that is said for small organisations."""

    organisations: list[str] = Field(max_length=500)


class Offer(Schema):
    """Help that is offered to organisations."""

    organisations: list[str] = Field(max_length=500)
    note: Text


@router.get("/advisories", response=Lists)
def advisories(request: HttpRequest, *, ended: bool = False, page: PageNumber = 1) -> dict[str, object]:
    """What you are asked, and the alerts that you may see."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.ADVISORY_VIEW)
    rows, more = queries.advisory_page(viewer, ended=ended, number=page)
    tasks = [{"number": one.advisory.number, "answer": one} for one in queries.tasks_of(viewer)]
    return {"tasks": tasks, "drafts": queries.drafts_of(viewer), "items": rows, "more": more}


@router.post("/advisories", response=AdvisoryOut)
def draft_advisory(request: HttpRequest, body: Says) -> Advisory:
    """Write a draft."""
    viewer, says = viewer_of(request), of_json(body.says)
    require_anywhere(viewer, Permission.ADVISORY_ISSUE)
    area = seen(queries.areas_for(viewer).filter(code=says.whom.area).first())
    return actions.draft_advisory(by=viewer, organisation=area, says=says, clock=CLOCK)


@router.get("/advisories/{number}", response=OneAdvisoryOut)
def advisory(  # noqa: PLR0913 - each is a part of the address
    request: HttpRequest, number: str, *, which: str = "", place: str = "", text: str = "", page: PageNumber = 1
) -> dict[str, object]:
    """One alert; `which` is late, help, open or a standing, `place` the code of an organisation with all below it."""
    viewer, found, now = viewer_of(request), _advisory(request, number), CLOCK.now()
    asked = answer_filter({"which": which, "place": place, "text": text, "page": str(page)})
    rows, more = queries.answer_page(viewer, found, asked, now)
    return {
        "advisory": found,
        "says": found.content,
        "places": queries.progress(viewer, found, now),
        "answers": rows,
        "more": more,
    }


@router.get("/advisories/{number}/preview", response=dict[str, Any])
def preview(request: HttpRequest, number: str) -> dict[str, object]:
    """Whom a draft would ask: how many, of which kinds, where, and to how many it seems to apply."""
    viewer, found = viewer_of(request), _advisory(request, number)
    require(viewer, Permission.ADVISORY_ISSUE, at=found.organisation)
    shown = queries.preview(found, CLOCK.now())
    return {
        "total": shown.total,
        "kinds": {kind.value: count for kind, count in shown.kinds},
        "places": dict(shown.places),
        "likely": {likely.value: count for likely, count in shown.likely.items()},
    }


@router.post("/advisories/{number}/changes", response=Corrected)
def change_advisory(request: HttpRequest, number: str, body: Says) -> dict[str, int]:
    """Write a draft anew, or correct an alert that was issued."""
    viewer, found, says = viewer_of(request), _advisory(request, number), of_json(body.says)
    if found.state == Advisory.State.DRAFT:
        actions.change_draft(by=viewer, advisory=found, says=says, clock=CLOCK)
        return {"asked": 0}
    asked = actions.correct_advisory(by=viewer, advisory=found, says=says, reason=body.reason, clock=CLOCK)
    return {"asked": asked}


@router.post("/advisories/{number}/issue", response=AdvisoryOut)
def issue_advisory(request: HttpRequest, number: str) -> Advisory:
    """Ask everybody whom a draft concerns."""
    return actions.issue_advisory(by=viewer_of(request), advisory=_advisory(request, number), clock=CLOCK)


@router.post("/advisories/{number}/discard", response={204: None})
def discard_draft(request: HttpRequest, number: str) -> Status[None]:
    """Throw a draft away."""
    actions.discard_draft(by=viewer_of(request), advisory=_advisory(request, number), clock=CLOCK)
    return Status(204, None)


@router.post("/advisories/{number}/withdraw", response=AdvisoryOut)
def withdraw_advisory(request: HttpRequest, number: str, body: Why) -> Advisory:
    """Take an alert back."""
    found = _advisory(request, number)
    return actions.withdraw_advisory(by=viewer_of(request), advisory=found, reason=body.reason, clock=CLOCK)


@router.post("/advisories/{number}/help", response=ToldOut)
def offer_help(request: HttpRequest, number: str, body: Offer) -> Told:
    """Offer organisations help."""
    viewer, found = viewer_of(request), _advisory(request, number)
    require_anywhere(viewer, Permission.ADVISORY_HELP)
    to = queries.organisations_of(viewer, Permission.ADVISORY_HELP, body.organisations)
    return answering_actions.offer_help(by=viewer, advisory=found, organisations=to, note=body.note, clock=CLOCK)


@router.get("/advisories/{number}/for", response=list[AnswerOut])
def hosted(request: HttpRequest, number: str, *, which: str = "", place: str = "", text: str = "") -> list[Answer]:
    """The small organisations for which you may answer; 500 at most."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.ADVISORY_ANSWER_FOR)
    asked = answer_filter({"which": which, "place": place, "text": text})
    return queries.hosted(viewer, _advisory(request, number), asked, CLOCK.now())


@router.post("/advisories/{number}/for", response=ToldOut)
def answer_for(request: HttpRequest, number: str, body: SaidFor) -> Told:
    """Answer for small organisations that have not spoken for themselves."""
    viewer, found = viewer_of(request), _advisory(request, number)
    require_anywhere(viewer, Permission.ADVISORY_ANSWER_FOR)
    to = queries.organisations_of(viewer, Permission.ADVISORY_ANSWER_FOR, body.organisations)
    return answering_actions.answer_for(
        by=viewer, advisory=found, organisations=to, step=body.step, note=body.note, clock=CLOCK
    )


@router.get("/advisories/{number}/at/{code}", response=AnswerOut)
def answer(request: HttpRequest, number: str, code: str) -> Answer:
    """Where one organisation stands."""
    return seen(queries.answer_visible_to(viewer_of(request), _advisory(request, number), code))


@router.post("/advisories/{number}/at/{code}", response=AnswerOut)
def say(request: HttpRequest, number: str, code: str, body: Said) -> Answer:
    """Say something for your own organisation."""
    viewer = viewer_of(request)
    mine = seen(queries.answer_visible_to(viewer, _advisory(request, number), code))
    return answering_actions.answer_advisory(by=viewer, answer=mine, step=body.step, note=body.note, clock=CLOCK)


@router.get("/advisories/{number}/report", response=dict[str, Any])
def report(request: HttpRequest, number: str, at: str = "") -> dict[str, object]:
    """How an alert stands, or stood at a moment such as 2026-12-01T09:00:00Z."""
    return reporting.as_json(reporting.report(viewer_of(request), _advisory(request, number), moment_of(at)))


@router.get("/advisories/{number}/report.csv", openapi_extra={"responses": {200: {"content": {"text/csv": {}}}}})
def table(request: HttpRequest, number: str, at: str = "") -> HttpResponse:
    """The same as a table of all answers (CSV)."""
    made = reporting.report(viewer_of(request), _advisory(request, number), moment_of(at))
    return HttpResponse(reporting.as_csv(made), content_type="text/csv; charset=utf-8")


def _advisory(request: HttpRequest, number: str) -> Advisory:
    return seen(queries.advisory_visible_to(viewer_of(request), number))
