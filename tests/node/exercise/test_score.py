import json
from datetime import UTC, datetime, timedelta

import pytest

from watchward.detect.match import Match
from watchward.detect.sigma.rule import Level
from watchward.node.cli import main
from watchward.node.exercise import keys, ledger
from watchward.node.exercise.judge import of_node
from watchward.node.exercise.moment import SECOND
from watchward.node.exercise.score import Everyday, Labelled, Terms, score
from watchward.node.exercise.sector import SIZES, Sector
from watchward.node.exercise.stories import Stage, all_stories
from watchward.node.home import Home

BEGIN = datetime(2026, 3, 2, 10, tzinfo=UTC)
START = int(BEGIN.timestamp()) * SECOND

RULE = """
title: A service whose program came by the administrators' share
id: 6b1f0a52-3f0c-4f0e-9a3e-0d6f4a8b2c11
status: experimental
description: A made-up rule of this test.
level: high
logsource: {product: windows, service: system}
detection:
  selection: {EventID: 7045}
  condition: selection
"""


def labelled(number, step, *, after_seconds):
    return Labelled(event_id=number, label=f"worm/0/{step}", organisation="X-T1", at=START + after_seconds * SECOND)


def matched(event_id, *, level=Level.HIGH, rule="r1", device="d1", after_seconds=0):
    at = BEGIN + timedelta(seconds=after_seconds)
    return Match(
        event_id=event_id,
        rule_id=rule,
        rule_title=f"Title of {rule}",
        level=level,
        organisation="X-T1",
        device=device,
        source="s",
        observed_at=at,
        received_at=at + timedelta(seconds=2),
        segment="",
        row=0,
    )


def scored(attacks, matches, *, device_days=500.0, **terms):
    everyday = Everyday(events=1_000, device_days=device_days)
    return score(attacks, matches, stories=all_stories(), everyday=everyday, terms=Terms(**terms))


ATTACKS = [
    labelled("a1", "arrives", after_seconds=0),
    labelled("a2", "spreads", after_seconds=2),
    labelled("a3", "encrypts", after_seconds=6),
    labelled("a4", "encrypts", after_seconds=7),
]


def test_a_step_is_found_when_one_of_its_events_matched_and_says_when_in_the_attackers_time():
    result = scored(ATTACKS, [matched("a4", after_seconds=7)], speed=30.0)

    story = result.stories[0]
    assert [bool(step.by) for step in story.steps if step.recorded] == [False, False, True]
    assert story.found_minutes == 3.5
    assert story.impact_minutes == 3.0
    assert not story.found_before_impact
    assert (result.steps_found, result.steps_recorded) == (1, 3)


def test_a_match_below_the_level_that_counts_finds_nothing():
    result = scored(ATTACKS, [matched("a1", level=Level.LOW)], least=Level.MEDIUM)

    assert result.steps_found == 0


def test_something_found_before_care_suffers_is_counted():
    assert scored(ATTACKS, [matched("a2", after_seconds=2)], speed=30.0).stories_found_before_impact == 1


def test_repeats_are_one_false_alert_and_an_alert_with_an_attack_in_it_is_true():
    matches = [
        matched("a1"),
        matched("e1", after_seconds=60),  # the same rule and device as the attack, in the same hours: one true alert
        matched("e2", device="d2"),
        matched("e3", device="d2", after_seconds=30),
        matched("e4", device="d3", level=Level.INFORMATIONAL, rule="r2"),
    ]

    result = scored(ATTACKS, matches, device_days=500.0)

    assert {false.level: false.alerts for false in result.false_alerts if false.alerts} == {
        Level.HIGH: 1,
        Level.INFORMATIONAL: 1,
    }
    assert result.false_per_1000_devices_a_day == 2.0
    assert result.noisiest == (("Title of r1", Level.HIGH, 1), ("Title of r2", Level.INFORMATIONAL, 1))


def test_a_step_that_no_sensor_recorded_is_said_apart_once_its_time_has_passed():
    late = [*ATTACKS, labelled("a5", "laboratory", after_seconds=20)]

    steps = {step.key: step for step in scored(late, [], speed=30.0).stories[0].steps}

    assert steps["next-ward"].recorded == 0
    assert steps["laboratory"].recorded == 1


def test_how_soon_is_told_only_where_a_node_received_the_events():
    assert scored(ATTACKS, [matched("a1")]).seconds_to_match == 2.0
    assert scored(ATTACKS, [matched("a1")], received=False).seconds_to_match is None


def test_rules_are_scored_without_a_node(tmp_path, capsys):
    (tmp_path / "rule.yml").write_text(RULE)
    arguments = ["--story", "worm", "--performances", "1", "--hours", "0.02", "--json"]

    assert main(["exercise", "score", "--rules", str(tmp_path), *arguments]) == 0

    result = json.loads(capsys.readouterr().out)
    steps = {step["key"]: step for step in result["stories"][0]["steps"]}
    assert [rule["title"] for rule in steps["arrives"]["by"]] == [
        "A service whose program came by the administrators' share"
    ]
    assert steps["spreads"]["by"] == []
    assert result["everyday_events"] > 0


def test_the_result_is_printed_for_people(tmp_path, capsys):
    (tmp_path / "rule.yml").write_text(RULE)

    main(["exercise", "score", "--rules", str(tmp_path), "--story", "worm", "--performances", "1", "--hours", "0.01"])

    printed = capsys.readouterr().out
    assert "Steps found: " in printed
    assert "False alerts per 1,000 devices a day" in printed


def test_a_node_is_scored_by_its_journal_and_the_exercises_own_ledger(tmp_path):
    home = Home(tmp_path)
    events = all_stories()["worm"].perform(Sector(SIZES["small"]), Stage(start=START, speed=60.0))
    run = ledger.Run(start=START, sector="small", seed=1, rate=10.0, speed=60.0, everyday_per_day=1000.0)
    attacks = [
        ledger.Attack(
            label=e.label, organisation=e.site.record.code, source="src", name=f"r-{n}", at=e.at, document=e.document
        )
        for n, e in enumerate(events)
    ]
    everyday = ledger.Line(everyday=ledger.Everyday(events=2_000))
    book = ledger.Ledger(keys.folder(home) / "ledger.ndjson", run)
    book.write(everyday, *(ledger.Line(attack=attack) for attack in attacks))
    book.close()

    result = of_node(home)

    assert result.device_days == 2.0
    assert result.steps_recorded > 0
    assert result.steps_found == 0


def test_a_node_on_which_no_exercise_ran_says_so(tmp_path, capsys):
    Home(tmp_path).create()
    assert main(["exercise", "score", "--home", str(tmp_path)]) == 2
    assert "no exercise ran" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "title: no rule\n"], ids=["empty", "broken"])
def test_a_folder_without_rules_is_bad_input(tmp_path, capsys, content):
    (tmp_path / "rule.yml").write_text(content)

    assert main(["exercise", "score", "--rules", str(tmp_path), "--hours", "0.01"]) == 2
    assert "no rule" in capsys.readouterr().err
