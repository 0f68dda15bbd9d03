"""What people do with filters. Each action checks, writes and records in one transaction."""

from uuid import UUID

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access.audit import record
from watchward.console.access.guard import Actor, reach, require
from watchward.console.detect.actions import MOST_AT_ONCE, close_alerts
from watchward.console.detect.models import Alert
from watchward.console.normal.adapters import write_normals_on_commit
from watchward.console.normal.looking import LONGEST_REASON, Wanted, look
from watchward.console.normal.models import Normal
from watchward.console.normal.queries import Preview
from watchward.detect.alerts.triage import CloseReason


@transaction.atomic
def make_normal(*, by: Actor, alert: UUID, wanted: Wanted, clock: Clock) -> Normal:
    """Say that something is normal, so that it raises no alerts until it expires."""
    source = Alert.objects.select_related("organisation", "rule").filter(pk=alert).first()
    if source is None:
        raise NotAllowedError("There is no such alert.", advice="Look it up in the list of alerts.")
    looked = look(by, source, wanted, clock.now().date())
    normal, found = looked.normal, looked.found
    if not wanted.reason.strip():
        raise BadInputError("Say why this is normal.", advice="Whoever meets it later must be able to judge it.")
    if found.attacks and not wanted.in_spite.strip():
        raise BadInputError(
            f"{_said(found)} {_counted(len(found.attacks), 'alert')} of a true attack.",
            advice="Ask for more, so that it hides less; or say why it must hide this all the same.",
        )
    normal.made_at = clock.now()
    normal.save(force_insert=True)
    _record(normal, found, by=by, clock=clock)
    if wanted.close:
        _close(normal, found, by=by, clock=clock)
    write_normals_on_commit(clock=clock)
    return normal


@transaction.atomic
def end_normal(*, by: Actor, normal: Normal, reason: str, clock: Clock) -> Normal:
    """End what was normal before it expires: from now on it raises alerts again."""
    require(by, Permission.RULE_TUNE, at=normal.organisation)
    if not reason.strip():
        raise BadInputError("Say why it ends.", advice="A few words are enough; they are kept with it.")
    if not normal.in_force(clock.now().date()):
        raise BadInputError("It is out of force already.", advice="Nothing is left to do.")
    normal.ended_at, normal.ended_by_name = clock.now(), str(by)[:200]
    normal.ended_reason = reason.strip()[:LONGEST_REASON]
    normal.save(update_fields=["ended_at", "ended_by_name", "ended_reason"])
    record(
        AuditEvent.FILTER_ENDED,
        by=by,
        subject=normal,
        organisation=normal.organisation,
        clock=clock,
        rule=normal.rule.title,
        reason=normal.ended_reason,
    )
    write_normals_on_commit(clock=clock)
    return normal


def _record(normal: Normal, found: Preview, *, by: Actor, clock: Clock) -> None:
    record(
        AuditEvent.FILTER_MADE,
        by=by,
        subject=normal,
        organisation=normal.organisation,
        clock=clock,
        rule=normal.rule.title,
        until=normal.expires_on.isoformat(),
        reason=normal.reason,
        would_have_hidden=len(found.hits),
    )
    if found.attacks:
        record(
            AuditEvent.FILTER_MADE_IN_SPITE,
            by=by,
            subject=normal,
            organisation=normal.organisation,
            clock=clock,
            rule=normal.rule.title,
            count=len(found.attacks),
            reason=normal.in_spite,
        )


def _close(normal: Normal, found: Preview, *, by: Actor, clock: Clock) -> None:
    """Close the open alerts of which nothing would have been left, where their author may; never a true attack."""
    handles = reach(by, Permission.ALERT_HANDLE)
    fit = [
        hit.alert.pk
        for hit in found.whole
        if not hit.attack and not hit.alert.closed and hit.alert.organisation_path in handles
    ]
    if fit:
        note = f"Normal here until {normal.expires_on:%d %B %Y}: {normal.reason}"
        close_alerts(by=by, alerts=fit[:MOST_AT_ONCE], reason=CloseReason.EXPECTED, note=note, clock=clock)


def _said(found: Preview) -> str:
    if any(hit.met for hit in found.attacks):
        return "It would have hidden"
    return "Nobody can tell any more whether it would have hidden"


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
