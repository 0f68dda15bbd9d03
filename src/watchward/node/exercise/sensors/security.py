"""What Windows logs of accounts, log-ons, services, tasks and its own defences: with or without Sysmon."""

from watchward.node.exercise.sensors.scene import Account, Event, Happening, Scene
from watchward.node.exercise.sensors.windows import Verb

_REASONS = {
    "password": ("0xc000006d", "0xc000006a", "%%2313"),
    "unknown": ("0xc000006d", "0xc0000064", "%%2313"),
    "locked": ("0xc0000234", "0x0", "%%2307"),
    "expired": ("0xc000006e", "0xc0000071", "%%2309"),
    "disabled": ("0xc000006e", "0xc0000072", "%%2310"),
}
"""Why a log-on fails: status, sub-status and reason as Windows codes them."""

_PRIVILEGES = (
    "SeSecurityPrivilege\n\t\t\tSeBackupPrivilege\n\t\t\tSeRestorePrivilege\n\t\t\tSeTakeOwnershipPrivilege\n\t\t\t"
    "SeDebugPrivilege\n\t\t\tSeSystemEnvironmentPrivilege\n\t\t\tSeLoadDriverPrivilege\n\t\t\tSeImpersonatePrivilege"
)


def _subject(account: Account) -> dict[str, str]:
    return {
        "SubjectUserSid": account.sid,
        "SubjectUserName": account.name,
        "SubjectDomainName": account.domain,
        "SubjectLogonId": account.logon,
    }


def _nobody() -> dict[str, str]:
    return {"SubjectUserSid": "S-1-0-0", "SubjectUserName": "-", "SubjectDomainName": "-", "SubjectLogonId": "0x0"}


def _target(account: Account) -> dict[str, str]:
    return {
        "TargetUserSid": account.sid,
        "TargetUserName": account.name,
        "TargetDomainName": account.domain,
        "TargetLogonId": account.logon,
    }


def logon(scene: Scene, it: Happening) -> list[Event]:
    """A log-on works: Security 4624, and 4672 for one with special rights."""
    account = scene.whose(it)
    kind = it["logon"]
    remote = kind in {"3", "8", "10"}
    package = it.get("package", "Kerberos" if kind == "3" else "Negotiate")
    fields = {
        **(
            _nobody()
            if remote
            else _subject(Account(domain="{netbios}", name="{host}$", sid="S-1-5-18", logon="0x3e7"))
        ),
        **_target(account),
        "LogonType": kind,
        "LogonProcessName": {"3": "Kerberos" if package == "Kerberos" else "NtLmSsp ", "5": "Advapi  "}.get(
            kind, "User32 "
        ),
        "AuthenticationPackageName": package,
        "WorkstationName": it.get("workstation", "-" if package == "Kerberos" else "{host}"),
        "LogonGuid": "{{guid:logon}}" if package == "Kerberos" else "{00000000-0000-0000-0000-000000000000}",
        "TransmittedServices": "-",
        "LmPackageName": "NTLM V2" if package == "NTLM" else "-",
        "KeyLength": "128" if package == "NTLM" else "0",
        "ProcessId": "0x0" if remote else "0x{x3:lsass}",
        "ProcessName": "-" if remote else it.get("process", "C:\\Windows\\System32\\svchost.exe"),
        "IpAddress": it.get("from", "{ip}" if remote else "127.0.0.1"),
        "IpPort": "{port}" if remote else "0",
        "ImpersonationLevel": "%%1833",
        "RestrictedAdminMode": "-",
        "TargetOutboundUserName": "-",
        "TargetOutboundDomainName": "-",
        "VirtualAccount": "%%1843",
        "TargetLinkedLogonId": "0x0",
        "ElevatedToken": "%%1842" if account.integrity != "Medium" else "%%1843",
    }
    events = [Event(log="security", code="4624", fields=fields)]
    if account.integrity != "Medium":
        rights = {**_subject(account), "PrivilegeList": _PRIVILEGES}
        events.append(Event(log="security", code="4672", fields=rights))
    return events


def logoff(scene: Scene, it: Happening) -> list[Event]:
    """A log-on session ends: Security 4634."""
    return [Event(log="security", code="4634", fields={**_target(scene.whose(it)), "LogonType": it["logoff"]})]


def fail(scene: Scene, it: Happening) -> list[Event]:
    """A log-on fails: Security 4625."""
    status, sub_status, reason = _REASONS[it["fail"]]
    account = scene.whose(it)
    kind = it.get("type", "2")
    fields = {
        **_nobody(),
        "TargetUserSid": "S-1-0-0",
        "TargetUserName": account.name,
        "TargetDomainName": account.domain,
        "Status": status,
        "FailureReason": reason,
        "SubStatus": sub_status,
        "LogonType": kind,
        "LogonProcessName": "NtLmSsp " if kind == "3" else "User32 ",
        "AuthenticationPackageName": "NTLM" if kind == "3" else "Negotiate",
        "WorkstationName": it.get("workstation", "{host}"),
        "TransmittedServices": "-",
        "LmPackageName": "-",
        "KeyLength": "0",
        "ProcessId": "0x0" if kind == "3" else "0x{x3:winlogon}",
        "ProcessName": "-" if kind == "3" else "C:\\Windows\\System32\\svchost.exe",
        "IpAddress": it.get("from", "127.0.0.1"),
        "IpPort": "{port}" if kind == "3" else "0",
    }
    return [Event(log="security", code="4625", fields=fields, succeeded=False)]


