"""The REST API of hunts that travel: the same queries and actions as the pages."""

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.console.access.guard import require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.hunts import actions, cleaning, presenters, queries
from watchward.console.hunts.actions import MOST_DAYS, Wanted
from watchward.console.hunts.models import Answer, Policy, Question
from watchward.console.hunts.wire import MOST_BELOW, Rows

router = Router(tags=["Hunts across organisations"])
CLOCK = SystemClock()
PageNumber = Annotated[int, Query(ge=1, le=100_000, description="Which page, from 1; a page holds 25 rows.")]


class NewQuestion(Schema):
    """A question to the events of all organisations of which you may ask, here and at the nodes below."""

    title: str = Field(min_length=1, max_length=200)
    purpose: str = Field(min_length=1, max_length=1000)
    form: Literal["sigma", "sql"] = "sigma"
    text: str = Field(min_length=1, max_length=actions.LONGEST_TEXT)
    days: int = Field(default=7, ge=1, le=MOST_DAYS)
    rows: bool = Field(default=False, description="Ask for the rows too; somebody there has to let them out.")


class QuestionOut(Schema):
    """A question, who asked it, and whether answers are still taken."""

    id: str
    title: str
    purpose: str
    asked_by: str
    form: str
    text: str
    asks_about: list[str] | None = Field(
        description="What in its conditions may name a person; null: nobody has read it yet."
    )
    since: datetime
    until: datetime
    wants_rows: bool
    at: datetime
    ends_at: datetime
    standing: str

    @staticmethod
    def resolve_asked_by(question: Question) -> str:
        """Who asked it, and in whose name."""
        return presenters.asked_by(question)

    @staticmethod
    def resolve_standing(question: Question) -> str:
        """Whether answers are still taken."""
        return presenters.standing(question, CLOCK.now())


class AnswerOut(Schema):
    """What one organisation answers; `told_by` is the node below that told it.

    Numbers below `below` are not told; 0 stands in their place.
    """

    id: int
    organisation: str = Field(alias="code")
    name: str
    told_by: str
    state: str
    events: int
    devices: int
    below: int
    reason: str
    at: datetime

    @staticmethod
    def resolve_told_by(answer: Answer) -> str:
        """The name of the node below, or nothing."""
        return answer.peer.name if answer.peer else ""


class CountedOut(Schema):
    """What all answers together say.

    `holding` are the organisations that found something, `untold` those that tell a small number no closer.
    """

    asked: int
    answered: int
    holding: int
    untold: int
    under_way: int
    waits: int
    events: int
    devices: int


class QuestionsOut(Schema):
    """A page of questions, and whether there is another after it."""

    items: list[QuestionOut]
    more: bool


class AnsweredOut(Schema):
    """A question, what was counted in all, and a page of its answers, as far as you may see them."""

    question: QuestionOut
    counted: CountedOut
    answers: list[AnswerOut]
    more: bool


class RowsOut(Schema):
    """Rows of an answer, as text."""

    columns: list[str]
    rows: list[list[str]]
    truncated: bool


class Given(Schema):
    """Whether names of people and computers may go too; NHS numbers never do. `unseen`: also rows not looked at."""

    whole: bool = False
    unseen: bool = False


class Refused(Schema):
    """Why nothing is answered; whoever asked reads it."""

    reason: str = Field(min_length=1, max_length=1000)


class PolicyOut(Schema):
    """What an organisation does when another node asks; rows always need somebody's word.

    `people` holds for questions about named people where it is stricter; of those, numbers below `fewest` are not told.
    """

    counts: Literal["at_once", "asked", "never"]
    people: Literal["at_once", "asked", "never"]
    fewest: int


class PolicyBody(Schema):
    """What it shall do; what is left out stays."""

    counts: Literal["at_once", "asked", "never"]
    people: Literal["at_once", "asked", "never"] | None = None
    fewest: int | None = Field(default=None, ge=1, le=MOST_BELOW)


