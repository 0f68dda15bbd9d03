"""A device, the names by which it was known and when, and which device a sighting is of.

A device is not its host name: computers are renamed, names are given again, addresses move. So a device holds
**aliases**, each from the first to the last moment at which it was seen with it. A sighting is resolved within one
organisation, by the strongest of its aliases that identifies anything:

1. the identifiers that a security product or a maker gives (`defender_id`, `serial`) identify a device for good;
2. a full name, then a host name, identify it unless something stronger contradicts;
3. addresses (`ip`, `mac`) are kept but identify nothing: they are lent out, shared and translated.

An identifier is derived from the strongest alias at first sight, never drawn: so a sighting may be repeated.
"""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from hashlib import sha256
from uuid import UUID


class AliasKind(StrEnum):
    """What sort of name it is; the values are stored and never change."""

    DEFENDER_ID = "defender_id"
    FQDN = "fqdn"
    HOST_NAME = "host_name"
    IP = "ip"
    MAC = "mac"
    SERIAL = "serial"

    @property
    def label(self) -> str:
        """The kind in words."""
        return _LABELS[self]


_LABELS = {
    AliasKind.DEFENDER_ID: "Defender identifier",
    AliasKind.FQDN: "Full name",
    AliasKind.HOST_NAME: "Host name",
    AliasKind.IP: "Network address (IP)",
    AliasKind.MAC: "Network card (MAC)",
    AliasKind.SERIAL: "Serial number",
}

IDENTIFYING = (AliasKind.DEFENDER_ID, AliasKind.SERIAL, AliasKind.FQDN, AliasKind.HOST_NAME)
"""The kinds that identify a device, strongest first."""

MAX_ALIASES = 64
"""How many aliases one sighting may bring; a sender that invents more is not believed the rest."""


class Importance(IntEnum):
    """How much care depends on a device, as a person marked it; the numbers are stored."""

    LOW = 1
    NORMAL = 2
    HIGH = 3
    VITAL = 4

    @property
    def label(self) -> str:
        """As people choose it."""
        return _IMPORTANCE[self][0]

    @property
    def meaning(self) -> str:
        """When this is the one to choose."""
        return _IMPORTANCE[self][1]


