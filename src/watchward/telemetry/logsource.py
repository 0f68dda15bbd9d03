"""Which Sigma log source an event belongs to, told by what its sender says of it.

>>> of({"Channel": "Security", "EventID": "4688"})
LogSource(product='windows', category='process_creation', service='security')
>>> of({"Workload": "Exchange", "Operation": "New-InboxRule", "RecordType": "1"}).service
'exchange'

"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from watchward.telemetry import defender, ocsf
from watchward.telemetry.registry import table


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSource:
    """A Sigma log source; a part is None where the event has no such part.

    `shape` is no part of it: it says whose names the event's own fields have, where what follows from them depends on
    that.
    """

    product: str | None = None
    category: str | None = None
    service: str | None = None
    shape: str | None = field(default=None, repr=False)


UNKNOWN = LogSource()

SIGNS = (
    "Channel",
    "Provider_Name",
    "EventID",
    "EventType",
    "OperationType",
    "event.module",
    "event.dataset",
    "event.category",
    "event.type",
    "event.action",
    "host.os.type",
    "log.syslog.appname",
    "log.syslog.facility.code",
    "nametype",
    "process.name",
    "program",
    "syslog.identifier",
    "Workload",
    "RecordType",
    "category",
    "Category",
    "eventSource",
    "type",
    "_path",
    "ActionType",
    "DetectionSource",
    "DeviceId",
    "FolderPath",
    "InitiatingProcessFolderPath",
    "class_uid",
    "activity_id",
    "status_id",
    "device.os.type",
    "device.os.type_id",
    "process.file.path",
    "actor.process.file.path",
)
"""The fields that tell the log source; each registry in use holds them."""

TELLING: Mapping[str, Callable[[str], str]] = {
    "DeviceId": lambda _: "",
    "FolderPath": defender.path_kind,
    "InitiatingProcessFolderPath": defender.path_kind,
    "process.file.path": defender.path_kind,
    "actor.process.file.path": defender.path_kind,
}
"""Signs of which every event may have another text, and what it tells; what is told tells the same."""

_AZURE = {
    "signinlogs": "signinlogs",
    "noninteractiveusersigninlogs": "signinlogs",
    "serviceprincipalsigninlogs": "signinlogs",
    "managedidentitysigninlogs": "signinlogs",
    "adfssigninlogs": "signinlogs",
    "auditlogs": "auditlogs",
    "userriskevents": "riskdetection",
    "riskyusers": "riskdetection",
    "administrative": "activitylogs",
}
_DATASETS = {
    "azure.signinlogs": LogSource(product="azure", service="signinlogs"),
    "azure.auditlogs": LogSource(product="azure", service="auditlogs"),
    "azure.activitylogs": LogSource(product="azure", service="activitylogs"),
    "azure.identity_protection": LogSource(product="azure", service="riskdetection"),
    "aws.cloudtrail": LogSource(product="aws", service="cloudtrail"),
    "gcp.audit": LogSource(product="gcp", service="gcp.audit"),
    "okta.system": LogSource(product="okta", service="okta"),
    "github.audit": LogSource(product="github", service="audit"),
    "kubernetes.audit": LogSource(product="kubernetes", service="audit"),
    "nginx.access": LogSource(category="webserver", service="nginx"),
    "apache.access": LogSource(category="webserver", service="apache"),
    "iis.access": LogSource(product="windows", category="webserver", service="iis"),
}
_M365 = {"exchange": "exchange", "securitycompliancecenter": "threat_management"}
_LINUX_PROGRAMS = {
    **dict.fromkeys(("sshd", "sshd-session", "sshd-auth"), "sshd"),
    **dict.fromkeys(("sudo", "sudo-rs"), "sudo"),
    **dict.fromkeys(("cron", "crond", "crontab", "anacron"), "cron"),
    **dict.fromkeys(("clamd", "clamav", "clamav-daemon", "clamscan", "clamdscan", "freshclam"), "clamav"),
    **dict.fromkeys(("guacd", "guacamole"), "guacamole"),
    **dict.fromkeys(("modsecurity", "mod_security", "modsec"), "modsecurity"),
    "vsftpd": "vsftpd",
}
_LINUX_FACILITIES = {"4": "auth", "9": "cron", "10": "auth"}
_LINUX_DATASETS = {"system.auth": "auth", "system.syslog": "syslog"}
_AUDIT_TYPES = frozenset(row["type"] for row in table("audit_types"))
_PROCESS_ACTIONS = frozenset({"executed", "exec", "process_started", "start"})
_FILE_ACTIONS = frozenset({"opened-file", "renamed", "symlinked"})
"""What audit rules on writing report; Auditbeat does not say of an opened file whether it is new."""
_AUDITBEAT_DATASETS = frozenset({"process", "socket", "file"})
_FILE_CATEGORIES = {"creation": "file_event", "change": "file_event", "deletion": "file_delete"}


def of(signs: Mapping[str, str], configured: LogSource = UNKNOWN) -> LogSource:
    """The log source of an event.

    Args:
        signs: the event's fields, of which `SIGNS` are read.
        configured: what the source's own configuration says; it fills each part that the event itself leaves open.

    """
    found = (
        _windows(signs)
        or _shaped(defender.SHAPE, defender.parts(signs, configured.product))
        or _shaped(ocsf.SHAPE, ocsf.parts(signs, configured.product))
        or _by_dataset(signs)
        or _cloud(signs)
        or _linux(signs)
        or _endpoint(signs)
        or UNKNOWN
    )
    return LogSource(
        product=found.product or configured.product,
        category=found.category or configured.category,
        service=found.service or configured.service,
        shape=found.shape,
    )


def _shaped(shape: str, parts: defender.Parts | None) -> LogSource | None:
    if parts is None:
        return None
    product, category, service = parts
    return LogSource(product=product, category=category, service=service, shape=shape)


def _windows(signs: Mapping[str, str]) -> LogSource | None:
    channel, provider = signs.get("Channel", ""), signs.get("Provider_Name", "")
    if not channel and not (provider and "EventID" in signs):
        return None
    channels, providers = _services()
    service = channels.get(channel.casefold()) or providers.get(provider.casefold())
    product = "linux" if "linux-sysmon" in (channel.casefold().partition("/")[0], provider.casefold()) else "windows"
    return LogSource(product=product, service=service, category=_category(service, signs))


def _category(service: str | None, signs: Mapping[str, str]) -> str | None:
    operation = signs.get("EventType", "") if service == "sysmon" else signs.get("OperationType", "")
    event_id = signs.get("EventID", "")
    categories = _categories()
    return categories.get((service or "", event_id, operation)) or categories.get((service or "", event_id, ""))


def _by_dataset(signs: Mapping[str, str]) -> LogSource | None:
    dataset = signs.get("event.dataset", "").casefold()
    if dataset.startswith("zeek."):
        return LogSource(product="zeek", service=dataset.removeprefix("zeek."))
    return _DATASETS.get(dataset)


def _cloud(signs: Mapping[str, str]) -> LogSource | None:
    category = (signs.get("category") or signs.get("Category") or "").casefold()
    if category in _AZURE:
        return LogSource(product="azure", service=_AZURE[category])
    if "Workload" in signs or signs.get("event.dataset") == "o365.audit":
        workload = signs.get("Workload", "").casefold()
        return LogSource(product="m365", service=_M365.get(workload, "audit"))
    if signs.get("eventSource", "").casefold().endswith(".amazonaws.com"):
        return LogSource(product="aws", service="cloudtrail")
    if "_path" in signs:
        return LogSource(product="zeek", service=signs["_path"])
    return None


def _linux(signs: Mapping[str, str]) -> LogSource | None:
    audit = signs.get("event.module") == "auditd" or signs.get("event.dataset", "").startswith("auditd")
    if audit or signs.get("type", "").casefold() in _AUDIT_TYPES:
        return LogSource(product="linux", service="auditd", category=_audited(signs))
    dataset, facility = signs.get("event.dataset", ""), signs.get("log.syslog.facility.code")
    program = signs.get("program") or signs.get("syslog.identifier") or signs.get("log.syslog.appname")
    if program is None and (dataset in _LINUX_DATASETS or facility is not None):
        program = signs.get("process.name", "")
    if program is None:
        return _auditbeat(signs)
    other = _LINUX_FACILITIES.get(facility or "") or _LINUX_DATASETS.get(dataset, "syslog")
    return LogSource(product="linux", service=_LINUX_PROGRAMS.get(program.casefold(), other))


def _audited(signs: Mapping[str, str]) -> str | None:
    """What happened, as a record of the audit daemon tells it, or a document that joins several."""
    kind = signs.get("type", "").casefold()
    if kind == "execve" or signs.get("event.action", "") in _PROCESS_ACTIONS:
        return "process_creation"
    if kind == "path":
        return {"CREATE": "file_event", "DELETE": "file_delete"}.get(signs.get("nametype", ""))
    if "event.category" not in signs:
        return None
    touched = signs.get("event.action") in _FILE_ACTIONS
    return "file_event" if touched else _happened(signs)


def _auditbeat(signs: Mapping[str, str]) -> LogSource | None:
    """Auditbeat's other modules, which say what happened; they run on other systems too, which they then name."""
    if signs.get("event.module") == "file_integrity" or signs.get("event.dataset") in _AUDITBEAT_DATASETS:
        return LogSource(product=signs.get("host.os.type", "linux"), category=_happened(signs))
    return None


