"""What people do with organisations, devices and sources. Each action checks, writes and records in one transaction."""

import hashlib
import secrets
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import Deed, record, record_each, recorded_last
from watchward.console.access.guard import Actor, require
from watchward.console.estate.credentials import write_credentials_on_commit
from watchward.console.estate.importing import Imported, store
from watchward.console.estate.lateness import MOST_MINUTES_LATE, most_minutes
from watchward.console.estate.models import Credential, Device, Organisation, Source
from watchward.console.estate.signals import device_marked, organisations_imported
from watchward.estate.device import Importance
from watchward.estate.organisation import OrganisationRecord
from watchward.estate.shipper import Shipper

_AT_ONCE = 500
"""How many rows one statement writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSource:
    """A source that is to be made."""

    organisation: Organisation
    name: str
    shipper: Shipper


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A credential just after it was made: the only moment at which its secret can be read."""

    source: Source
    key_id: str
    secret: str


@transaction.atomic
@recorded_last()  # who hears of it locks rows that others lock before the log
def import_organisations(*, by: Actor, records: Iterable[OrganisationRecord], clock: Clock) -> Imported:
    """Bring the stored organisations in line with records; doing it twice changes nothing the second time."""
    require(by, Permission.ORGANISATION_IMPORT, at=None)
    done = store(records)
    if done.anything:
        record(
            AuditEvent.ORGANISATIONS_IMPORTED,
            by=by,
            subject="organisations",
            clock=clock,
            count=done.created + done.changed,
            created=done.created,
            changed=done.changed,
            moved=done.moved,
        )
        organisations_imported.send(sender=Organisation, codes=done.touched)
    return done


@transaction.atomic
def mark_device(*, by: Actor, device: Device, importance: Importance, reason: str, clock: Clock) -> Device:
    """Say how much care depends on a device, and why."""
    require(by, Permission.DEVICE_MARK, at=device.organisation)
    if not reason.strip():
        raise BadInputError(
            "A mark needs its reason.", advice="Say in a few words what care depends on this device, or that none does."
        )
    device.importance = importance.value
    device.marked_reason = reason.strip()[:300]
    device.marked_by = str(by)[:200]
    device.marked_at = clock.now()
    device.save(update_fields=["importance", "marked_reason", "marked_by", "marked_at"])
    record(
        AuditEvent.DEVICE_MARKED,
        by=by,
        subject=device,
        organisation=device.organisation,
        clock=clock,
        importance=importance.label,
        reason=device.marked_reason,
    )
    device_marked.send(sender=Device, device=device, clock=clock)
    return device


@transaction.atomic
def add_source(*, by: Actor, organisation: Organisation, name: str, shipper: Shipper, clock: Clock) -> NewKey:
    """Make a source for an organisation, with the credential by which it proves itself."""
    wanted = NewSource(organisation=organisation, name=name, shipper=shipper)
    return add_sources(by=by, wanted=[wanted], clock=clock)[0]


@transaction.atomic
def add_sources(*, by: Actor, wanted: Sequence[NewSource], clock: Clock) -> list[NewKey]:
    """Make several sources, each with its credential, in a few writes however many they are."""
    for one in wanted:
        require(by, Permission.SOURCE_MANAGE, at=one.organisation)
        if not one.name.strip():
            raise BadInputError("A source needs a name.", advice="Name what sends: a server, a collector, a site.")
    made = [_source(one, by=by, clock=clock) for one in wanted]
    Source.objects.bulk_create(made, batch_size=_AT_ONCE)
    keys = _new_keys(made, by=by, clock=clock)
    deeds = (
        Deed(subject=source, organisation=one.organisation, details={"shipper": one.shipper.label})
        for source, one in zip(made, wanted, strict=True)
    )
    record_each(AuditEvent.SOURCE_ADDED, by=by, deeds=deeds, clock=clock)
    return keys


def _source(wanted: NewSource, *, by: Actor, clock: Clock) -> Source:
    return Source(
        id=f"src-{uuid.uuid4().hex[:16]}",
        name=wanted.name.strip()[:200],
        shipper=wanted.shipper.value,
        organisation=wanted.organisation,
        organisation_path=wanted.organisation.path,
        created_at=clock.now(),
        created_by=str(by)[:200],
    )


