"""Events of the Open Cybersecurity Schema Framework, version 1: which Sigma log source each class is.

What happened is told by `class_uid` and `activity_id`, and with logons by `status_id`; on which system, by `device.os`,
or by the paths where that is silent.

>>> parts({"class_uid": "1007", "activity_id": "1", "device.os.type_id": "100"}, None)
('windows', 'process_creation', None)

"""

from collections.abc import Callable, Mapping
from functools import cache

from watchward.telemetry.batch import items
from watchward.telemetry.defender import APPLE_PATH, POSIX_PATH, Parts, path_kind
from watchward.telemetry.hives import spelt
from watchward.telemetry.registry import table

SHAPE = "ocsf"
"""What `LogSource.shape` says of these events."""

_SYSTEMS = {"100": "windows", "200": "linux", "300": "macos"}
_NAMES = {"windows": "windows", "linux": "linux", "macos": "macos", "mac os": "macos"}
_PATHS = ("process.file.path", "actor.process.file.path")
_ALGORITHMS = {
    **dict.fromkeys(("1", "md5"), "MD5"),
    **dict.fromkeys(("2", "sha-1", "sha1"), "SHA1"),
    **dict.fromkeys(("3", "sha-256", "sha256"), "SHA256"),
    **dict.fromkeys(("4", "sha-512", "sha512"), "SHA512"),
}
_DIRECTIONS = {
    **dict.fromkeys(("1", "inbound", "ingress"), "false"),
    **dict.fromkeys(("2", "outbound", "egress"), "true"),
}


def parts(signs: Mapping[str, str], configured: str | None) -> Parts | None:
    """The log source of an event; None where it is none of this framework.

    Args:
        signs: the fields that tell the log source.
        configured: the product that the source's configuration names.

    """
    if "class_uid" not in signs:
        return None
    known = _class(signs["class_uid"], signs.get("activity_id"), signs.get("status_id"))
    product = _product(signs, configured)
    service = known.get("service") or None
    return product, known.get("category") or None, service if product == "windows" else None


def _product(signs: Mapping[str, str], configured: str | None) -> str | None:
    found = _SYSTEMS.get(signs.get("device.os.type_id", "")) or _NAMES.get(signs.get("device.os.type", "").lower())
    if found is not None:
        return found
    kinds = {path_kind(signs[name]) for name in _PATHS if signs.get(name)}
    if not kinds:
        return configured
    if APPLE_PATH in kinds:
        return "macos"
    return (configured or "linux") if POSIX_PATH in kinds else "windows"


@cache
def _classes() -> dict[tuple[str, str, str], dict[str, str]]:
    return {(row["class_uid"], row["activity_id"], row["status_id"]): row for row in table("ocsf_classes")}


def _class(class_uid: str | None, activity: str | None, status: str | None = None) -> Mapping[str, str]:
    key = class_uid or "", activity or ""
    return _classes().get((*key, status or "")) or _classes().get((*key, "")) or {}


def _fingerprints(algorithms: str | None, values: str | None) -> str | None:
    if algorithms is None or values is None:
        return None
    pairs = zip(items(algorithms.lower()), items(values), strict=False)
    return ",".join(f"{_ALGORITHMS[name]}={value}" for name, value in pairs if name in _ALGORITHMS) or None


def _registry_named(key: str | None, name: str | None) -> str | None:
    if not key:
        return None
    return f"{spelt(key)}\\{name or '(Default)'}"


HOW: dict[str, Callable[..., str | None]] = {
    "direction": lambda words: _DIRECTIONS.get((words or "").lower()),
    "fingerprints": _fingerprints,
    "ocsf_event_id": lambda *told: _class(*told).get("event_id") or None,
    "ocsf_event_type": lambda *told: _class(*told).get("event_type") or None,
    "ocsf_provider": lambda *told: _class(*told).get("provider") or None,
    "registry_named": _registry_named,
}
"""How fields follow from attributes, besides the ways that other shapes use as well."""
