"""What each program sends once it has the configuration that the console hands out: documents in its own shape."""

from typing import Any

Document = dict[str, Any]
NOW = "2026-03-01T11:59:58.125Z"
CALL = (
    "type=SYSCALL msg=audit(1772366398.125:{serial}): arch=c000003e syscall=59 success=yes exit=0 a0=55d0 a1=55d1"
    ' items=2 ppid=900 pid=901 auid=1000 uid=0 euid=0 tty=pts0 ses=3 comm="{comm}" exe="{exe}" key="exec"'
    '\x1dARCH=x86_64 SYSCALL=execve AUID="jo" UID="root" EUID="root"'
)


def audit_lines(*arguments: str, exe: str, serial: int) -> list[str]:
    """What auditd writes when a program starts; arguments with spaces in hexadecimal, as it does."""
    written = [f'"{text}"' if " " not in text else text.encode().hex().upper() for text in arguments]
    given = " ".join(f"a{number}={text}" for number, text in enumerate(written))
    return [
        CALL.format(serial=serial, comm=arguments[0], exe=exe),
        f"type=EXECVE msg=audit(1772366398.125:{serial}): argc={len(arguments)} {given}",
        f'type=CWD msg=audit(1772366398.125:{serial}): cwd="/root"',
        f'type=PATH msg=audit(1772366398.125:{serial}): item=0 name="{exe}" inode=1 mode=0100755 nametype=NORMAL',
    ]


def winlogbeat(device: str, kind: str = "winlogbeat") -> Document:
    return {
        "@timestamp": NOW,
        "agent": {"type": kind, "version": "8.15.3", "name": device},
        "ecs": {"version": "8.0.0"},
        "event": {"code": "1", "kind": "event", "provider": "Microsoft-Windows-Sysmon", "action": "Process Create"},
        "host": {"name": device},
        "log": {"level": "information"},
        "message": "Process Create:\nCommandLine: vssadmin delete shadows /all /quiet",
        "winlog": {
            "api": "wineventlog",
            "channel": "Microsoft-Windows-Sysmon/Operational",
            "computer_name": device,
            "event_id": "1",
            "provider_name": "Microsoft-Windows-Sysmon",
            "record_id": 7001,
            "event_data": {
                "Image": "C:\\Windows\\System32\\vssadmin.exe",
                "CommandLine": "vssadmin delete shadows /all /quiet",
                "ParentImage": "C:\\Windows\\System32\\cmd.exe",
            },
        },
    }


def nxlog(device: str) -> Document:
    return {
        "EventTime": "2026-03-01 11:59:58",
        "Hostname": device,
        "Keywords": -9223372036854775808,
        "EventType": "INFO",
        "EventID": 1,
        "SourceName": "Microsoft-Windows-Sysmon",
        "RecordNumber": 7002,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Image": "C:\\Windows\\System32\\vssadmin.exe",
        "CommandLine": "vssadmin delete shadows /all /quiet",
        "ParentImage": "C:\\Windows\\System32\\cmd.exe",
        "EventReceivedTime": "2026-03-01 11:59:59",
        "SourceModuleName": "windows",
        "SourceModuleType": "im_msvistalog",
    }


def _host(device: str) -> Document:
    return {
        "name": device,
        "hostname": device,
        "architecture": "x86_64",
        "os": {"family": "debian", "kernel": "6.1.0-28-amd64", "name": "Debian GNU/Linux", "type": "linux"},
    }


def journal(device: str, program: str, message: str) -> Document:
    """Filebeat's input `journald`."""
    return {
        "@timestamp": NOW,
        "agent": {"type": "filebeat", "version": "8.15.3", "name": device},
        "ecs": {"version": "8.0.0"},
        "event": {"created": NOW, "kind": "event"},
        "host": _host(device),
        "input": {"type": "journald"},
        "journald": {"gid": 0, "host": {"boot_id": "a05ba5675e444581b00ac5adf4340819"}, "pid": 812, "uid": 0},
        "log": {"syslog": {"appname": program, "facility": {"code": 10}, "priority": 6, "procid": "812"}},
        "message": message,
        "process": {"args": [f"{program}: [priv]"], "args_count": 1, "pid": 812},
        "systemd": {"transport": "syslog", "unit": "ssh.service"},
        "user": {"id": "0", "group": {"id": "0"}},
    }


