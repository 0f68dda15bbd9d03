"""The rows of Microsoft Defender for Endpoint: which Sigma log source each is, and how its columns become Sigma fields.

A row of an advanced hunting table says what happened in `ActionType`; which table it stands in follows from that. The
names and meanings are those of Microsoft's schema; `docs/reference/telemetry.md` lists what becomes of each table.

>>> parts({"ActionType": "ImageLoaded", "DeviceId": "3f9a"}, None)
('windows', 'image_load', None)

"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from urllib.parse import urlsplit

from watchward.telemetry.hives import spelt
from watchward.telemetry.registry import table
from watchward.telemetry.values import text

SHAPE = "defender"
"""What `LogSource.shape` says of these rows."""

STREAMED = "AdvancedHunting-"
"""How the streaming API begins the name of a table, in `category`."""

WINDOWS_PATH, POSIX_PATH, APPLE_PATH = "\\", "/", "/applications/"
"""What a path tells of the system that it belongs to."""

_APPLE = ("/applications/", "/library/", "/private/", "/system/", "/users/", "/volumes/")
_UNIX = frozenset({"process_creation", "file_event", "file_delete", "file_rename", "network_connection", "dns"})
_PIPE = re.compile(r"(?:\\Device\\NamedPipe|\\\\\.\\pipe)(?=\\)", re.IGNORECASE)
_LOGON_TYPES = {
    "interactive": "2",
    "network": "3",
    "batch": "4",
    "service": "5",
    "unlock": "7",
    "networkcleartext": "8",
    "newcredentials": "9",
    "remoteinteractive": "10",
    "remote interactive (rdp) logons": "10",
    "cachedinteractive": "11",
    "cachedremoteinteractive": "12",
}
_MAPPED = "::ffff:"

Parts = tuple[str | None, str | None, str | None]
"""Product, category and service."""


def path_kind(path: str) -> str:
    r"""Which kind of system a path belongs to, told by its beginning; an empty one tells nothing.

    >>> path_kind("/usr/bin/bash"), path_kind(r"c:\windows\explorer.exe"), path_kind("")
    ('/', '\\', '')

    """
    if not path:
        return ""
    if not path.startswith("/"):
        return WINDOWS_PATH
    return APPLE_PATH if path.lower().startswith(_APPLE) else POSIX_PATH


def parts(signs: Mapping[str, str], configured: str | None) -> Parts | None:
    """The log source of a row; None where it is none of Defender's.

    Args:
        signs: the fields that tell the log source.
        configured: the product that the source's configuration names: rows of Linux and of macOS look alike.

    """
    streamed = signs.get("category", "")
    if streamed.startswith(STREAMED):
        if streamed == f"{STREAMED}AlertEvidence":
            return "windows", "antivirus" if signs.get("DetectionSource") == "Antivirus" else None, None
        if not streamed.startswith(f"{STREAMED}Device"):
            return None
    elif "DeviceId" not in signs or "ActionType" not in signs:
        return None
    product = _product(signs, configured)
    known = _actions().get(signs.get("ActionType", ""), {})
    category, service = known.get("category") or None, known.get("service") or None
    if product == "windows":
        return product, category, service
    return product, category if category in _UNIX else None, None


def _product(signs: Mapping[str, str], configured: str | None) -> str:
    paths = [signs[name] for name in ("FolderPath", "InitiatingProcessFolderPath") if signs.get(name)]
    kinds = {path_kind(path) for path in paths}
    if APPLE_PATH in kinds:
        return "macos"
    if POSIX_PATH in kinds:
        return configured if configured in ("linux", "macos") else "linux"
    return (configured or "windows") if not kinds else "windows"


@cache
def _actions() -> dict[str, dict[str, str]]:
    return {row["action"]: row for row in table("defender_actions")}


@cache
def columns() -> frozenset[str]:
    """The names of all columns of the tables that become events."""
    return frozenset(row["column"] for row in table("defender_columns"))


def _of_action(action: str | None, what: str) -> str | None:
    return _actions().get(action or "", {}).get(what) or None


def _path(folder: str | None, name: str | None) -> str | None:
    """The whole path; tables hold it in `FolderPath`, and some rows only the folder."""
    if not folder or not name:
        return folder or _bare_path("\\", name)
    if folder.lower().endswith(name.lower()):
        return folder
    separator = "/" if folder.startswith("/") else "\\"
    return folder + name if folder.endswith(separator) else f"{folder}{separator}{name}"


def _bare_path(separator: str, name: str | None) -> str | None:
    r"""A name whose folder is not known, as the end of a path: rules look for `\name`."""
    if not name or "\\" in name or "/" in name:
        return name or None
    return f"{separator}{name}"


def _hashes(*found: str | None) -> str | None:
    named = zip(("MD5", "SHA1", "SHA256"), found, strict=True)
    return ",".join(f"{name}={value}" for name, value in named if value) or None


def _registry_key(key: str | None) -> str | None:
    return spelt(key) if key else None


def _registry_value(action: str | None, key: str | None, name: str | None) -> str | None:
    if not key:
        return None
    if not name and action == "RegistryValueSet":
        name = "(Default)"
    return f"{spelt(key)}\\{name}" if name else spelt(key)


def _registry_data(kind: str | None, data: str | None) -> str | None:
    """A value's data as Sysmon writes it."""
    match (kind or "").lower().removeprefix("reg_"):
        case "dword":
            number = _number(data)
            return data if number is None else f"DWORD (0x{number & 0xFFFFFFFF:08x})"
        case "qword":
            number = _number(data)
            return data if number is None else f"QWORD (0x{number >> 32 & 0xFFFFFFFF:08x}-0x{number & 0xFFFFFFFF:08x})"
        case "binary":
            return "Binary Data"
        case _:
            return data or ("(Empty)" if kind else None)


