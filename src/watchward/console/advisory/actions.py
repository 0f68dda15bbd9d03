"""What those who issue high severity alerts do. Each action checks, writes and records in one transaction."""

from django.db import transaction
from django.db.models import F

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import record
from watchward.console.access.guard import Actor, require
from watchward.console.advisory import adapters, asking, passing
from watchward.console.advisory.models import Advisory
from watchward.console.estate.models import Organisation
from watchward.respond.advisory.content import Advisory as Says
from watchward.respond.advisory.content import checked


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
    asking.say(made, says)
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
    asking.say(locked, says)
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
    asking.keep_version(locked, by_name=str(by), why="", at=now)
    asking.ask(locked, rows, found, now=now)
    passing.down(locked, clock=clock)
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
    asking.say(locked, says)
    Advisory.objects.filter(pk=locked.pk).update(version=F("version") + 1)
    locked.refresh_from_db()
    asking.keep_version(locked, by_name=str(by), why=reason.strip(), at=now)
    again = asking.ask_again(locked, before, by_name=str(by), at=now, now=now)
    passing.down(locked, clock=clock)
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
    locked = _locked(advisory, Advisory.State.ISSUED)
    if not reason.strip():
        raise BadInputError("A withdrawal needs its reason.", advice="Say why it no longer holds.")
    asking.withdraw(locked, why=reason.strip(), at=clock.now())
    passing.down(locked, clock=clock)
    where, why = locked.organisation, locked.withdrawn_why
    record(AuditEvent.ADVISORY_WITHDRAWN, by=by, subject=locked, organisation=where, clock=clock, reason=why)
    return locked


def _locked(advisory: Advisory, state: Advisory.State) -> Advisory:
    """The row, held until the transaction ends, if it is as far as it has to be."""
    held = Advisory.objects.select_for_update(of=("self",)).select_related("organisation", "peer")
    found = held.get(pk=advisory.pk)
    if found.state != state:
        is_now = Advisory.State(found.state).label.lower()
        raise BadInputError(
            f"The alert {found.number} is {is_now}, not {state.label.lower()}.",
            advice="Look at it again: somebody may have changed it a moment ago.",
        )
    adapters.require_own(found)
    return found


def _fits(says: Says, area: Organisation) -> None:
    if says.whom.area != area.code:
        raise BadInputError(
            f"It says that it holds at {says.whom.area}, and not at {area.code}.", advice="Give both the same code."
        )


def _same_number(advisory: Advisory, says: Says) -> None:
    if says.number != advisory.number:
        raise BadInputError("An alert keeps its number.", advice=f"Leave it {advisory.number}, or draft another alert.")
