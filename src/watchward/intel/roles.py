"""Whose a thing of an event is: what an attacker brought, what everybody runs, or what of the victim's was touched.

Its part in the event tells, not its shape: a program that acts and a file that is left to be run are the attacker's; a
document that was encrypted is the victim's, however often it is named; what lies where a system keeps its own programs
is everybody's, and so is its digest.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

from watchward.intel.exact.carried import program_in
from watchward.intel.observable import Kind, Observable
from watchward.telemetry.batch import items


class Role(StrEnum):
    """Whose a thing is; of a thing with several parts in an alert, the first of these counts."""

    EVERYBODYS = "everybody's"
    ATTACKERS = "attacker's"
    VICTIMS = "victim's"


ROLES: Final = tuple(Role)

_FILES: Final = frozenset({Kind.FILE_NAME, Kind.FILE_PATH, Kind.PROCESS_NAME})
_DIGESTS: Final = frozenset({Kind.IMPHASH, Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512})
_COMMANDS: Final = frozenset({"ImagePath", "ServiceFileName"})
_DIGESTED: Final = (
    "ImageLoaded", "TargetFilename", "file.path", "FilePath", "Image", "NewProcessName", "process.executable", "exe"
)  # fmt: skip
"""Of which file an event says the digests: the first of these that it names."""
_ENDING_THAT_RUNS: Final = re.compile(
    r"\.(?:bat|chm|cmd|com|cpl|dll|docm|elf|exe|hta|img|iso|jar|jse?|ko|lnk|msi|msp|ocx|pif|ps1|psm1|py|scr|sh|so|sys"
    r"|vb[es]|vhdx?|wsf|wsh|xlam|xll|xlsm)"
)
_LEFT_TO_RUN: Final = re.compile(r"/(?:tmp|var/tmp|dev/shm)/(?:.*/)?[^/.]+")
_OF_THE_SYSTEM: Final = re.compile(
    r"(?:(?:\\\\\?\\|\\\?\?\\)?[a-z]:\\windows|%systemroot%|%windir%|\\systemroot)"
    r"\\(?:system32|syswow64|sysnative|winsxs|servicing|systemapps|microsoft\.net)\\(?!spool\\|tasks\\|config\\).+"
    r"|/(?:usr/)?(?:s?bin|lib|lib64|libexec)/.+"
)
_INSTALLED: Final = re.compile(
    r"(?:\\\\\?\\|\\\?\?\\)?(?:[a-z]:|%systemdrive%)\\(?:windows|program files(?: \(x86\))?)\\(?!temp\\|tasks\\)"
)
_NAMES: Final = frozenset({Kind.FILE_NAME, Kind.PROCESS_NAME})


def acts_or_is_reached(field: str) -> bool:
    """Whether a field says what acted in an event, or where it reached out to.

    >>> acts_or_is_reached("Image"), acts_or_is_reached("DestinationIp"), acts_or_is_reached("TargetFilename")
    (True, True, False)

    """
    return field in _fields("acts") or field in _fields("reached")


def role_of(thing: Observable, field: str, event: Mapping[str, str]) -> Role:
    r"""Whose a thing is that a field of an event names.

    >>> event = {"Image": r"C:\Windows\System32\icacls.exe", "TargetFilename": r"E:\Images\6866.dcm.wncry"}
    >>> role_of(Observable(Kind.FILE_NAME, "icacls.exe"), "Image", event)
    <Role.EVERYBODYS: "everybody's">
    >>> role_of(Observable(Kind.FILE_NAME, "6866.dcm.wncry"), "TargetFilename", event)
    <Role.VICTIMS: "victim's">

    """
    if thing.kind not in _FILES | _DIGESTS:
        return Role.ATTACKERS
    by_name = thing.kind in _NAMES
    roles = [
        _role(path, is_touched=said in _fields("touched"), by_name=by_name)
        for said, path in _paths(thing, field, event)
    ]
    return min(roles, key=ROLES.index, default=Role.ATTACKERS)


def _role(path: str, *, is_touched: bool, by_name: bool) -> Role:
    if is_touched and not _runs(path):
        return Role.VICTIMS
    return Role.EVERYBODYS if _is_everybodys(path, by_name=by_name) else Role.ATTACKERS


def _paths(thing: Observable, field: str, event: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The paths of which a thing is the name or the digest, in small letters, each with the field that says it."""
    if thing.kind in _DIGESTS:
        said = next((name for name in _DIGESTED if event.get(name)), "")
        yield from ((said, path.lower()) for path in items(event.get(said, "")))
        return
    for item in items(event.get(field, "")):
        path = (program_in(item) if field in _COMMANDS else item).lower()
        if path.endswith(thing.value.lower()):
            yield field, path
    if field == "OriginalFileName":
        yield from (("Image", path.lower()) for path in items(event.get("Image", "")))


def _runs(path: str) -> bool:
    """Whether a file is one that is left to be run, by its ending or its place."""
    ending = re.search(r"\.[^.\\/]*$", path)
    return bool((ending and _ENDING_THAT_RUNS.fullmatch(ending[0])) or _LEFT_TO_RUN.fullmatch(path))


def _is_everybodys(path: str, *, by_name: bool) -> bool:
    """Whether everybody runs a program; one that only has such a name, in a folder where anybody writes, is not it."""
    *folders, name = re.split(r"[\\/]", path)
    if _OF_THE_SYSTEM.fullmatch(path) is not None:
        return True
    return name in _everybodys() and (by_name or not folders or _INSTALLED.match(path) is not None)


@cache
def _fields(part: str) -> frozenset[str]:
    return frozenset(name for row in _rows("roles.csv") if row["part"] == part for name in row["fields"].split())


@cache
def _everybodys() -> frozenset[str]:
    return frozenset(name for row in _rows("everybodys_programs.csv") for name in row["programs"].split())


def _rows(file: str) -> list[dict[str, str]]:
    text = (files("watchward.intel") / "data" / file).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
