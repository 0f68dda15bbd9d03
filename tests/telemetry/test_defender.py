"""Rows of Microsoft Defender for Endpoint: whose they are, what they are, and which of our rules see them."""

import json

import pytest

from telemetry.builders import an_origin, decoded, row, rows
from watchward.detect.plan import plan
from watchward.detect.sigma import rules
from watchward.detect.sigma.pack import starter_pack
from watchward.telemetry.logsource import LogSource

DEVICE = {
    "Timestamp": "2026-03-01T11:00:00.1234567Z",
    "DeviceId": "3f9a1c",
    "DeviceName": "ws-7.quorblemere.test",
    "ReportId": 7,
}
POWERSHELL = {
    "InitiatingProcessFolderPath": r"c:\users\t.wennick\thrumble\powershell.exe",
    "InitiatingProcessFileName": "powershell.exe",
}


def hunted(action, **columns):
    """A row as a hunt gives it."""
    return DEVICE | {"ActionType": action} | columns


def streamed(table, of):
    """The same row as the streaming API sends it."""
    return {
        "time": "2026-03-01T11:03:00Z",
        "tenantId": "c0de",
        "operationName": "Publish",
        "category": f"AdvancedHunting-{table}",
        "properties": of,
    }


def more(**fields):
    return json.dumps(fields)


def a_value(kind, data):
    return hunted("RegistryValueSet", RegistryKey="a", RegistryValueType=kind, RegistryValueData=data)


def a_connection(url):
    return hunted("ConnectionSuccess", RemoteUrl=url)


def a_service(additional):
    return hunted("ServiceInstalled", AccountName="t.wennick", AdditionalFields=additional)


@pytest.fixture(scope="module")
def starter():
    return plan.compile(rules.load([starter_pack()]).rules)


CASES = {
    "Volume shadow copy service disabled": hunted(
        "RegistryValueSet",
        RegistryKey=r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\VSS",
        RegistryValueName="Start",
        RegistryValueType="Dword",
        RegistryValueData="4",
    ),
    "Copy of the sign-in process's memory written to disk": hunted(
        "FileCreated", FolderPath=r"C:\PerfLogs\lsass.dmp", FileName="lsass.dmp"
    ),
    "PsExec or a tool like it at work": hunted(
        "NamedPipeEvent", AdditionalFields=more(PipeName=r"\Device\NamedPipe\PSEXESVC")
    ),
    "Sign-in process read by a program in a user's folder": hunted(
        "OpenProcessApiCall",
        FolderPath=r"C:\Windows\System32\lsass.exe",
        FileName="lsass.exe",
        AdditionalFields=more(DesiredAccess=0x1410),
        **POWERSHELL,
    ),
    "Anonymous upload service looked up by a program": hunted(
        "DnsQueryResponse", AdditionalFields=more(DnsQueryString="gofile.io"), **POWERSHELL
    ),
    "Antivirus finds ransomware or an intruder's tool": hunted(
        "AntivirusDetection", AdditionalFields=more(ThreatName="HackTool:Win32/Mimikatz.D")
    ),
    "Backups or restore points removed with the backup product's commands": hunted(
        "ScriptContent", AdditionalFields=more(ScriptContent="Remove-VBRBackup -Backup $b -FromDisk")
    ),
}


@pytest.mark.parametrize(("title", "event"), CASES.items())
def test_the_starter_pack_sees_in_defenders_rows_what_it_sees_in_windows_logs(title, event, starter):
    found = starter.match(decoded(event).batch)
    assert title in {starter.rules[number].title for number in found.rules}


def test_a_row_is_one_event_whether_it_was_streamed_or_exported_from_a_hunt():
    event = hunted("ProcessCreated", FileName="whoami.exe", FolderPath=r"C:\Windows\System32\whoami.exe")
    exported, sent = row(event), row(streamed("DeviceProcessEvents", event))
    assert exported["event_id"] == sent["event_id"]
    assert exported["observed_at"] == sent["observed_at"]
    assert exported["device"] == sent["device"] == "ws-7.quorblemere.test"
    assert exported["Image"] == sent["Image"]


@pytest.mark.parametrize(
    "other", [{"ReportId": 8}, {"DeviceName": "ws-8.quorblemere.test"}, {"ActionType": "FileDeleted"}]
)
def test_rows_that_differ_in_number_device_or_what_happened_are_different_events(other):
    event = hunted("FileCreated", FileName="a")
    first, second = rows(decoded(event, event | other))
    assert first["event_id"] != second["event_id"]


@pytest.mark.parametrize(
    ("columns", "configured", "product"),
    [
        ({"FolderPath": "/usr/bin/id"}, None, "linux"),
        ({"FolderPath": "/usr/bin/id"}, "macos", "macos"),
        ({"InitiatingProcessFolderPath": "/Applications/Thrumble.app/Contents/MacOS/thrumble"}, None, "macos"),
        ({"FolderPath": r"\\share\a.exe"}, "linux", "windows"),
        ({}, "linux", "linux"),
        ({}, None, "windows"),
    ],
)
def test_the_paths_of_a_row_tell_the_system_and_the_configuration_tells_linux_from_macos(columns, configured, product):
    origin = an_origin(logsource=LogSource(product=configured))
    found = row(hunted("ProcessCreated", **columns), origin=origin)
    assert (found["product"], found["category"]) == (product, "process_creation")


