"""The invented sector: its organisations, and the devices and people of each.

Nothing is stored: an organisation is worked out from its number, a device from its organisation and its number there.
So the same seed gives the same sector, and the largest costs no more memory than the part one looks at.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property, lru_cache
from ipaddress import IPv4Address

from watchward.base.errors import BadInputError
from watchward.estate.device import Importance
from watchward.estate.organisation import OrganisationKind, OrganisationRecord
from watchward.node.exercise import names
from watchward.node.exercise.others import Other, others

TOP = OrganisationRecord(code="X-N1", name="The Exercise Kingdom", kind=OrganisationKind.NATION)
"""The top of the invented tree. It stands beside the real nations, never below one."""


class DeviceKind(StrEnum):
    """What a device is for."""

    CLINICAL = "clinical workstation"
    DOMAIN_CONTROLLER = "domain controller"
    IMAGING = "imaging workstation"
    LABORATORY = "laboratory analyser"
    LAPTOP = "care laptop"
    LINUX = "Linux server"
    SERVER = "server"
    WORKSTATION = "workstation"


class Sensor(StrEnum):
    """How an organisation watches its Windows devices, and in whose shape it sends what they say."""

    NXLOG = "Security auditing, sent flat by NXLog"
    SECURITY = "Security auditing, sent by Winlogbeat"
    SYSMON = "Sysmon and Security auditing, sent by Winlogbeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many there are of each."""

    regions: int = 1
    icbs: int = 3
    trusts: int = 6
    practices: int = 60
    care_homes: int = 120
    devices: int = 25_000


SIZES = {
    "small": Size(icbs=1, trusts=2, practices=6, care_homes=10, devices=1_500),
    "default": Size(),
    "large": Size(regions=7, icbs=42, trusts=210, practices=7_500, care_homes=32_241, devices=1_700_000),
}


def size_of(text: str) -> Size:
    """The size of that name, or the default one changed by what the text says.

    Args:
        text: a name of `SIZES`, or numbers such as `trusts=2,practices=10,devices=3000`.

    Raises:
        BadInputError: it is neither.

    """
    if text in SIZES:
        return SIZES[text]
    numbers: dict[str, int] = {}
    for part in text.split(","):
        name, _, number = part.partition("=")
        if name not in _COUNTED or not number.isdigit():
            raise BadInputError(
                f"{part!r} is no size of a sector.",
                advice=f"Choose from {', '.join(SIZES)}, or give numbers: {'=…,'.join(_COUNTED)}=…",
            )
        numbers[name] = int(number)
    return Size(**numbers)


_COUNTED = tuple(field.name for field in fields(Size))

_KINDS = (
    OrganisationKind.REGION,
    OrganisationKind.ICB,
    OrganisationKind.TRUST,
    OrganisationKind.GP_PRACTICE,
    OrganisationKind.CARE_HOME,
)
_LETTER = dict(zip(_KINDS, "RITPC", strict=True))
_TYPICAL_DEVICES = {
    OrganisationKind.REGION: 60,
    OrganisationKind.ICB: 250,
    OrganisationKind.GP_PRACTICE: 25,
    OrganisationKind.CARE_HOME: 4,
}
"""Devices of one organisation of each kind; the Trusts have all others."""

_SHARES: dict[OrganisationKind, tuple[tuple[DeviceKind, float, int], ...]] = {
    OrganisationKind.TRUST: (
        (DeviceKind.DOMAIN_CONTROLLER, 0.002, 2),
        (DeviceKind.SERVER, 0.06, 14),
        (DeviceKind.LINUX, 0.015, 5),
        (DeviceKind.LABORATORY, 0.012, 3),
        (DeviceKind.IMAGING, 0.015, 3),
        (DeviceKind.CLINICAL, 0.46, 10),
        (DeviceKind.WORKSTATION, 1.0, 0),
    ),
    OrganisationKind.GP_PRACTICE: (
        (DeviceKind.SERVER, 0.0, 1),
        (DeviceKind.CLINICAL, 0.55, 2),
        (DeviceKind.WORKSTATION, 1.0, 0),
    ),
    OrganisationKind.CARE_HOME: ((DeviceKind.LAPTOP, 1.0, 1),),
}
_OFFICE_SHARES = (
    (DeviceKind.DOMAIN_CONTROLLER, 0.0, 2),
    (DeviceKind.SERVER, 0.05, 14),
    (DeviceKind.LINUX, 0.01, 5),
    (DeviceKind.WORKSTATION, 1.0, 0),
)
"""For each kind of device, its share of an organisation's devices and the least number; the last kind has the rest."""

