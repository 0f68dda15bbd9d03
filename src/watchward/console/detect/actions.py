"""What people do with alerts and hunts. Each action checks, writes and records in one transaction.

Actions on alerts take several at once, because attacks come in numbers. Those that stand where a step cannot be taken
are passed over; only when none can take it is the action refused.
"""

from collections.abc import Callable, Iterable
from typing import Final
from uuid import UUID

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access.audit import record
from watchward.console.access.guard import Actor, reach, require
from watchward.console.access.models import User
from watchward.console.detect.models import Alert, AlertStep, SavedHunt
from watchward.console.detect.ordering import learn
from watchward.console.detect.reporting import alert_from_report
from watchward.console.estate.models import Organisation
from watchward.detect.alerts.triage import AlertState, CloseReason, Step, after, allowed

MOST_AT_ONCE: Final = 1_000
"""How many alerts one action changes at most."""

LONGEST_NOTE: Final = 5_000


@transaction.atomic
def acknowledge_alerts(*, by: Actor, alerts: Iterable[UUID], clock: Clock) -> list[Alert]:
    """Say that someone is looking. Alerts that nobody has are given to whoever says so."""

    def change(alert: Alert) -> None:
        if isinstance(by, User) and alert.assignee_id is None:
            alert.assignee = by

    return _step(Step.ACKNOWLEDGE, by=by, alerts=alerts, clock=clock, change=change, text="Acknowledged")


@transaction.atomic
def close_alerts(
    *, by: Actor, alerts: Iterable[UUID], reason: CloseReason, note: str = "", clock: Clock
) -> list[Alert]:
    """Say that nothing more is to be done, and why."""
    if not reason.is_for_people:
        raise BadInputError(
            "Only a correlation withdraws what it said.", advice="Choose another reason, such as a false alarm."
        )

    def change(alert: Alert) -> None:
        alert.closed, alert.closed_reason, alert.closed_at = True, reason.value, clock.now()

    text = f"Closed: {reason.label[0].lower()}{reason.label[1:]}"
    return _step(Step.CLOSE, by=by, alerts=alerts, clock=clock, change=change, text=text, note=note)


@transaction.atomic
def reopen_alerts(*, by: Actor, alerts: Iterable[UUID], note: str = "", clock: Clock) -> list[Alert]:
    """Put alerts back among those that wait for someone: this undoes closing and acknowledging."""

    def change(alert: Alert) -> None:
        alert.closed, alert.closed_reason, alert.closed_at = False, "", None

    return _step(Step.REOPEN, by=by, alerts=alerts, clock=clock, change=change, text="Opened again", note=note)


@transaction.atomic
def assign_alerts(*, by: Actor, alerts: Iterable[UUID], assignee: User | None, clock: Clock) -> list[Alert]:
    """Give alerts to someone who may handle them, or to nobody."""
    found = _locked(by, alerts)
    for alert in found:
        if assignee is not None and alert.organisation_path not in reach(assignee, Permission.ALERT_HANDLE):
            raise BadInputError(
                f"{assignee} may not handle alerts of {alert.organisation}.",
                advice="Choose someone who holds a role there that may, or ask an administrator to give one.",
            )
        alert.assignee = assignee
        alert.save(update_fields=["assignee"])
        name = str(assignee) if assignee else "nobody"
        _note(alert, by=by, text=f"Given to {name}", clock=clock)
        record(
            AuditEvent.ALERT_ASSIGNED,
            by=by,
            subject=alert,
            organisation=alert.organisation,
            clock=clock,
            rule=alert.rule.title,
            assignee=name,
        )
    return found


@transaction.atomic
def note_alert(*, by: Actor, alert: UUID, note: str, clock: Clock) -> Alert:
    """Write something down about an alert."""
    if not note.strip():
        raise BadInputError("The note is empty.", advice="Write what others should know, then save it.")
    found = _locked(by, [alert])[0]
    _note(found, by=by, text="Note", note=note, clock=clock)
    record(
        AuditEvent.ALERT_NOTED,
        by=by,
        subject=found,
        organisation=found.organisation,
        clock=clock,
        rule=found.rule.title,
    )
    return found


@transaction.atomic
def report_oddity(*, by: User, organisation: Organisation, what: str, device: str = "", clock: Clock) -> Alert:
    """Tell those who defend an organisation that something looks odd."""
    require(by, Permission.ALERT_VIEW, at=organisation)
    if not what.strip():
        raise BadInputError("The report is empty.", advice="Say in your own words what you saw; a sentence is enough.")
    alert = alert_from_report(
        by=by, organisation=organisation, what=what.strip()[:LONGEST_NOTE], device=device.strip(), clock=clock
    )
    record(AuditEvent.ALERT_REPORTED, by=by, subject=alert, organisation=organisation, clock=clock)
    return alert


