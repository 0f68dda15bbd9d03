"""What organisations answer, what is answered for small ones, and help that is offered: a part of actions.py."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import Deed, record, record_each
from watchward.console.access.guard import Actor, require
from watchward.console.advisory import adapters, passing, telling
from watchward.console.advisory.models import Advisory, Answer, AnswerEntry
from watchward.console.estate.models import Organisation
from watchward.estate.organisation import OrganisationKind
from watchward.respond.advisory.answer import Step, after, needs_note
from watchward.respond.advisory.content import SMALL
from watchward.respond.advisory.speaking import Voice, may_answer_for

MOST_AT_ONCE = 5_000
"""Organisations that one action answers for, or offers help to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an action for many organisations did.

    Args:
        done: for how many.
        passed_over: for how many not: they are large, have a node or have answered for themselves, or nothing is open.

    """

    done: int
    passed_over: int


@transaction.atomic
def answer_advisory(*, by: Actor, answer: Answer, step: Step, note: str, clock: Clock) -> Answer:
    """Say something for one's own organisation."""
    require(by, Permission.ADVISORY_ANSWER, at=answer.organisation)
    locked = _locked(answer)
    if needs_note(step, small=locked.kind in SMALL) and not note.strip():
        raise BadInputError(
            "This needs a reason in words.", advice="Say why, and for a risk who decided to carry it and until when."
        )
    entry = _say(locked, step, voice=Voice.OWN, note=note, by=by, clock=clock)
    adapters.store([locked], [entry])
    event = AuditEvent.ADVISORY_ANSWERED
    said = step.said.lower()
    record(event, by=by, subject=locked.advisory, organisation=locked.organisation, clock=clock, said=said)
    passing.up([locked], clock=clock)
    return locked


@transaction.atomic
def answer_for(  # noqa: PLR0913 - for whom, what, and on what ground
    *,
    by: Actor,
    advisory: Advisory,
    organisations: Collection[Organisation],
    step: Step,
    note: str,
    clock: Clock,
) -> Told:
    """Answer for small organisations that one hosts; those that have answered for themselves are left alone."""
    for one in organisations:
        require(by, Permission.ADVISORY_ANSWER_FOR, at=one)
    _few(organisations)
    if not note.strip():
        raise BadInputError("Say on what ground you answer for them.", advice="Such as: we run their computers.")
    changed, entries, deeds, elsewhere = [], [], [], adapters.at_other_nodes()
    for answer in _answers(advisory, organisations):
        if answer.organisation_path in elsewhere:
            continue  # its own node answers
        if may_answer_for(OrganisationKind(answer.kind), Voice(answer.voice), answer.stands, step):
            entries.append(_say(answer, step, voice=Voice.FOR, note=note, by=by, clock=clock))
            changed.append(answer)
            details = {"said": step.said.lower()}
            deeds.append(Deed(subject=advisory, organisation=answer.organisation, details=details))
    adapters.store(changed, entries)
    record_each(AuditEvent.ADVISORY_ANSWERED_FOR, by=by, deeds=deeds, clock=clock)
    passing.up(changed, clock=clock)
    return Told(done=len(changed), passed_over=len(organisations) - len(changed))


@transaction.atomic
def offer_help(
    *, by: Actor, advisory: Advisory, organisations: Collection[Organisation], note: str, clock: Clock
) -> Told:
    """Offer help to organisations that have not come to an end: those who are told of alerts there get a notice."""
    for one in organisations:
        require(by, Permission.ADVISORY_HELP, at=one)
    _few(organisations)
    if not note.strip():
        raise BadInputError("Say what help you offer.", advice="Such as a telephone number, and who will answer it.")
    now, offered = clock.now(), [one for one in _answers(advisory, organisations) if one.stands.is_open]
    text = "Offered help"
    entries = [adapters.entry_of(one, at=now, by_name=str(by), text=text, note=note.strip()) for one in offered]
    Answer.objects.filter(pk__in=[one.pk for one in offered]).update(offered_at=now)
    AnswerEntry.objects.bulk_create(entries, batch_size=500)
    passing.offer(advisory, offered, by_name=str(by), note=note.strip(), clock=clock)
    elsewhere = adapters.at_other_nodes()
    here = [one for one in offered if one.organisation_path not in elsewhere]
    telling.tell_of_help(advisory, here, by_name=str(by), note=note.strip(), now=now)
    deeds = [Deed(subject=advisory, organisation=one.organisation) for one in offered]
    record_each(AuditEvent.ADVISORY_HELP_OFFERED, by=by, deeds=deeds, clock=clock)
    return Told(done=len(offered), passed_over=len(organisations) - len(offered))


def _few(organisations: Collection[Organisation]) -> None:
    if len(organisations) > MOST_AT_ONCE:
        raise BadInputError(
            f"These are {len(organisations):,} organisations, and {MOST_AT_ONCE:,} is the most at once.",
            advice="Narrow the list to a smaller area, and go on with the next one.",
        )


def _locked(answer: Answer) -> Answer:
    """The row, held until the transaction ends, of an alert that holds."""
    found = Answer.objects.select_for_update(of=("self",)).select_related("advisory", "organisation").get(pk=answer.pk)
    if found.advisory.state != Advisory.State.ISSUED:
        raise BadInputError(
            f"The alert {found.advisory.number} was withdrawn.", advice="Nothing needs to be said about it any more."
        )
    if found.organisation_path in adapters.at_other_nodes():
        raise BadInputError(
            f"{found.organisation} has a node of its own, and answers there.", advice="Sign in at that node."
        )
    return found


def _answers(advisory: Advisory, organisations: Collection[Organisation]) -> list[Answer]:
    """The answers of some organisations, held until the transaction ends."""
    if advisory.state != Advisory.State.ISSUED:
        return []
    held = Answer.objects.select_for_update(of=("self",)).select_related("organisation")
    found: list[Answer] = []
    keys = [one.pk for one in organisations]
    for start in range(0, len(keys), 500):
        found += held.filter(advisory=advisory, organisation__in=keys[start : start + 500])
    for one in found:
        one.advisory = advisory
    return found


def _say(answer: Answer, step: Step, *, voice: Voice, note: str, by: Actor, clock: Clock) -> AnswerEntry:  # noqa: PLR0913 - what is said, and by whom
    now = clock.now()
    adapters.put(answer, after(adapters.stands(answer), step, at=now), act_by=answer.advisory.act_by)
    answer.voice, answer.by_name, answer.note = voice.value, str(by)[:200], note.strip()[:1000]
    return adapters.entry_of(answer, at=now, by_name=str(by), text=step.said, note=note.strip())
