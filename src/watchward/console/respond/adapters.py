"""Between the pure decision whom to tell, and the database: what it needs to know, and the notices that it asks for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from django.db import transaction
from django.db.models import F, Max, Prefetch, Window
from django.db.models.functions import RowNumber

from watchward.base.clock import Clock
from watchward.console.access.guard import Reach
from watchward.console.config import current
from watchward.console.detect.models import LEVELS, Alert
from watchward.console.respond.models import Contact, Notice, NoticeAlert, Rota, RotaDuty, RotaStep
from watchward.detect.alerts.triage import AlertState
from watchward.respond import rota as pure
from watchward.respond.escalation import Due, Told, Waiting, due
from watchward.respond.message import AlertLine, Message, compose

HORIZON: Final = timedelta(days=3)
"""An alert that is older tells nobody any more: it stays on the page."""

MOST_OF_EACH: Final = 500
"""How many alerts of each organisation one decision looks at: the most serious. A flood at one hides no other's."""


def as_rota(stored: Rota) -> pure.Rota:
    """A stored rota as the pure decision knows it."""
    quiet = None
    if stored.quiet_from is not None and stored.quiet_until is not None:
        quiet = pure.Hours(begin=stored.quiet_from, end=stored.quiet_until)
    return pure.Rota(
        organisation=stored.organisation.code,
        tell_from=stored.tell_from,
        disturb_from=stored.disturb_from,
        quiet=quiet,
        repeat=timedelta(minutes=stored.repeat_minutes),
        climbs=stored.climbs,
        steps=tuple(
            pure.Step(
                duties=tuple(_duty(duty) for duty in step.duties.all()), wait=timedelta(minutes=step.wait_minutes)
            )
            for step in stored.steps.all()
        ),
    )


def _duty(stored: RotaDuty) -> pure.Duty:
    hours = None
    if stored.begin is not None and stored.end is not None:
        hours = pure.Hours(begin=stored.begin, end=stored.end, days=frozenset(int(day) for day in stored.days))
    return pure.Duty(contact=str(stored.contact_id), hours=hours)


def stored_rotas(paths: Sequence[str] | None = None) -> dict[str, Rota]:
    """Rotas with their steps and duties, by their organisation's path; all of them, or those of some organisations."""
    found = Rota.objects.select_related("organisation").prefetch_related(
        Prefetch("steps", RotaStep.objects.prefetch_related("duties"))
    )
    if paths is not None:
        found = found.filter(organisation_path__in=paths)
    return {rota.organisation_path: rota for rota in found}


def ladder(path: str, rotas: Mapping[str, pure.Rota]) -> list[pure.Rota]:
    """The rotas of an organisation and of those above it, nearest first."""
    codes = path.strip("/").split("/")
    above = ["/" + "/".join(codes[:depth]) + "/" for depth in range(len(codes), 0, -1)]
    return [rotas[place] for place in above if place in rotas]


@transaction.atomic
def write_due_notices(*, clock: Clock) -> list[Notice]:
    """Decide whom to tell now, and write the notices; the same moment decided twice writes nothing more."""
    rotas = {path: as_rota(rota) for path, rota in stored_rotas().items()}
    if not rotas:
        return []
    now = clock.now()
    alerts = _waiting(rotas, now)
    told = _told(alerts)
    by_path: dict[str, list[Waiting]] = defaultdict(list)
    for alert in alerts.values():
        by_path[alert.organisation_path].append(
            Waiting(key=str(alert.pk), level=alert.level, score=alert.score, raised_at=alert.received_at)
        )
    wanted = due({path: ladder(path, rotas) for path in by_path}, by_path, told, _last_notices(now), now)
    return _write(wanted, alerts, told, now)


def _waiting(rotas: Mapping[str, pure.Rota], now: datetime) -> dict[str, Alert]:
    """The unacknowledged alerts at or below an organisation with a rota, the most serious ones of each."""
    lowest = min(rota.tell_from for rota in rotas.values())
    found = Alert.objects.filter(
        Reach(paths=tuple(rotas)).q("organisation_path"),
        state=AlertState.OPEN.value,
        level__gte=lowest,
        received_at__gte=now - HORIZON,
        received_at__lte=now,
    )
    by_score = Window(
        RowNumber(), partition_by="organisation", order_by=[F("score").desc(), F("received_at").desc(), F("id").asc()]
    )
    chosen = found.annotate(place=by_score).filter(place__lte=MOST_OF_EACH)
    return {str(alert.pk): alert for alert in chosen.order_by().select_related("organisation", "rule")}


def _told(alerts: Mapping[str, Alert]) -> dict[tuple[str, str], Told]:
    found: dict[tuple[str, str], Told] = {}
    keys = [alert.pk for alert in alerts.values()]
    for start in range(0, len(keys), 500):
        about = NoticeAlert.objects.filter(alert__in=keys[start : start + 500]).order_by()
        rows = about.values_list("contact", "alert").annotate(times=Max("times"), last=Max("notice__created_at"))
        for contact, alert, times, last in rows:
            found[str(contact), str(alert)] = Told(times=times, last_at=last)
    return found


def _last_notices(now: datetime) -> dict[str, datetime]:
    recent = Notice.objects.filter(created_at__gte=now - timedelta(hours=1), alerts__gt=0, contact__isnull=False)
    return {
        str(contact): last for contact, last in recent.order_by().values_list("contact").annotate(Max("created_at"))
    }


def _write(
    wanted: Iterable[Due], alerts: Mapping[str, Alert], told: Mapping[tuple[str, str], Told], now: datetime
) -> list[Notice]:
    wanted = list(wanted)
    contacts = Contact.objects.select_related("organisation").in_bulk([int(one.contact) for one in wanted])
    notices: list[Notice] = []
    about: list[NoticeAlert] = []
    for one in wanted:
        contact = contacts[int(one.contact)]
        before = [told.get((one.contact, key)) for key in one.alerts]
        message = compose(
            [_line(alerts[key]) for key in one.alerts],
            step=one.step,
            repeat=all(before),
            list_url=f"{_console()}/alerts/?state=open",
        )
        notice = new_notice(contact, message, step=one.step, alerts=len(one.alerts), now=now)
        notices.append(notice)
        about += [
            NoticeAlert(notice=notice, contact=contact, alert=alerts[key], times=(known.times if known else 0) + 1)
            for key, known in zip(one.alerts, before, strict=True)
        ]
    Notice.objects.bulk_create(notices)
    NoticeAlert.objects.bulk_create(about, batch_size=500)
    return notices


def new_notice(contact: Contact, message: Message, *, step: int, alerts: int, now: datetime) -> Notice:
    """A notice that waits to be sent; not stored yet."""
    return Notice(
        id=uuid4(),
        contact=contact,
        contact_name=contact.name,
        channel=contact.channel,
        organisation=contact.organisation,
        organisation_path=contact.organisation_path,
        subject=message.subject[:300],
        lines=list(message.lines),
        url=message.url,
        step=step,
        alerts=alerts,
        created_at=now,
        next_try_at=now,
    )


def _line(alert: Alert) -> AlertLine:
    return AlertLine(
        level=LEVELS[alert.level].value.capitalize(),
        title=alert.rule.title,
        organisation=alert.organisation.name,
        raised_at=alert.received_at,
        url=f"{_console()}/alerts/{alert.pk}/",
    )


def _console() -> str:
    return current().public_url.rstrip("/")
