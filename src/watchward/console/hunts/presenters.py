"""How hunts that travel look on a page."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from watchward.console.access.models import User
from watchward.console.filtering import Filter, page, pages, word
from watchward.console.hunts.cleaning import NOT_TOLD
from watchward.console.hunts.looks import ROWS_ON_A_PAGE
from watchward.console.hunts.models import Answer, Question, State
from watchward.console.hunts.wire import Rows

REFRESH_SECONDS: Final = 5

Params = dict[str, object]

_COLOUR: Final = {
    State.ASKED: "yellow",
    State.WAITING: "blue",
    State.RUNNING: "blue",
    State.COUNTED: "green",
    State.GIVEN: "green",
    State.REFUSED: "orange",
    State.FAILED: "red",
}


def state_tag(answer: Answer) -> Params:
    """How far an answer is."""
    return {"text": answer.stands.label, "colour": _COLOUR[answer.stands]}


def asked_by(question: Question) -> str:
    """Who asked it, and in whose name."""
    return f"{question.asker}, {question.node}"


def standing(question: Question, now: datetime) -> str:
    """Whether answers are still taken."""
    if question.withdrawn_at is not None:
        return "Withdrawn"
    return "Open" if question.is_open(now) else "Ended"


def number(answer: Answer, of: Literal["events", "devices"]) -> str:
    """How many events or devices an answer tells of."""
    count: int = getattr(answer, of)
    return f"fewer than {answer.below:,}" if count < answer.below and answer.below > 1 else f"{count:,}"


def about_people(question: Question) -> str:
    """What in the conditions of a question may name a person, as a sentence; empty where nothing does."""
    about = [*map(str, question.asks_about or ())]
    *others, last = about or [""]
    read = f"{', '.join(others)} and {last}" if others else last
    return f"This question asks about named people: its conditions use {read}." if about else ""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A question as the list shows it."""

    question: Question
    now: datetime
    counted: Mapping[str, int]

    @property
    def standing(self) -> str:
        """Whether answers are still taken."""
        return standing(self.question, self.now)

    @property
    def asked_by(self) -> str:
        """Who asked it."""
        return asked_by(self.question)

    @property
    def found(self) -> str:
        """What was found so far, in one sentence."""
        told = self.counted
        return f"{told['answered']:,} of {told['asked']:,} answered, {told['holding']:,} found something"

    @property
    def waits(self) -> bool:
        """Whether an organisation of this node waits for somebody's word."""
        return self.counted["waits"] > 0 and self.question.is_open(self.now)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One question with its answers.

    Args:
        question: it.
        now: the time.
        counted: what all answers together say, by name.
        answers: a page of those that the viewer may see.
        viewer: who looks.
        asked: which page.
        more: whether there is another after it.
        answers_for: those of the answers for which the viewer may answer, by their numbers.
        waiting: those of these that nobody has decided: whether events may be counted, or rows be let out.

    """

    question: Question
    now: datetime
    counted: dict[str, int]
    answers: Sequence[Answer]
    viewer: User
    asked: Filter
    more: bool
    answers_for: Collection[int]
    waiting: Collection[int]

    @property
    def asked_by(self) -> str:
        """Who asked it."""
        return asked_by(self.question)

    @property
    def standing(self) -> str:
        """Whether answers are still taken."""
        return standing(self.question, self.now)

    @property
    def is_open(self) -> bool:
        """Whether answers are still taken."""
        return self.question.is_open(self.now)

    @property
    def is_under_way(self) -> bool:
        """Whether something may still change by itself."""
        return self.is_open and self.counted["under_way"] > 0

    @property
    def pages(self) -> Params:
        """The pages before and after this one."""
        return pages(self.asked, more=self.more)

    @property
    def may_withdraw(self) -> bool:
        """Whether whoever looks asked it."""
        return self.is_open and self.question.by_id == self.viewer.pk

    @property
    def finding(self) -> str:
        """What was found so far, in one sentence."""
        told = self.counted
        if not told["asked"]:
            return "Nobody has been reached yet."
        if not told["answered"]:
            return f"None of {told['asked']:,} organisations has answered yet."
        answered = f"{told['answered']:,} of {told['asked']:,} organisations answered"
        tell = "tells" if told["untold"] == 1 else "tell"
        untold = f" {told['untold']:,} {tell} only that it is a small number, or none." if told["untold"] else ""
        if not told["events"]:
            return f"{answered}.{untold}" if untold else f"{answered}, and none found anything."
        events = "event" if told["events"] == 1 else "events"
        return f"{answered}; {told['holding']:,} found something: {told['events']:,} {events} in all.{untold}"

    def waits(self, answer: Answer) -> bool:
        """Whether an answer waits for the viewer's word: whether its events may be counted, or rows be let out."""
        return self.is_open and answer.pk in self.waiting

    def opened(self, answer: Answer) -> str:
        """The page on which an answer is looked after; empty for those for which the viewer may not answer."""
        return "hunt-answer" if answer.pk in self.answers_for else ""

    def tag(self, answer: Answer) -> Params:
        """How far an answer is."""
        return state_tag(answer)

    @property
    def about_people(self) -> str:
        """Whether it asks about named people, and by what."""
        return about_people(self.question)

    def number(self, answer: Answer, of: Literal["events", "devices"]) -> str:
        """How many of them an answer tells of."""
        return number(answer, of)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsFilter(Filter):
    """Which page of rows is asked for, and whether with the names of people and computers."""

    whole: str = ""


