"""Tells people of high severity alerts by the rotas of the console: the part of adapters.py that writes notices.

Whoever is on duty at the nearest organisation with a rota is told: at the organisation itself, or at the one above that
hosts it. One notice to a person, however many organisations it is about.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from watchward.base.clock import Clock
from watchward.console.advisory.adapters import at_other_nodes
from watchward.console.advisory.models import Advisory, Answer
from watchward.console.config import current
from watchward.console.respond.adapters import as_rota, new_notice, stored_rotas
from watchward.console.respond.models import Contact, Notice
from watchward.respond.advisory.content import Severity
from watchward.respond.message import Message
from watchward.respond.rota import LONDON, Rota
from watchward.telemetry.masking import masked_text

_MOST: Final = 50_000
"""Answers that one run looks at: the rest wait for the next one."""


@transaction.atomic
def tell_asked(*, clock: Clock) -> int:
    """Tell people of alerts by which their organisations were asked; return how many notices were written."""
    now, written = clock.now(), 0
    for advisory in Advisory.objects.filter(state=Advisory.State.ISSUED, answers__told_at=None).distinct():
        waiting = _with_names(Answer.objects.filter(advisory=advisory, told_at=None))
        told, contacts = _to_whom(list(waiting[:_MOST]), advisory, now, first_only=True)
        written += _write(contacts, partial(_asked, advisory), now)
        _mark(told, told_at=now)
    return written


@transaction.atomic
def tell_late(*, clock: Clock) -> int:
    """Tell everyone on duty that an answer is late, once for each time that one is due.

    People of an organisation with a node of its own are told there, and by nobody above once more (ADR 0252).
    """
    now, written = clock.now(), 0
    waiting = Answer.objects.filter(due_by__lte=now, late_told=False, advisory__state=Advisory.State.ISSUED)
    late = _with_names(waiting.exclude(at_other_nodes().q("organisation_path"))).order_by("due_by")[:_MOST]
    by_advisory: dict[int, list[Answer]] = defaultdict(list)
    for answer in late:
        by_advisory[answer.advisory_id].append(answer)
    for advisory in Advisory.objects.filter(pk__in=by_advisory):
        answers = by_advisory[advisory.pk]
        told, contacts = _to_whom(answers, advisory, now, first_only=False)
        written += _write(contacts, partial(_late, advisory), now)
        _mark(told, late_told=True)
    return written


def _with_names(answers: QuerySet[Answer]) -> QuerySet[Answer]:
    """What a notice says of answers, in one look however many they are."""
    named = ("advisory_id", "organisation_path", "due_by", "organisation__code", "organisation__name")
    return answers.select_related("organisation").only(*named)


def tell_of_help(advisory: Advisory, answers: Sequence[Answer], *, by_name: str, note: str, now: datetime) -> int:
    """Tell people that somebody offers their organisation help."""
    _, contacts = _to_whom(answers, advisory, now, first_only=True, at_any_hour=True)
    return _write(contacts, lambda some: _help(advisory, some, by_name, note), now)


def _to_whom(
    answers: Iterable[Answer], advisory: Advisory, now: datetime, *, first_only: bool, at_any_hour: bool = False
) -> tuple[list[int], dict[int, list[Answer]]]:
    """Which answers somebody is told of now, or nobody can ever be; and by contact, of which."""
    rotas = {path: as_rota(one) for path, one in stored_rotas().items()}
    urgent = at_any_hour or advisory.severity == Severity.CRITICAL
    on_duty: dict[str, tuple[str, ...] | None] = {}
    done: list[int] = []
    contacts: dict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        nearest = next((path for path in _above(answer.organisation_path) if path in rotas), "")
        if nearest not in on_duty:
            on_duty[nearest] = _on_duty(rotas, nearest, now, first_only=first_only, urgent=urgent)
        if (people := on_duty[nearest]) is None:
            continue  # quiet hours: they are told when these end
        done.append(answer.pk)
        for contact in people:
            contacts[int(contact)].append(answer)
    return done, contacts


def _above(path: str) -> Iterator[str]:
    """An organisation's path, and those above it."""
    codes = path.strip("/").split("/")
    return ("/" + "/".join(codes[:depth]) + "/" for depth in range(len(codes), 0, -1))


def _on_duty(
    rotas: Mapping[str, Rota], path: str, now: datetime, *, first_only: bool, urgent: bool
) -> tuple[str, ...] | None:
    """Who is on duty by a rota: on its first step with anybody, or on all; None in its quiet hours."""
    rota = rotas.get(path)
    if rota is None:
        return ()
    if rota.quiet is not None and rota.quiet.holds(now) and not urgent:
        return None
    steps = [people for step in rota.steps if (people := step.on_duty(now))]
    return tuple(dict.fromkeys(one for step in (steps[:1] if first_only else steps) for one in step))


def _write(contacts: Mapping[int, list[Answer]], say: Callable[[list[Answer]], Message], now: datetime) -> int:
    found = Contact.objects.select_related("organisation").in_bulk(list(contacts))
    notices = [
        new_notice(contact, _masked(say(contacts[key])), step=1, alerts=0, now=now) for key, contact in found.items()
    ]
    Notice.objects.bulk_create(notices)
    return len(notices)


def _mark(keys: Sequence[int], **changes: object) -> None:
    for start in range(0, len(keys), 500):
        Answer.objects.filter(pk__in=keys[start : start + 500]).update(**changes)


def _asked(advisory: Advisory, some: Sequence[Answer]) -> Message:
    says = advisory.says
    due = min(says.act_by, *(one.due_by or says.act_by for one in some))
    lines = [says.plain, "", *(f"By {_day(one.by)}: {one.text}" for one in says.actions), ""]
    lines.append(f"A first answer is due by {due.astimezone(LONDON):%-d %B, %H:%M}.")
    subject = f"High severity alert {advisory.number}: {advisory.title} ({_whom(some)})"
    return Message(subject=subject, lines=tuple(lines), url=_url(advisory, some))


def _late(advisory: Advisory, some: Sequence[Answer]) -> Message:
    subject = f"Late: high severity alert {advisory.number}: {advisory.title} ({_whom(some)})"
    lines = ("What was due has not come. If you cannot do it, say so: help is there.", "", advisory.says.plain)
    return Message(subject=subject, lines=lines, url=_url(advisory, some))


def _help(advisory: Advisory, some: Sequence[Answer], by_name: str, note: str) -> Message:
    subject = f"Help with high severity alert {advisory.number}: {advisory.title} ({_whom(some)})"
    return Message(subject=subject, lines=(f"{by_name} offers help:", note), url=_url(advisory, some))


def _whom(some: Sequence[Answer]) -> str:
    return some[0].organisation.name if len(some) == 1 else f"{len(some):,} organisations"


def _url(advisory: Advisory, some: Sequence[Answer]) -> str:
    place = f"at/{some[0].organisation.code}/" if len(some) == 1 else ""
    return f"{current().public_url.rstrip('/')}/advisories/{advisory.number}/{place}"


def _day(at: datetime) -> str:
    return f"{at.astimezone(LONDON):%-d %B %Y}"


def _masked(message: Message) -> Message:
    """Without whatever is shaped like an NHS number: a notice leaves the organisation."""
    subject = " ".join(masked_text(message.subject).split())
    return Message(subject=subject, lines=tuple(masked_text(line) for line in message.lines), url=message.url)