SERVER_ROLES = ("BKP", "FS", "SQL", "EPR", "PACS", "LIMS", "RDS", "PRN", "APP", "WEB", "INT", "MGT", "AV", "RIS")
"""Backup, files, databases, patient records, images, laboratory, remote desktops, printing, applications, web,
integration engine, management, antivirus, radiology: a server's name carries its role, as on most estates."""

_PREFIX = {
    DeviceKind.CLINICAL: "CW",
    DeviceKind.DOMAIN_CONTROLLER: "DC",
    DeviceKind.IMAGING: "IMG",
    DeviceKind.LABORATORY: "LAB",
    DeviceKind.LAPTOP: "LT",
    DeviceKind.LINUX: "lnx",
    DeviceKind.WORKSTATION: "WS",
}
_IMPORTANCE = {
    DeviceKind.DOMAIN_CONTROLLER: Importance.VITAL,
    DeviceKind.IMAGING: Importance.HIGH,
    DeviceKind.LABORATORY: Importance.VITAL,
    DeviceKind.LAPTOP: Importance.HIGH,
    DeviceKind.LINUX: Importance.HIGH,
    DeviceKind.SERVER: Importance.HIGH,
}
_VITAL_ROLES = frozenset({"EPR", "LIMS", "PACS"})
"""How much care hangs on a device; other kinds are normal."""

_KIOSK = "KSK"
_KIOSK_EVERY = 40
"""One workstation of so many is a kiosk at which patients say that they have come: care goes on without it."""


def importance_of_word(word: str) -> Importance:
    """How much care hangs on a device with this word in its name.

    >>> [importance_of_word(word).name for word in ("EPR", "FS", "WS", "KSK")]
    ['VITAL', 'HIGH', 'NORMAL', 'LOW']

    """
    if word in SERVER_ROLES:
        return Importance.VITAL if word in _VITAL_ROLES else _IMPORTANCE[DeviceKind.SERVER]
    kind = next((kind for kind, prefix in _PREFIX.items() if prefix.upper() == word), DeviceKind.WORKSTATION)
    return Importance.LOW if word == _KIOSK else _IMPORTANCE.get(kind, Importance.NORMAL)


