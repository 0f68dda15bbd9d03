"""The REST API of the numbers behind harm, and of the questions to an organisation: as the pages have them."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from watchward.base.clock import SystemClock
from watchward.console.asked import seen, viewer_of
from watchward.console.care.queries import organisation_visible_to
from watchward.console.estate.models import Organisation
from watchward.console.harm import actions, own, queries
from watchward.console.harm import questions as asking
from watchward.console.harm.limits import ASKING
from watchward.console.harm.models import OwnNumber
from watchward.console.harm.what_if_views import viewer_of_harm
from watchward.harm.parameters.overriding import Override
from watchward.harm.parameters.table import Parameter, standard
from watchward.harm.questions import as_json
from watchward.harm.questions.answers import Answer, subject_named

router = Router(tags=["Patient harm"])
CLOCK = SystemClock()


class ParameterOut(Schema):
    """One number that harm is worked out with, as it holds."""

    key: str
    value: float
    low: float
    high: float
    unit: str
    basis: str
    source: str
    why: str
    ours: float = Field(description="The value that comes with Watchward")


class OwnNumberIn(Schema):
    """A figure in the place of one of ours."""

    key: str = Field(max_length=200)
    value: float
    low: float
    high: float
    reason: str = Field(min_length=1, max_length=300)
    organisation: str = Field(default="", description="Where it holds, with all below; empty: at all of the node")


class OwnNumberOut(Schema):
    """A figure in the place of one of ours, with who says so and why."""

    id: int
    key: str
    organisation: str
    value: float
    low: float
    high: float
    reason: str
    by: str
    at: datetime

    @staticmethod
    def resolve_organisation(one: OwnNumber) -> str:
        """The code of the organisation; empty for the whole node."""
        return one.organisation.code if one.organisation else ""


class EndIn(Schema):
    """Why a figure holds no longer."""

    reason: str = Field(min_length=1, max_length=300)


class AgainIn(Schema):
    """Which question may be asked again."""

    key: str = Field(max_length=300)


class AnswerIn(Schema):
    """An answer to one of the questions."""

    key: str = Field(max_length=300)
    value: str = Field(max_length=120, description="One of the question's choices, `unknown`, or a number")
    name: str = Field(default="", max_length=200, description="The company's name, where the value is `other`")


@router.get("/harm/parameters", response=list[ParameterOut])
def parameters(request: HttpRequest, organisation: str = "") -> list[dict[str, object]]:
    """Every number that harm is worked out with, with its range and its source, as it holds at an organisation.

    All of them at once: some 900, as many as the parameter table has.
    """
    viewer_of_harm(request)
    ours = standard().parameters
    return [_parameter(one, ours[key]) for key, one in own.table_for(_place(request, organisation)).parameters.items()]


def _parameter(one: Parameter, ours: Parameter) -> dict[str, object]:
    names = ("key", "value", "low", "high", "unit", "basis", "source", "why")
    return {name: getattr(one, name) for name in names} | {"ours": ours.value}


@router.get("/harm/parameters/own", response=list[OwnNumberOut])
def own_numbers(request: HttpRequest, organisation: str = "") -> list[OwnNumber]:
    """What stands in the place of our numbers at an organisation, or wherever you may look; 200 at most."""
    return queries.numbers_at(viewer_of_harm(request), _place(request, organisation))


@router.post("/harm/parameters/own", response=OwnNumberOut)
def say(request: HttpRequest, given: OwnNumberIn) -> OwnNumber:
    """Put a figure in the place of one of ours; every ranking and the order of alerts follow."""
    wanted = Override(
        key=given.key, value=given.value, low=given.low, high=given.high, by=str(request.user), why=given.reason
    )
    place = _place(request, given.organisation)
    return actions.say_number(by=viewer_of(request), organisation=place, said=wanted, clock=CLOCK)


@router.post("/harm/parameters/own/{key}/end", response=OwnNumberOut)
def end(request: HttpRequest, key: int, given: EndIn) -> OwnNumber:
    """Let our number hold again; the record of who said what instead stays."""
    found = seen(queries.number(viewer_of(request), key))
    actions.end_number(by=viewer_of(request), number=found, reason=given.reason, clock=CLOCK)
    return found


@router.get("/organisations/{code}/care/questions", response=dict[str, Any])
@ASKING.limits
def questions(request: HttpRequest, code: str, count: int = 5) -> dict[str, object]:
    """The questions about an organisation's map whose answers would change its ranking most, and its ranking."""
    return _questions(_mapped(request, code), count)


@router.post("/organisations/{code}/care/questions", response=dict[str, Any])
@ASKING.limits
def answer(request: HttpRequest, code: str, given: AnswerIn) -> dict[str, object]:
    """Answer one of them; returned are those that come next, and the ranking as it is then."""
    organisation = _mapped(request, code)
    subject = seen(subject_named(asking.asked_of(organisation), given.key))
    said = Answer(subject=subject, value=given.value, name=given.name)
    actions.answer_question(by=viewer_of(request), organisation=organisation, answer=said, clock=CLOCK)
    return _questions(organisation, 5)


@router.post("/organisations/{code}/care/questions/again", response=dict[str, Any])
def again(request: HttpRequest, code: str, given: AgainIn) -> dict[str, object]:
    """Let a question be asked again that nobody could answer, or that was answered with no."""
    organisation = _mapped(request, code)
    actions.ask_again(by=viewer_of(request), organisation=organisation, key=given.key, clock=CLOCK)
    return _questions(organisation, 5)


def _questions(organisation: Organisation, count: int) -> dict[str, object]:
    found = asking.found_for(organisation)
    words = asking.words_for(organisation, found.asked.care)
    shown = found.questions[: max(1, min(count, 100))]
    return as_json.questions(found.asked, words, shown) | {
        "ranking": [{"id": thing, "harm": harm} for thing, harm in found.ranking]
    }


def _mapped(request: HttpRequest, code: str) -> Organisation:
    """An organisation about whose map questions may be asked: whoever does must see the map."""
    return seen(organisation_visible_to(viewer_of(request), code.strip().upper()))


def _place(request: HttpRequest, code: str) -> Organisation | None:
    plain = code.strip().upper()
    return seen(queries.place_for(viewer_of(request), plain)) if plain else None
