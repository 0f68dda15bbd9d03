"""What people do with rotas, contacts and incidents. Each action checks, writes and records in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import record
from watchward.console.access.guard import Actor, require
from watchward.console.access.models import User
from watchward.console.config import current
from watchward.console.detect.models import Alert
from watchward.console.detect.queries import alerts_visible_to
from watchward.console.estate.models import Organisation
from watchward.console.respond.adapters import new_notice
from watchward.console.respond.models import (
    Contact,
    Incident,
    IncidentAlert,
    IncidentEntry,
    Notice,
    Rota,
    RotaDuty,
    RotaStep,
)
from watchward.detect.alerts.triage import AlertState, Step, after
from watchward.respond.incident import IncidentState, Severity, moved
from watchward.respond.message import Message
from watchward.respond.rota import Channel, Hours
from watchward.respond.target import host_and_port

MOST_STEPS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDetails:
    """How someone is reached.

    Args:
        address: a mail address, or the web address of a channel or gateway.
        recipient: the telephone number, for text messages.
        secret: what the gateway asks for; kept, and never shown again.

    """

    name: str
    channel: Channel
    address: str
    recipient: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RotaRules:
    """What holds for a whole rota; the levels are ranks, 0 to 4."""

    tell_from: int
    disturb_from: int
    quiet_from: time | None
    quiet_until: time | None
    repeat_minutes: int
    climbs: bool


@transaction.atomic
def add_contact(*, by: Actor, organisation: Organisation, details: ContactDetails, clock: Clock) -> Contact:
    """Add a way to reach someone."""
    require(by, Permission.ROTA_MANAGE, at=organisation)
    _check(details)
    contact = Contact.objects.create(
        organisation=organisation,
        organisation_path=organisation.path,
        name=details.name.strip()[:100],
        channel=details.channel.value,
        address=details.address.strip(),
        recipient=details.recipient.strip(),
        secret=details.secret,
    )
    channel = details.channel.label
    record(AuditEvent.CONTACT_ADDED, by=by, subject=contact, organisation=organisation, clock=clock, channel=channel)
    return contact


@transaction.atomic
def remove_contact(*, by: Actor, contact: Contact, clock: Clock) -> None:
    """Remove a way to reach someone, and with it their duties."""
    require(by, Permission.ROTA_MANAGE, at=contact.organisation)
    record(AuditEvent.CONTACT_REMOVED, by=by, subject=contact, organisation=contact.organisation, clock=clock)
    contact.delete()


@transaction.atomic
def try_contact(*, by: Actor, contact: Contact, clock: Clock) -> Notice:
    """Send a trial notice, so that nobody learns at three in the morning that an address is wrong."""
    require(by, Permission.ROTA_MANAGE, at=contact.organisation)
    message = Message(
        subject=f"A trial from Watchward ({contact.organisation.name})",
        lines=("This is a trial. Alerts would reach you like this.",),
        url=current().public_url,
    )
    notice = new_notice(contact, message, step=0, alerts=0, now=clock.now())
    notice.save(force_insert=True)
    record(AuditEvent.CONTACT_TRIED, by=by, subject=contact, organisation=contact.organisation, clock=clock)
    return notice


@transaction.atomic
def set_rota(*, by: Actor, organisation: Organisation, rules: RotaRules, clock: Clock) -> Rota:
    """Say from which level people are told, when they are left in peace, and whether alerts climb further up."""
    require(by, Permission.ROTA_MANAGE, at=organisation)
    if (rules.quiet_from is None) != (rules.quiet_until is None):
        raise BadInputError("Quiet hours need a beginning and an end.", advice="Give both times, or neither.")
    rota, _ = Rota.objects.update_or_create(
        organisation=organisation,
        defaults={
            "organisation_path": organisation.path,
            "tell_from": rules.tell_from,
            "disturb_from": rules.disturb_from,
            "quiet_from": rules.quiet_from,
            "quiet_until": rules.quiet_until,
            "repeat_minutes": rules.repeat_minutes,
            "climbs": rules.climbs,
        },
    )
    record(AuditEvent.ROTA_CHANGED, by=by, subject=rota, organisation=organisation, clock=clock, change="its rules")
    return rota


@transaction.atomic
def add_duty(  # noqa: PLR0913 - who, where on the ladder, and when
    *, by: Actor, organisation: Organisation, number: int, contact: Contact, hours: Hours | None, clock: Clock
) -> RotaDuty:
    """Put someone on a step of an organisation's rota; a step after the last one lengthens the ladder."""
    require(by, Permission.ROTA_MANAGE, at=organisation)
    rota, _ = Rota.objects.get_or_create(organisation=organisation, defaults={"organisation_path": organisation.path})
    if contact.organisation_id != organisation.pk:
        raise BadInputError("This contact belongs to another organisation.", advice="Add a contact here first.")
    if not 1 <= number <= min(rota.steps.count() + 1, MOST_STEPS):
        raise BadInputError(f"There is no step {number}.", advice="Choose a step of the ladder, or the next one.")
    step, _ = RotaStep.objects.get_or_create(rota=rota, number=number)
    duty = RotaDuty.objects.create(
        step=step,
        contact=contact,
        days="".join(str(day) for day in sorted(hours.days)) if hours else "0123456",
        begin=hours.begin if hours else None,
        end=hours.end if hours else None,
    )
    change = f"{contact.name} is on step {number}"
    record(AuditEvent.ROTA_CHANGED, by=by, subject=rota, organisation=organisation, clock=clock, change=change)
    return duty