def ticket(scene: Scene, it: Happening) -> list[Event]:
    """A domain controller gives a service ticket: Security 4769."""
    fields = {
        "TargetUserName": scene.whose(it).name + "@{realm_upper}",
        "TargetDomainName": "{realm_upper}",
        "ServiceName": it["ticket"],
        "ServiceSid": "{machine_sid}",
        "TicketOptions": it.get("options", "0x40810000"),
        "TicketEncryptionType": it.get("encryption", "0x12"),
        "IpAddress": "::ffff:" + it.get("from", "{near_ip}"),
        "IpPort": "{port}",
        "Status": "0x0",
        "LogonGuid": "{{guid:logon}}",
        "TransmittedServices": "-",
    }
    return [Event(log="security", code="4769", fields=fields)]


def authenticate(scene: Scene, it: Happening) -> list[Event]:
    """A domain controller proves who someone is: 4768 when it works, 4771 when the password is wrong."""
    worked = it["authenticate"] == "ok"
    account = scene.whose(it)
    common = {
        "TargetUserName": account.name,
        "TargetSid": account.sid,
        "ServiceName": "krbtgt" if worked else "krbtgt/{realm_upper}",
        "TicketOptions": "0x40810010",
        "Status": "0x0" if worked else "0x18",
        "PreAuthType": it.get("preauth", "2"),
        "IpAddress": "::ffff:" + it.get("from", "{near_ip}"),
        "IpPort": "{port}",
    }
    extra = (
        {"TargetDomainName": "{realm_upper}", "TicketEncryptionType": it.get("encryption", "0x12")} if worked else {}
    )
    return [Event(log="security", code="4768" if worked else "4771", fields={**common, **extra}, succeeded=worked)]


def ntlm(scene: Scene, it: Happening) -> list[Event]:
    """A domain controller checks a password the old way: Security 4776."""
    worked = it["ntlm"] == "ok"
    fields = {
        "PackageName": "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0",
        "TargetUserName": scene.whose(it).name,
        "Workstation": it.get("workstation", "{near_host}"),
        "Status": "0x0" if worked else it.get("status", "0xc000006a"),
    }
    return [Event(log="security", code="4776", fields=fields, succeeded=worked)]


def service(scene: Scene, it: Happening) -> list[Event]:
    """A service is installed: System 7045 and Security 4697."""
    fields = {
        "ServiceName": it["service"],
        "ImagePath": it["path"],
        "ServiceType": "user mode service",
        "StartType": it.get("start", "demand start"),
        "AccountName": it.get("account", "LocalSystem"),
    }
    audited = {
        **_subject(scene.whose(it)),
        "ServiceName": it["service"],
        "ServiceFileName": it["path"],
        "ServiceType": "0x10",
        "ServiceStartType": "3",
        "ServiceAccount": it.get("account", "LocalSystem"),
    }
    return [
        Event(log="system", code="7045", fields=fields),
        Event(log="security", code="4697", fields=audited),
    ]


def task(scene: Scene, it: Happening) -> list[Event]:
    """A scheduled task is made: Security 4698 and the task scheduler's 106."""
    account = scene.whose(it)
    content = (
        '<?xml version="1.0" encoding="UTF-16"?>\r\n<Task version="1.2" '
        'xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">\r\n  <RegistrationInfo>\r\n    <Author>'
        f"{account.full}</Author>\r\n    <URI>{it['task']}</URI>\r\n  </RegistrationInfo>\r\n  <Principals>"
        f"<Principal><UserId>{it.get('runs_as', account.full)}</UserId></Principal></Principals>\r\n  <Actions>"
        f"<Exec><Command>{it['command']}</Command><Arguments>{it.get('arguments', '')}</Arguments></Exec>"
        "</Actions></Task>"
    )
    made = {**_subject(account), "TaskName": it["task"], "TaskContent": content}
    return [
        Event(log="security", code="4698", fields=made),
        Event(log="tasks", code="106", fields={"TaskName": it["task"], "UserContext": account.full}),
    ]


def share(scene: Scene, it: Happening) -> list[Event]:
    """A file on a share is opened from elsewhere: Security 5140, and 5145 for the file."""
    caller = {
        **_subject(scene.whose(it)),
        "ObjectType": "File",
        "IpAddress": it.get("from", "{near_ip}"),
        "IpPort": "{port}",
    }
    where = {"ShareName": "\\\\*\\" + it["share"], "ShareLocalPath": it.get("local", "\\??\\C:\\Windows")}
    asked = {"AccessMask": it.get("mask", "0x1"), "AccessList": it.get("access", "%%4416\n\t\t\t\t")}
    events = [Event(log="security", code="5140", fields={**caller, **where, **asked})]
    if "file" in it:
        detail = {**caller, **where, "RelativeTargetName": it["file"], **asked}
        events.append(Event(log="security", code="5145", fields=detail))
    return events


def event(scene: Scene, it: Happening) -> list[Event]:
    """Any other record, given whole: `event: log/code`, with its fields; `subject: true` adds who did it."""
    log, _, code = it["event"].partition("/")
    fields = {name: text for name, text in it.items() if name[0].isupper()}
    if it.get("subject") == "true":
        fields = {**_subject(scene.whose(it)), **fields}
    return [Event(log=log, code=code, fields=fields, succeeded=it.get("failed") != "true")]


VERBS: dict[str, Verb] = {
    "logon": logon,
    "logoff": logoff,
    "fail": fail,
    "ticket": ticket,
    "authenticate": authenticate,
    "ntlm": ntlm,
    "service": service,
    "task": task,
    "share": share,
    "event": event,
}
