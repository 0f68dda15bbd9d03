"""What Windows, and Sysmon where it is installed, log of what happens."""

from collections.abc import Callable

from watchward.node.exercise.sensors.scene import ACCOUNTS, Account, Event, Happening, Process, Scene, slug
from watchward.node.exercise.values import load_yaml

Verb = Callable[[Scene, Happening], list[Event]]

_PROGRAMS: dict[str, list[str]] = load_yaml("data", "programs.yaml")
"""What known programs say of themselves: original name, description, product, company, version."""

_OF_WINDOWS = ["Microsoft® Windows® Operating System", "Microsoft Corporation", "10.0.{build} (WinBuild.160101.0800)"]
_UNKNOWN = ["-", "-", "-", "-", "-"]
_SYSTEM32 = "C:\\Windows\\System32\\"
_SERVICES = Process(
    tag="services",
    image=_SYSTEM32 + "services.exe",
    command=_SYSTEM32 + "services.exe",
    account=ACCOUNTS["system"],
)


def _about(image: str) -> list[str]:
    """Original name, description, product, company and version of a program or library; hyphens where unknown."""
    known = _PROGRAMS.get(image.rpartition("\\")[2].lower(), _UNKNOWN)
    return known if len(known) == len(_UNKNOWN) else [*known, *_OF_WINDOWS]


def run(scene: Scene, it: Happening) -> list[Event]:
    """A process starts: Sysmon 1, and Security 4688 with the command line where Sysmon is not."""
    account = scene.whose(it)
    image = it["run"]
    tag = it.get("as", f"{slug(image)}{len(scene.running)}")
    parent = _parent(scene, it, account)
    process = Process(tag=tag, image=image, command=it.get("with", f'"{image}"'), account=account)
    scene.start(tag, process)
    fields = _sysmon_start(process, parent, it) if scene.sysmon else _security_start(process, parent)
    return [Event(log="sysmon" if scene.sysmon else "security", code="1" if scene.sysmon else "4688", fields=fields)]


def _parent(scene: Scene, it: Happening, account: Account) -> Process:
    under = it.get("under")
    if under in scene.running:
        return scene.running[under]
    if under is None:
        return _SERVICES if account.sid == "S-1-5-18" else scene.process({**it, "of": "shell"})
    return Process(tag=slug(under), image=under, command=it.get("under_with", under), account=account)


def _sysmon_start(process: Process, parent: Process, it: Happening) -> dict[str, str]:
    original, description, product, company, version = _about(process.image)
    account = process.account
    return {
        "RuleName": "-",
        "UtcTime": "{utc}",
        "ProcessGuid": process.guid,
        "ProcessId": process.pid,
        "Image": process.image,
        "FileVersion": version,
        "Description": description,
        "Product": product,
        "Company": company,
        "OriginalFileName": original,
        "CommandLine": process.command,
        "CurrentDirectory": it.get("dir", _SYSTEM32),
        "User": account.full,
        "LogonGuid": "{{process_guid:session}}",
        "LogonId": account.logon,
        "TerminalSessionId": "0" if account.integrity == "System" else "1",
        "IntegrityLevel": it.get("integrity", account.integrity),
        "Hashes": f"{{hashes:{slug(process.image)}}}",
        "ParentProcessGuid": parent.guid,
        "ParentProcessId": parent.pid,
        "ParentImage": parent.image,
        "ParentCommandLine": parent.command,
        "ParentUser": parent.account.full,
    }


def _security_start(process: Process, parent: Process) -> dict[str, str]:
    account = process.account
    return {
        "SubjectUserSid": account.sid,
        "SubjectUserName": account.name,
        "SubjectDomainName": account.domain,
        "SubjectLogonId": account.logon,
        "NewProcessId": f"0x{{x3:{process.tag}}}",
        "NewProcessName": process.image,
        "TokenElevationType": "%%1936" if account.integrity == "System" else "%%1938",
        "ProcessId": f"0x{{x3:{parent.tag}}}",
        "CommandLine": process.command,
        "TargetUserSid": "S-1-0-0",
        "TargetUserName": "-",
        "TargetDomainName": "-",
        "TargetLogonId": "0x0",
        "ParentProcessName": parent.image,
        "MandatoryLabel": "S-1-16-16384" if account.integrity == "System" else "S-1-16-8192",
    }


