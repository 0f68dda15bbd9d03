import json
from datetime import UTC, datetime

import pytest

from telemetry.builders import an_origin, decoded, row, rows
from watchward.telemetry.decode import Decoder
from watchward.telemetry.logsource import LogSource

COMMAND = r"C:\Windows\System32\whoami.exe /all"

SHAPES = {
    "flat": {
        "EventID": 1,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "SourceName": "Microsoft-Windows-Sysmon",
        "Hostname": "WARD-PC-01",
        "TimeCreated": "2026-03-01 11:59:58.125",
        "RecordNumber": 77,
        "CommandLine": COMMAND,
        "ProcessId": 4242,
    },
    "event id as text": {
        "EventID": "1",
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "SourceName": "Microsoft-Windows-Sysmon",
        "Computer": "WARD-PC-01",
        "TimeCreated": "2026-03-01T12:59:58.1250000+01:00",
        "RecordNumber": "77",
        "CommandLine": COMMAND,
        "ProcessId": "4242",
    },
    "winlogbeat": {
        "@timestamp": "2026-03-01T11:59:58.125Z",
        "host": {"name": "ward-pc-01.example"},
        "event": {"code": "1", "provider": "Microsoft-Windows-Sysmon"},
        "winlog": {
            "channel": "Microsoft-Windows-Sysmon/Operational",
            "provider_name": "Microsoft-Windows-Sysmon",
            "computer_name": "WARD-PC-01",
            "event_id": 1,
            "record_id": 77,
            "event_data": {"CommandLine": COMMAND, "ProcessId": "4242"},
        },
    },
    "event log as json": {
        "Event": {
            "System": {
                "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
                "EventID": {"#attributes": {"Qualifiers": 0}, "#text": 1},
                "Channel": "Microsoft-Windows-Sysmon/Operational",
                "Computer": "WARD-PC-01",
                "EventRecordID": 77,
                "TimeCreated": {"#attributes": {"SystemTime": "2026-03-01T11:59:58.125000Z"}},
            },
            "EventData": {"CommandLine": COMMAND, "ProcessId": 4242},
        }
    },
    "event log with named pairs": {
        "Event": {
            "System": {
                "Provider": {"@Name": "Microsoft-Windows-Sysmon"},
                "EventID": "1",
                "Channel": "Microsoft-Windows-Sysmon/Operational",
                "Computer": "WARD-PC-01",
                "EventRecordID": "77",
                "TimeCreated": {"@SystemTime": "2026-03-01T11:59:58.125000000Z"},
            },
            "EventData": {
                "Data": [{"@Name": "CommandLine", "#text": COMMAND}, {"@Name": "ProcessId", "#text": "4242"}]
            },
        }
    },
}


@pytest.mark.parametrize("document", SHAPES.values(), ids=SHAPES)
def test_each_shape_gives_the_same_event(document):
    event = row(document)
    assert event["CommandLine"] == COMMAND
    assert event["ProcessId"] == "4242"
    assert event["EventID"] == "1"
    assert (event["device"], event["Computer"]) == ("WARD-PC-01", "WARD-PC-01")
    assert (event["product"], event["category"], event["service"]) == ("windows", "process_creation", "sysmon")
    assert event["observed_at"] == datetime(2026, 3, 1, 11, 59, 58, 125_000, tzinfo=UTC)


def test_each_shape_gives_the_same_identifier():
    assert len({row(document)["event_id"] for document in SHAPES.values()}) == 1


def test_nothing_that_a_sender_sent_is_thrown_away():
    event = row(SHAPES["flat"] | {"Colour": ["blue", {"shade": None}], "Nested": {"deep": {"x": 1.50}}, "Empty": {}})
    kept = json.loads(event["unmapped"])
    assert kept["Colour"] == ["blue", {"shade": None}]
    assert kept["Nested.deep.x"] == 1.5
    assert kept["Empty"] == {}


def test_absent_is_null_and_present_without_a_value_is_empty():
    first, second = rows(decoded({"EventID": 1, "Channel": "Security"}, {"EventID": 1, "CommandLine": ""}))
    assert "CommandLine" not in first
    assert not second["CommandLine"]


def test_the_last_of_two_values_for_one_path_counts():
    found = Decoder().decode_ndjson(b'{"EventID": 1, "EventID": 2, "x": 1, "x": 2}\n', an_origin())
    (event,) = rows(found)
    assert (event["EventID"], event["unmapped"]) == ("2", '{"x":2}')


