"""What happened, as one readable sentence made from an event's fields.

A template is chosen by the event's log source and, where there is one, its number. In a template, `{Field}` is the
field's value, `{Field:name}` only the last part of a path, and a part in square brackets is left out unless every field
in it has a value. The sentence comes as phrases that remember their field, so that a page can mark what a rule matched.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from watchward.telemetry.batch import items

LONGEST: Final = 300
"""Characters of one value that a sentence quotes; the page shows the whole value below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A piece of a sentence; `field` names the field whose value it shows, or is empty."""

    text: str
    field: str = ""


_PROCESS: Final = (
    "{Image:name} was started[ by {ParentImage:name}] on {device}[, as user {User}]"
    "[. Its command line was “{CommandLine}”]"
)
_REGISTRY: Final = "{Image:name} changed the Windows setting {TargetObject} on {device}[ to “{Details}”]"
_CLOUD_SIGN_IN: Final = (
    "A sign-in to {device}[ by {UserPrincipalName}][ from {IpAddress}][ with the app {AppDisplayName}]"
)

_BY_CATEGORY: Final[Mapping[str, tuple[str, ...]]] = {
    "process_creation": (_PROCESS, "A program was started on {device}[. Its command line was “{CommandLine}”]"),
    "process_access": (
        "{SourceImage:name} opened {TargetImage:name} on {device}[, asking for the rights {GrantedAccess}]",
    ),
    "process_tampering": ("{Image:name} was changed while it ran on {device}",),
    "create_remote_thread": ("{SourceImage:name} started code inside {TargetImage:name} on {device}",),
    "image_load": ("{Image:name} loaded {ImageLoaded} on {device}",),
    "driver_load": ("The driver {ImageLoaded} was loaded on {device}[, signed by {Signature}]",),
    "network_connection": (
        (
            "{Image:name} on {device} connected to "
            "[{DestinationHostname} at ]{DestinationIp}[, port {DestinationPort}][, as user {User}]"
        ),
        "{device} connected to {DestinationIp}[, port {DestinationPort}]",
    ),
    "dns_query": ("{Image:name} on {device} asked for the address of {QueryName}", "{device} asked for {QueryName}"),
    "file_event": (
        "{Image:name} wrote the file {TargetFilename} on {device}",
        "The file {TargetFilename} was written on {device}",
    ),
    "file_change": ("{Image:name} changed the file {TargetFilename} on {device}",),
    "file_delete": ("{Image:name} deleted the file {TargetFilename} on {device}",),
    "file_rename": ("{Image:name} renamed the file {TargetFilename} on {device}",),
    "file_access": ("{Image:name} read the file {FileName} on {device}",),
    "file_executable_detected": ("{Image:name} put the program {TargetFilename} on {device}",),
    "create_stream_hash": ("{Image:name} wrote the hidden part {TargetFilename} of a file on {device}",),
    "raw_access_thread": ("{Image:name} read the disk {Device} of {device} directly",),
    "registry_set": (_REGISTRY,),
    "registry_add": (_REGISTRY,),
    "registry_delete": ("{Image:name} deleted the Windows setting {TargetObject} on {device}",),
    "registry_rename": (_REGISTRY,),
    "pipe_created": ("{Image:name} opened the channel {PipeName} to other programs on {device}",),
    "wmi_event": ("A lasting action of Windows management was set on {device}[: {Destination}]",),
    "ps_script": ("A PowerShell script ran on {device}[: “{ScriptBlockText}”]",),
    "ps_module": ("PowerShell ran commands on {device}[: “{Payload}”]",),
    "ps_classic_start": ("PowerShell started on {device}[: “{HostApplication}”]",),
    "antivirus": ("Anti-virus on {device} found {Signature}[ in {Filename}]",),
    "webserver": ("A web request to {device}[ from {c-ip}][: {cs-method}][ {cs-uri-stem}][?{cs-uri-query}]",),
    "proxy": ("{device} asked the web proxy for {c-uri}[, with the browser name “{c-useragent}”]",),
}

_BY_EVENT: Final[Mapping[tuple[str, str], str]] = {
    ("security", "1102"): "The security log of {device} was cleared[ by {SubjectUserName}]",
    ("security", "4634"): "{TargetUserName} signed out of {device}",
    ("security", "4672"): "{SubjectUserName} signed in to {device} with the rights of an administrator",
    ("security", "4624"): "{TargetUserName} signed in to {device}[ from {IpAddress}][, {LogonType}]",
    (
        "security",
        "4625",
    ): "A sign-in as {TargetUserName} to {device} failed[, from {IpAddress}][, {LogonType}]",
    (
        "security",
        "4648",
    ): "{SubjectUserName} used the password of {TargetUserName} on {device}[ to reach {TargetServerName}]",
    ("security", "4662"): "{SubjectUserName} acted on an entry of the directory at {device}[, with {Properties}]",
    ("security", "4663"): "{SubjectUserName} opened {ObjectName} on {device}[ with {ProcessName:name}]",
    ("security", "4656"): "{SubjectUserName} asked to open {ObjectName} on {device}[ with {ProcessName:name}]",
    (
        "security",
        "4697",
    ): "The service {ServiceName} was installed on {device}[, running {ServiceFileName}][, by {SubjectUserName}]",
    ("security", "4698"): "The scheduled task {TaskName} was made on {device}[ by {SubjectUserName}]",
    ("security", "4699"): "The scheduled task {TaskName} was deleted on {device}[ by {SubjectUserName}]",
    ("security", "4702"): "The scheduled task {TaskName} was changed on {device}[ by {SubjectUserName}]",
    ("security", "4719"): "What {device} records was changed[ by {SubjectUserName}]",
    ("security", "4720"): "The account {TargetUserName} was made on {device}[ by {SubjectUserName}]",
    ("security", "4724"): "{SubjectUserName} set a new password for {TargetUserName} on {device}",
    ("security", "4728"): "{MemberName} was put in the group {TargetUserName} at {device}[ by {SubjectUserName}]",
    ("security", "4732"): "{MemberSid} was put in the group {TargetUserName} on {device}[ by {SubjectUserName}]",
    ("security", "4738"): "The account {TargetUserName} was changed on {device}[ by {SubjectUserName}]",
    ("security", "4768"): "{TargetUserName} asked {device} for a ticket to sign in with[, from {IpAddress}]",
    (
        "security",
        "4769",
    ): "{TargetUserName} asked {device} for a ticket to the service {ServiceName}[, from {IpAddress}]",
    ("security", "4771"): "A sign-in as {TargetUserName} was refused by {device}[, from {IpAddress}]",
    ("security", "4776"): "{device} checked the password of {TargetUserName}[ for {Workstation}]",
    ("security", "5136"): "{SubjectUserName} changed {ObjectDN} in the directory at {device}",
    ("security", "5140"): "{SubjectUserName} opened the shared folder {ShareName} on {device}[, from {IpAddress}]",
    (
        "security",
        "5145",
    ): "{SubjectUserName} reached for {RelativeTargetName} in the share {ShareName} on {device}[, from {IpAddress}]",
    ("security", "5156"): "{device} let {Application:name} connect[ to {DestAddress}][, port {DestPort}]",
    ("system", "104"): "A log of {device} was cleared[: {Channel}]",
    ("system", "7036"): "The service {param1} on {device} is now {param2}",
    ("system", "7045"): "The service {ServiceName} was installed on {device}[, running {ImagePath}]",
    ("windefend", "1116"): "Defender on {device} found {Threat_Name}[ in {Path}]",
    ("windefend", "1117"): "Defender on {device} acted against {Threat_Name}[ in {Path}]",
    ("windefend", "5001"): "Defender's live protection was switched off on {device}",
    ("windefend", "5007"): "A setting of Defender was changed on {device}[: {New_Value}]",
    ("taskscheduler", "106"): "The scheduled task {TaskName} was made on {device}[ by {UserContext}]",
    ("taskscheduler", "129"): "A scheduled task started {Path} on {device}",
}

_BY_SERVICE: Final[Mapping[str, str]] = {
    "signinlogs": _CLOUD_SIGN_IN,
    "riskdetection": "A risky sign-in was reported[: {riskEventType}][, by {userPrincipalName}][, from {ipAddress}]",
    "auditlogs": "A change was made in the cloud directory[: {OperationName}][, by {InitiatedBy}]",
    "audit": "Something was done in Microsoft 365[: {Operation}][, by {UserId}][, from {ClientIP}]",
    "threat_management": "Microsoft 365 raised a warning[: {eventName}][, about {UserId}]",
    "activitylogs": "Cloud systems were changed[: {operationName}][, by {caller}]",
    "cloudtrail": "Cloud systems were changed[: {eventName}][, by {userIdentity.arn}][, from {sourceIPAddress}]",
    "sshd": "The remote sign-in service of {device} wrote “{message}”",
    "auditd": "{exe:name} ran on {device}[, called with “{proctitle}”]",
    "dns-server": "{device} was asked for the address of {QNAME}",
}

_LOG_ON_TYPES: Final = {
    "2": "at its own keyboard",
    "3": "over the network",
    "4": "for a planned job",
    "5": "as a service",
    "7": "by unlocking its screen",
    "8": "over the network, with the password in clear",
    "9": "with another account's password for the network",
    "10": "by remote desktop",
    "11": "with a password that the device remembered",
}
_NOISE: Final = re.compile(r"^::ffff:(?=\d+\.)|%%\d+\s*")
"""What Windows writes around a value: an older address inside a newer one, numbers of texts that it did not look up."""

_GENERAL: Final = "{device} recorded event {EventID}[ in its log {Channel}]"
_LAST: Final = "Something happened on {device}"
_THIS_DEVICE: Final = "this device"

_TOKEN: Final = re.compile(r"\[(?P<maybe>[^\]]*)\]|\{(?P<field>[^}:]+)(?::(?P<form>name))?\}|(?P<text>[^\[{]+)")
_FIELD: Final = re.compile(r"\{([^}:]+)")


def what_happened(
    event: Mapping[str, str],
    *,
    device: str,
    category: str = "",
    service: str = "",
) -> tuple[Phrase, ...]:
    r"""The event as a sentence.

    Args:
        event: its fields under their Sigma names.
        device: how people know the device; empty where that is plain from what stands around the sentence.
        category: the category of its log source, where it has one.
        service: the service of its log source, where it has one.

    >>> spoken(what_happened({"Image": "C:\\Windows\\mshta.exe", "User": "WARD\\kim"},
    ...                      device="WS-7", category="process_creation"))
    'mshta.exe was started on WS-7, as user WARD\\kim.'

    """
    values = {name: value for name, value in event.items() if value not in ("", "-")}
    values["device"] = device or _THIS_DEVICE
    for template in _templates(values.get("EventID", ""), category=category, service=service):
        phrases = _fill(template if device else template.replace(" on {device}", ""), values)
        if phrases is not None:
            return (*_begun(phrases), Phrase(text=_full_stop(phrases)))
    return (Phrase(text=_LAST.format(device=device or _THIS_DEVICE) + "."),)


def spoken(phrases: Iterable[Phrase]) -> str:
    """The phrases as plain text."""
    return "".join(phrase.text for phrase in phrases)


@lru_cache(maxsize=4096)
def fields_of(*, category: str, service: str, number: str) -> frozenset[str]:
    """The fields of which a sentence about such an event may speak.

    >>> sorted(fields_of(category="", service="security", number="1102"))
    ['Channel', 'EventID', 'SubjectUserName']

    """
    templates = "".join(_templates(number, category=category, service=service))
    return frozenset(_FIELD.findall(templates)) - {"device"} | {"EventID"}


def _templates(number: str, *, category: str, service: str) -> Iterable[str]:
    """The templates that may fit, best first."""
    yield from _BY_CATEGORY.get(category, ())
    numbered = _BY_EVENT.get((service, number))
    if numbered:
        yield numbered
    if service in _BY_SERVICE:
        yield _BY_SERVICE[service]
    yield _GENERAL


def _fill(template: str, values: Mapping[str, str]) -> list[Phrase] | None:
    """The template with its values; none where a field outside square brackets has no value."""
    phrases: list[Phrase] = []
    for token in _TOKEN.finditer(template):
        if token["text"] is not None:
            phrases.append(Phrase(text=token["text"]))
        elif token["maybe"] is not None:
            phrases.extend(_fill(token["maybe"], values) or ())
        else:
            value = values.get(token["field"])
            if value is None:
                return None
            field = "" if token["field"] == "device" else token["field"]
            said = _log_on(value) if field == "LogonType" else _form(value, token["form"])
            phrases.append(Phrase(text=_short(said), field=field))
    return phrases


def _log_on(kind: str) -> str:
    return _LOG_ON_TYPES.get(kind, f"log-on type {kind}")


def _form(value: str, form: str | None) -> str:
    """A value as a sentence says it: lists with commas, and paths by their last part where asked."""
    text = ", ".join(_NOISE.sub("", item) or item for item in items(value))
    return re.split(r"[\\/]", text)[-1] or text if form == "name" else text


def _short(text: str) -> str:
    """No longer than a sentence bears, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _begun(phrases: list[Phrase]) -> list[Phrase]:
    """The phrases, with a capital letter where a sentence begins with a device that it does not name."""
    if phrases[0].text != _THIS_DEVICE:
        return phrases
    return [Phrase(text=_THIS_DEVICE.capitalize()), *phrases[1:]]


def _full_stop(phrases: list[Phrase]) -> str:
    return "" if phrases[-1].text.endswith(".") else "."