_IMPORTANCE = {
    Importance.LOW: ("Low", "No care waits when it stops: a training room, a spare."),
    Importance.NORMAL: ("Normal", "One person's work waits when it stops."),
    Importance.HIGH: ("Important", "A ward, a clinic or a team cannot work as usual when it stops."),
    Importance.VITAL: ("Critical to care", "Patients come to harm within hours when it stops."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How much care depends on a device, why, and who says so."""

    importance: Importance
    reason: str
    by: str


@dataclass(frozen=True, slots=True, order=True)
class Alias:
    """One name of a device, written in the one way in which it is compared."""

    kind: AliasKind
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A device had an alias, from the first to the last moment at which it was seen with it."""

    device: UUID
    alias: Alias
    valid_from: datetime
    valid_until: datetime

    def widened(self, first: datetime, last: datetime) -> "Holding":
        """The same, also true from `first` to `last`."""
        return replace(self, valid_from=min(self.valid_from, first), valid_until=max(self.valid_until, last))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A device was seen to send something, by what it was called."""

    organisation: str
    name: str
    aliases: frozenset[Alias]
    first_at: datetime
    last_at: datetime
    events: int = 0
    source: str = ""


def aliases_of(name: str, others: Mapping[str, Iterable[str]]) -> frozenset[Alias]:
    """The aliases of a device by the name that its events claim and whatever else they say of it.

    >>> sorted(alias.value for alias in aliases_of("WS-7.elm.example", {"ip": ["10.0.0.7", "127.0.0.1"]}))
    ['10.0.0.7', 'ws-7', 'ws-7.elm.example']

    """
    found: set[Alias] = set()
    for kind, values in (("name", [name]), *others.items()):
        for value in values:
            if len(found) < MAX_ALIASES:
                found.update(_written(kind, value))
    return frozenset(found)


def _written(kind: str, value: str) -> Iterable[Alias]:
    text = value.strip().rstrip(".").casefold()[:255]
    if not text:
        return []
    if kind in {"name", AliasKind.FQDN, AliasKind.HOST_NAME}:
        return _names(text)
    if kind == AliasKind.IP:
        return [Alias(AliasKind.IP, address)] if (address := _address(text)) else []
    if kind in set(AliasKind):
        return [Alias(AliasKind(kind), text)]
    return []


def _names(text: str) -> list[Alias]:
    """A name with dots is a full name whose first part is the host name; an address as a name is just a name."""
    if "." not in text or _parsed(text) is not None:
        return [Alias(AliasKind.HOST_NAME, text)]
    return [Alias(AliasKind.FQDN, text), Alias(AliasKind.HOST_NAME, text.split(".", 1)[0] or text)]


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _address(text: str) -> str | None:
    """An address as it is compared; none where every machine has it (loopback, link-local)."""
    address = _parsed(text)
    if address is None or address.is_loopback or address.is_link_local or address.is_unspecified:
        return None
    return str(address)


def identity(organisation: str, aliases: frozenset[Alias]) -> UUID | None:
    """The identifier of a device first seen by these aliases; None where none of them identifies anything.

    It stands on the strongest kind of alias and its first value, so that the same sighting always gives the same.
    """
    for kind in IDENTIFYING:
        values = sorted(alias.value for alias in aliases if alias.kind is kind)
        if values:
            return UUID(bytes=sha256(f"{organisation}\0{kind}\0{values[0]}".encode()).digest()[:16])
    return None


def resolve(aliases: frozenset[Alias], at: datetime, holdings: Sequence[Holding]) -> UUID | None:
    """Which of the devices that hold any of these aliases is meant at a moment; None where it is a new one.

    Args:
        aliases: by what it was called.
        at: when.
        holdings: all that the candidates hold, of one organisation: every alias of each device that has one of these.

    """
    held: dict[UUID, dict[AliasKind, set[str]]] = {}
    for holding in holdings:
        held.setdefault(holding.device, {}).setdefault(holding.alias.kind, set()).add(holding.alias.value)
    for position, kind in enumerate(IDENTIFYING):
        wanted = {alias.value for alias in aliases if alias.kind is kind}
        candidates = [
            holding
            for holding in holdings
            if holding.alias.kind is kind
            and holding.alias.value in wanted
            and not _contradicted(held[holding.device], aliases, IDENTIFYING[:position])
        ]
        if candidates:
            return min(candidates, key=lambda holding: _distance(holding, at)).device
    return None


def _contradicted(held: Mapping[AliasKind, set[str]], aliases: frozenset[Alias], stronger: Sequence[AliasKind]) -> bool:
    """Whether a device is known by another value of a kind that is stronger than the one under which it was found."""
    for kind in stronger:
        wanted = {alias.value for alias in aliases if alias.kind is kind}
        if wanted and held.get(kind) and wanted.isdisjoint(held[kind]):
            return True
    return False


def _distance(holding: Holding, at: datetime) -> tuple[float, float, int]:
    """How far a moment is from when a device held an alias; among equals the one that got it last."""
    before = (holding.valid_from - at).total_seconds()
    after = (at - holding.valid_until).total_seconds()
    return max(before, after, 0.0), -holding.valid_from.timestamp(), holding.device.int


def see(sighting: Sighting, holdings: Sequence[Holding]) -> tuple[UUID | None, list[Holding]]:
    """The device of a sighting, and the holdings that are new or wider by it.

    Args:
        sighting: what was seen.
        holdings: as for `resolve`.

    Returns:
        The device, or None where nothing in the sighting identifies one; and what to store.

    """
    device = resolve(sighting.aliases, sighting.first_at, holdings) or identity(sighting.organisation, sighting.aliases)
    if device is None:
        return None, []
    before = {holding.alias: holding for holding in holdings if holding.device == device}
    changed: list[Holding] = []
    for alias in sorted(sighting.aliases):
        known = before.get(alias)
        if known is None:
            changed.append(
                Holding(device=device, alias=alias, valid_from=sighting.first_at, valid_until=sighting.last_at)
            )
            continue
        wider = known.widened(sighting.first_at, sighting.last_at)
        if wider != known:
            changed.append(wider)
    return device, changed