@transaction.atomic
def remove_duty(*, by: Actor, duty: RotaDuty, clock: Clock) -> None:
    """Take someone off a step; a step without anyone disappears, and those after it move up."""
    rota = duty.step.rota
    require(by, Permission.ROTA_MANAGE, at=rota.organisation)
    step = duty.step
    change = f"{duty.contact.name} is no longer on step {step.number}"
    duty.delete()
    if not step.duties.exists():
        step.delete()
        for number, later in enumerate(rota.steps.order_by("number"), start=1):
            RotaStep.objects.filter(pk=later.pk).update(number=number)
    record(AuditEvent.ROTA_CHANGED, by=by, subject=rota, organisation=rota.organisation, clock=clock, change=change)


@transaction.atomic
def set_wait(*, by: Actor, step: RotaStep, minutes: int, clock: Clock) -> RotaStep:
    """Say how long the people of a step have before the next step is told."""
    rota = step.rota
    require(by, Permission.ROTA_MANAGE, at=rota.organisation)
    if not 1 <= minutes <= 24 * 60:
        raise BadInputError("A step waits from 1 minute to 24 hours.", advice="Enter minutes, such as 15.")
    step.wait_minutes = minutes
    step.save(update_fields=["wait_minutes"])
    change = f"step {step.number} waits {minutes} minutes"
    record(AuditEvent.ROTA_CHANGED, by=by, subject=rota, organisation=rota.organisation, clock=clock, change=change)
    return step


@transaction.atomic
def open_incident(  # noqa: PLR0913 - what an incident begins with
    *,
    by: Actor,
    organisation: Organisation,
    title: str,
    severity: Severity,
    alerts: Iterable[UUID] = (),
    note: str = "",
    clock: Clock,
) -> Incident:
    """Declare that something is happening, and join the alerts that told of it."""
    require(by, Permission.INCIDENT_DECLARE, at=organisation)
    if not title.strip():
        raise BadInputError("An incident needs a title.", advice="Say in a few words what is happening.")
    now = clock.now()
    incident = Incident.objects.create(
        organisation=organisation,
        organisation_path=organisation.path,
        title=title.strip()[:200],
        severity=severity.value,
        state=IncidentState.OPEN.value,
        opened_at=now,
        changed_at=now,
        lead=by if isinstance(by, User) else None,
    )
    _entry(incident, by=by, text=f"Opened with severity {severity.label.lower()}", note=note, clock=clock)
    record(
        AuditEvent.INCIDENT_OPENED,
        by=by,
        subject=incident,
        organisation=organisation,
        clock=clock,
        severity=severity.label,
    )
    _join(incident, alerts, by=by, clock=clock)
    return incident


@transaction.atomic
def join_alerts(*, by: Actor, incident: Incident, alerts: Iterable[UUID], clock: Clock) -> Incident:
    """Say that alerts belong to an incident; those that wait are acknowledged by it."""
    require(by, Permission.INCIDENT_MANAGE, at=incident.organisation)
    joined = _join(incident, alerts, by=by, clock=clock)
    if joined:
        record(
            AuditEvent.INCIDENT_JOINED,
            by=by,
            subject=incident,
            organisation=incident.organisation,
            clock=clock,
            count=joined,
        )
    return incident


@transaction.atomic
def note_incident(*, by: Actor, incident: Incident, note: str, clock: Clock) -> IncidentEntry:
    """Write something into an incident's time line."""
    require(by, Permission.INCIDENT_MANAGE, at=incident.organisation)
    if not note.strip():
        raise BadInputError("The note is empty.", advice="Write what was done, seen or decided.")
    record(AuditEvent.INCIDENT_NOTED, by=by, subject=incident, organisation=incident.organisation, clock=clock)
    return _entry(incident, by=by, text="Note", note=note.strip(), clock=clock)