def _endpoint(signs: Mapping[str, str]) -> LogSource | None:
    """Agents that speak ECS by themselves: they say what happened, and on which system."""
    product = signs.get("host.os.type")
    if product is None:
        return None
    return LogSource(product=product, category=_happened(signs))


def _happened(signs: Mapping[str, str]) -> str | None:
    """The category that event.category and event.type amount to."""
    subject, changes = signs.get("event.category", ""), signs.get("event.type", "").split("\x1e")
    if "process" in subject:
        return "process_creation" if "start" in changes else None
    if "file" in subject:
        return next((_FILE_CATEGORIES[change] for change in changes if change in _FILE_CATEGORIES), None)
    if "network" in subject:
        return "dns_query" if changes == ["protocol"] else "network_connection"
    return None


@cache
def _services() -> tuple[dict[str, str], dict[str, str]]:
    """Windows services by channel, and by the provider that alone writes to that channel."""
    rows = table("services")
    channels = {row["name"].casefold(): row["service"] for row in rows if row["by"] == "channel"}
    return channels, {row["name"].casefold(): row["service"] for row in rows if row["by"] == "provider"}


@cache
def _categories() -> dict[tuple[str, str, str], str]:
    return {(row["service"], row["event_id"], row["operation"]): row["category"] for row in table("categories")}
