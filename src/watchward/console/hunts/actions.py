"""What people do with questions that travel. Each action checks, writes, tells and records in one transaction."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access.audit import record
from watchward.console.access.guard import Actor, Service, reach, require, require_anywhere
from watchward.console.access.models import Post, User
from watchward.console.config import current
from watchward.console.estate.models import Organisation
from watchward.console.hunts import adapters, cleaning, looks
from watchward.console.hunts.models import Answer, Policy, Question, State
from watchward.console.hunts.people import asks_about
from watchward.console.hunts.wire import MOST_BELOW, Rows, question_body
from watchward.console.link.telling import children, tell
from watchward.detect.sigma.document import parse
from watchward.detect.sigma.rule import Rejected
from watchward.lake import hunt
from watchward.lake.hunt import Limits
from watchward.telemetry.batch import ENVELOPE, UNMAPPED

MOST_DAYS: Final = 90
MOST_OPEN: Final = 10
"""Questions of one person that may be open at once."""

OPEN_FOR: Final = timedelta(days=7)
"""For so long answers are taken."""

LONGEST_TEXT: Final = 100_000

_TRIAL: Final = Limits(seconds=10.0, memory_bytes=512 << 20, rows=0)
"""What a query may use that is asked of nobody's events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants to ask.

    Args:
        title: in a few words.
        purpose: what for; those who are asked read it.
        form: the language of `text`.
        text: a Sigma rule or correlation, or one SELECT over `events`.
        days: how many days before now the events may have happened.
        rows: whether some rows are wanted too, which somebody at each organisation has to let out.

    """

    title: str
    purpose: str
    form: Question.Form
    text: str
    days: int
    rows: bool = False


def ask_question(*, by: Actor, wanted: Wanted, clock: Clock) -> Question:
    """Ask the organisations of this node and of the nodes below that the asker may ask.

    Raises:
        BadInputError: no node could answer it, or the asker has too many open.

    """
    require_anywhere(by, Permission.HUNT_ASK)
    _require_room(by, clock)  # before the trial, so that whoever has too many open can have nothing tried
    # Outside of the transaction: a trial may take seconds, in which nobody else could write to an SQLite database.
    _require_answerable(wanted)
    about = asks_about(wanted.form, wanted.text)
    with transaction.atomic():
        return _ask(by, wanted, about, clock)


def _ask(by: Actor, wanted: Wanted, about: list[str], clock: Clock) -> Question:
    _require_room(by, clock)
    where = reach(by, Permission.HUNT_ASK)
    question = _new(by, wanted, about, clock)
    asked = [peer for peer in children() if peer.organisation is not None and peer.organisation.path in where]
    question.to.set(asked)
    tell(adapters.QUESTION, id=question.pk, body=question_body(question), to=asked, clock=clock, why=question.purpose)
    here = adapters.ask_here(question, within=where, clock=clock)
    record(
        AuditEvent.QUESTION_ASKED,
        by=by,
        subject=question,
        clock=clock,
        purpose=question.purpose,
        text=question.text[:5_000],
        asks_about=", ".join(about),
        nodes=len(asked),
        organisations=len(here),
        question=question.pk,
    )
    return question


def _new(by: Actor, wanted: Wanted, about: list[str], clock: Clock) -> Question:
    now = clock.now()
    return Question.objects.create(
        by=by if isinstance(by, User) else None,
        asker=str(by),
        node=_speaks_for(by),
        title=" ".join(wanted.title.split())[:200],
        purpose=wanted.purpose.strip()[:1000],
        form=wanted.form,
        text=wanted.text,
        asks_about=about,
        since=now - timedelta(days=wanted.days),
        until=now,
        wants_rows=wanted.rows,
        at=now,
        ends_at=now + OPEN_FOR,
    )


@transaction.atomic
def withdraw_question(*, by: Actor, question: Question, clock: Clock) -> None:
    """Want no more answers; what was answered stays with whoever asked."""
    asked_it = isinstance(by, User) and question.by_id == by.pk
    if question.peer_id is not None or not (asked_it or reach(by, Permission.HUNT_ASK).everything):
        raise NotAllowedError("Somebody else asked this.", advice="Refuse it for your organisation instead.")
    if question.withdrawn_at is None:
        adapters.end(question, clock=clock)
        record(AuditEvent.QUESTION_WITHDRAWN, by=by, subject=question, clock=clock, question=question.pk)


@transaction.atomic
def allow_counting(*, by: Actor, answer: Answer, clock: Clock) -> None:
    """Let the events of an organisation be counted for this question."""
    organisation = _held(by, answer, clock)
    if answer.stands is not State.ASKED:
        raise BadInputError("Nobody waits for a word on this.", advice="See what became of it in the meantime.")
    answer.state, answer.decided_by = State.WAITING, str(by)
    adapters.keep(answer, clock=clock)
    record(
        AuditEvent.QUESTION_ALLOWED,
        by=by,
        subject=answer.question,
        organisation=organisation,
        clock=clock,
        asks_about=", ".join(answer.question.asks_about or ()),
    )


@transaction.atomic
def refuse_answer(*, by: Actor, answer: Answer, reason: str, clock: Clock) -> None:
    """Say nothing, or nothing more than was counted, and why."""
    organisation = _held(by, answer, clock)
    why = reason.strip()[:1000]
    if not why:
        raise BadInputError("Whoever asked wants to know why.", advice="Give a reason in a few words.")
    if answer.stands is State.GIVEN:
        raise BadInputError("The rows have left already.", advice="Ask whoever asked to delete them.")
    answer.state, answer.reason, answer.decided_by = State.REFUSED, why, str(by)
    answer.found = answer.rows = None
    answer.events = answer.devices = answer.below = 0
    adapters.keep(answer, clock=clock)
    record(
        AuditEvent.QUESTION_REFUSED, by=by, subject=answer.question, organisation=organisation, clock=clock, reason=why
    )


@transaction.atomic
def look_at_rows(*, by: Actor, answer: Answer, whole: bool, page: int | None, clock: Clock) -> Rows:
    """Show what was found as it would leave, and remember that somebody has seen it.

    That a person has looked at names is recorded once for a look, however often a page is shown in it.

    Args:
        by: who looks.
        answer: of an organisation of this node.
        whole: with the names of people and computers.
        page: which page is shown; None: all of them.
        clock: tells when.

    """
    organisation = _answered_for(by, answer)
    rows = cleaning.to_give(answer, whole=whole)
    every = range(1, looks.pages_of(rows) + 1)
    pages = [one for one in every if page in (None, one)]
    if pages and looks.remember(by, answer, whole=whole, pages=pages, clock=clock) and whole:
        record(
            AuditEvent.QUESTION_NAMES_SEEN,
            by=by,
            subject=answer.question,
            organisation=organisation,
            clock=clock,
            rows=len(rows.rows),
            question=answer.question_id,
        )
    return rows


@transaction.atomic
def give_rows(*, by: Actor, answer: Answer, whole: bool, unseen: bool, clock: Clock) -> None:
    """Let out the rows that were found, with what is shaped like a person or an internal name taken out, or whole.

    Args:
        by: who lets them out; they have seen them all, or say that those may go which they have not seen.
        answer: of an organisation of this node.
        whole: with the names of people and computers.
        unseen: also the rows that they have not looked at.
        clock: tells when.

    """
    organisation = _held(by, answer, clock)
    if answer.stands is not State.COUNTED or not answer.found:
        raise BadInputError("There are no rows to give.", advice="See what became of the question in the meantime.")
    if not answer.question.wants_rows:
        raise BadInputError("No rows were asked for.", advice="Nothing needs to be done; the counts are there.")
    rows = cleaning.to_give(answer, whole=whole)
    seen = looks.seen_by(by, answer, rows, whole=whole)
    if seen < len(rows.rows) and not unseen:
        raise BadInputError(
            f"You have seen {seen:,} of {len(rows.rows):,} rows.",
            advice="Look at the others too, or say that they may go although you have not seen them.",
        )
    answer.state, answer.rows, answer.decided_by = State.GIVEN, cleaning.plain(rows), str(by)
    adapters.keep(answer, clock=clock)
    record(
        AuditEvent.QUESTION_ROWS_GIVEN,
        by=by,
        subject=answer.question,
        organisation=organisation,
        clock=clock,
        rows=len(rows.rows),
        seen=seen,
        whole=whole,
        asker=f"{answer.question.asker}, {answer.question.node}",
    )


@transaction.atomic
def set_hunt_policy(  # noqa: PLR0913 - a policy says three things
    *, by: Actor, organisation: Organisation, counts: Policy.Counts, people: Policy.Counts, fewest: int, clock: Clock
) -> None:
    """Say what an organisation does with questions of other nodes.

    Args:
        by: who says it.
        organisation: whose policy it is.
        counts: what it does with any question.
        people: what it does with one that asks about named people, where that is stricter.
        fewest: of those, numbers below this are told as fewer than this; 1 tells each number.
        clock: tells when.

    """
    require(by, Permission.HUNT_ANSWER, at=organisation)
    if not 1 <= fewest <= MOST_BELOW:
        raise BadInputError(f"{fewest} is no such number.", advice=f"Give one from 1 to {MOST_BELOW:,}.")
    said = {"counts": counts, "people": people, "fewest": fewest}
    Policy.objects.update_or_create(organisation=organisation, defaults=said)
    record(
        AuditEvent.QUESTION_POLICY_SET,
        by=by,
        subject=organisation,
        organisation=organisation,
        clock=clock,
        counts=counts.label,
        people=people.label,
        fewest=fewest,
    )


def _answered_for(by: Actor, answer: Answer) -> Organisation:
    """The organisation of this node that answers, if this person may answer for it."""
    if answer.organisation is None or answer.peer_id is not None:
        raise BadInputError("Another node answers this.", advice="Only people of that organisation can.")
    require(by, Permission.HUNT_ANSWER, at=answer.organisation)
    return answer.organisation


def _held(by: Actor, answer: Answer, clock: Clock) -> Organisation:
    """The organisation that answers, if this person may answer for it; nobody else changes its answer until the end.

    Two people may decide at once, and the worker may finish meanwhile: whoever comes second sees what the first did.
    """
    organisation = _answered_for(by, answer)
    if Answer.objects.select_for_update().filter(pk=answer.pk).first() is None:
        raise BadInputError("The question is no longer there.", advice="Nothing needs to be done.")
    answer.refresh_from_db()
    if not answer.question.is_open(clock.now()):
        raise BadInputError("The question has ended.", advice="Nothing needs to be done: no more answers are taken.")
    return organisation


def _require_room(by: Actor, clock: Clock) -> None:
    """Refuse whoever has too many questions open."""
    person = by if isinstance(by, User) else None
    mine = Question.objects.filter(by=person, peer=None, withdrawn_at=None, ends_at__gt=clock.now())
    if mine.count() >= MOST_OPEN:
        raise BadInputError(
            f"You have {MOST_OPEN} questions open.", advice="Withdraw one that has told you enough, then ask again."
        )


def _require_answerable(wanted: Wanted) -> None:
    if not wanted.title.strip() or not wanted.purpose.strip():
        raise BadInputError(
            "A question needs a title and a purpose.", advice="Say in a few words what you ask, and what for."
        )
    if not 1 <= wanted.days <= MOST_DAYS:
        raise BadInputError(f"{wanted.days} days cannot be asked about.", advice=f"Ask about 1 to {MOST_DAYS} days.")
    if len(wanted.text) > LONGEST_TEXT:
        raise BadInputError("The question is too long.", advice=f"Shorten it to {LONGEST_TEXT:,} characters.")
    if wanted.form is Question.Form.SQL:
        _try(wanted)
        return
    found = parse(wanted.text.encode(), Path("rule.yml"))
    for one in found:
        if isinstance(one, Rejected):
            raise BadInputError(f"Line {one.line} of the rule: {one.reason}.", advice=one.advice)
    if not found:
        raise BadInputError("There is no rule in this text.", advice="Paste a Sigma rule or correlation, in YAML.")


def _try(wanted: Wanted) -> None:
    """Ask a query of nobody's events, to see whether any node could answer it."""
    answer = hunt.run(current().lake, wanted.text, organisations=frozenset(), limits=_TRIAL, fields=adapters.FIELDS)
    sources = answer.sources or [None] * len(answer.columns)
    untold = [name for name, source in zip(answer.columns, sources, strict=True) if not cleaning.may_go(source)]
    if untold == [UNMAPPED.name] and set(ENVELOPE.names) <= set(answer.columns):
        return  # `*` has it among all else
    if wanted.rows and untold:
        raise BadInputError(
            f"Nobody could let out the column {untold[0][:100]!r}: it may hide whom it is about.",
            advice="Select fields as they are, FROM events alone, or count; or do not ask for the rows.",
        )


def _speaks_for(by: Actor) -> str:
    """The organisation in whose name somebody asks: of their first role that may, else the one on top."""
    posts = Post.objects.none() if isinstance(by, Service) else Post.objects.filter(user=by)
    for post in posts.filter(organisation__isnull=False).select_related("organisation"):
        if post.organisation is not None and post.organisation.path in reach(by, Permission.HUNT_ASK):
            return post.organisation.name
    top = Organisation.objects.filter(parent=None).order_by("code").first()
    return top.name if top else "the node above"