@router.get("/hunts/across", response=QuestionsOut)
def hunts(request: HttpRequest, page: PageNumber = 1) -> dict[str, object]:
    """What was asked, here and by the nodes above, the latest first."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.HUNT_RUN)
    rows, more = queries.questions_page(viewer, page)
    return {"items": rows, "more": more}


@router.post("/hunts/across", response=QuestionOut)
def ask(request: HttpRequest, body: NewQuestion) -> Question:
    """Ask; answers come as organisations give them."""
    wanted = Wanted(
        title=body.title,
        purpose=body.purpose,
        form=Question.Form(body.form),
        text=body.text,
        days=body.days,
        rows=body.rows,
    )
    return actions.ask_question(by=viewer_of(request), wanted=wanted, clock=CLOCK)


@router.get("/hunts/across/{key}", response=AnsweredOut)
def question(request: HttpRequest, key: str, page: PageNumber = 1) -> dict[str, object]:
    """One question with its answers, those that found most first."""
    viewer = viewer_of(request)
    found = seen(queries.question_visible_to(viewer, key))
    rows, more = queries.answers_page(viewer, found, page)
    return {"question": found, "counted": queries.counted(viewer, found), "answers": rows, "more": more}


@router.post("/hunts/across/{key}/withdraw", response={204: None})
def withdraw(request: HttpRequest, key: str) -> Status[None]:
    """Take no more answers."""
    viewer = viewer_of(request)
    actions.withdraw_question(by=viewer, question=seen(queries.question_visible_to(viewer, key)), clock=CLOCK)
    return Status(204, None)


@router.get("/hunts/answers/{key}/found", response=RowsOut)
def found(request: HttpRequest, key: int, *, whole: bool = False) -> Rows:
    """What was found at an organisation for which you may answer, as it would leave; `whole`: with names."""
    viewer = viewer_of(request)
    answer = seen(queries.answer_visible_to(viewer, key))
    return actions.look_at_rows(by=viewer, answer=answer, whole=whole, page=None, clock=CLOCK)


@router.get("/hunts/answers/{key}/rows", response=RowsOut)
def rows(request: HttpRequest, key: int) -> Rows:
    """The rows that an organisation let out."""
    return seen(cleaning.given_by(seen(queries.given_to(viewer_of(request), key))))


@router.post("/hunts/answers/{key}/allow", response={204: None})
def allow(request: HttpRequest, key: int) -> Status[None]:
    """Let the events of an organisation be counted."""
    viewer = viewer_of(request)
    actions.allow_counting(by=viewer, answer=seen(queries.answer_visible_to(viewer, key)), clock=CLOCK)
    return Status(204, None)


@router.post("/hunts/answers/{key}/give", response={204: None})
def give(request: HttpRequest, key: int, body: Given) -> Status[None]:
    """Let the rows go."""
    viewer = viewer_of(request)
    answer = seen(queries.answer_visible_to(viewer, key))
    actions.give_rows(by=viewer, answer=answer, whole=body.whole, unseen=body.unseen, clock=CLOCK)
    return Status(204, None)


@router.post("/hunts/answers/{key}/refuse", response={204: None})
def refuse(request: HttpRequest, key: int, body: Refused) -> Status[None]:
    """Answer nothing, and say why."""
    viewer = viewer_of(request)
    answer = seen(queries.answer_visible_to(viewer, key))
    actions.refuse_answer(by=viewer, answer=answer, reason=body.reason, clock=CLOCK)
    return Status(204, None)


@router.get("/organisations/{code}/hunts", response=PolicyOut)
def policy(request: HttpRequest, code: str) -> Policy:
    """What an organisation does when another node asks."""
    return queries.policy_of(seen(queries.place_to_answer(viewer_of(request), code)))


@router.post("/organisations/{code}/hunts", response=PolicyOut)
def set_policy(request: HttpRequest, code: str, body: PolicyBody) -> Policy:
    """Say what an organisation does when another node asks."""
    viewer = viewer_of(request)
    place = seen(queries.place_to_answer(viewer, code))
    before = queries.policy_of(place)
    actions.set_hunt_policy(
        by=viewer,
        organisation=place,
        counts=Policy.Counts(body.counts),
        people=Policy.Counts(body.people or before.people),
        fewest=before.fewest if body.fewest is None else body.fewest,
        clock=CLOCK,
    )
    return queries.policy_of(place)
