"""What a Linux server logs: its audit daemon or Sysmon for Linux, and its system log."""

from collections.abc import Callable

from watchward.node.exercise.sensors.scene import ACCOUNTS, Account, Event, Happening, Process, Scene, slug

Verb = Callable[[Scene, Happening], list[Event]]

_SHELL = Process(tag="login_shell", image="/usr/bin/bash", command="-bash", account=ACCOUNTS["root"])


def _account(it: Happening) -> Account:
    name = it.get("by", "root")
    known = {"root": "0", "www-data": "33", "{linux_user}": "{n3:uid}"}
    return Account(domain="", name=name, sid=known.get(name, "997"), logon="{n3:session}")


def execute(scene: Scene, it: Happening) -> list[Event]:
    """A program starts: an `execve` record, or Sysmon for Linux 1."""
    image = it["exec"]
    account = _account(it)
    process = Process(
        tag=it.get("as", f"{slug(image)}{len(scene.running)}"),
        image=image,
        command=it.get("with", image),
        account=account,
    )
    parent = _parent(scene, it, account)
    scene.start(process.tag, process)
    if not scene.kernel_sensor:
        return [Event(log="auditd", code="execve", fields=_audit(process, parent, it))]
    fields = {
        "RuleName": "-",
        "UtcTime": "{utc}",
        "ProcessGuid": process.guid,
        "ProcessId": process.pid,
        "Image": image,
        "CommandLine": process.command,
        "CurrentDirectory": it.get("dir", "/"),
        "User": account.name,
        "LogonGuid": "{{process_guid:session}}",
        "LogonId": account.sid,
        "TerminalSessionId": "{n4:session}",
        "IntegrityLevel": "no level",
        "Hashes": "-",
        "ParentProcessGuid": parent.guid,
        "ParentProcessId": parent.pid,
        "ParentImage": parent.image,
        "ParentCommandLine": parent.command,
        "ParentUser": parent.account.name,
    }
    return [Event(log="linux_sysmon", code="1", fields=fields)]


def _parent(scene: Scene, it: Happening, account: Account) -> Process:
    under = it.get("under")
    if under is None:
        return scene.running[scene.latest] if scene.latest else _SHELL
    if under in scene.running:
        return scene.running[under]
    return Process(tag=slug(under), image=under, command=it.get("under_with", under), account=account)


def _audit(process: Process, parent: Process, it: Happening) -> dict[str, str]:
    """The record as Auditbeat joins it from SYSCALL, EXECVE, CWD and PROCTITLE."""
    return {
        "syscall": "execve",
        "exe": process.image,
        "title": process.command,
        "name": process.image.rpartition("/")[2],
        "pid": process.pid,
        "ppid": parent.pid,
        "cwd": it.get("dir", "/"),
        "user": process.account.name,
        "uid": process.account.sid,
        "parent": parent.image,
        "parent_title": parent.command,
        "key": it.get("key", "exec"),
        "tty": it.get("tty", "(none)"),
    }


def touch(scene: Scene, it: Happening) -> list[Event]:
    """A watched file is written or removed: an audit record of its path, or Sysmon for Linux 11 or 23."""
    removed = it.get("removed") == "true"
    process = scene.running[scene.latest] if scene.latest else _SHELL
    if scene.kernel_sensor:
        fields = {
            "RuleName": "-",
            "UtcTime": "{utc}",
            "ProcessGuid": process.guid,
            "ProcessId": process.pid,
            "Image": process.image,
            "TargetFilename": it["touch"],
            "User": process.account.name,
        }
        return [Event(log="linux_sysmon", code="23" if removed else "11", fields=fields)]
    record = _audit(process, process, it) | {"syscall": "unlinkat" if removed else "openat", "path": it["touch"]}
    return [Event(log="auditd", code="path", fields=record | {"key": it.get("key", "watched")})]


def dial(scene: Scene, it: Happening) -> list[Event]:
    """A connection over the network: Sysmon for Linux 3, or a `connect` record."""
    process = scene.running[scene.latest] if scene.latest else _SHELL
    if not scene.kernel_sensor:
        record = _audit(process, process, it) | {
            "syscall": "connect",
            "address": it["dial"],
            "port": it.get("port", "443"),
        }
        return [Event(log="auditd", code="connect", fields=record)]
    fields = {
        "RuleName": "-",
        "UtcTime": "{utc}",
        "ProcessGuid": process.guid,
        "ProcessId": process.pid,
        "Image": process.image,
        "User": process.account.name,
        "Protocol": "tcp",
        "Initiated": "true",
        "SourceIp": "{ip}",
        "SourceHostname": "{host}",
        "SourcePort": "{port}",
        "DestinationIp": it["dial"],
        "DestinationHostname": it.get("name", "-"),
        "DestinationPort": it.get("port", "443"),
    }
    return [Event(log="linux_sysmon", code="3", fields=fields)]


def say(_scene: Scene, it: Happening) -> list[Event]:
    """A program writes a line to the system's log."""
    fields = {
        "program": it["say"],
        "text": it["text"],
        "log": it.get("log", "syslog"),
        "pid": "{pid:" + slug(it["say"]) + "}",
    }
    return [Event(log="syslog", code=it.get("log", "syslog"), fields=fields)]


VERBS: dict[str, Verb] = {"exec": execute, "touch": touch, "dial": dial, "say": say}