def rows_asked(query: Mapping[str, str]) -> RowsFilter:
    """What an address says of rows."""
    return RowsFilter(page=page(query), whole="yes" if word(query, "whole") == "yes" else "")


@dataclass(frozen=True, kw_only=True)
class RowsShown:
    """A page of rows."""

    table: Rows
    asked: RowsFilter

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        """Those of this page."""
        return self.table.rows[(self.asked.page - 1) * ROWS_ON_A_PAGE : self.asked.page * ROWS_ON_A_PAGE]

    @property
    def which(self) -> str:
        """Which of all these are, as a sentence."""
        first, every = (self.asked.page - 1) * ROWS_ON_A_PAGE + 1, len(self.table.rows)
        more = " More were found than an answer may give." if self.table.truncated else ""
        return f"Rows {first:,} to {first + len(self.rows) - 1:,} of {every:,}.{more}" if self.rows else ""

    @property
    def hides(self) -> bool:
        """Whether something stands in it of which nobody can say what it holds."""
        return any(NOT_TOLD in row for row in self.table.rows)

    @property
    def pages(self) -> Params:
        """The pages before and after this one."""
        return pages(self.asked, more=self.asked.page * ROWS_ON_A_PAGE < len(self.table.rows))


@dataclass(frozen=True, kw_only=True)
class Answering:
    """What an organisation is asked.

    Args:
        answer: how far its answer is.
        now: the time.
        asked: which rows are to be shown, and how.
        fewest: below this a number is not told of a question about named people.
        rows: those that wait to be let out, as they would leave; None where there are none.
        seen: how many of them whoever looks has seen.

    """

    answer: Answer
    now: datetime
    asked: RowsFilter
    fewest: int
    rows: Rows | None
    seen: int

    @property
    def shown(self) -> RowsShown:
        """The rows as they would leave, with the names of people and computers where that is asked for."""
        return RowsShown(table=self.rows or Rows(columns=[], rows=[]), asked=self.asked)

    @property
    def unseen(self) -> int:
        """How many of them nobody has shown to whoever looks."""
        return len(self.shown.table.rows) - self.seen

    @property
    def seen_of_all(self) -> str:
        """What whoever looks has seen, as a sentence."""
        every = len(self.shown.table.rows)
        if not self.unseen:
            return "You have seen the only row." if every == 1 else f"You have seen all {every:,} rows."
        return f"You have seen {self.seen:,} of {every:,} rows."

    @property
    def whole(self) -> bool:
        """Whether they are shown with names."""
        return self.asked.whole == "yes"

    @property
    def other(self) -> str:
        """The address of the rows shown the other way."""
        return self.asked.address(whole="" if self.whole else "yes")

    @property
    def tag(self) -> Params:
        """How far the answer is."""
        return state_tag(self.answer)

    @property
    def asked_by(self) -> str:
        """Who asked."""
        return asked_by(self.answer.question)

    @property
    def is_open(self) -> bool:
        """Whether an answer is still wanted."""
        return self.answer.question.is_open(self.now)

    @property
    def about_people(self) -> str:
        """Whether the question asks about named people, and by what."""
        return about_people(self.answer.question)

    @property
    def counted(self) -> str:
        """What has been told, as a sentence."""
        events, devices = (number(self.answer, of) for of in ("events", "devices"))
        one = ("event" if events == "1" else "events", "device" if devices == "1" else "devices")
        said = f"{events} {one[0]} on {devices} {one[1]}. That much has been told."
        return said[0].upper() + said[1:]

    @property
    def may_allow(self) -> bool:
        """Whether it waits for a word."""
        return self.is_open and self.answer.stands is State.ASKED

    @property
    def may_give(self) -> bool:
        """Whether there are rows to let out."""
        return self.rows is not None

    @property
    def may_refuse(self) -> bool:
        """Whether there is something to refuse."""
        over = self.answer.stands in (State.GIVEN, State.REFUSED, State.FAILED)
        return self.is_open and not over and (self.answer.stands is not State.COUNTED or bool(self.answer.found))