def old_journal(device: str, program: str, message: str) -> Document:
    """The same as Filebeat's first versions with that input sent it."""
    document = journal(device, program, message)
    del document["log"]
    return document | {"syslog": {"identifier": program, "facility": 10, "priority": 6, "pid": 812}}


def filestream(device: str, line: str) -> Document:
    """Filebeat's input `filestream`."""
    return {
        "@timestamp": NOW,
        "agent": {"type": "filebeat", "version": "8.15.3", "name": device},
        "ecs": {"version": "8.0.0"},
        "host": _host(device),
        "input": {"type": "filestream"},
        "log": {"file": {"path": "/var/log/audit/audit.log", "inode": "7", "device_id": "3"}, "offset": 40},
        "message": line,
    }


def sysmon_of_linux(device: str) -> Document:
    """A line of Sysmon for Linux in the journal, taken apart by Filebeat as its configuration says."""
    return journal(device, "sysmon", "<Event>…</Event>") | {
        "winlog": {
            "channel": "Linux-Sysmon/Operational",
            "computer_name": device,
            "event_id": "1",
            "provider_name": "Linux-Sysmon",
            "record_id": "15",
            "event_data": {
                "Image": "/usr/bin/systemctl",
                "CommandLine": "systemctl stop rsyslog",
                "ParentImage": "/usr/bin/bash",
                "User": "root",
            },
        }
    }


def auditbeat(device: str, *arguments: str, exe: str) -> Document:
    """Auditbeat's module `auditd`, with the parent that its configuration has it look up."""
    return {
        "@timestamp": NOW,
        "agent": {"type": "auditbeat", "version": "8.15.3", "name": device},
        "auditd": {
            "data": {
                "a0": "55d0c8",
                "a1": "55d108",
                "a2": "55d208",
                "a3": "59a",
                "arch": "x86_64",
                "argc": str(len(arguments)),
                "exit": "0",
                "syscall": "execve",
                "tty": "pts0",
            },
            "message_type": "syscall",
            "paths": [{"item": "0", "name": exe, "nametype": "NORMAL", "mode": "0100755", "ouid": "0"}],
            "result": "success",
            "sequence": 8972,
            "session": "11",
            "summary": {"actor": {"primary": "jo", "secondary": "root"}, "how": exe, "object": {"primary": exe}},
        },
        "ecs": {"version": "8.0.0"},
        "event": {
            "action": "executed",
            "category": ["process"],
            "kind": "event",
            "module": "auditd",
            "outcome": "success",
            "type": ["start"],
        },
        "file": {"path": exe, "mode": "0755", "owner": "root", "uid": "0"},
        "host": _host(device),
        "parent": {"process": {"executable": "/usr/bin/bash", "args": ["-bash"]}},
        "process": {
            "args": list(arguments),
            "executable": exe,
            "name": exe.rpartition("/")[2],
            "parent": {"pid": 900},
            "pid": 901,
            "title": " ".join(arguments),
            "working_directory": "/root",
        },
        "service": {"type": "auditd"},
        "tags": ["exec"],
        "user": {"id": "0", "name": "root", "audit": {"id": "1000", "name": "jo"}},
    }


def auditbeat_file(device: str, path: str, exe: str) -> Document:
    """The same when a watched file is opened for writing."""
    document = auditbeat(device, "x", exe=exe)
    del document["process"]["args"]
    document["auditd"]["data"] |= {"syscall": "openat", "a0": "ffffff9c"}
    return document | {
        "event": {**document["event"], "action": "opened-file", "category": ["file"], "type": ["info"]},
        "file": {"path": path, "mode": "0644", "owner": "root", "uid": "0"},
    }


def agent(document: Document, dataset: str) -> Document:
    """A Beat's document as the Elastic Agent that runs the Beat sends it."""
    return document | {
        "data_stream": {"type": "logs", "dataset": dataset, "namespace": "default"},
        "elastic_agent": {"id": "753ce520-4f32-45b1-9212-c4dcc9d575a1", "snapshot": False, "version": "8.15.3"},
        "event": {**document.get("event", {}), "dataset": dataset},
    }