def _number(digits: str | None) -> int | None:
    try:
        return int(digits or "", 16 if (digits or "").lower().startswith("0x") else 10)
    except ValueError:
        return None


def _hexadecimal(digits: str | None) -> str | None:
    number = _number(digits)
    return None if number is None else hex(number)


def _is_inbound(action: str | None) -> bool:
    return (action or "").startswith("Inbound")


def _initiated(action: str | None) -> str | None:
    return None if action is None else "false" if _is_inbound(action) else "true"


def _caller(action: str | None, here: str | None, there: str | None) -> str | None:
    """The caller's side of a connection where this device called, else the other one's."""
    found = there if _is_inbound(action) else here
    return found.removeprefix(_MAPPED) if found and "." in found else found


def _host(address: str | None) -> str | None:
    if not address or "/" not in address:
        return None
    try:
        return urlsplit(address if "//" in address else f"//{address}").hostname
    except ValueError:
        return None


def _is_ipv6(address: str | None) -> str | None:
    return None if not address else "true" if ":" in address else "false"


def _additional(names: str, fields: str | None) -> str | None:
    """What `AdditionalFields` says under the first of some names, which bars divide."""
    if not fields or not fields.startswith("{"):
        return None
    try:
        document = json.loads(fields)
    except (ValueError, RecursionError):
        return None
    return next((found for name in names.split("|") if (found := text(document.get(name))) is not None), None)


def _pipe(fields: str | None) -> str | None:
    name = _additional("PipeName", fields)
    return None if name is None else _PIPE.sub("", name, count=1)


def _access(fields: str | None) -> str | None:
    return _hexadecimal(_additional("DesiredAccess", fields))


def _subject(action: str | None, account: str | None, initiating: str | None) -> str | None:
    """Who did it: the row's account, unless that is whom it was done to."""
    return account or initiating if _of_action(action, "account") == "subject" else initiating


def _target(name: str, action: str | None, account: str | None, fields: str | None) -> str | None:
    """Whom it was done to: the row's account, or the group that `AdditionalFields` names."""
    match _of_action(action, "account"):
        case "target":
            return account
        case "member":
            return _additional(name, fields)
        case _:
            return None


def _member(action: str | None, account: str | None) -> str | None:
    return account if _of_action(action, "account") == "member" else None


HOW: dict[str, Callable[..., str | None]] = {
    "access": _access,
    "additional": _additional,
    "bare_path": _bare_path,
    "caller": _caller,
    "event_id": lambda action: _of_action(action, "event_id"),
    "event_type": lambda action: _of_action(action, "event_type"),
    "hashes": _hashes,
    "hexadecimal": _hexadecimal,
    "host": _host,
    "initiated_by_action": _initiated,
    "is_ipv6": _is_ipv6,
    "logon_type": lambda words: _LOGON_TYPES.get((words or "").lower()),
    "member": _member,
    "path": _path,
    "pipe": _pipe,
    "provider": lambda action: _of_action(action, "provider"),
    "registry_data": _registry_data,
    "registry_key": _registry_key,
    "registry_value": _registry_value,
    "subject": _subject,
    "target": _target,
}
"""How fields follow from columns; one that is given a name (`additional:TaskName`) is handed that first."""
