"""Lines of a Linux log that a shipper sent as they stood: the fields that they hold.

Shippers leave it to the receiver to take such lines apart. Each found field only fills one that is absent.
"""

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from watchward.telemetry import audit
from watchward.telemetry.record import Record
from watchward.telemetry.values import text

HINTS = ("event.dataset", "log.file.path", "log.syslog.appname", "process.name", "program", "syslog.identifier")
"""The fields of which one says that an event may be a line of a log."""

READ = (*HINTS, "Computer")
"""The fields that are read here, besides the line itself; each registry in use holds them."""

LINE = "Message"
"""The field that holds the line."""

_AUDIT_WRITERS = frozenset({"audisp-syslog", "audispd", "audit", "auditd"})
_LOG_FILES = {
    "auth.log": "system.auth",
    "secure": "system.auth",
    "audit.log": "auditd.log",
    **dict.fromkeys(
        ("syslog", "messages", "cron", "cron.log", "daemon.log", "kern.log", "user.log", "vsftpd.log"), "system.syslog"
    ),
}
_DATASETS = frozenset({"auditd.log", "system.auth", "system.syslog"})
_NAMED = ("program", "syslog.identifier", "log.syslog.appname", "process.name")
_SYSLOG = re.compile(
    r"(?:<\d{1,3}>)?(?:1 )?"
    r"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ][\d:.,]{8,20}(?:Z|[+-]\d\d:?\d\d)?) "
    r"\S{1,255} ([^\s:\[]{1,128})(?:\[\d{1,10}\])?:? "
)
_OF_THE_CALL = ("exe", "comm", "pid", "ppid", "uid", "auid", "euid", "UID", "AUID", "EUID", "key", "success", "tty")
_SUDO = frozenset({"sudo", "sudo-rs"})
_SAID_BY_SUDO = re.compile(r"(?<= )(TTY|PWD|USER|COMMAND)=(.*?)(?= ; [A-Z]+=|$)")


def may_be_line(hint: str, said: str) -> bool:
    """Whether an event with this text in this hint may be a line of a log.

    >>> may_be_line("log.file.path", "/var/log/audit/audit.log"), may_be_line("process.name", "sshd")
    (True, False)

    """
    if hint == "log.file.path":
        return said.rpartition("/")[2] in _LOG_FILES
    return said in _DATASETS if hint == "event.dataset" else said in _AUDIT_WRITERS or said in _SUDO


@dataclass(slots=True)
class Lines:
    """The lines of one body: records of one system call complete each other."""

    _calls: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def of(self, events: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
        """For each event the fields that its line holds; none where it is no line of a log."""
        found = [_held(event) if _is_line(event) else {} for event in events]
        for event, fields in zip(events, found, strict=True):
            if fields.get("type") == "SYSCALL":
                self._calls[_serial(event, fields)] = fields
        for event, fields in zip(events, found, strict=True):
            if fields.get("type") == "CWD":
                self._calls.get(_serial(event, fields), {}).setdefault("cwd", fields.get("cwd", ""))
        for event, fields in zip(events, found, strict=True):
            if fields.get("type") in {"EXECVE", "PATH"}:
                _complete(fields, self._calls.get(_serial(event, fields), {}))
        return found


def line_of(record: Record) -> str | None:
    """The line that a record holds, whether or not the registry has a field for it."""
    if LINE in record.fields:
        return record.fields[LINE]
    return text(record.unmapped.get("message", record.unmapped.get(LINE)))


def _is_line(event: Mapping[str, str]) -> bool:
    return LINE in event and any(name in event and may_be_line(name, event[name]) for name in HINTS)


def _held(event: Mapping[str, str]) -> dict[str, str]:
    """The fields of one line."""
    record = audit.record(event[LINE])
    if record:
        return {"event.dataset": "auditd.log", **record}
    dataset = event.get("event.dataset") or _LOG_FILES.get(event.get("log.file.path", "").rpartition("/")[2])
    found = {} if dataset is None else {"event.dataset": dataset}
    head = _SYSLOG.match(event[LINE])
    program = next((event[name] for name in _NAMED if name in event), None)
    if head and dataset != "auditd.log" and program is None:
        found["program"] = program = head[1]
    if program in _SUDO and len(event[LINE]) <= audit.LONGEST:
        found |= dict(_SAID_BY_SUDO.findall(event[LINE]))
    return found


def _serial(event: Mapping[str, str], fields: Mapping[str, str]) -> tuple[str, str]:
    return event.get("Computer", ""), fields[audit.SERIAL]


def _complete(fields: dict[str, str], call: Mapping[str, str]) -> None:
    """Who ran a program or touched a file stands in the record of the system call."""
    for name in _OF_THE_CALL:
        if name in call:
            fields.setdefault(name, call[name])
    if fields["type"] == "EXECVE":
        if "cwd" in call:
            fields.setdefault("process.working_directory", call["cwd"])
        if fields.get("a0", "").startswith("/"):
            fields.setdefault("exe", fields["a0"])
    elif "name" in fields:
        fields["file.path"] = posixpath.join(call.get("cwd", ""), fields["name"])
