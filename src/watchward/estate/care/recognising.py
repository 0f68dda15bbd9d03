"""What a device probably carries, by its name: most estates name servers after what they are for."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from watchward.estate.care.map import CareMap
from watchward.estate.care.service import ServiceKind
from watchward.estate.care.system import SystemKind

Kind = SystemKind | ServiceKind

_SURE: Final[Mapping[str, tuple[Kind, str]]] = {
    "addc": (SystemKind.IDENTITY, "domain controller"),
    "bdc": (SystemKind.IDENTITY, "domain controller"),
    "cucm": (SystemKind.TELEPHONY, "telephone exchange"),
    "dc": (SystemKind.IDENTITY, "domain controller"),
    "ehr": (SystemKind.PATIENT_RECORD, "electronic health record"),
    "epma": (SystemKind.E_PRESCRIBING, "electronic prescribing"),
    "epr": (SystemKind.PATIENT_RECORD, "electronic patient record"),
    "exch": (SystemKind.EMAIL, "mail server"),
    "fw": (SystemKind.NETWORK, "firewall"),
    "lims": (SystemKind.LABORATORY, "laboratory system"),
    "pacs": (SystemKind.IMAGING_ARCHIVE, "imaging archive"),
    "pbx": (SystemKind.TELEPHONY, "telephone exchange"),
    "pdc": (SystemKind.IDENTITY, "domain controller"),
    "tie": (SystemKind.INTEGRATION, "integration engine"),
    "vna": (SystemKind.IMAGING_ARCHIVE, "imaging archive"),
    "voip": (SystemKind.TELEPHONY, "telephone exchange"),
}
"""Words that mean one thing on nearly every estate of the health service."""

_UNSURE: Final[Mapping[str, tuple[Kind, str]]] = {
    "adfs": (SystemKind.IDENTITY, "sign-in service"),
    "app": (SystemKind.CLINICAL_APPS, "application server"),
    "cad": (SystemKind.AMBULANCE_CAD, "ambulance dispatch"),
    "int": (SystemKind.INTEGRATION, "integration engine"),
    "lab": (ServiceKind.PATHOLOGY, "laboratory analyser"),
    "lis": (SystemKind.LABORATORY, "laboratory system"),
    "mail": (SystemKind.EMAIL, "mail server"),
    "mx": (SystemKind.EMAIL, "mail server"),
    "pas": (SystemKind.PATIENT_RECORD, "patient administration"),
    "pharm": (SystemKind.PHARMACY_SYSTEM, "pharmacy system"),
    "ris": (SystemKind.IMAGING_ARCHIVE, "radiology information"),
    "rost": (SystemKind.ROSTERING, "rostering"),
    "roster": (SystemKind.ROSTERING, "rostering"),
    "rtr": (SystemKind.NETWORK, "router"),
    "sip": (SystemKind.TELEPHONY, "telephone exchange"),
    "sw": (SystemKind.NETWORK, "switch"),
    "tel": (SystemKind.TELEPHONY, "telephone exchange"),
}
"""Words that mean this often, and something else often enough to ask."""

_NOT: Final = frozenset(
    {
        *("cw", "desktop", "dt", "img", "kiosk", "ksk", "laptop", "lt", "pc", "ws"),
        *("bkp", "dev", "prn", "test", "train", "trn", "tst", "uat"),
    }
)
"""Words of devices on which one person works, of printers, and of what is no part of care yet."""


_ALIKE: Final = str.maketrans("123456789", "0" * 9)
"""Numbers in names say nothing about what a device is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """That a device probably carries something.

    Args:
        device: its name.
        thing: the identifier of what it would carry.
        sign: what its name says that it is.
        sure: whether nobody needs to think about it.

    """

    device: str
    thing: str
    sign: str
    sure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What a name says a device is for."""

    kind: Kind
    sign: str
    sure: bool


def recognised(name: str) -> Recognised | None:
    """What a device is for, by its name; None where that says nothing.

    >>> recognised("RXX-DC01.rxx.example").kind.value, recognised("RXX-WS0117")
    ('identity', None)

    """
    return _recognised(_short(name).translate(_ALIKE))


@lru_cache(maxsize=4096)
def _recognised(name: str) -> Recognised | None:
    """What devices are for that differ by nothing but their numbers: most of an estate do."""
    words = re.findall(r"[a-z]+", name)
    if not _NOT.isdisjoint(words):
        return None
    for known, sure in ((_SURE, True), (_UNSURE, False)):
        for word in words:
            if word in known:
                kind, sign = known[word]
                return Recognised(kind=kind, sign=sign, sure=sure)
    return next(filter(None, map(_joined, words)), None)


def _joined(word: str) -> Recognised | None:
    """A word that begins with a site's letters and ends with a sign, such as `rxxdc`; that may be chance."""
    for sign, (kind, meaning) in _SURE.items():
        if word.endswith(sign) and len(word) - len(sign) >= 3:  # noqa: PLR2004 - the letters of a site
            return Recognised(kind=kind, sign=meaning, sure=False)
    return None


def suggestions(care: CareMap, names: Iterable[str]) -> list[Suggestion]:
    """What devices of an organisation probably carry and nobody has said yet, by thing and by name.

    Where two things of the map are of one kind, nobody is sure which of them it is; the first is suggested.

    Args:
        care: the organisation's map.
        names: the names of its devices.

    """
    things: dict[Kind, list[str]] = defaultdict(list)
    for service in care.services:
        things[service.kind].append(service.id)
    for system in care.systems:
        things[system.kind].append(system.id)
    carrying = {one.id for one in care.equipment} & {one.provider for one in care.dependencies}
    known = {_short(one.name) for one in care.equipment if one.id in carrying}
    told = {name: sign for name in names if (sign := recognised(name)) is not None}
    found = []
    for name, sign in sorted(told.items(), key=lambda one: one[0].casefold()):
        if _short(name) in known or sign.kind not in things:
            continue
        among = things[sign.kind]
        found.append(Suggestion(device=name, thing=among[0], sign=sign.sign, sure=sign.sure and len(among) == 1))
    return sorted(found, key=lambda one: (one.thing, not one.sure))


def _short(name: str) -> str:
    return name.casefold().partition(".")[0]
