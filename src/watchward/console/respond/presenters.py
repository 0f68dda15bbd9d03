"""How rotas, notices and incidents look on a page."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from watchward.console.config import current
from watchward.console.detect.models import Alert
from watchward.console.estate.presenters import breadcrumbs
from watchward.console.respond.models import LEVELS, Contact, Incident, Notice, Rota, RotaDuty
from watchward.detect.sigma.rule import Level
from watchward.respond.incident import IncidentState, Severity
from watchward.respond.rota import Channel

__all__ = ["breadcrumbs"]

Params = dict[str, object]

_SEVERITY_COLOUR: Final = {
    Severity.CRITICAL: "red",
    Severity.SEVERE: "orange",
    Severity.MODERATE: "yellow",
    Severity.LOW: "grey",
}
_STATE_COLOUR: Final = {
    IncidentState.OPEN: "red",
    IncidentState.CONTAINED: "orange",
    IncidentState.RECOVERED: "green",
    IncidentState.CLOSED: "grey",
}
_NOTICE_COLOUR: Final = {"queued": "yellow", "sent": "green", "failed": "red"}
_LEVEL_COLOUR: Final = {Level.CRITICAL: "red", Level.HIGH: "orange", Level.MEDIUM: "yellow"}
_DAYS: Final = {"0123456": "every day", "01234": "Monday to Friday", "56": "Saturday and Sunday"}


def severity_tag(incident: Incident) -> Params:
    """How badly care is hurt."""
    severity = incident.named_severity
    return {"text": f"{severity.label} harm", "colour": _SEVERITY_COLOUR[severity]}


def state_tag(incident: Incident) -> Params:
    """Where it stands."""
    return {"text": incident.state.capitalize(), "colour": _STATE_COLOUR[incident.named_state]}


def notice_tag(notice: Notice) -> Params:
    """How far a notice has come."""
    if notice.state == Notice.State.SENT and notice.contact and current().plays(notice.contact.address):
        return {"text": "Played, not sent", "colour": "blue"}
    return {"text": Notice.State(notice.state).label, "colour": _NOTICE_COLOUR[notice.state]}


def level_tag(alert: Alert) -> Params:
    """How serious an alert is."""
    level = LEVELS[alert.level]
    return {"text": level.value.capitalize(), "colour": _LEVEL_COLOUR.get(level, "grey")}


def channel_label(channel: str) -> str:
    """A channel in words."""
    return Channel(channel).label if channel in set(Channel) else channel


def reached_at(contact: Contact) -> str:
    """Where a contact is reached: of a web address only the host, because the rest is a secret."""
    if contact.channel == Channel.EMAIL:
        return contact.address
    host = urlsplit(contact.address).hostname or ""
    return f"{contact.recipient} by {host}" if contact.recipient else host


def hours_of(duty: RotaDuty) -> str:
    """When someone is on duty."""
    days = _DAYS.get(duty.days, "some days")
    if duty.begin is None or duty.end is None:
        return "at all hours"
    if duty.begin == duty.end:
        return f"{days}, all day"
    return f"{days}, {duty.begin:%H:%M} to {duty.end:%H:%M}"


def after(wait: timedelta) -> str:
    """How much later, in words.

    >>> after(timedelta(0)), after(timedelta(minutes=15))
    ('At once', 'After 15 minutes')

    """
    minutes = int(wait.total_seconds() // 60)
    return f"After {minutes:,} minutes" if minutes else "At once"


def rules_of(rota: Rota | None) -> dict[str, object]:
    """The rules of a rota, for its form; those of a new one where there is none."""
    rota = rota or Rota()
    return {
        "tell_from": str(rota.tell_from),
        "disturb_from": str(rota.disturb_from),
        "quiet_from": rota.quiet_from and f"{rota.quiet_from:%H:%M}",
        "quiet_until": rota.quiet_until and f"{rota.quiet_until:%H:%M}",
        "repeat_minutes": rota.repeat_minutes,
        "climbs": rota.climbs,
    }


def incident_from(alert: Alert) -> dict[str, object]:
    """What an incident that begins with an alert is first called."""
    return {"title": f"{alert.rule.title} on {alert.device}"[:200], "organisation": alert.organisation.code}


def severity_choices(chosen: object) -> list[Params]:
    """The radio buttons for a severity, the worst first, each with its meaning."""
    return [
        {"value": str(one.value), "text": one.label, "hint": {"text": one.meaning}, "checked": str(one.value) == chosen}
        for one in sorted(Severity, reverse=True)
    ]
