"""`watchward scan` with correlations: what matches mean together, over all files, by the events' own time."""

import json

import pytest

from watchward.node.cli import main

RULES = """\
title: Failed log-on
id: 53ba33fd-3a50-4468-a5ef-c583635cfa92
name: failed
logsource:
  product: windows
  service: security
detection:
  s:
    EventID: 4625
  condition: s
level: low
---
title: Log-on
id: 4d0a2c83-c62c-4ed4-b475-c7e23a9269b8
name: success
logsource:
  product: windows
  service: security
detection:
  s:
    EventID: 4624
  condition: s
level: informational
---
title: Many failed log-ons
id: a8418a5a-5fc4-46b5-b23b-6c73beb19d41
name: many
correlation:
  type: event_count
  rules: failed
  group-by: TargetUserName
  timespan: 10m
  condition:
    gte: 3
level: medium
---
title: A guessed password
id: b180ead8-d58f-40b2-ae54-c8940995b9b6
tags: [attack.t1110]
correlation:
  type: temporal_ordered
  rules: [many, success]
  group-by: TargetUserName
  timespan: 10m
level: high
"""


def event(minute: int, number: int, user: str) -> str:
    return json.dumps(
        {
            "Channel": "Security",
            "EventID": number,
            "Computer": "WARD-7-PC",
            "EventRecordID": minute,
            "TimeCreated": f"2026-03-01T09:{minute:02}:00Z",
            "TargetUserName": user,
        }
    )


@pytest.fixture
def evidence(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / "evidence"
    folder.mkdir()
    # The second file holds the earlier events: correlations follow the events' time, not the order of files.
    (folder / "a.ndjson").write_text("\n".join([event(6, 4625, "Jo"), event(8, 4624, "jo"), event(9, 4624, "al")]))
    (folder / "b.ndjson").write_text("\n".join([event(1, 4625, "jo"), event(3, 4625, "JO"), event(4, 4625, "al")]))
    (tmp_path / "rules.yml").write_text(RULES)
    return tmp_path


def scan(folder, *more: str) -> int:
    return main(["scan", str(folder / "evidence"), "--rules", str(folder / "rules.yml"), *more])


def test_a_correlation_of_correlations_is_found_over_two_files(evidence, capsys):
    assert scan(evidence, "--json", "--fail-on", "high") == 1

    (found,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (found["rule_title"], found["level"], found["device"]) == ("A guessed password", "high", "WARD-7-PC")
    assert (found["observed_at"], found["fields"]) == ("2026-03-01T09:08:00+00:00", {"TargetUserName": "jo"})
    assert (found["source"], found["record"]) == (str(evidence / "evidence" / "a.ndjson"), 8)
    assert (found["events"]["count"], found["events"]["first_at"]) == (2, "2026-03-01T09:06:00+00:00")
    (many,) = found["events"]["findings"]
    assert (many["rule_title"], many["count"], len(many["event_ids"])) == ("Many failed log-ons", 3, 3)


def test_rules_that_only_serve_correlations_are_shown_where_the_author_says_so(evidence, capsys):
    text = RULES.replace("  timespan: 10m\n  condition:", "  timespan: 10m\n  generate: true\n  condition:")
    (evidence / "rules.yml").write_text(text)

    scan(evidence, "--json")

    titles = [json.loads(line)["rule_title"] for line in capsys.readouterr().out.splitlines()]
    assert sorted(titles) == ["A guessed password", *["Failed log-on"] * 4]


def test_the_table_sums_correlations_up_beside_rules(evidence, capsys):
    assert scan(evidence, "--min-level", "high") == 0

    (line,) = [line for line in capsys.readouterr().out.splitlines() if "A guessed password" in line]
    assert line.split()[-5] == "1"


def test_other_products_read_a_correlation_as_a_finding_of_several_events(evidence, capsys):
    scan(evidence, "--format", "ocsf")

    (found,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (found["count"], len(found["finding_info"]["related_events"])) == (2, 2)


def test_only_the_span_of_time_that_was_asked_for_is_correlated(evidence, capsys):
    scan(evidence, "--json", "--from", "2026-03-01T09:05:00")

    assert capsys.readouterr().out == ""
