"""What those who issue high severity alerts do. Each action checks, writes and records in one transaction."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import record
from watchward.console.access.guard import Actor, require
from watchward.console.advisory import adapters
from watchward.console.advisory.models import Advisory, AdvisoryVersion, Answer
from watchward.console.estate.models import Organisation
from watchward.respond.advisory import answer as pure
from watchward.respond.advisory.answer import Standing
from watchward.respond.advisory.as_json import as_json
from watchward.respond.advisory.content import Advisory as Says
from watchward.respond.advisory.content import checked
from watchward.respond.advisory.correction import Correction, compared, corrected, released


@transaction.atomic
def draft_advisory(*, by: Actor, organisation: Organisation, says: Says, clock: Clock) -> Advisory:
    """Write a high severity alert for an area. Nobody is asked until it is issued."""
    require(by, Permission.ADVISORY_ISSUE, at=organisation)
    checked(says, now=clock.now())
    _fits(says, organisation)
    if Advisory.objects.filter(number=says.number).exists():
        raise BadInputError(f"There is an alert {says.number} already.", advice="Give it the next free number.")
    made = Advisory(
        number=says.number,
        organisation=organisation,
        organisation_path=organisation.path,
        drafted_at=clock.now(),
        drafted_by=str(by)[:200],
    )
    _say(made, says)
    record(AuditEvent.ADVISORY_DRAFTED, by=by, subject=made, organisation=organisation, clock=clock)
    return made


@transaction.atomic
def change_draft(*, by: Actor, advisory: Advisory, says: Says, clock: Clock) -> Advisory:
    """Write a draft anew."""
    require(by, Permission.ADVISORY_ISSUE, at=advisory.organisation)
    locked = _locked(advisory, Advisory.State.DRAFT)
    checked(says, now=clock.now())
    _fits(says, locked.organisation)
    _same_number(locked, says)
    _say(locked, says)
    record(AuditEvent.ADVISORY_DRAFTED, by=by, subject=locked, organisation=locked.organisation, clock=clock)
    return locked


@transaction.atomic
def discard_draft(*, by: Actor, advisory: Advisory, clock: Clock) -> None:
    """Throw a draft away."""
    require(by, Permission.ADVISORY_ISSUE, at=advisory.organisation)
    locked = _locked(advisory, Advisory.State.DRAFT)
    record(AuditEvent.ADVISORY_DISCARDED, by=by, subject=locked, organisation=locked.organisation, clock=clock)
    locked.delete()


@transaction.atomic
def issue_advisory(*, by: Actor, advisory: Advisory, clock: Clock) -> Advisory:
    """Ask every organisation that a drafted alert concerns; the worker tells people of it within the minute."""
    require(by, Permission.ADVISORY_ISSUE, at=advisory.organisation)
    locked, now = _locked(advisory, Advisory.State.DRAFT), clock.now()
    checked(locked.says, now=now)
    rows, found = adapters.proposals_for(locked.says, locked.organisation, now)
    if not rows:
        raise BadInputError("It concerns nobody.", advice="Choose other kinds of organisations, or a larger area.")
    locked.state, locked.version = Advisory.State.ISSUED, 1
    locked.issued_at, locked.issued_by = now, str(by)[:200]
    locked.save()
    _keep_version(locked, by=by, why="", clock=clock)
    adapters.ask(locked, rows, found, now=now)
    asked = f"{len(rows):,}"
    record(
        AuditEvent.ADVISORY_ISSUED, by=by, subject=locked, organisation=locked.organisation, clock=clock, asked=asked
    )
    return locked


@transaction.atomic
def correct_advisory(*, by: Actor, advisory: Advisory, says: Says, reason: str, clock: Clock) -> int:
    """Say something else from now on; return how many organisations are asked again, or for the first time.

    Those are asked again whose answer the correction touches: other words ask nobody again.
    """
    require(by, Permission.ADVISORY_ISSUE, at=advisory.organisation)
    locked, now = _locked(advisory, Advisory.State.ISSUED), clock.now()
    if not reason.strip():
        raise BadInputError("A correction needs its reason.", advice="Say what was wrong, for those who answered.")
    checked(says, now=locked.issued_at or now)  # what was to be done by a day that has passed may still stand there
    _fits(says, locked.organisation)
    _same_number(locked, says)
    before = locked.says
    _say(locked, says)
    Advisory.objects.filter(pk=locked.pk).update(version=F("version") + 1)
    locked.refresh_from_db()
    _keep_version(locked, by=by, why=reason.strip(), clock=clock)
    again = _ask_again(locked, before, by=by, clock=clock)
    record(
        AuditEvent.ADVISORY_CORRECTED,
        by=by,
        subject=locked,
        organisation=locked.organisation,
        clock=clock,
        reason=reason.strip()[:300],
        asked=f"{again:,}",
    )
    return again


@transaction.atomic
def withdraw_advisory(*, by: Actor, advisory: Advisory, reason: str, clock: Clock) -> Advisory:
    """Take an alert back: nothing is due for it any more, and what was answered stays on record."""
    require(by, Permission.ADVISORY_ISSUE, at=advisory.organisation)
    locked, now = _locked(advisory, Advisory.State.ISSUED), clock.now()
    if not reason.strip():
        raise BadInputError("A withdrawal needs its reason.", advice="Say why it no longer holds.")
    locked.state, locked.withdrawn_at, locked.withdrawn_why = Advisory.State.WITHDRAWN, now, reason.strip()[:300]
    locked.save()
    _release(locked, at=now)
    where, why = locked.organisation, locked.withdrawn_why
    record(AuditEvent.ADVISORY_WITHDRAWN, by=by, subject=locked, organisation=where, clock=clock, reason=why)
    return locked


def _locked(advisory: Advisory, state: Advisory.State) -> Advisory:
    """The row, held until the transaction ends, if it is as far as it has to be."""
    found = Advisory.objects.select_for_update().select_related("organisation").get(pk=advisory.pk)
    if found.state != state:
        is_now = Advisory.State(found.state).label.lower()
        raise BadInputError(
            f"The alert {found.number} is {is_now}, not {state.label.lower()}.",
            advice="Look at it again: somebody may have changed it a moment ago.",
        )
    return found


def _say(advisory: Advisory, says: Says) -> None:
    advisory.title, advisory.severity = says.title.strip(), says.severity.value
    advisory.content, advisory.act_by = as_json(says), says.act_by
    advisory.save()


def _fits(says: Says, area: Organisation) -> None:
    if says.whom.area != area.code:
        raise BadInputError(
            f"It says that it holds at {says.whom.area}, and not at {area.code}.", advice="Give both the same code."
        )


def _same_number(advisory: Advisory, says: Says) -> None:
    if says.number != advisory.number:
        raise BadInputError("An alert keeps its number.", advice=f"Leave it {advisory.number}, or draft another alert.")


def _keep_version(advisory: Advisory, *, by: Actor, why: str, clock: Clock) -> None:
    AdvisoryVersion.objects.create(
        advisory=advisory,
        number=advisory.version,
        at=clock.now(),
        by_name=str(by)[:200],
        why=why[:300],
        content=advisory.content,
    )


def _ask_again(advisory: Advisory, before: Says, *, by: Actor, clock: Clock) -> int:
    """Ask those again whom a correction touches, ask those who are newly concerned, release those who no longer are."""
    now, says = clock.now(), advisory.says
    rows, found = adapters.proposals_for(says, advisory.organisation, now)
    wanted = {pk for pk, _, _ in rows}
    correction = compared(before, says)
    changed, entries, known, again = [], [], set[int](), 0
    for answer in Answer.objects.filter(advisory=advisory).iterator(2_000):
        known.add(answer.organisation_id)
        stood, due_before = adapters.stands(answer), answer.due_by
        stays = answer.organisation_id in wanted
        stands = _after_correction(stood, correction, stays=stays, at=now)
        adapters.put(answer, stands, act_by=says.act_by)
        if stands != stood:
            again += stays
            text = "Asked again: the alert was corrected" if stays else "No longer asked: the alert was corrected"
            answer.voice = ""
            entries.append(adapters.entry_of(answer, at=now, by_name=str(by), text=text))
        if stands != stood or answer.due_by != due_before:
            changed.append(answer)
    adapters.store(changed, entries)
    new = [row for row in rows if row[0] not in known]
    if new:
        adapters.ask(advisory, new, found, now=now)
    Answer.objects.filter(pk__in=[one.pk for one in changed if one.standing == Standing.ASKED]).update(told_at=None)
    return again + len(new)


def _after_correction(stood: pure.Answer, correction: Correction, *, stays: bool, at: datetime) -> pure.Answer:
    if not stays:
        return released(stood, at=at)
    if stood.standing is Standing.RELEASED:
        return pure.asked(at)
    return corrected(stood, correction, at=at)


def _release(advisory: Advisory, *, at: datetime) -> None:
    """Release all who owe something, in one statement: that it was withdrawn, and when, stands with the alert."""
    Answer.objects.filter(advisory=advisory, due_by__isnull=False).update(
        standing=Standing.RELEASED.value, said_at=at, due_by=None, due_clock="", wants_help=False
    )
