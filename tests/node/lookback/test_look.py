"""What rules would have found in a lake."""

import json
from datetime import timedelta

import pytest

from lake.batches import an_event_id, rows
from lake.journals import MOMENT
from watchward.base.errors import BadInputError
from watchward.lake import segments
from watchward.lake.catalogue import Wanted
from watchward.lake.segments import Segment
from watchward.node.cli import main
from watchward.node.lookback.choosing import choice_in, choice_of
from watchward.node.lookback.look import Limits, look_back

RULE = """title: Odd program
id: 3f1c1d6e-0000-4000-8000-000000000001
name: odd
logsource: {product: windows, category: process_creation}
detection: {s: {Image|endswith: odd.exe}, condition: s}
level: high
"""
FILTER = """title: Normal here
id: 3f1c1d6e-0000-4000-8000-00000000000f
logsource: {product: windows, category: process_creation}
filter:
    rules: [odd]
    selection: {User: installer}
    condition: not selection
"""
MANY = """title: Many odd programs
id: 3f1c1d6e-0000-4000-8000-00000000000c
correlation: {type: event_count, rules: [odd], group-by: [Computer], timespan: 10m, condition: {gte: 3}}
level: critical
"""
KEYWORD = "title: A word\nlogsource: {product: windows}\ndetection: {k: [ward-1], condition: k}\n"


@pytest.fixture
def lake(tmp_path):
    """Three events at one organisation, two at another, and a dull one."""
    folder = tmp_path / "home" / "lake"
    odd = {"Image": "C:\\odd.exe", "Computer": "ward-1"}
    tables = [
        rows("a", "b", "c", **odd),
        rows("d", organisation="ZZ2", device="WARD-2", **odd),
        rows("e", organisation="ZZ2", device="ward-2", at=MOMENT - timedelta(days=3), User="installer", **odd),
        rows("f", Image="C:\\dull.exe"),
    ]
    for number, table in enumerate(tables, start=1):
        segments.write(folder, Segment.of("g1", number, MOMENT), table, for_good=number % 2 == 0)
    return folder


def told(found):
    return [(one.organisation, one.device.casefold(), one.events) for one in found.raised]


def test_repeats_on_one_device_within_a_span_are_one_alert_with_some_examples(lake):
    found = look_back(lake, choice_in(RULE, []), wanted=Wanted(), processes=1)

    assert told(found) == [("ZZ2", "ward-2", 1), ("ZZ1", "ward-1", 3), ("ZZ2", "ward-2", 1)]
    assert (found.alerts, found.matches, found.devices, found.events) == (3, 5, 2, 6)
    assert found.by_organisation == {"ZZ2": 2, "ZZ1": 1}
    assert found.by_day == {"2026-02-26": 1, "2026-03-01": 2}
    example = found.raised[1].examples[0]
    assert example.event_id == an_event_id("a").hex()
    assert (example.segment, example.row) == ("2026-03-01/g1-000000000001.parquet", 0)
    assert example.fields == {"Image": "C:\\odd.exe"}
    assert found.complete


@pytest.mark.parametrize(
    ("wanted", "alerts"),
    [
        (Wanted(organisations=frozenset({"ZZ1"})), [("ZZ1", "ward-1", 3)]),
        (Wanted(organisations=frozenset()), []),
        (Wanted(since=MOMENT - timedelta(days=1)), [("ZZ1", "ward-1", 3), ("ZZ2", "ward-2", 1)]),
        (Wanted(until=MOMENT - timedelta(days=1)), [("ZZ2", "ward-2", 1)]),
        (Wanted(since=MOMENT + timedelta(seconds=2)), [("ZZ1", "ward-1", 1)]),
    ],
)
def test_only_events_that_are_asked_for_count(lake, wanted, alerts):
    assert told(look_back(lake, choice_in(RULE, []), wanted=wanted, processes=1)) == alerts


def test_filters_of_the_node_apply(lake, tmp_path):
    (tmp_path / "filter.yml").write_text(FILTER)

    assert look_back(lake, choice_in(RULE, [tmp_path]), wanted=Wanted(), processes=1).alerts == 2


def test_a_correlation_looks_back_with_rules_of_the_node_and_sees_no_events_beyond_those_asked_for(lake, tmp_path):
    (tmp_path / "odd.yml").write_text(RULE)
    choice = choice_in(MANY, [tmp_path])

    found = look_back(lake, choice, wanted=Wanted(), processes=1)
    assert [(one.rule_title, one.organisation, one.events) for one in found.raised] == [("Many odd programs", "ZZ1", 3)]
    assert look_back(lake, choice, wanted=Wanted(organisations=frozenset({"ZZ2"})), processes=1).alerts == 0


def test_keywords_look_back_too(lake):
    assert look_back(lake, choice_in(KEYWORD, []), wanted=Wanted(), processes=1).matches == 6


def test_a_rule_that_fires_on_everything_is_ended_and_says_so(lake):
    found = look_back(lake, choice_in(RULE, []), wanted=Wanted(), limits=Limits(alerts=1), processes=1)

    assert found.alerts == 1
    assert "fires on far too much" in found.why_not


def test_a_rule_is_chosen_by_id_or_title_and_one_that_is_not_there_is_refused(tmp_path):
    (tmp_path / "odd.yml").write_text(RULE)

    assert choice_of("odd PROGRAM", [tmp_path]).shown == choice_of(RULE.split()[4], [tmp_path]).shown
    with pytest.raises(BadInputError, match="no rule"):
        choice_of("none", [tmp_path])
    with pytest.raises(BadInputError, match="line 1"):
        choice_in("title: Without detection\nlogsource: {product: windows}\n", [])


def test_the_command_says_what_a_rule_would_have_found(lake, tmp_path, capsys):
    (tmp_path / "home" / "config.toml").touch()
    file = tmp_path / "rule.yml"
    file.write_text(RULE)
    asked = ["rules", "look-back", str(file), "--home", str(tmp_path / "home"), "--days", "3650"]

    assert main(asked) == 0
    assert "it would have raised 3 alerts on 2 devices of 2 organisations, of 5 matches. 6 events" in " ".join(
        capsys.readouterr().out.split()
    )
    assert main([*asked, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["alerts"] == 3
    assert main([*asked[:-1], "0"]) == 2
    assert lake.is_dir()
