"""The record of what was done: one entry an action, in the action's own transaction."""

from datetime import UTC

from django.db import connection, models

from watchward.access.chain import START, Link, canonical
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.console.access.guard import Actor, Service
from watchward.console.access.models import AuditEntry, AuditHead
from watchward.console.estate.models import Organisation

Detail = str | int | bool | None


def record(
    event: AuditEvent,
    *,
    by: Actor,
    subject: models.Model | str,
    organisation: Organisation | None = None,
    clock: Clock,
    **details: Detail,
) -> AuditEntry:
    """Add an entry to the log. It stands or falls with the transaction in which it is called.

    Args:
        event: what was done.
        by: who did it.
        subject: what it was done to: a stored object, or the name of something that is not stored here.
        organisation: the organisation that it concerns; None for what concerns the whole node.
        clock: tells when.
        details: what else the sentence of the event needs, and whatever an auditor would ask.

    """
    if not connection.in_atomic_block:
        raise RuntimeError("record() belongs into the transaction of the action that it records")
    head = _locked_head()
    at = clock.now().astimezone(UTC)
    link = Link(
        number=head.number + 1,
        at=at.isoformat(timespec="microseconds"),
        event=event.value,
        actor=_identifier(by),
        actor_name=str(by)[:200],
        subject=_identifier(subject),
        subject_name=str(subject)[:300],
        organisation=organisation.code if organisation else "",
        organisation_name=organisation.name if organisation else "",
        organisation_path=organisation.path if organisation else "",
        details=canonical(details),
        previous=head.digest or START,
    )
    entry = AuditEntry.objects.create(
        at=at, digest=link.digest, **{name: getattr(link, name) for name in Link.__slots__ if name != "at"}
    )
    head.number, head.digest = entry.number, entry.digest
    head.save()
    return entry


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