_BLOCK = 256
_FIRST_ADDRESS = int(IPv4Address("10.0.0.0"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who works for an invented organisation; `number` is theirs within it."""

    number: int
    first: str
    family: str
    login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One machine: its names and addresses, and how much care hangs on it."""

    organisation: str
    number: int
    kind: DeviceKind
    role: str
    name: str
    fqdn: str
    ip: str
    mac: str
    importance: Importance


@dataclass(frozen=True, kw_only=True)
class Site:
    """One organisation with what its machines have in common.

    Args:
        record: the organisation.
        number: its place among those of its kind.
        devices: how many devices it has.
        first_address: the number of its first IP address.
        sensor: how it watches its Windows devices.
        seed: the sector's.

    """

    record: OrganisationRecord
    number: int
    devices: int
    first_address: int
    sensor: Sensor
    seed: int

    @cached_property
    def place(self) -> str:
        """The invented place after which its machines and domain are called."""
        return names.place(self.number * 7 + _KINDS.index(self.record.kind) * 151)

    @cached_property
    def label(self) -> str:
        """The short text with which its machines' names begin, and its Windows domain's name."""
        return f"{self.place[:4].upper()}{_LETTER[self.record.kind]}{self.number + 1}"

    @cached_property
    def realm(self) -> str:
        """Its DNS domain, below the top-level name that is reserved for tests (RFC 6761)."""
        return f"{self.label.lower()}.test"

    @cached_property
    def blocks(self) -> tuple[tuple[DeviceKind, int, int], ...]:
        """Which device numbers are of which kind: kind, first number, number after the last."""
        spans: list[tuple[DeviceKind, int, int]] = []
        start = 0
        for kind, share, least in _SHARES.get(self.record.kind, _OFFICE_SHARES):
            stop = min(self.devices, start + max(least, int(self.devices * share)))
            spans.append((kind, start, stop))
            start = stop
        return tuple(span for span in spans if span[1] < span[2])

    def device(self, number: int) -> Device:
        """The device of that number."""
        kind, start = next((kind, start) for kind, start, stop in self.blocks if number < stop)
        role = SERVER_ROLES[(number - start) % len(SERVER_ROLES)] if kind is DeviceKind.SERVER else ""
        kiosk = kind is DeviceKind.WORKSTATION and (number - start) % _KIOSK_EVERY == _KIOSK_EVERY - 1
        word = role or (_KIOSK if kiosk else _PREFIX[kind])
        name = f"{self.label}-{word}{number - start + 1:02d}"
        name = name.lower() if kind is DeviceKind.LINUX else name
        address = self.first_address + number + 4
        return Device(
            organisation=self.record.code,
            number=number,
            kind=kind,
            role=role,
            name=name,
            fqdn=f"{name}.{self.realm}" if kind is not DeviceKind.LAPTOP else name,
            ip=str(IPv4Address(address)),
            mac="02-57-" + "-".join(f"{byte:02X}" for byte in address.to_bytes(4, "big")),
            importance=importance_of_word(word.upper()),
        )

    def all_devices(self) -> Iterator[Device]:
        """Its devices, one after another."""
        return map(self.device, range(self.devices))

    def numbers_of(self, kind: DeviceKind, role: str = "") -> range:
        """The numbers of its devices of one kind, or of its servers of one role; empty where it has none."""
        start, stop = next(((start, stop) for own, start, stop in self.blocks if own is kind), (0, 0))
        return range(start + SERVER_ROLES.index(role), stop, len(SERVER_ROLES)) if role else range(start, stop)

    @property
    def people(self) -> int:
        """How many people work there: shifts share machines."""
        return max(6, self.devices * 13 // 10)

    def person(self, number: int) -> Person:
        """The person of that number."""
        first, family = names.person(number * 17 + self.number * 29 + self.seed)
        suffix = str(number // 40) if number >= 40 else ""  # noqa: PLR2004 - a directory numbers its namesakes
        return Person(number=number, first=first, family=family, login=f"{first}.{family}{suffix}".lower())


class Sector:
    """All organisations of one exercise.

    Args:
        size: how many there are of each kind.
        seed: chooses names' order; the same seed and size give the same sector.

    Raises:
        BadInputError: there are more devices than the private address range can hold, or fewer than the organisations
            need.

    """

    def __init__(self, size: Size, *, seed: int = 1) -> None:
        self.size, self.seed = size, seed
        self._counts = dict(
            zip(_KINDS, (size.regions, size.icbs, size.trusts, size.practices, size.care_homes), strict=True),
        )
        self._trusts = _weighted(self._devices_left(), size.trusts)
        self._starts = self._first_addresses()

    def __len__(self) -> int:
        """How many organisations that have devices there are below the top."""
        return sum(self._counts.values())

    def _devices_left(self) -> int:
        others = sum(self._counts[kind] * typical for kind, typical in _TYPICAL_DEVICES.items())
        left = self.size.devices - others
        if left < self.size.trusts * 40:
            raise BadInputError(
                f"{self.size.devices} devices are too few for these organisations.",
                advice=f"Ask for at least {others + self.size.trusts * 40}, or for fewer organisations.",
            )
        return left

    def _first_addresses(self) -> dict[OrganisationKind, list[int]]:
        starts: dict[OrganisationKind, list[int]] = {}
        address = _FIRST_ADDRESS
        for kind, count in self._counts.items():
            starts[kind] = []
            for number in range(count):
                starts[kind].append(address)
                address += -(-(self._device_count(kind, number) + 8) // _BLOCK) * _BLOCK
        if address > _FIRST_ADDRESS + 2**24:
            raise BadInputError(
                "So many organisations and devices do not fit into the addresses 10.0.0.0/8.",
                advice=f"The largest sector that was tried is {SIZES['large']}.",
            )
        return starts

    def _device_count(self, kind: OrganisationKind, number: int) -> int:
        return self._trusts[number] if kind is OrganisationKind.TRUST else _TYPICAL_DEVICES[kind]

    def organisations(self) -> Iterator[OrganisationRecord]:
        """Every organisation, parents first, the top among them."""
        yield TOP
        for kind, count in self._counts.items():
            for number in range(count):
                yield self._record(kind, number)
        yield from (one.record for one in self.others())

    def others(self) -> Iterator[Other]:
        """The organisations that give care and have no devices."""
        return others(regions=self.size.regions, icbs=self.size.icbs)

    def sites(self) -> Iterator[Site]:
        """Every organisation that has devices."""
        for kind, count in self._counts.items():
            for number in range(count):
                yield self.site(kind, number)

    @lru_cache(maxsize=4096)  # noqa: B019 - a program has one sector, which lives as long as it does
    def site(self, kind: OrganisationKind, number: int) -> Site:
        """The organisation of that number among its kind."""
        return Site(
            record=self._record(kind, number),
            number=number,
            devices=self._device_count(kind, number),
            first_address=self._starts[kind][number],
            sensor=_sensor(kind, number),
            seed=self.seed,
        )

    def count(self, kind: OrganisationKind) -> int:
        """How many organisations of that kind there are."""
        return self._counts.get(kind, 0)

    def _record(self, kind: OrganisationKind, number: int) -> OrganisationRecord:
        return OrganisationRecord(
            code=f"X-{_LETTER[kind]}{number + 1}",
            name=_name(kind, number),
            kind=kind,
            parent=self._parent(kind, number),
        )

    def _parent(self, kind: OrganisationKind, number: int) -> str:
        if kind is OrganisationKind.REGION:
            return TOP.code
        above = OrganisationKind.REGION if kind is OrganisationKind.ICB else OrganisationKind.ICB
        return f"X-{_LETTER[above]}{number % self._counts[above] + 1}"


def _name(kind: OrganisationKind, number: int) -> str:
    if kind is OrganisationKind.CARE_HOME:
        return names.house(number, "House")
    if kind is OrganisationKind.GP_PRACTICE:
        return names.house(number + 397, "Surgery")
    where = names.place(number * 7 + _KINDS.index(kind) * 151)
    title = {
        OrganisationKind.REGION: "Exercise Region of {}",
        OrganisationKind.ICB: "{} Exercise Integrated Care Board",
        OrganisationKind.TRUST: "{} Exercise Hospitals Trust",
    }[kind]
    return title.format(where)


def _sensor(kind: OrganisationKind, number: int) -> Sensor:
    """Every third Trust has no Sysmon and ships flat; small organisations mostly have what Windows has by itself."""
    if kind is OrganisationKind.TRUST:
        return Sensor.NXLOG if number % 3 == 2 else Sensor.SYSMON  # noqa: PLR2004
    if kind is OrganisationKind.CARE_HOME:
        return Sensor.SECURITY
    if kind is OrganisationKind.GP_PRACTICE:
        return Sensor.SYSMON if number % 2 == 0 else Sensor.SECURITY
    return Sensor.SYSMON


def _weighted(total: int, parts: int) -> list[int]:
    """Share `total` so that the first part is largest, as Trusts differ in size; the shares add up."""
    if parts == 0:
        return []
    weights = [1 / (number + 2) ** 0.5 for number in range(parts)]
    shares = [int(total * weight / sum(weights)) for weight in weights]
    shares[0] += total - sum(shares)
    return shares
