"""What people do with controls. Each action checks, writes and records in one transaction."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import record
from watchward.console.access.guard import Actor, require
from watchward.console.controls.adapters import transfer_key, write_controls_on_commit
from watchward.console.controls.models import Control
from watchward.console.estate.models import Organisation
from watchward.lists.controls import endpoint
from watchward.lists.forms import Family

_KEPT = 2
"""How many secrets of a control count: the newest, and the one before it until the control has the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A control as it is to be.

    Args:
        name: what people call it.
        forms: the families of forms that it reads.
        addresses: from where it may ask; none: from anywhere, with its secret.
        notify: whom to tell of each new edition of its zone, as `address` or `address@port`.
        unsigned: whether its addresses suffice for zone transfers, because it knows no TSIG.

    """

    name: str
    forms: Sequence[Family]
    addresses: Sequence[str] = ()
    notify: Sequence[str] = ()
    unsigned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecret:
    """A control just after it got a secret: the only moment at which that can be read."""

    control: Control
    secret: str
    transfer_key: str


@transaction.atomic
def add_control(*, by: Actor, organisation: Organisation, wanted: Wanted, clock: Clock) -> NewSecret:
    """Let something of an organisation read its lists."""
    require(by, Permission.CONTROL_MANAGE, at=organisation)
    _check(wanted)
    secret = secrets.token_urlsafe(32)
    control = Control.objects.create(
        id=f"control-{secrets.token_hex(6)}",
        name=wanted.name.strip()[:200],
        organisation=organisation,
        organisation_path=organisation.path,
        forms=sorted(one.value for one in wanted.forms),
        addresses=list(wanted.addresses),
        notify=list(wanted.notify),
        unsigned=wanted.unsigned,
        digests=[_digest(secret)],
        created_at=clock.now(),
        created_by=str(by)[:200],
    )
    _record(AuditEvent.CONTROL_ADDED, control, by=by, clock=clock)
    return NewSecret(control=control, secret=secret, transfer_key=transfer_key(control))


@transaction.atomic
def renew_control(*, by: Actor, control: Control, clock: Clock) -> NewSecret:
    """Give a control a new secret and a new key; its secret of before counts until it is renewed once more."""
    require(by, Permission.CONTROL_MANAGE, at=control.organisation)
    secret = secrets.token_urlsafe(32)
    control.digests = [_digest(secret), *control.digests][:_KEPT]
    control.key_edition += 1
    control.save(update_fields=["digests", "key_edition"])
    _record(AuditEvent.CONTROL_RENEWED, control, by=by, clock=clock)
    return NewSecret(control=control, secret=secret, transfer_key=transfer_key(control))


@transaction.atomic
def disable_control(*, by: Actor, control: Control, clock: Clock) -> None:
    """Let a control read nothing more. What it read it blocks on, until somebody changes it there."""
    _switch(control, by=by, enabled=False, clock=clock)


@transaction.atomic
def enable_control(*, by: Actor, control: Control, clock: Clock) -> None:
    """Let a control read again."""
    _switch(control, by=by, enabled=True, clock=clock)


def _switch(control: Control, *, by: Actor, enabled: bool, clock: Clock) -> None:
    require(by, Permission.CONTROL_MANAGE, at=control.organisation)
    if control.enabled == enabled:
        return
    control.enabled = enabled
    control.save(update_fields=["enabled"])
    _record(AuditEvent.CONTROL_ENABLED if enabled else AuditEvent.CONTROL_DISABLED, control, by=by, clock=clock)


def _record(event: AuditEvent, control: Control, *, by: Actor, clock: Clock) -> None:
    record(event, by=by, subject=control, organisation=control.organisation, clock=clock)
    write_controls_on_commit()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _check(wanted: Wanted) -> None:
    if not wanted.name.strip() or not wanted.forms:
        raise BadInputError(
            "A control needs a name and a form that it reads.", advice=f"Name it; its forms are of {', '.join(Family)}."
        )
    if wanted.unsigned and not wanted.addresses:
        raise BadInputError(
            "Without a key, only its addresses tell who asks for the zone.",
            advice="Give the addresses of the resolver.",
        )
    for one in wanted.addresses:
        _understand(one, lambda text: ip_network(text, strict=False))
    for one in wanted.notify:
        _understand(one, lambda text: ip_address(endpoint(text)[0]))


def _understand(text: str, read: Callable[[str], object]) -> None:
    try:
        read(text)
    except ValueError as error:
        raise BadInputError(
            f"{text!r} is no address: {error}.",
            advice="Give addresses such as 192.0.2.1, networks such as 192.0.2.0/28; to be told, also 192.0.2.1@5353.",
        ) from error
