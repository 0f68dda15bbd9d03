"""What is known of a device and of whoever sits at it: the values that its events' slots begin with."""

from collections.abc import Mapping
from functools import cache, lru_cache
from hashlib import blake2b
from random import Random

from watchward.node.exercise.sector import Device, DeviceKind, Site
from watchward.node.exercise.template import Generator, Values
from watchward.node.exercise.values import generators, guid

_BUILDS = {
    DeviceKind.LINUX: ("5.15.0-125",),
    DeviceKind.SERVER: ("17763.6532", "20348.2849", "14393.7515"),
    DeviceKind.DOMAIN_CONTROLLER: ("20348.2849", "17763.6532"),
    DeviceKind.LABORATORY: ("17763.6532", "19044.1826"),
}
_CLIENT_BUILDS = ("19045.5131", "19045.4894", "22631.4460", "22631.4169", "26100.2314")
_SYSTEMS = {
    "14393": "Windows Server 2016 Standard",
    "17763": "Windows Server 2019 Standard",
    "20348": "Windows Server 2022 Standard",
    "19044": "Windows 10 Enterprise LTSC 2021",
    "19045": "Windows 10 Enterprise",
    "22631": "Windows 11 Enterprise",
    "26100": "Windows 11 Enterprise",
}
IT_STAFF = 5
"""The first people of each organisation look after its machines, and have a second account for that."""


class PlaceValues(Values):
    """Values of slots at one site."""

    __slots__ = ("site",)

    def __init__(self, site: Site, random: Random, known: Mapping[str, str]) -> None:
        super().__init__(_generators(), random, known)
        self.site = site


@cache
def _generators() -> Mapping[str, Generator]:
    return {
        **generators(),
        "person": _person,
        "person_sid": lambda values, tag: _sid(_site(values), 1100 + _number(values, tag)),
        "near_ip": _near_ip,
        "near_host": lambda values, _tag: (
            f"{values['netbios']}-{_near_prefix(values)}{1 + int(values.random.random() * 60):02d}"
        ),
        "other_sid": lambda values, _tag: _sid(_site(values), 1100 + int(values.random.random() * 900)),
    }


def _site(values: Values) -> Site:
    assert isinstance(values, PlaceValues)
    return values.site


def _number(values: Values, tag: str) -> int:
    """The number of a random person of the site; one tag is one person."""
    key = f"person_number:{tag}"
    if key not in values:
        values[key] = str(int(values.random.random() * _site(values).people))
    return int(values[key])


def _person(values: Values, tag: str) -> str:
    return _site(values).person(_number(values, tag)).login


def _near_ip(values: Values, _tag: str) -> str:
    return f"{values['ip'].rpartition('.')[0]}.{4 + int(values.random.random() * 240)}"


def _near_prefix(values: Values) -> str:
    return ("WS", "WS", "CW", "CW", "CW", "APP")[int(values.random.random() * 6)]


def _sid(site: Site, relative: int) -> str:
    return f"{_domain_sid(site.label)}-{relative}"


@lru_cache(maxsize=4096)
def _domain_sid(label: str) -> str:
    digest = blake2b(label.encode(), digest_size=12).digest()
    parts = (int.from_bytes(digest[at : at + 4]) for at in (0, 4, 8))
    return "S-1-5-21-" + "-".join(map(str, parts))


def device_values(site: Site, device: Device) -> dict[str, str]:
    """What every event of a device says of it."""
    builds = _BUILDS.get(device.kind, _CLIENT_BUILDS)
    build = builds[device.number % len(builds)]
    bits = int.from_bytes(blake2b(device.fqdn.encode(), digest_size=48).digest())
    tenant = int.from_bytes(blake2b(site.realm.encode(), digest_size=16).digest())
    address = site.first_address
    return {
        "host": device.name,
        "fqdn": device.fqdn,
        "netbios": site.label,
        "realm": site.realm,
        "realm_upper": site.realm.upper(),
        "place": site.place,
        "ip": device.ip,
        "mac": device.mac,
        "build": build,
        "system": _SYSTEMS.get(build.partition(".")[0], "Windows"),
        "machine": f"{bits & 0xFFFFFFFF:08x}",
        "host_id": guid(bits >> 32 & (1 << 128) - 1),
        "agent_id": guid(bits >> 160 & (1 << 128) - 1),
        "agent_ephemeral": guid(bits >> 200 & (1 << 128) - 1),
        "provider_pid": str(1200 + bits % 900 * 4),
        "machine_sid": _sid(site, 10_000 + device.number),
        "tenant": guid(tenant),
        "site_ip": f"203.0.113.{address // 256 % 250 + 1}",
        "collector": f"{site.label.lower()}-collector01",
        "dc": f"{site.label}-DC01",
        "linux_user": ("ops", "deploy", "pacsadm", "labsys")[device.number % 4],
    }


def person_values(site: Site, number: int) -> dict[str, str]:
    """What events say of the person who does something."""
    person = site.person(number)
    helper = site.person(number % IT_STAFF)
    return {
        "user": person.login,
        "upn": f"{person.login}@{site.realm}",
        "display_name": f"{person.first} {person.family}",
        "family": person.family,
        "sid": _sid(site, 1100 + number),
        "admin": f"adm-{helper.login}",
        "admin_sid": _sid(site, 1050 + number % IT_STAFF),
        "service_sid": _sid(site, 1020 + number % 12),
    }
