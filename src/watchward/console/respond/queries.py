"""What may be read about rotas, notices and incidents, and who may read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from watchward.access.permissions import Permission
from watchward.access.roles import roles_granting
from watchward.console.access.guard import Actor, Reach, organisations_where, reach
from watchward.console.access.models import User
from watchward.console.detect.models import Alert
from watchward.console.detect.queries import alerts_visible_to
from watchward.console.estate.models import Organisation
from watchward.console.respond.adapters import as_rota, ladder, stored_rotas
from watchward.console.respond.models import Contact, Incident, IncidentEntry, Notice, Rota, RotaDuty, RotaStep
from watchward.respond.incident import IncidentState

PAGE: Final = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class WouldTell:
    """Who would be told of an alert that came now, how much later, and by whose rota."""

    after: timedelta
    contacts: tuple[str, ...]
    organisation: str


def organisation_for_rota(viewer: Actor, code: str) -> Organisation | None:
    """An organisation whose rota the viewer may see."""
    return organisations_where(viewer, Permission.ROTA_VIEW).filter(code=code.upper()).first()


def may_manage_rota(viewer: Actor, organisation: Organisation) -> bool:
    """Whether someone may change the rota and the contacts of an organisation."""
    return organisation.path in reach(viewer, Permission.ROTA_MANAGE)


def rota_of(organisation: Organisation) -> Rota | None:
    """An organisation's own rota, with steps and duties."""
    return stored_rotas([organisation.path]).get(organisation.path)


def duties_of(rota: Rota | None) -> list[tuple[RotaStep, list[RotaDuty]]]:
    """The steps of a rota, each with who is on it."""
    if rota is None:
        return []
    return [(step, list(step.duties.select_related("contact"))) for step in rota.steps.all()]


def contacts_of(organisation: Organisation) -> list[Contact]:
    """The contacts of an organisation."""
    return list(organisation.contacts.all())


def contacts_offered(organisation: Organisation) -> QuerySet[Contact]:
    """The ways to reach somebody that an organisation's rota may use, for a form to choose from."""
    return Contact.objects.filter(organisation=organisation)


def contact_visible_to(viewer: Actor, key: int) -> Contact | None:
    """One contact of an organisation whose rota the viewer may see."""
    found = Contact.objects.filter(reach(viewer, Permission.ROTA_VIEW).q("organisation_path"), pk=key)
    return found.select_related("organisation").first()


def duty_visible_to(viewer: Actor, key: int) -> RotaDuty | None:
    """One duty of a rota that the viewer may see."""
    within = reach(viewer, Permission.ROTA_VIEW).q("step__rota__organisation_path")
    return RotaDuty.objects.filter(within, pk=key).select_related("step__rota__organisation", "contact").first()


def step_visible_to(viewer: Actor, key: int) -> RotaStep | None:
    """One step of a rota that the viewer may see."""
    within = reach(viewer, Permission.ROTA_VIEW).q("rota__organisation_path")
    return RotaStep.objects.filter(within, pk=key).select_related("rota__organisation").first()


def would_tell(organisation: Organisation, level: int, now: datetime) -> list[WouldTell]:
    """Who would be told of an alert of some level that came to an organisation now and that nobody answered."""
    codes = organisation.path.strip("/").split("/")
    above = ["/" + "/".join(codes[:depth]) + "/" for depth in range(len(codes), 0, -1)]
    stored = stored_rotas(above)
    names = {
        str(pk): name for pk, name in Contact.objects.values_list("pk", "name").filter(organisation_path__in=above)
    }
    found: list[WouldTell] = []
    after = timedelta(0)
    for rota in ladder(organisation.path, {path: as_rota(one) for path, one in stored.items()}):
        whose = next(one.organisation.name for one in stored.values() if one.organisation.code == rota.organisation)
        for step in rota.steps:
            on_duty = step.on_duty(now + after)
            if on_duty and level >= rota.tell_from:
                contacts = tuple(names.get(contact, contact) for contact in on_duty)
                found.append(WouldTell(after=after, contacts=contacts, organisation=whose))
                after += step.wait
        if not rota.climbs:
            break
    return found


def notices_visible_to(viewer: Actor) -> QuerySet[Notice]:
    """The notices to contacts of organisations whose rota the viewer may see, the newest first."""
    found = Notice.objects.filter(reach(viewer, Permission.ROTA_VIEW).q("organisation_path"))
    return found.select_related("contact", "organisation").order_by("-created_at", "id")