def _sysmon(scene: Scene, code: str, process: Process, fields: dict[str, str], *, typed: str = "") -> list[Event]:
    """One Sysmon event of a process, where Sysmon watches."""
    if not scene.sysmon:
        return []
    head = {
        "RuleName": "-",
        **({"EventType": typed} if typed else {}),
        "UtcTime": "{utc}",
        "ProcessGuid": process.guid,
        "ProcessId": process.pid,
        "Image": process.image,
    }
    return [Event(log="sysmon", code=code, fields={**head, **fields, "User": process.account.full})]


def end(scene: Scene, it: Happening) -> list[Event]:
    """A process ends: Sysmon 5."""
    return _sysmon(scene, "5", scene.process({"of": it["end"]}), {})


def connect(scene: Scene, it: Happening) -> list[Event]:
    """A connection over the network: Sysmon 3, and nothing without it."""
    process = scene.process(it)
    incoming = it.get("inbound") == "true"
    here = {"Ip": "{ip}", "Hostname": "{fqdn}", "Port": "{port}"}
    there = {"Ip": it["connect"], "Hostname": it.get("name", "-"), "Port": it.get("port", "443")}
    source, target = ({**there, "Port": "{port}"}, {**here, "Port": there["Port"]}) if incoming else (here, there)
    return _sysmon(
        scene,
        "3",
        process,
        {
            "User": process.account.full,
            "Protocol": it.get("protocol", "tcp"),
            "Initiated": "false" if incoming else "true",
            "SourceIsIpv6": "false",
            **{f"Source{key}": text for key, text in source.items()},
            "SourcePortName": "-",
            "DestinationIsIpv6": "false",
            **{f"Destination{key}": text for key, text in target.items()},
            "DestinationPortName": {"443": "https", "80": "http", "445": "microsoft-ds"}.get(
                it.get("port", "443"), "-"
            ),
        },
    )


def resolve(scene: Scene, it: Happening) -> list[Event]:
    """A name is looked up: Sysmon 22."""
    answer = it.get("answer", "type:  5 {cdn};::ffff:{outside_ip};")
    fields = {"QueryName": it["resolve"], "QueryStatus": it.get("status", "0"), "QueryResults": answer}
    return _sysmon(scene, "22", scene.process(it), fields)


def write(scene: Scene, it: Happening) -> list[Event]:
    """A file is made: Sysmon 11."""
    return _sysmon(scene, "11", scene.process(it), {"TargetFilename": it["write"], "CreationUtcTime": "{utc}"})


def mark(scene: Scene, it: Happening) -> list[Event]:
    """A downloaded file gets its mark of the web: Sysmon 15."""
    fields = {
        "TargetFilename": it["mark"] + ":Zone.Identifier",
        "CreationUtcTime": "{utc}",
        "Hash": "{hashes:zone}",
        "Contents": "[ZoneTransfer]  ZoneId=3  HostUrl=" + it.get("url", "about:internet"),
    }
    return _sysmon(scene, "15", scene.process(it), fields)


def delete(scene: Scene, it: Happening) -> list[Event]:
    """A file is deleted: Sysmon 23."""
    fields = {
        "User": scene.process(it).account.full,
        "TargetFilename": it["delete"],
        "Hashes": "{hashes:deleted}",
        "IsExecutable": "true" if it["delete"].endswith((".exe", ".dll")) else "false",
        "Archived": "true",
    }
    return _sysmon(scene, "23", scene.process(it), fields)


def set_value(scene: Scene, it: Happening) -> list[Event]:
    """A registry value is set: Sysmon 13."""
    fields = {"TargetObject": it["set"], "Details": it.get("to", "Binary Data")}
    return _sysmon(scene, "13", scene.process(it), fields, typed="SetValue")


def make_key(scene: Scene, it: Happening) -> list[Event]:
    """A registry key is made: Sysmon 12."""
    return _sysmon(scene, "12", scene.process(it), {"TargetObject": it["make"]}, typed="CreateKey")