def test_linux_rows_have_no_services_of_windows_and_parents_that_rules_for_linux_look_for():
    assert "service" not in row(hunted("LogonSuccess", InitiatingProcessFolderPath="/usr/sbin/sshd"))
    found = row(hunted("ProcessCreated", FolderPath="/usr/bin/id", InitiatingProcessParentFileName="sshd"))
    assert found["GrandParentImage"] == "/sshd"


def test_rows_of_other_tables_are_not_taken_for_events_of_a_device():
    cloud = {"Timestamp": DEVICE["Timestamp"], "ActionType": "FileDeleted", "Application": "Thrumble Online"}
    assert "category" not in row(cloud)
    assert "category" not in row(streamed("CloudAppEvents", cloud | {"DeviceId": "a"}))


@pytest.mark.parametrize(
    ("event", "field", "expected"),
    [
        (hunted("ProcessCreated", FolderPath=r"C:\Windows", FileName="a.exe"), "Image", r"C:\Windows\a.exe"),
        (hunted("ProcessCreated", FolderPath=r"C:\Windows\A.EXE", FileName="a.exe"), "Image", r"C:\Windows\A.EXE"),
        (hunted("ProcessCreated", LogonId=999), "LogonId", "0x3e7"),
        (hunted("ProcessCreated", SHA1="ab", MD5="", SHA256="cd"), "Hashes", "SHA1=ab,SHA256=cd"),
        (hunted("ProcessCreated", AccountDomain="nt authority", AccountName="system"), "User", r"nt authority\system"),
        (hunted("LogonSuccess", LogonType="RemoteInteractive"), "LogonType", "10"),
        (hunted("LogonSuccess", LogonType="Unheard of"), "LogonType", "Unheard of"),
        (hunted("LogonFailed"), "EventID", "4625"),
        (hunted("RegistryValueSet", RegistryKey=r"HKEY_USERS\S-1-5-18\x"), "TargetObject", r"HKU\S-1-5-18\x\(Default)"),
        (hunted("RegistryKeyCreated", RegistryKey=r"HKEY_CURRENT_USER\S-1-5-7\x"), "TargetObject", r"HKU\S-1-5-7\x"),
        (a_value("Qword", "1"), "Details", "QWORD (0x00000000-0x00000001)"),
        (a_value("Dword", "0x10"), "Details", "DWORD (0x00000010)"),
        (a_value("Dword", "no"), "Details", "no"),
        (a_value("Binary", None), "Details", "Binary Data"),
        (a_value("String", ""), "Details", "(Empty)"),
        (hunted("ConnectionSuccess", LocalIP="::ffff:10.0.0.1", RemoteIP="fe80::1"), "SourceIp", "10.0.0.1"),
        (hunted("ConnectionSuccess", LocalIP="::ffff:10.0.0.1", RemoteIP="fe80::1"), "DestinationIsIpv6", "true"),
        (hunted("InboundConnectionAccepted", LocalIP="10.0.0.1", RemoteIP="10.0.0.2"), "SourceIp", "10.0.0.2"),
        (hunted("InboundConnectionAccepted", LocalPort=445, RemotePort=50000), "DestinationPort", "445"),
        (a_connection("https://cdn.thrumble.example:8443/a?b"), "DestinationHostname", "cdn.thrumble.example"),
        (a_connection("cdn.thrumble.example"), "DestinationHostname", "cdn.thrumble.example"),
        (a_connection("https://[broken/"), "DestinationHostname", "https://[broken/"),
        (a_service(more(ServiceAccount="LocalSystem")), "AccountName", "LocalSystem"),
        (a_service("{"), "AccountName", "t.wennick"),
        (a_service({"ServiceName": "a"}), "SubjectUserName", "t.wennick"),
        (hunted("NamedPipeEvent", AdditionalFields={"PipeName": r"\\.\pipe\thrumble"}), "PipeName", r"\thrumble"),
        (hunted("UserAccountAddedToLocalGroup", AdditionalFields=more(GroupName="x")), "TargetUserName", "x"),
    ],
)  # fmt: skip
def test_columns_become_fields_as_windows_and_sysmon_write_them(event, field, expected):
    assert row(event)[field] == expected


def test_what_additional_fields_hold_never_stops_a_row():
    nested = "[" * 100_000
    for text in ("null", "[]", '{"PipeName": null}', nested, '{"PipeName":' + nested, 7, ["a"], ""):
        assert "PipeName" not in row(hunted("NamedPipeEvent", AdditionalFields=text))


def test_columns_of_the_stream_are_kept_once():
    found = row(streamed("DeviceFileEvents", hunted("FileCreated", FolderPath=r"C:\a", FileSize=3)))
    assert json.loads(found["unmapped"]) == {
        "time": "2026-03-01T11:03:00Z",
        "properties.Timestamp": DEVICE["Timestamp"],
        "properties.ReportId": 7,
        "properties.FileSize": 3,
    }
