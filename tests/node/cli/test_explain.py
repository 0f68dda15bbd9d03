import io
import json

import pytest

from detect.builders import write_rule
from watchward.node.cli import main

DETECTION = "selection:\n  CommandLine|contains: delete\nfilter:\n  User: SYSTEM\ncondition: selection and not filter"


def an_event(number: int, **fields: str) -> dict[str, object]:
    known = {
        "EventID": 1,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Computer": "WARD-7",
        "EventRecordID": number,
        "@timestamp": "2026-01-01T00:00:00Z",
    }
    return {**known, **fields}


EVENTS = [
    an_event(1, EventID=11, TargetFilename="a"),
    an_event(2, CommandLine="vssadmin list shadows", User="SYSTEM"),
    an_event(3, CommandLine="vssadmin list shadows", User="jo"),
    an_event(4, CommandLine="vssadmin delete shadows", User="jo"),
]


@pytest.fixture
def rule(tmp_path):
    return write_rule(tmp_path / "rules" / "a.yml", DETECTION)


@pytest.fixture
def events(tmp_path):
    path = tmp_path / "events.ndjson"
    path.write_text("".join(json.dumps(event) + "\n" for event in EVENTS))
    return path


def explained(capsys, *arguments):
    assert main(["rules", "explain", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("name", ["3f1c1d6e-0000-4000-8000-000000000001", "backups deleted"])
def test_a_rule_is_found_by_its_id_and_by_its_title(rule, events, capsys, name):
    found = explained(capsys, name, "--event", events, "--rules", rule.parent)

    assert found["verdicts"] == {"matched": 1, "hidden": 0, "not_met": 2, "other_events": 1}
    assert [one["event"] for one in found["explained"]] == [4, 3, 2]


def test_what_is_missing_is_told_for_people_and_for_programs(rule, events, capsys):
    found = explained(capsys, rule, "--event", events, "--rules", rule.parent, "--most", "9")
    assert [one["missing"] for one in found["explained"]] == [
        [],
        ["selection → CommandLine contains 'delete': the event has 'vssadmin list shadows'"],
        [
            "selection → CommandLine contains 'delete': the event has 'vssadmin list shadows'",
            "filter → User is not 'SYSTEM': the event has 'SYSTEM'",
        ],
        ["selection → CommandLine contains 'delete': the event has no CommandLine"],
    ]

    assert main(["rules", "explain", str(rule), "--event", str(events)]) == 0
    told = capsys.readouterr().out
    assert "no  selection: CommandLine contains 'delete'" in told
    assert "yes not filter: User is not 'SYSTEM'" in told
    assert "4 events: 1 matched, 2 not matched, 1 of a kind that the rule does not read." in told


def test_events_are_read_from_standard_input(rule, events, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(events.read_bytes())))

    assert explained(capsys, rule, "--event", "-")["events"] == 4


def test_a_filter_that_hides_the_event_is_named(rule, events, capsys):
    (rule.parent / "b.yml").write_text(
        "title: Jo may\nlogsource: {product: windows}\n"
        "filter:\n  rules: any\n  selection:\n    User: jo\n  condition: selection\n"
    )

    found = explained(capsys, "Backups Deleted", "--event", events, "--rules", rule.parent, "--most", "1")

    (nearest,) = found["explained"]
    assert (nearest["verdict"], [one["title"] for one in nearest["filters"]]) == ("hidden", ["Jo may"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: [", "not YAML"),
        ("title: Two\ncorrelation: {type: event_count, rules: [x], timespan: 1m, condition: {gte: 2}}", "not there"),
    ],
)
def test_what_is_no_rule_is_refused_with_the_reason(tmp_path, events, capsys, text, said):
    (tmp_path / "x.yml").write_text(text)

    assert main(["rules", "explain", str(tmp_path / "x.yml"), "--event", str(events), "--rules", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err


def test_a_rule_that_is_not_there_is_bad_input(rule, events, capsys):
    assert main(["rules", "explain", "nothing", "--event", str(events), "--rules", str(rule.parent)]) == 2
    assert "There is no rule 'nothing'." in capsys.readouterr().err