def notice_page(viewer: Actor, below: str, number: int) -> tuple[list[Notice], bool]:
    """One page of notices, and whether there is another after it."""
    found = notices_visible_to(viewer).filter(_below(below))
    rows = list(found[(number - 1) * PAGE : number * PAGE + 1])
    return rows[:PAGE], len(rows) > PAGE


def incidents_visible_to(viewer: Actor) -> QuerySet[Incident]:
    """The incidents of organisations whose incidents the viewer may see."""
    return Incident.objects.filter(reach(viewer, Permission.INCIDENT_VIEW).q("organisation_path"))


def incident_page(viewer: Actor, *, closed: bool, below: str, text: str, number: int) -> tuple[list[Incident], int]:
    """One page of incidents, the most severe first, and how many there are."""
    found = incidents_visible_to(viewer).filter(_below(below))
    found = found.filter(state=IncidentState.CLOSED) if closed else found.exclude(state=IncidentState.CLOSED)
    if text:
        found = found.filter(Q(title__icontains=text) | Q(organisation__name__icontains=text))
    shown = found.select_related("organisation", "lead").annotate(alert_count=Count("joined"))
    return list(shown.order_by("-severity", "-changed_at", "pk")[(number - 1) * PAGE : number * PAGE]), found.count()


def incident_visible_to(viewer: Actor, key: int) -> Incident | None:
    """One incident, if the viewer may see it."""
    return incidents_visible_to(viewer).filter(pk=key).select_related("organisation", "lead").first()


def entries_of(incident: Incident) -> list[IncidentEntry]:
    """The time line of an incident, the newest first."""
    return list(incident.entries.all()[:500])


def alerts_of(viewer: Actor, incident: Incident) -> tuple[list[Alert], int]:
    """The alerts of an incident that the viewer may see, and how many it has."""
    found = alerts_visible_to(viewer).filter(incident_link__incident=incident)
    shown = found.select_related("rule", "organisation", "stake").order_by("-score", "-last_at")[:100]
    return list(shown), incident.joined.count()


def people_of(incident: Incident) -> list[User]:
    """Who works on an incident, besides whoever leads it."""
    return list(incident.people.all())


def people_who_may_work_on(organisation: Organisation) -> list[User]:
    """Those who may manage incidents of an organisation."""
    codes = organisation.path.strip("/").split("/")
    above = ["/" + "/".join(codes[: depth + 1]) + "/" for depth in range(len(codes))]
    held = Q(posts__organisation__path__in=above) | Q(posts__organisation=None)
    roles = roles_granting(Permission.INCIDENT_MANAGE)
    return list(User.objects.filter(held, posts__role__in=roles, is_active=True).distinct().order_by("name")[:200])


def may_manage_incident(viewer: Actor, incident: Incident) -> bool:
    """Whether someone may change an incident."""
    return incident.organisation_path in reach(viewer, Permission.INCIDENT_MANAGE)


def may_declare(viewer: Actor, organisation: Organisation) -> bool:
    """Whether someone may open an incident at an organisation."""
    return organisation.path in reach(viewer, Permission.INCIDENT_DECLARE)


def organisations_for_incidents(viewer: Actor) -> QuerySet[Organisation]:
    """The organisations at which someone may open an incident."""
    return organisations_where(viewer, Permission.INCIDENT_DECLARE)


def alert_for_incident(viewer: Actor, key: UUID) -> Alert | None:
    """An alert from which an incident may begin, with the incident that it belongs to already."""
    return alerts_visible_to(viewer).filter(pk=key).select_related("rule", "organisation").first()


def incident_of(alert: Alert) -> int | None:
    """The incident that an alert belongs to."""
    return Incident.objects.filter(joined__alert=alert).values_list("pk", flat=True).first()


def open_incidents_for(viewer: Actor, organisation: Organisation) -> Sequence[Incident]:
    """The incidents that are not closed, at an organisation or above it, to which its alerts may be joined."""
    codes = organisation.path.strip("/").split("/")
    above = ["/" + "/".join(codes[: depth + 1]) + "/" for depth in range(len(codes))]
    managed = Incident.objects.filter(reach(viewer, Permission.INCIDENT_MANAGE).q("organisation_path"))
    found = managed.filter(organisation_path__in=above).exclude(state=IncidentState.CLOSED)
    return list(found.select_related("organisation").order_by("-changed_at")[:20])


def _below(code: str) -> Q:
    if not code:
        return Q()
    paths = Organisation.objects.filter(code=code.upper()).values_list("path", flat=True)
    return Reach(paths=tuple(paths)).q("organisation_path")
