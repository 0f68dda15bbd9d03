"""Events of the Open Cybersecurity Schema Framework: what they are, and which of our rules see them."""

import pytest

from telemetry.builders import an_origin, decoded, row
from watchward.detect.plan import plan
from watchward.detect.sigma import rules
from watchward.detect.sigma.pack import starter_pack
from watchward.telemetry.logsource import LogSource

LAUNCH = {"class_uid": 1007, "activity_id": 1}
SET = {"class_uid": 201002, "activity_id": 2}
WINDOWS = {"device": {"hostname": "ws-7.quorblemere.test", "os": {"type_id": 100}}}


def a_process(path, **more):
    return {"process": {"file": {"path": path}, **more}}


@pytest.mark.parametrize(
    ("said", "configured", "product"),
    [
        ({"device": {"os": {"type_id": 200}}}, None, "linux"),
        ({"device": {"os": {"type": "macOS"}}}, None, "macos"),
        (a_process("/usr/bin/id"), None, "linux"),
        (a_process("/usr/bin/id"), "macos", "macos"),
        (a_process("/Applications/a.app/a"), None, "macos"),
        (a_process(r"C:\\Windows\\a.exe"), "linux", "windows"),
        ({}, "windows", "windows"),
        ({}, None, None),
    ],
)
def test_the_system_is_what_the_device_says_or_the_paths_or_the_configuration(said, configured, product):
    found = row(LAUNCH | said, origin=an_origin(logsource=LogSource(product=configured)))
    assert (found.get("product"), found["category"]) == (product, "process_creation")


@pytest.mark.parametrize(
    ("event", "field", "expected"),
    [
        (LAUNCH | a_process("a", user={"name": "n", "domain": "d"}), "User", r"d\n"),
        (LAUNCH | {"actor": {"user": {"name": "n"}}}, "User", "n"),
        (LAUNCH | {"actor": {"process": {"file": {"path": "p"}}}}, "ParentImage", "p"),
        (LAUNCH | {"process": {"file": {"hashes": [{"algorithm": "SHA-256", "value": "a"}]}}}, "Hashes", "SHA256=a"),
        (LAUNCH | {"process": {"file": {"hashes": [{"algorithm_id": 1, "value": "a"}]}}}, "Hashes", "MD5=a"),
        ({"class_uid": 3002, "activity_id": 1, "status_id": 2, **WINDOWS}, "EventID", "4625"),
        ({"class_uid": 4001, "activity_id": 1, "connection_info": {"direction_id": 1}}, "Initiated", "false"),
        (SET | {"reg_value": {"path": "HKLM\\a", "name": ""}}, "TargetObject", r"HKLM\a\(Default)"),
        (SET | {"reg_value": {"type": "REG_DWORD", "data": 5}}, "Details", "DWORD (0x00000005)"),
    ],
)  # fmt: skip
def test_attributes_become_fields_as_windows_and_sysmon_write_them(event, field, expected):
    assert row(event)[field] == expected


def test_logons_of_other_systems_are_no_events_of_the_security_log():
    found = row({"class_uid": 3002, "activity_id": 1, "status_id": 1, "device": {"os": {"type_id": 200}}})
    assert found["product"] == "linux"
    assert "service" not in found


def test_a_windows_event_that_is_carried_along_is_that_event():
    carried = {"Channel": "Security", "EventID": 4688, "NewProcessName": "C:\\a.exe"}
    found = row(LAUNCH | WINDOWS | {"unmapped": carried})
    assert (found["service"], found["category"], found["Image"]) == ("security", "process_creation", "C:\\a.exe")


def test_the_starter_pack_sees_a_disabled_service_for_shadow_copies():
    starter = plan.compile(rules.load([starter_pack()]).rules)
    value = {"path": r"HKLM\SYSTEM\ControlSet001\Services\VSS", "name": "Start", "type": "REG_DWORD", "data": "4"}
    batch = decoded({"class_uid": 201002, "activity_id": 2, "reg_value": value, **WINDOWS}).batch
    found = {starter.rules[number].title for number in starter.match(batch).rules}
    assert "Volume shadow copy service disabled" in found
