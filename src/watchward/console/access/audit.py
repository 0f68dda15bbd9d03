"""The record of what was done: one entry an action, in the action's own transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC

from django.db import connection, models

from watchward.access.chain import START, Link, canonical
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.console.access.guard import Actor, Service
from watchward.console.access.models import AuditEntry, AuditHead
from watchward.console.estate.models import Organisation

Detail = str | int | bool | None

_AT_ONCE = 500
"""How many entries one statement writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One of several things that were done in one action.

    Args:
        subject: what it was done to: a stored object, or the name of something that is not stored here.
        organisation: the organisation that it concerns; None for what concerns the whole node.
        details: what else the sentence of the event needs, and whatever an auditor would ask.

    """

    subject: models.Model | str
    organisation: Organisation | None = None
    details: Mapping[str, Detail] = field(default_factory=dict)


def record(
    event: AuditEvent,
    *,
    by: Actor | models.Model,
    subject: models.Model | str,
    organisation: Organisation | None = None,
    clock: Clock,
    **details: Detail,
) -> AuditEntry:
    """Add an entry to the log. It stands or falls with the transaction in which it is called.

    Args:
        event: what was done.
        by: who did it: somebody, a part of the node, or the record of another organisation's program.
        subject: see `Deed`.
        organisation: see `Deed`.
        clock: tells when.
        details: see `Deed`.

    """
    deed = Deed(subject=subject, organisation=organisation, details=details)
    return record_each(event, by=by, deeds=[deed], clock=clock)[0]


def record_each(
    event: AuditEvent, *, by: Actor | models.Model, deeds: Iterable[Deed], clock: Clock
) -> list[AuditEntry]:
    """Add an entry for each of several deeds, in a few writes however many they are."""
    if not connection.in_atomic_block:
        raise RuntimeError("record() belongs into the transaction of the action that it records")
    head = _locked_head()
    at = clock.now().astimezone(UTC)
    entries = []
    for deed in deeds:
        where = deed.organisation
        link = Link(
            number=head.number + 1,
            at=at.isoformat(timespec="microseconds"),
            event=event.value,
            actor=_identifier(by),
            actor_name=str(by)[:200],
            subject=_identifier(deed.subject),
            subject_name=str(deed.subject)[:300],
            organisation=where.code if where else "",
            organisation_name=where.name if where else "",
            organisation_path=where.path if where else "",
            details=canonical(deed.details),
            previous=head.digest or START,
        )
        values = {name: getattr(link, name) for name in Link.__slots__ if name != "at"}
        entries.append(AuditEntry(at=at, digest=link.digest, **values))
        head.number, head.digest = link.number, link.digest
    AuditEntry.objects.bulk_create(entries, batch_size=_AT_ONCE)
    head.save()
    return entries


def _locked_head() -> AuditHead:
    """The end of the chain, which nobody else can lengthen until this transaction ends."""
    AuditHead.objects.get_or_create(pk=1)
    return AuditHead.objects.select_for_update().get(pk=1)


def _identifier(thing: Actor | models.Model | str) -> str:
    match thing:
        case Service():
            return f"service:{thing.name}"[:300]
        case models.Model():
            return f"{thing._meta.label_lower}:{thing.pk}"[:300]
        case str():
            return thing[:300]