def unset(scene: Scene, it: Happening) -> list[Event]:
    """A registry value is deleted: Sysmon 12."""
    return _sysmon(scene, "12", scene.process(it), {"TargetObject": it["unset"]}, typed="DeleteValue")


def load(scene: Scene, it: Happening) -> list[Event]:
    """A library is loaded: Sysmon 7."""
    signer = it.get("signer", "Microsoft Windows")
    original, description, product, company, version = _about(it["load"])
    fields = {
        "ImageLoaded": it["load"],
        "FileVersion": version,
        "Description": description,
        "Product": product,
        "Company": company,
        "OriginalFileName": original,
        "Hashes": f"{{hashes:{slug(it['load'])}}}",
        "Signed": "false" if signer == "-" else "true",
        "Signature": signer,
        "SignatureStatus": "Unavailable" if signer == "-" else "Valid",
    }
    return _sysmon(scene, "7", scene.process(it), fields)


def reach(scene: Scene, it: Happening) -> list[Event]:
    """A process opens another's memory: Sysmon 10."""
    if not scene.sysmon:
        return []
    process = scene.process(it)
    target = slug(it["reach"])
    fields = {
        "RuleName": "-",
        "UtcTime": "{utc}",
        "SourceProcessGUID": process.guid,
        "SourceProcessId": process.pid,
        "SourceThreadId": "{thread}",
        "SourceImage": process.image,
        "TargetProcessGUID": f"{{{{process_guid:{target}}}}}",
        "TargetProcessId": f"{{pid:{target}}}",
        "TargetImage": it["reach"],
        "GrantedAccess": it.get("mask", "0x1000"),
        "CallTrace": it.get("trace", "{call_trace}"),
        "SourceUser": process.account.full,
        "TargetUser": it.get("target_user", "NT AUTHORITY\\SYSTEM"),
    }
    return [Event(log="sysmon", code="10", fields=fields)]


def inject(scene: Scene, it: Happening) -> list[Event]:
    """A process starts a thread in another: Sysmon 8."""
    if not scene.sysmon:
        return []
    process = scene.process(it)
    target = slug(it["inject"])
    fields = {
        "RuleName": "-",
        "UtcTime": "{utc}",
        "SourceProcessGuid": process.guid,
        "SourceProcessId": process.pid,
        "SourceImage": process.image,
        "TargetProcessGuid": f"{{{{process_guid:{target}}}}}",
        "TargetProcessId": f"{{pid:{target}}}",
        "TargetImage": it["inject"],
        "NewThreadId": "{thread}",
        "StartAddress": "0x00000{u11}",
        "StartModule": it.get("module", "-"),
        "StartFunction": it.get("function", "-"),
        "SourceUser": process.account.full,
        "TargetUser": process.account.full,
    }
    return [Event(log="sysmon", code="8", fields=fields)]


def pipe(scene: Scene, it: Happening) -> list[Event]:
    """A named pipe is made (Sysmon 17) or opened (18)."""
    opened = it.get("opened") == "true"
    process = scene.process(it)
    typed = "ConnectPipe" if opened else "CreatePipe"
    return _sysmon(scene, "18" if opened else "17", process, {"PipeName": it["pipe"]}, typed=typed)


def script(_scene: Scene, it: Happening) -> list[Event]:
    """PowerShell runs a block of script: 4104, which needs no Sysmon."""
    fields = {
        "MessageNumber": "1",
        "MessageTotal": "1",
        "ScriptBlockText": it["script"],
        "ScriptBlockId": "{guid:block}",
        "Path": it.get("path", ""),
    }
    return [Event(log="powershell", code="4104", fields=fields)]


VERBS: dict[str, Verb] = {
    "run": run,
    "end": end,
    "connect": connect,
    "resolve": resolve,
    "write": write,
    "mark": mark,
    "delete": delete,
    "set": set_value,
    "make": make_key,
    "unset": unset,
    "load": load,
    "reach": reach,
    "inject": inject,
    "pipe": pipe,
    "script": script,
}
