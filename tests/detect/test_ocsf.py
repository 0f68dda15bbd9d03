import json
from datetime import timedelta
from pathlib import Path

import pytest

from detect.builders import a_match, rule_with, write_rule
from watchward.detect.alerts import ocsf
from watchward.detect.alerts.alert import collapse
from watchward.detect.sigma.rule import Level
from watchward.node.cli import main

GOLDEN = Path(__file__).parent / "golden"
RULE = rule_with("s:\n  CommandLine|contains: vssadmin\ncondition: s")
MATCH = a_match(7, fields={"CommandLine": "vssadmin delete shadows"})
FINDINGS = {
    "ocsf_match.json": lambda: ocsf.of_match(MATCH, RULE),
    "ocsf_alert.json": lambda: ocsf.of_alert(collapse([MATCH, a_match(8, after=timedelta(minutes=2))])[0], RULE),
}


@pytest.mark.parametrize("name", FINDINGS)
def test_a_finding_reads_as_ocsf_asks(name):
    assert FINDINGS[name]() == json.loads((GOLDEN / name).read_text())


@pytest.mark.parametrize("level", Level)
def test_each_level_has_a_severity_of_its_own(level):
    severities = {ocsf.of_match(a_match(level=other))["severity_id"] for other in Level}

    assert ocsf.of_match(a_match(level=level))["severity_id"] == level.rank + 1
    assert len(severities) == len(Level)


def test_groups_and_software_are_not_techniques():
    rule = rule_with("s:\n  A: x\ncondition: s")
    tagged = type(rule)(
        **{name: getattr(rule, name) for name in rule.__slots__}
        | {"tags": ("attack.t1059.001", "attack.g0016", "attack.s0002", "cve.2020-1", "attack.defense-evasion")}
    )

    assert ocsf.of_match(MATCH, tagged)["finding_info"]["attacks"] == [
        {"technique": {"uid": "T1059"}, "sub_technique": {"uid": "T1059.001"}},
        {"tactic": {"name": "Defense Evasion"}},
    ]


def test_scan_prints_a_finding_a_line(tmp_path, capsys):
    write_rule(tmp_path / "rules" / "a.yml", "s:\n  CommandLine|contains: vssadmin\ncondition: s")
    event = {
        "EventID": 1,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Computer": "WARD-7-PC",
        "TimeCreated": "2026-03-01T12:00:00Z",
        "CommandLine": "vssadmin delete shadows",
    }
    (tmp_path / "events.ndjson").write_text(json.dumps(event) + "\n")

    code = main(["scan", str(tmp_path / "events.ndjson"), "--rules", str(tmp_path / "rules"), "--format", "ocsf"])
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert (code, [(one["class_uid"], one["evidences"][0]["data"]["CommandLine"]) for one in found]) == (
        0,
        [(2004, "vssadmin delete shadows")],
    )
