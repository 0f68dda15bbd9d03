from datetime import UTC, datetime, timedelta

import pytest

from detect.builders import a_batch
from watchward.base.clock import HeldClock, SystemClock
from watchward.gateway.rules import Rules

RULE = """
title: {title}
id: 6f1c2a34-0000-4000-8000-00000000000{number}
status: test
logsource: {{product: windows}}
detection:
    selection: {{{field}: x}}
    condition: selection
level: high
"""


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "rules"
    made.mkdir()
    (made / "one.yml").write_text(RULE.format(title="one", number=1, field="Image"))
    return made


@pytest.fixture
def rules(folder, tmp_path):
    (tmp_path / "cache").mkdir()
    return Rules([folder, tmp_path / "not there"], cache=tmp_path / "cache", clock=SystemClock())


def titles(rules):
    return [rule.title for rule in rules.current.plan.rules]


def test_a_new_rule_is_in_force_after_the_next_look_and_its_fields_have_columns(rules, folder):
    (folder / "two.yml").write_text(RULE.format(title="two", number=2, field="AFieldOfTheSite"))

    rules.look()

    assert titles(rules) == ["one", "two"]
    assert "AFieldOfTheSite" in rules.current.decoder.registry


def test_while_nothing_changes_the_plan_and_what_it_remembers_stay(rules):
    before = rules.current

    rules.look()

    assert rules.current is before


def test_what_is_unpacked_beside_the_rules_is_no_change_but_a_version_that_stays_in_force_is(rules, folder):
    before = rules.current
    for name in (".incoming-x", ".release.previous", ".release.earlier"):
        rules.look()
        assert rules.current is before
        (folder / name).mkdir()
        (folder / name / "two.yml").write_text(RULE.format(title="two", number=2, field="Image"))

    rules.look()

    assert rules.current is not before


def test_a_fault_for_one_set_of_rules_leaves_the_one_before_in_force_and_the_next_is_taken_in(
    rules, folder, monkeypatch
):
    with monkeypatch.context() as during:
        during.setattr("watchward.gateway.rules.plans.compile", lambda *_, **__: 1 // 0)
        (folder / "two.yml").write_text(RULE.format(title="two", number=2, field="Image"))
        rules.look()
    assert titles(rules) == ["one"]

    (folder / "three.yml").write_text(RULE.format(title="three", number=3, field="Image"))
    rules.look()

    assert titles(rules) == ["one", "three", "two"]


def test_a_broken_rule_is_counted_and_the_others_stay_in_force(rules, folder):
    (folder / "broken.yml").write_text("title: [")

    rules.look()

    assert titles(rules) == ["one"]
    assert rules.current.refused == 1


def test_a_rule_that_is_removed_is_no_longer_in_force(rules, folder):
    (folder / "one.yml").unlink()

    rules.look()

    assert titles(rules) == []


FILTER = """
title: normal
id: 9f1c2a34-0000-4000-8000-000000000009
expires: 2026-03-02
logsource: {product: windows}
filter:
    rules: 6f1c2a34-0000-4000-8000-000000000001
    selection: {User: jo}
    condition: selection
"""


def test_an_expired_filter_is_out_of_force_after_the_next_look_though_no_file_changed(folder, tmp_path):
    (folder / "normal.yml").write_text(FILTER)
    clock = HeldClock(at=datetime(2026, 3, 1, 23, tzinfo=UTC))
    rules = Rules([folder], cache=tmp_path, clock=clock)
    event = a_batch({"Image": "x", "User": "jo"})
    before = rules.current
    assert set(before.purposes.hidden.values()) == {"9f1c2a34-0000-4000-8000-000000000009"}
    assert [before.plan.rules[rule].digest in before.purposes.hidden for rule in before.plan.match(event).rules] == [
        True
    ]

    rules.look()
    assert rules.current is before
    clock.advance(timedelta(hours=1))
    rules.look()

    assert not rules.current.purposes.hidden
    assert len(rules.current.plan.match(event)) == 1
