"""What becomes of questions by themselves: who is asked here, what is told on, and how the worker takes them up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from watchward.base.clock import Clock
from watchward.console.access.guard import Reach
from watchward.console.detect.hunting import FIELDS
from watchward.console.estate.models import Organisation, Source
from watchward.console.hunts import cleaning
from watchward.console.hunts.models import Answer, Policy, Question, State
from watchward.console.hunts.wire import Rows, answer_body, question_body
from watchward.console.link.telling import parent, tell

__all__ = ["FIELDS"]

QUESTION: Final = "question"
ANSWER: Final = "answer"
"""The classes of data that travel."""

_KEPT: Final = timedelta(days=365)
_NEVER: Final = "Its policy lets no other node count its events."
EVERYTHING: Final = Reach(everything=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What the worker is to answer."""

    key: int
    form: Question.Form
    text: str
    code: str
    since: datetime
    until: datetime


def ask_here(question: Question, *, within: Reach, clock: Clock) -> list[Answer]:
    """Put a question to the organisations whose events this node keeps, each by its policy."""
    sending = Source.objects.values("organisation")
    asked = Organisation.objects.filter(within.q("path"), pk__in=sending)
    policies = dict(Policy.objects.filter(organisation__in=asked).values_list("organisation", "counts"))
    now = clock.now()
    answers = [
        _first_answer(question, one, Policy.Counts(policies.get(one.pk, Policy.Counts.AT_ONCE)), now) for one in asked
    ]
    Answer.objects.bulk_create(answers, batch_size=500)
    for answer in answers:
        tell_on(answer, clock=clock)
    return answers


def _first_answer(question: Question, place: Organisation, counts: Policy.Counts, now: datetime) -> Answer:
    state = {
        Policy.Counts.AT_ONCE: State.WAITING,
        Policy.Counts.ASKED: State.ASKED,
        Policy.Counts.NEVER: State.REFUSED,
    }[counts]
    return Answer(
        question=question,
        organisation=place,
        code=place.code,
        name=place.name,
        state=state,
        reason=_NEVER if state is State.REFUSED else "",
        at=now,
    )


def keep(answer: Answer, *, clock: Clock) -> None:
    """Keep an answer as it stands now, and tell it to whoever asked."""
    answer.at = clock.now()
    answer.save()
    tell_on(answer, clock=clock)


def tell_on(answer: Answer, *, clock: Clock) -> None:
    """Tell an answer to the node that asked, if one did."""
    if answer.question.peer is not None and answer.question.is_open(clock.now()):
        why = f"{answer.question.asker}, {answer.question.node}, asked: {answer.question.title}"
        tell(ANSWER, id=id_of(answer), body=answer_body(answer), to=parent(), clock=clock, why=why)


def id_of(answer: Answer) -> str:
    """The identifier under which an answer is told: the same however often it changes."""
    return f"{answer.question_id}/{answer.code}/{answer.peer.node if answer.peer else ''}"


def end(question: Question, *, clock: Clock) -> None:
    """Want no more answers, here and below."""
    question.withdrawn_at = clock.now()
    question.save()
    tell(
        QUESTION,
        id=question.pk,
        body=question_body(question),
        to=[one for one in question.to.all() if one.ended_at is None],
        clock=clock,
        why="the question was withdrawn",
    )


def put_back() -> None:
    """Let what was being answered wait again: whoever did it is gone."""
    Answer.objects.filter(peer=None, state=State.RUNNING).update(state=State.WAITING)


@transaction.atomic
def take(*, clock: Clock) -> Task | None:
    """The answer that has waited longest, of a question that is still open."""
    now = clock.now()
    waiting = Answer.objects.filter(
        peer=None, state=State.WAITING, question__withdrawn_at=None, question__ends_at__gt=now
    )
    answer = waiting.select_related("question").order_by("at", "pk").first()
    if answer is None:
        return None
    if not Answer.objects.filter(pk=answer.pk, state=State.WAITING).update(state=State.RUNNING):
        return None
    asked = answer.question
    return Task(
        key=answer.pk,
        form=Question.Form(asked.form),
        text=asked.text,
        code=answer.code,
        since=asked.since,
        until=asked.until,
    )


@transaction.atomic
def finish(task: Task, found: Rows, *, events: int, devices: int, clock: Clock) -> None:
    """Keep what was found: the counts are told, the rows wait for somebody's word."""
    answer = _running(task)
    if answer is None:
        return
    answer.state, answer.events, answer.devices = State.COUNTED, events, devices
    answer.found = cleaning.plain(found) if answer.question.wants_rows and found.rows else None
    keep(answer, clock=clock)


@transaction.atomic
def fail(task: Task, message: str, advice: str, *, clock: Clock) -> None:
    """Keep why there is no answer."""
    answer = _running(task)
    if answer is None:
        return
    answer.state, answer.reason = State.FAILED, f"{message} {advice}"[:1000]
    keep(answer, clock=clock)


def _running(task: Task) -> Answer | None:
    """The answer, unless somebody refused it meanwhile."""
    running = Answer.objects.select_for_update(of=("self",)).filter(pk=task.key, state=State.RUNNING)
    return running.select_related("question", "question__peer", "peer").first()


def still_wanted(task: Task) -> bool:
    """Whether nobody refused it, or withdrew the question, in the meantime."""
    return Answer.objects.filter(pk=task.key, state=State.RUNNING, question__withdrawn_at=None).exists()


def tidy(*, clock: Clock) -> None:
    """Forget rows that nobody can let out any more, and questions that ended a year ago."""
    now = clock.now()
    over = Q(question__ends_at__lte=now) | Q(question__withdrawn_at__isnull=False)
    Answer.objects.filter(over).exclude(found=None).update(found=None)
    Question.objects.filter(ends_at__lt=now - _KEPT).delete()
