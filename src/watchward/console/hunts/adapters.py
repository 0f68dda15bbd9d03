"""What becomes of questions by themselves: who is asked here, what is told on, and how the worker takes them up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from django.db import transaction
from django.db.models import F, Q, QuerySet

from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.console.access.audit import record
from watchward.console.access.guard import Reach, Service
from watchward.console.detect.hunting import FIELDS
from watchward.console.estate.models import Organisation, Source
from watchward.console.hunts import cleaning, people
from watchward.console.hunts.models import Answer, Policy, Question, State
from watchward.console.hunts.wire import Found, answer_body, question_body
from watchward.console.link.models import Peer
from watchward.console.link.telling import tell, tell_each

__all__ = ["FIELDS"]

QUESTION: Final = "question"
ANSWER: Final = "answer"
"""The classes of data that travel."""

MOST_AT_ONCE: Final = 2_000
"""Organisations that one pass over the events counts for."""

MOST_SECONDS: Final = 1_800.0
MOST_KEPT: Final = 50_000_000
"""For how long a node looks for one question, and how many bytes of rows it keeps for it, over all organisations."""

LEAST_SECONDS: Final = 60.0
"""What every turn has in any case: somebody may allow a count days later, when others have used up the time."""

_AT_ONCE: Final = 500
_KEPT: Final = timedelta(days=365)
_NEVER: Final = "Its policy lets no other node count its events."
_NEVER_OF_PEOPLE: Final = "Its policy lets no other node count what asks about named people."
_SMALL: Final = "Numbers below {fewest} are not told: the question asks about named people."
_BEFORE: Final = (State.WAITING, State.ASKED)
_WORKER: Final = Service(name="worker")
EVERYTHING: Final = Reach(everything=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What the worker is to answer: one question, for all organisations of this node that wait for it.

    Args:
        question: its identifier.
        form: the language of `text`.
        text: what is asked.
        since: only events observed from then on.
        until: only events observed up to then.
        wants_rows: whether what was found is kept, for somebody to let it out.
        answers: the numbers of the answers, by the codes of their organisations.
        seconds: how long this turn may take.
        room: how many bytes of rows may still be kept.

    """

    question: str
    form: Question.Form
    text: str
    since: datetime
    until: datetime
    wants_rows: bool
    answers: Mapping[str, int]
    seconds: float
    room: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it at one organisation: what was found, with a `note` on what of it is not kept, or `why_not`."""

    code: str
    rows: Found | None = None
    events: int = 0
    devices: int = 0
    why_not: str = ""
    note: str = ""

    @property
    def size(self) -> int:
        """How many bytes its rows take."""
        return len(msgspec.json.encode(self.rows)) if self.rows else 0


def ask_here(question: Question, *, within: Reach, clock: Clock) -> list[Answer]:
    """Put a question to the organisations whose events this node keeps, each by its policy."""
    sending = Source.objects.values("organisation")
    asked = Organisation.objects.filter(within.q("path"), pk__in=sending)
    policies = _policies(asked)
    now = clock.now()
    answers = [_first_answer(question, one, policies.get(one.pk, Policy()), now) for one in asked]
    Answer.objects.bulk_create(answers, batch_size=_AT_ONCE)
    tell_all(answers, clock=clock)
    return answers


def _policies(places: QuerySet[Organisation]) -> dict[int, Policy]:
    """What some organisations do with questions, where they have said so."""
    return {one.organisation_id: one for one in Policy.objects.filter(organisation__in=places)}


def _first_answer(question: Question, place: Organisation, policy: Policy, now: datetime) -> Answer:
    answer = Answer(question=question, organisation=place, code=place.code, name=place.name, at=now)
    _begin(answer, policy)
    return answer


def _begin(answer: Answer, policy: Policy) -> None:
    """Let an answer stand as a policy says, before anything is looked at."""
    match policy.of(answer.question):
        case Policy.Counts.AT_ONCE:
            answer.state = State.WAITING
        case Policy.Counts.ASKED:
            answer.state = State.ASKED
        case Policy.Counts.NEVER:
            answer.state = State.REFUSED
            answer.reason = _NEVER if policy.counts == Policy.Counts.NEVER else _NEVER_OF_PEOPLE


def read_new(*, clock: Clock) -> None:
    """Find out which questions that came ask about named people, and let their answers stand by what policies say."""
    unread = Question.objects.filter(asks_about__isnull=True, withdrawn_at=None, ends_at__gt=clock.now())
    for question in unread.select_related("peer"):
        question.asks_about = people.asks_about(Question.Form(question.form), question.text)
        with transaction.atomic():
            Question.objects.filter(pk=question.pk).update(asks_about=question.asks_about)
            if question.asks_about:
                _begin_again(question, clock=clock)


def _begin_again(question: Question, *, clock: Clock) -> None:
    """Let nothing be counted by itself, where somebody has to say so first."""
    mine = question.answers.select_for_update(of=("self",)).filter(peer=None, decided_by="", state__in=_BEFORE)
    answers = list(mine)
    policies = _policies(Organisation.objects.filter(pk__in=[one.organisation_id for one in answers]))
    for one in answers:
        one.question, one.at = question, clock.now()
        _begin(one, policies.get(one.organisation_id or 0, Policy()))
    Answer.objects.bulk_update(answers, ["state", "reason", "at"], batch_size=_AT_ONCE)
    tell_all(answers, clock=clock)
    record(
        AuditEvent.QUESTION_MARKED,
        by=_WORKER,
        subject=question,
        clock=clock,
        asks_about=", ".join(question.asks_about or ()),
        waits=sum(one.state == State.ASKED for one in answers),
        question=question.pk,
    )


def keep(answer: Answer, *, clock: Clock) -> None:
    """Keep an answer as it stands now, and tell it to whoever asked."""
    answer.at = clock.now()
    answer.save()
    tell_on(answer, clock=clock)


def tell_on(answer: Answer, *, clock: Clock) -> None:
    """Tell an answer to the node that asked, if one did."""
    tell_all([answer], clock=clock)


def tell_all(answers: Sequence[Answer], *, clock: Clock) -> None:
    """Tell answers to one question to the node that asked, if one did: through that link, and to no other parent."""
    question = answers[0].question if answers else None
    peer = question.peer if question is not None else None
    if question is not None and peer is not None and peer.ended_at is None and question.is_open(clock.now()):
        why = f"{question.asker}, {question.node}, asked: {question.title}"
        things = [(id_of(one), answer_body(one)) for one in answers]
        tell_each(ANSWER, things=things, to=[peer], clock=clock, why=why)


def id_of(answer: Answer) -> str:
    """The identifier under which an answer is told: the same however often it changes."""
    return f"{answer.question_id}/{answer.code}/{answer.peer.node if answer.peer else ''}"


def end(question: Question, *, clock: Clock) -> None:
    """Want no more answers, here and below."""
    question.withdrawn_at = clock.now()
    question.save()
    _tell_below(question, clock=clock, why="the question was withdrawn")


def reinstate(question: Question, *, peer: Peer, clock: Clock) -> None:
    """Let a question hold again that was thought to be dropped; whoever asks is told again what was answered."""
    question.withdrawn_at, question.peer = None, peer
    question.save()
    _tell_below(question, clock=clock, why=question.purpose)
    tell_all(list(question.answers.select_related("question", "question__peer", "peer")), clock=clock)


def _tell_below(question: Question, *, clock: Clock, why: str) -> None:
    below = [one for one in question.to.all() if one.ended_at is None]
    tell(QUESTION, id=question.pk, body=question_body(question), to=below, clock=clock, why=why)


def put_back() -> None:
    """Let what was being answered wait again: whoever did it is gone."""
    Answer.objects.filter(peer=None, state=State.RUNNING).update(state=State.WAITING)


def take(*, clock: Clock) -> Task | None:
    """The question that has waited longest and is still open, with all organisations that wait for their turn."""
    read_new(clock=clock)  # outside of the transaction: a process reads it, and others may write meanwhile
    return _taken(clock=clock)


@transaction.atomic
def _taken(*, clock: Clock) -> Task | None:
    now, read = clock.now(), Q(question__asks_about__isnull=False)
    waiting = Answer.objects.filter(
        read, peer=None, state=State.WAITING, question__withdrawn_at=None, question__ends_at__gt=now
    )
    first = waiting.select_related("question").order_by("at", "pk").first()
    if first is None:
        return None
    asked = first.question
    mine = waiting.filter(question=asked).order_by("at", "pk")[:MOST_AT_ONCE]
    answers = dict(mine.values_list("code", "pk"))
    for some in _pieces(list(answers.values())):
        Answer.objects.filter(pk__in=some, state=State.WAITING).update(state=State.RUNNING)
    return Task(
        question=asked.pk,
        form=Question.Form(asked.form),
        text=asked.text,
        since=asked.since,
        until=asked.until,
        wants_rows=asked.wants_rows,
        answers=answers,
        seconds=max(MOST_SECONDS - asked.seconds_used, LEAST_SECONDS),
        room=MOST_KEPT - asked.bytes_kept,
    )


@transaction.atomic
def finish(task: Task, outcomes: Sequence[Outcome], *, seconds: float = 0.0, clock: Clock) -> None:
    """Keep what was found: the counts are told, the rows wait for somebody's word. What was refused meanwhile stays.

    Args:
        task: the question.
        outcomes: some of its answers.
        seconds: how long they took.
        clock: tells when they are kept.

    """
    size = sum(one.size for one in outcomes)
    spent = {"seconds_used": F("seconds_used") + seconds, "bytes_kept": F("bytes_kept") + size}
    Question.objects.filter(pk=task.question).update(**spent)
    by_key = {task.answers[one.code]: one for one in outcomes}
    now = clock.now()
    for some in _pieces(list(by_key)):
        running = Answer.objects.select_for_update(of=("self",)).filter(pk__in=some, state=State.RUNNING)
        answers = list(running.select_related("question", "question__peer", "peer"))
        policies = _policies(Organisation.objects.filter(pk__in=[one.organisation_id for one in answers]))
        for answer in answers:
            _put(answer, by_key[answer.pk], at=now)
            if answer.question.asks_about and answer.stands is State.COUNTED:
                _blur(answer, policies.get(answer.organisation_id or 0, Policy()).fewest)
        Answer.objects.bulk_update(
            answers, ["state", "reason", "events", "devices", "below", "found", "at"], batch_size=_AT_ONCE
        )
        tell_all(answers, clock=clock)


def _put(answer: Answer, found: Outcome, *, at: datetime) -> None:
    answer.at = at
    if found.why_not:
        answer.state, answer.reason = State.FAILED, found.why_not[:1000]
        return
    answer.state, answer.events, answer.devices = State.COUNTED, found.events, found.devices
    answer.reason = found.note
    if answer.question.wants_rows and found.rows is not None and found.rows.rows:
        answer.found = cleaning.plain(found.rows)


def _blur(answer: Answer, fewest: int) -> None:
    """Tell small numbers no closer: of a question about named people, none and one tell as much as any other."""
    answer.below = fewest
    small = answer.events < fewest or answer.devices < fewest
    answer.events, answer.devices = (0 if one < fewest else one for one in (answer.events, answer.devices))
    if small and fewest > 1:
        answer.reason = f"{answer.reason} {_SMALL.format(fewest=fewest)}".strip()[:1000]


def still_wanted(task: Task) -> bool:
    """Whether anybody's answer is still wanted: nobody withdrew the question, and not all have refused."""
    return Answer.objects.filter(question=task.question, state=State.RUNNING, question__withdrawn_at=None).exists()


def _pieces(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))


def tidy(*, clock: Clock) -> None:
    """Forget rows that nobody can let out any more, and questions that ended a year ago."""
    now = clock.now()
    over = Q(question__ends_at__lte=now) | Q(question__withdrawn_at__isnull=False)
    Answer.objects.filter(over).exclude(found=None).update(found=None)
    Question.objects.filter(ends_at__lt=now - _KEPT).delete()
