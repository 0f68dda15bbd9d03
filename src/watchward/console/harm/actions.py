"""What people say about the numbers behind harm, and in answer to questions. Each action checks, writes and records."""

from typing import Final

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import record
from watchward.console.access.guard import Actor, require
from watchward.console.care import actions as care
from watchward.console.care import rows
from watchward.console.care.supplier_actions import add_supplier
from watchward.console.estate.models import Organisation
from watchward.console.harm import own, questions
from watchward.console.harm.models import OwnNumber, PassedQuestion
from watchward.console.harm.signals import numbers_changed
from watchward.estate.care.tables import TABLES
from watchward.harm.parameters.overriding import Override, overridden
from watchward.harm.questions import answers
from watchward.harm.questions.answers import NO, UNKNOWN, Answer, Said
from watchward.harm.questions.finding import Asked

_MOST_REASON: Final = 300


@transaction.atomic
def say_number(*, by: Actor, organisation: Organisation | None, said: Override, clock: Clock) -> OwnNumber:
    """Put a figure in the place of a parameter, at an organisation and below it, or (None) at all of the node.

    What was said of the same parameter there before is ended.

    Raises:
        ParameterError: it cannot be; all that is wrong is said.

    """
    require(by, Permission.HARM_ASSESS, at=organisation)
    if not said.why.strip():
        raise BadInputError("A figure of your own needs its reason.", advice="Say in a few words how you know.")
    rows.in_turn()
    before = [one for one in own.standing(organisation) if not _same(one, organisation, said.key)]
    overridden(own.table_of(before), [said])
    at, who, reason = clock.now(), str(by)[:200], said.why.strip()[:_MOST_REASON]
    former = OwnNumber.objects.filter(organisation=organisation, key=said.key, ended_at=None)
    former.update(ended_at=at, ended_by=who, ended_reason="Another figure took its place")
    made = OwnNumber.objects.create(
        organisation=organisation, organisation_path=organisation.path if organisation else "", key=said.key,
        value=said.value, low=said.low, high=said.high, at=at, by=who, reason=reason,
    )  # fmt: skip
    numbers_changed.send(None, place=organisation)
    record(
        AuditEvent.HARM_NUMBER_SAID,
        by=by,
        subject=said.key,
        organisation=organisation,
        clock=clock,
        value=f"{said.value:g} ({said.low:g} to {said.high:g})",
        reason=reason,
    )
    return made


def _same(one: OwnNumber, organisation: Organisation | None, key: str) -> bool:
    return one.key == key and one.organisation_id == (organisation.pk if organisation else None)


@transaction.atomic
def end_number(*, by: Actor, number: OwnNumber, reason: str, clock: Clock) -> None:
    """Let the standing value hold again; the record of who said what instead stays."""
    require(by, Permission.HARM_ASSESS, at=number.organisation)
    if not reason.strip():
        raise BadInputError("Ending it needs a reason.", advice="Say in a few words why it holds no longer.")
    rows.in_turn()
    ended = OwnNumber.objects.filter(pk=number.pk, ended_at=None).update(
        ended_at=clock.now(), ended_by=str(by)[:200], ended_reason=reason.strip()[:_MOST_REASON]
    )
    if not ended:
        raise BadInputError("It has been ended already.", advice="Look at the list again.")
    numbers_changed.send(None, place=number.organisation)
    record(
        AuditEvent.HARM_NUMBER_ENDED,
        by=by,
        subject=number.key,
        organisation=number.organisation,
        clock=clock,
        reason=reason.strip(),
    )


@transaction.atomic
def answer_question(*, by: Actor, organisation: Organisation, answer: Answer, clock: Clock) -> None:
    """Take an answer to a question about an organisation's map into the map; "I do not know" is kept as such.

    Raises:
        BadInputError: it is none of the answers.

    """
    require(by, Permission.CARE_REFINE, at=organisation)
    rows.in_turn()
    asked = questions.asked_of(organisation)
    words = questions.words_for(organisation, asked.care)
    if answer.value == UNKNOWN:
        _pass(by, organisation, answer, words.asked(answer.subject), clock)
        return
    said = answers.said(asked, answer)
    chosen = answers.choices(asked, answer.subject).get(answer.value, answer.value)
    reason = f"Asked: {words.asked(answer.subject)} Answer: {answer.name or chosen}"[:_MOST_REASON]
    if answer.value == NO:
        _pass(by, organisation, answer, words.asked(answer.subject), clock)
    else:
        _take(by, organisation, asked, said, reason, clock)
        PassedQuestion.objects.filter(organisation=organisation, key=answer.subject.key).delete()


def _take(by: Actor, organisation: Organisation, asked: Asked, said: Said, reason: str, clock: Clock) -> None:  # noqa: PLR0913, PLR0917 - what an action is given
    """Write what an answer makes of the map, by the actions of the map."""
    known = {one.id for one in asked.care.suppliers}
    for supplier in said.care.suppliers:
        if supplier.id not in known:
            add_supplier(by=by, organisation=organisation, supplier=supplier, reason=reason, clock=clock)
    own_map = questions.is_own(organisation)
    if said.measures or (said.care.systems and not said.care.dependencies and not own_map):
        hosts = {} if own_map else {one.id.partition("/")[2]: one.host for one in said.care.systems}
        wanted = care.Arranged(
            organisation=organisation, measures=said.measures or {}, hosts=hosts, source=reason, remembered=True
        )
        care.arrange(by=by, wanted=[wanted], suppliers=[], reason=reason, clock=clock)
        if not own_map:
            return
    things = {table: {TABLES[table].key(one) for one in getattr(asked.care, table)} for table in questions.TABLES_ASKED}
    wishes = [
        care.Wish(table=table, thing=one, instead_of=key if (key := TABLES[table].key(one)) in things[table] else "")
        for table in questions.TABLES_ASKED
        for one in getattr(said.care, table)
    ]
    if wishes:
        care.refine_all(by=by, organisation=organisation, wishes=wishes, reason=reason, clock=clock)


def _pass(by: Actor, organisation: Organisation, answer: Answer, question: str, clock: Clock) -> None:
    given = {"answer": answer.value, "by": str(by)[:200], "at": clock.now()}
    PassedQuestion.objects.update_or_create(organisation=organisation, key=answer.subject.key, defaults=given)
    said = "no" if answer.value == NO else "that nobody there knows"
    record(
        AuditEvent.CARE_QUESTION_PASSED,
        by=by,
        subject=question,
        organisation=organisation,
        clock=clock,
        answer=said,
    )


@transaction.atomic
def ask_again(*, by: Actor, organisation: Organisation, key: str, clock: Clock) -> None:
    """Let a question be asked again that nobody could answer, or that was answered with no."""
    require(by, Permission.CARE_REFINE, at=organisation)
    gone, _ = PassedQuestion.objects.filter(organisation=organisation, key=key).delete()
    if not gone:
        raise BadInputError("This question is not put aside.", advice="Look at the list again.")
    record(AuditEvent.CARE_QUESTION_ASKED_AGAIN, by=by, subject=key, organisation=organisation, clock=clock)