@transaction.atomic
def rotate_source(*, by: Actor, source: Source, clock: Clock) -> NewKey:
    """Give a source a further key; the old one works until it is withdrawn, so that nothing is lost on the way."""
    require(by, Permission.SOURCE_MANAGE, at=source.organisation)
    (key,) = _new_keys([source], by=by, clock=clock)
    record(
        AuditEvent.SOURCE_ROTATED, by=by, subject=source, organisation=source.organisation, clock=clock, key=key.key_id
    )
    return key


@transaction.atomic
def withdraw_credential(*, by: Actor, credential: Credential, clock: Clock) -> None:
    """End a key: whoever sends with it is refused from now on."""
    source = credential.source
    require(by, Permission.SOURCE_MANAGE, at=source.organisation)
    if credential.withdrawn_at is not None:
        return
    credential.withdrawn_at = clock.now()
    credential.save(update_fields=["withdrawn_at"])
    record(
        AuditEvent.SOURCE_KEY_WITHDRAWN,
        by=by,
        subject=source,
        organisation=source.organisation,
        clock=clock,
        key=credential.key_id,
    )
    write_credentials_on_commit()


@transaction.atomic
def disable_source(*, by: Actor, source: Source, clock: Clock) -> Source:
    """Refuse everything that a source sends, until it is enabled again."""
    return _switch(source, by=by, enabled=False, clock=clock)


@transaction.atomic
def enable_source(*, by: Actor, source: Source, clock: Clock) -> Source:
    """Accept what a source sends again."""
    return _switch(source, by=by, enabled=True, clock=clock)


def _switch(source: Source, *, by: Actor, enabled: bool, clock: Clock) -> Source:
    require(by, Permission.SOURCE_MANAGE, at=source.organisation)
    if source.enabled == enabled:
        return source
    source.enabled = enabled
    source.save(update_fields=["enabled"])
    event = AuditEvent.SOURCE_ENABLED if enabled else AuditEvent.SOURCE_DISABLED
    record(event, by=by, subject=source, organisation=source.organisation, clock=clock)
    write_credentials_on_commit()
    return source


@transaction.atomic
def allow_lateness(*, by: Actor, source: Source, minutes: int | None, clock: Clock) -> Source:
    """Say how late events of a source may come and still count for correlations; None: as late as usual.

    The longest of the sources' holds back what is certain of everything that the node correlates. So those who manage
    sources of a part of the node may allow six hours at most, or what is usual where that is longer; a longer time that
    stands already may be kept.

    Raises:
        BadInputError: it is longer than they may allow.

    """
    require(by, Permission.SOURCE_MANAGE, at=source.organisation)
    if minutes is not None and not 0 <= minutes <= MOST_MINUTES_LATE:
        raise BadInputError(
            f"{minutes:,} minutes is not from 0 to {MOST_MINUTES_LATE:,}.",
            advice="Give how late its events may come, in minutes; a week is the most.",
        )
    most = most_minutes(by)
    if minutes is not None and minutes > most and minutes != source.lateness_minutes:
        raise BadInputError(
            f"{minutes:,} minutes is more than {most:,}, the most that may be allowed for one organisation: the "
            "findings of all others wait as long.",
            advice=f"Give {most:,} minutes or fewer, or ask somebody who manages the sources of the whole node.",
        )
    source.lateness_minutes = minutes
    source.save(update_fields=["lateness_minutes"])
    record(
        AuditEvent.SOURCE_LATENESS_SET,
        by=by,
        subject=source,
        organisation=source.organisation,
        clock=clock,
        lateness="as usual" if minutes is None else f"{minutes:,} minutes",
    )
    return source


def _new_keys(sources: Sequence[Source], *, by: Actor, clock: Clock) -> list[NewKey]:
    """A fresh key for each source. Only here are the secrets known; what is stored are their digests."""
    made = [
        NewKey(source=source, key_id=f"ww{secrets.token_hex(9)}", secret=secrets.token_urlsafe(32))
        for source in sources
    ]
    credentials = (
        Credential(
            source=key.source,
            key_id=key.key_id,
            digest=hashlib.sha256(key.secret.encode()).hexdigest(),
            created_at=clock.now(),
            created_by=str(by)[:200],
        )
        for key in made
    )
    Credential.objects.bulk_create(credentials, batch_size=_AT_ONCE)
    write_credentials_on_commit()
    return made