def test_process_creation_of_the_security_log_has_sysmon_names_beside_its_own():
    event = row(
        {
            "Channel": "Security",
            "EventID": 4688,
            "NewProcessName": r"C:\Windows\System32\cmd.exe",
            "ParentProcessName": r"C:\Windows\explorer.exe",
            "NewProcessId": "0x1a74",
            "ProcessId": "0x10",
            "SubjectUserName": "nurse1",
            "SubjectDomainName": "WARD",
            "TargetUserName": "-",
            "MandatoryLabel": "S-1-16-12288",
        }
    )
    assert event["category"] == "process_creation"
    assert (event["Image"], event["NewProcessName"]) == (r"C:\Windows\System32\cmd.exe",) * 2
    assert event["ParentImage"] == r"C:\Windows\explorer.exe"
    assert event["User"] == r"WARD\nurse1"
    assert event["IntegrityLevel"] == "High"
    assert event["ParentProcessId"] == "16"


def test_registry_change_of_the_security_log_reads_as_sysmon_writes_it():
    event = row(
        {
            "Channel": "Security",
            "EventID": 4657,
            "ObjectName": r"\REGISTRY\MACHINE\SOFTWARE\Run",
            "ObjectValueName": "bad",
            "NewValue": "x.exe",
            "OperationType": "%%1904",
        }
    )
    assert event["category"] == "registry_set"
    assert event["TargetObject"] == r"HKLM\SOFTWARE\Run\bad"
    assert (event["Details"], event["EventType"]) == ("x.exe", "SetValue")


@pytest.mark.parametrize(
    ("document", "source"),
    [
        ({"Channel": "security", "EventID": 4624}, ("windows", None, "security")),
        ({"Channel": "Windows PowerShell", "EventID": 400}, ("windows", "ps_classic_start", "powershell-classic")),
        ({"SourceName": "Microsoft-Windows-Sysmon", "EventID": 10}, ("windows", "process_access", "sysmon")),
        ({"Channel": "Something/Else", "EventID": 1}, ("windows", None, None)),
        (
            {"Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": 12, "EventType": "DeleteValue"},
            ("windows", "registry_delete", "sysmon"),
        ),
        ({"Channel": "Linux-Sysmon/Operational", "EventID": 1}, ("linux", "process_creation", "sysmon")),
        ({"type": "EXECVE", "a0": "curl"}, ("linux", "process_creation", "auditd")),
        (
            {"event": {"module": "auditd", "action": "executed"}, "process": {"executable": "/bin/sh"}},
            ("linux", "process_creation", "auditd"),
        ),
        ({"category": "SignInLogs", "properties": {"userPrincipalName": "a@b.example"}}, ("azure", None, "signinlogs")),
        ({"Workload": "Exchange", "Operation": "New-InboxRule"}, ("m365", None, "exchange")),
        ({"eventSource": "iam.amazonaws.com", "eventName": "CreateUser"}, ("aws", None, "cloudtrail")),
        ({"event": {"dataset": "system.auth"}, "process": {"name": "sshd"}}, ("linux", None, "sshd")),
        ({"colour": "blue"}, (None, None, None)),
    ],
    ids=str,
)
def test_the_log_source_is_told_by_what_the_sender_says(document, source):
    event = row(document)
    assert (event.get("product"), event.get("category"), event.get("service")) == source


def test_the_configuration_says_the_log_source_where_the_event_does_not():
    origin = an_origin(logsource=LogSource(category="webserver"))
    assert row({"cs-method": "GET"}, origin=origin)["category"] == "webserver"


def test_linux_process_of_an_agent_has_sigma_names():
    event = row(
        {
            "event": {"module": "auditd", "action": "executed"},
            "process": {"executable": "/usr/bin/curl", "args": ["curl", "-s", "http://x.example"], "pid": 7},
            "user": {"name": "www-data"},
            "host": {"name": "pacs-01"},
        }
    )
    assert event["Image"] == "/usr/bin/curl"
    assert event["CommandLine"] == "curl -s http://x.example"
    assert (event["User"], event["device"]) == ("www-data", "pacs-01")


def test_lists_of_objects_become_lists_of_values():
    event = row(
        {
            "category": "AuditLogs",
            "targetResources": [{"displayName": "A", "type": "User"}, {"displayName": "B", "type": "Group"}],
        }
    )
    assert event["targetResources.displayName"] == "\x1eA\x1eB"
    assert "targetResources" in json.loads(event["unmapped"])
