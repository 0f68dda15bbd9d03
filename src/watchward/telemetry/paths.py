"""From the dotted path at which a sender puts a value to the field that it is.

A path is the same however it was nested: `{"winlog": {"channel": …}}` and `{"winlog.channel": …}` are one path.
"""

import re
from dataclasses import dataclass
from functools import cache

from watchward.telemetry import defender
from watchward.telemetry.registry import Registry, table

NATIVE = 9
"""The rank of a path that is the field itself in its shape; a lower rank is an alias, whose value also stays in
`unmapped`, and which gives way to a higher one."""

TIME = "@time"
"""The event's own time, in the table of paths."""

RECORD = "@record"
"""The number that the log itself gave the event, in the table of paths."""

_DATA_PREFIXES = (
    "Event.EventData.",
    "EventData.",
    "winlog.event_data.",
    "winlog.user_data.",
    "event_data.",
    "user_data.",
    "auditd.data.",
)
_NESTED_PREFIXES = ("Event.UserData.", "UserData.")
_FOREIGN_PREFIXES = (
    "properties.",
    "azure.signinlogs.properties.",
    "azure.auditlogs.properties.",
    "azure.signinlogs.",
    "azure.auditlogs.",
    "azure.activitylogs.",
    "aws.cloudtrail.",
    "o365.audit.",
    "okta.",
    "unmapped.",
    "json.",
)
_LOWER_CAMEL_PREFIXES = ("win.eventdata.", "data.win.eventdata.")
_TEXT_SUFFIX = ".#text"
_CAPITAL = re.compile(r"_([a-z])")


@dataclass(frozen=True, slots=True)
class Place:
    """The field that a path fills, and how strongly it claims it; without a field, the path stays in `unmapped`."""

    field: str | None
    rank: int = NATIVE


UNMAPPED = Place(field=None)


def place(path: str, registry: Registry) -> Place:
    """Where the value at a path belongs.

    >>> place("winlog.event_data.CommandLine", Registry.standard())
    Place(field='CommandLine', rank=9)
    >>> place("host.name", Registry.standard())
    Place(field='Computer', rank=5)
    >>> place("Favourite", Registry.standard()).field is None
    True

    """
    path = path.removeprefix("_source.")
    known = _known().get(path)
    if known is not None and (known.field or "") in registry.kinds.keys() | {TIME, RECORD}:
        return known
    if path in registry:
        return Place(field=path)
    return _native(path, registry) or _foreign(path, registry) or UNMAPPED


def _native(path: str, registry: Registry) -> Place | None:
    """The field of a path below the part of an event that holds its own data."""
    name = _below(path)
    if name is None:
        return None
    name = name.removesuffix(_TEXT_SUFFIX)
    for spelt in (name, name.replace(" ", ""), name.replace(" ", "_"), name[:1].upper() + name[1:]):
        if spelt in registry:
            return Place(field=spelt)
    return None


def _below(path: str) -> str | None:
    for prefix in (*_DATA_PREFIXES, *_LOWER_CAMEL_PREFIXES):
        if path.startswith(prefix):
            return path[len(prefix) :]
    for prefix in _NESTED_PREFIXES:
        if path.startswith(prefix):
            return path[len(prefix) :].partition(".")[2] or None
    return None


def _foreign(path: str, registry: Registry) -> Place | None:
    """The field of a path that a product wraps once more."""
    for prefix in _FOREIGN_PREFIXES:
        if path.startswith(prefix):
            name = path[len(prefix) :]
            for spelt in (name, _as_azure_spells(name)):
                if spelt in registry:
                    return Place(field=spelt, rank=NATIVE if spelt in defender.columns() else 5)
    return None


def _as_azure_spells(name: str) -> str:
    """A name that Filebeat's azure module has put into its own spelling, as Azure gave it.

    >>> _as_azure_spells("status.error_code"), _as_azure_spells("target_resources.0.user_principal_name")
    ('status.errorCode', 'targetResources.userPrincipalName')

    """
    parts = (part for part in name.split(".") if part != "0")  # the module makes an object of a list
    return ".".join(_CAPITAL.sub(lambda found: found[1].upper(), part) for part in parts)


def above_fields(registry: Registry) -> frozenset[str]:
    """What stands above fields in their dotted names."""
    parts = (field.split(".") for field in registry.kinds)
    return frozenset(".".join(its[:count]) for its in parts for count in range(1, len(its)))


def leads_to_fields(path: str, above: frozenset[str]) -> bool:
    """Whether objects in a list at this path hold fields of their own, such as `targetResources`.

    `above` is what `above_fields` gives.
    """
    name = path
    for prefix in ("_source.", *_FOREIGN_PREFIXES):
        name = name.removeprefix(prefix)
    return path.endswith("EventData.Data") or name in above


@cache
def _known() -> dict[str, Place]:
    return {row["path"]: Place(field=row["field"], rank=int(row["rank"])) for row in table("paths")}