@transaction.atomic
def save_hunt(*, by: User, title: str, sql: str, clock: Clock) -> SavedHunt:
    """Keep a question to the events for another day."""
    if not (title.strip() and sql.strip()):
        raise BadInputError("A saved hunt needs a name and its SQL.", advice="Fill in both, then save it.")
    _require_somewhere(by, Permission.HUNT_RUN)
    hunt = SavedHunt.objects.create(title=title.strip()[:200], sql=sql, owner=by, saved_at=clock.now())
    record(AuditEvent.HUNT_SAVED, by=by, subject=hunt, clock=clock, sql=sql)
    return hunt


@transaction.atomic
def forget_hunt(*, by: User, hunt: SavedHunt, clock: Clock) -> None:
    """Throw a saved hunt away."""
    if hunt.owner_id != by.pk:
        raise NotAllowedError("This hunt is someone else's.", advice="Ask them to throw it away.")
    record(AuditEvent.HUNT_FORGOTTEN, by=by, subject=hunt, clock=clock, sql=hunt.sql)
    hunt.delete()


@transaction.atomic
def announce_hunt(*, by: Actor, sql: str, purpose: str, clock: Clock) -> None:
    """Record who asks the events what, and why, before anything is answered."""
    if not purpose.strip():
        raise BadInputError(
            "Say why you are looking.",
            advice="A few words are enough, such as the alert or the incident; they are kept in the audit log.",
        )
    _require_somewhere(by, Permission.HUNT_RUN)
    record(AuditEvent.HUNT_RUN, by=by, subject="events", clock=clock, sql=sql[:5_000], purpose=purpose.strip()[:500])


def _require_somewhere(by: Actor, permission: Permission) -> None:
    where = reach(by, permission)
    if not (where.everything or where.paths):
        raise NotAllowedError(
            f"{by} may not {permission.meaning} anywhere ({permission}).",
            advice="Ask an administrator for a role that may.",
        )


_EVENTS: Final = {
    Step.ACKNOWLEDGE: AuditEvent.ALERT_ACKNOWLEDGED,
    Step.CLOSE: AuditEvent.ALERT_CLOSED,
    Step.REOPEN: AuditEvent.ALERT_REOPENED,
}


def _step(  # noqa: PLR0913 - what is done, by whom, to what, and how it is told
    step: Step,
    *,
    by: Actor,
    alerts: Iterable[UUID],
    clock: Clock,
    change: Callable[[Alert], None],
    text: str,
    note: str = "",
) -> list[Alert]:
    """Take one step with every alert that stands where it can be taken."""
    found = _locked(by, alerts)
    fit = [alert for alert in found if step in allowed(AlertState(alert.state))]
    if not fit:
        after(AlertState(found[0].state), step)  # raises, and says why
    for alert in fit:
        alert.state = after(AlertState(alert.state), step)
        before = alert.closed_reason
        change(alert)
        learn(alert, before)
        alert.save(update_fields=["state", "closed", "closed_reason", "closed_at", "assignee"])
        _note(alert, by=by, text=text, note=note, clock=clock)
        record(
            _EVENTS[step],
            by=by,
            subject=alert,
            organisation=alert.organisation,
            clock=clock,
            rule=alert.rule.title,
            reason=alert.closed_reason,
        )
    return fit


def _locked(by: Actor, keys: Iterable[UUID]) -> list[Alert]:
    """The alerts, held until the transaction ends; refused unless all of them may be handled."""
    wanted = list(dict.fromkeys(keys))
    if not 0 < len(wanted) <= MOST_AT_ONCE:
        raise BadInputError(
            "No alert is chosen." if not wanted else f"{len(wanted):,} alerts are too many at once.",
            advice=f"Choose between 1 and {MOST_AT_ONCE:,} alerts, then try again.",
        )
    found = list(
        Alert.objects.select_for_update(of=("self",)).filter(pk__in=wanted).select_related("organisation", "rule")
    )
    where = reach(by, Permission.ALERT_HANDLE)
    if len(found) < len(wanted) or any(alert.organisation_path not in where for alert in found):
        raise NotAllowedError(
            f"{by} may not handle {'this alert' if len(wanted) == 1 else 'all of these alerts'}.",
            advice="Ask an administrator of that organisation for a role that may, or ask someone who holds one.",
        )
    return found


def _note(alert: Alert, *, by: Actor, text: str, clock: Clock, note: str = "") -> None:
    AlertStep.objects.create(
        alert=alert,
        at=clock.now(),
        by=by if isinstance(by, User) else None,
        by_name=str(by)[:200],
        text=text,
        note=note.strip()[:LONGEST_NOTE],
    )
