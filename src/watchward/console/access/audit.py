"""The record of what was done: one entry an action, in the action's own transaction.

Whoever adds an entry holds the end of the log (`AuditHead`) until their transaction ends. So it is what is held last
(ADR 0270): an action that records something and then takes other rows that somebody holds who records afterwards could
wait for them for ever, and they for it. What does several things in one transaction does them in `recorded_last`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from django.db import connection, models, transaction

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


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """Entries that wait, without their places in the log."""

    at: datetime
    links: tuple[Link, ...]

    def __call__(self) -> None:
        """Nothing is left to be done on commit: that it would be called says that its savepoint was not undone."""


_waiting: ContextVar[list[_Kept] | None] = ContextVar("waiting", default=None)


@contextmanager
def recorded_last() -> Iterator[None]:
    """Add entries only when all else in here is done, so that the end of the log is held last; inside a transaction.

    What is undone in here, by a savepoint, leaves no entry. In another of these it ends with that one.
    """
    if _waiting.get() is not None:
        yield
        return
    kept: list[_Kept] = []
    before = _waiting.set(kept)
    try:
        yield
        stands = {id(work) for _, work, *_ in connection.run_on_commit}
        if entries := [(one.at, link) for one in kept if id(one) in stands for link in one.links]:
            _add(_locked_head(), entries)
    finally:
        _waiting.reset(before)


def record(
    event: AuditEvent,
    *,
    by: Actor | models.Model,
    subject: models.Model | str,
    organisation: Organisation | None = None,
    clock: Clock,
    **details: Detail,
) -> None:
    """Add an entry to the log. It stands or falls with the transaction in which it is called.

    Args:
        event: what was done.
        by: who did it: somebody, a part of the node, or the record of another organisation's program.
        subject: see `Deed`.
        organisation: see `Deed`.
        clock: tells when.
        details: see `Deed`.

    """
    record_each(event, by=by, deeds=[Deed(subject=subject, organisation=organisation, details=details)], clock=clock)


def record_each(event: AuditEvent, *, by: Actor | models.Model, deeds: Iterable[Deed], clock: Clock) -> None:
    """Add an entry for each of several deeds, in a few writes however many they are."""
    if not connection.in_atomic_block:
        raise RuntimeError("record() belongs into the transaction of the action that it records")
    kept = _waiting.get()
    head = _locked_head() if kept is None else None  # before the time is told, so that entries stand in its order
    at = clock.now().astimezone(UTC)
    links = tuple(_unplaced(event, by, deed, at) for deed in deeds)
    if head is not None:
        _add(head, [(at, link) for link in links])
    elif kept is not None:
        one = _Kept(at, links)
        kept.append(one)
        transaction.on_commit(one)


def _unplaced(event: AuditEvent, by: Actor | models.Model, deed: Deed, at: datetime) -> Link:
    """An entry whose place in the log is not known yet."""
    where = deed.organisation
    return Link(
        number=0,
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
        previous=START,
    )


def _add(head: AuditHead, unplaced: Sequence[tuple[datetime, Link]]) -> None:
    """Put entries at the end of the log."""
    entries = []
    for at, one in unplaced:
        link = replace(one, number=head.number + 1, previous=head.digest or START)
        values = {name: getattr(link, name) for name in Link.__slots__ if name != "at"}
        entries.append(AuditEntry(at=at, digest=link.digest, **values))
        head.number, head.digest = link.number, link.digest
    AuditEntry.objects.bulk_create(entries, batch_size=_AT_ONCE)
    head.save()


def _locked_head() -> AuditHead:
    """The end of the chain, which nobody else can lengthen until this transaction ends; held after all other rows."""
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