@transaction.atomic
def change_incident(  # noqa: PLR0913 - all that can be changed at once
    *,
    by: Actor,
    incident: Incident,
    title: str | None = None,
    severity: Severity | None = None,
    state: IncidentState | None = None,
    lead: User | None = None,
    note: str = "",
    clock: Clock,
) -> Incident:
    """Change how serious an incident is, where it stands, what it is called, or who leads it."""
    require(by, Permission.INCIDENT_MANAGE, at=incident.organisation)
    said = [
        *_renamed(incident, title),
        *_regraded(incident, severity),
        *_moved(incident, state, clock),
        *_led_by(incident, lead),
    ]
    if not said:
        return incident
    incident.save()
    text = "; ".join(said)
    _entry(incident, by=by, text=text[:300], note=note.strip(), clock=clock)
    record(
        AuditEvent.INCIDENT_CHANGED,
        by=by,
        subject=incident,
        organisation=incident.organisation,
        clock=clock,
        change=text,
    )
    return incident


@transaction.atomic
def add_person(*, by: Actor, incident: Incident, person: User, clock: Clock) -> Incident:
    """Say that someone works on an incident."""
    require(by, Permission.INCIDENT_MANAGE, at=incident.organisation)
    if not incident.people.filter(pk=person.pk).exists():
        incident.people.add(person)
        change = f"{person} works on it"
        _entry(incident, by=by, text=change, clock=clock)
        record(
            AuditEvent.INCIDENT_CHANGED,
            by=by,
            subject=incident,
            organisation=incident.organisation,
            clock=clock,
            change=change,
        )
    return incident


def _check(details: ContactDetails) -> None:
    """Refuse an address that could never be reached, or must not be."""
    if not details.name.strip():
        raise BadInputError("A contact needs a name.", advice="Enter who is reached by it.")
    if details.channel is Channel.EMAIL:
        try:
            validate_email(details.address.strip())
        except ValidationError as error:
            raise BadInputError(
                "This is not an email address.", advice="Enter one such as on-call@trust.example."
            ) from error
        return
    host_and_port(details.address.strip(), trusted=current().webhook_hosts)
    if details.channel in {Channel.SMS_FORM, Channel.SMS_JSON} and not details.recipient.strip():
        raise BadInputError("A text message needs a telephone number.", advice="Enter it with the country's code.")


def _entry(incident: Incident, *, by: Actor, text: str, note: str = "", clock: Clock) -> IncidentEntry:
    now = clock.now()
    Incident.objects.filter(pk=incident.pk).update(changed_at=now)
    return IncidentEntry.objects.create(incident=incident, at=now, by_name=str(by)[:200], text=text, note=note)


def _join(incident: Incident, alerts: Iterable[UUID], *, by: Actor, clock: Clock) -> int:
    """Join those alerts that are at or below the incident's organisation, visible, and in no incident yet."""
    found = alerts_visible_to(by).filter(pk__in=list(alerts), incident_link=None).select_related("rule")
    joined = [alert for alert in found if alert.organisation_path.startswith(incident.organisation_path)]
    now = clock.now()
    IncidentAlert.objects.bulk_create(IncidentAlert(incident=incident, alert=alert, joined_at=now) for alert in joined)
    for alert in joined:
        if alert.state == AlertState.OPEN:
            state = after(AlertState.OPEN, Step.ACKNOWLEDGE)
            Alert.objects.filter(pk=alert.pk).update(state=state.value)
            alert.steps.create(at=now, by=by if isinstance(by, User) else None, by_name=str(by)[:200],
                               text=f"Joined to the incident “{incident.title}”"[:300])  # fmt: skip
    if joined:
        first = joined[0].rule.title
        more = f" and {len(joined) - 1:,} more" if len(joined) > 1 else ""
        _entry(incident, by=by, text=f"Alert joined: {first}{more}"[:300], clock=clock)
    return len(joined)


def _renamed(incident: Incident, title: str | None) -> list[str]:
    if title is None or not title.strip() or title.strip() == incident.title:
        return []
    incident.title = title.strip()[:200]
    return [f"Renamed to “{incident.title}”"]


def _regraded(incident: Incident, severity: Severity | None) -> list[str]:
    if severity is None or severity == incident.named_severity:
        return []
    before, incident.severity = incident.named_severity, severity.value
    return [f"Severity from {before.label.lower()} to {severity.label.lower()}"]


def _moved(incident: Incident, state: IncidentState | None, clock: Clock) -> list[str]:
    if state is None or state == incident.named_state:
        return []
    incident.state = moved(incident.named_state, state).value
    incident.closed_at = clock.now() if state is IncidentState.CLOSED else None
    return [f"Now {state}: {state.meaning.lower().rstrip('.')}"]


def _led_by(incident: Incident, lead: User | None) -> list[str]:
    if lead is None or lead.pk == incident.lead_id:
        return []
    incident.lead = lead
    return [f"Led by {lead}"]
