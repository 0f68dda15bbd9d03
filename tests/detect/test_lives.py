import json

import pytest

from detect.builders import rule_text
from watchward.base.errors import BadSetupError
from watchward.detect.lives import lives
from watchward.detect.lives.lives import Lives, Standing
from watchward.detect.sigma.rules import load

ONE, TWO = "6f1c2a34-0000-4000-8000-000000000001", "6f1c2a34-0000-4000-8000-000000000002"


def a_rule(identifier, value="x"):
    return (
        f"title: Rule {value}\nid: {identifier}\nstatus: test\nlevel: high\nlogsource: {{product: windows}}\n"
        f"detection:\n  s: {{Image: {value}}}\n  condition: s\n"
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "one.yml").write_text(a_rule(ONE))
    (tmp_path / "release" / "two.yml").write_text(a_rule(TWO))
    return tmp_path


def decide(folder, **standings):
    names = {"one": ONE, "two": TWO}
    (folder / lives.FILE).write_text(lives.text_of({names[name]: standing for name, standing in standings.items()}))


def test_rules_of_which_nothing_was_decided_are_in_force(folder):
    found = lives.load([folder])

    assert [rule.id for rule in found.rules] == [ONE, TWO]
    assert found.trial == frozenset()


def test_a_rule_that_is_off_is_not_run_and_one_on_trial_is_told_apart(folder):
    decide(folder, one=Standing.OFF, two=Standing.TRIAL)
    found = lives.load([folder])

    assert [rule.id for rule in found.rules] == [TWO]
    assert found.trial == {found.rules[0].digest}


def test_an_earlier_version_stays_in_force_beside_the_one_on_trial_and_no_longer(folder):
    earlier = folder / lives.EARLIER.format("release")
    earlier.mkdir()
    (earlier / f"{ONE}.yml").write_text(a_rule(ONE, "before"))
    decide(folder, one=Standing.TRIAL)
    found = lives.load([folder])
    versions = [(rule.title, rule.digest in found.trial) for rule in found.rules if rule.id == ONE]

    assert versions == [("Rule x", True), ("Rule before", False)]

    decide(folder)
    assert [rule.title for rule in lives.load([folder]).rules] == ["Rule x", "Rule x"]


def test_of_a_file_with_several_rules_only_the_one_that_it_is_kept_for_stays_in_force(folder):
    for name in ("one.yml", "two.yml"):
        (folder / "release" / name).unlink()
    (folder / "release" / "both.yml").write_text(f"{a_rule(ONE, 'now')}---\n{a_rule(TWO, 'new')}")
    earlier = folder / lives.EARLIER.format("release")
    earlier.mkdir()
    (earlier / f"{ONE}.yml").write_text(f"{a_rule(ONE, 'before')}---\n{a_rule(TWO, 'new')}")
    decide(folder, one=Standing.TRIAL, two=Standing.TRIAL)
    found = lives.load([folder])
    versions = {(rule.title, rule.digest in found.trial) for rule in found.rules}

    assert versions == {("Rule now", True), ("Rule before", False), ("Rule new", True)}


def test_each_of_two_rules_of_one_file_that_changed_has_its_earlier_version(folder):
    for name, number in (("one.yml", ONE), ("two.yml", TWO)):
        (folder / "release" / name).write_text(a_rule(number, f"now {name}"))
    earlier = folder / lives.EARLIER.format("release")
    earlier.mkdir()
    for number in (ONE, TWO):
        (earlier / f"{number}.yml").write_text(f"{a_rule(ONE, 'one before')}---\n{a_rule(TWO, 'two before')}")
    decide(folder, one=Standing.TRIAL, two=Standing.TRIAL)
    found = lives.load([folder])

    assert {rule.title for rule in found.rules if rule.digest not in found.trial} == {
        "Rule one before",
        "Rule two before",
    }


def test_a_filter_of_the_site_hides_from_the_earlier_version_too(folder):
    earlier = folder / lives.EARLIER.format("release")
    earlier.mkdir()
    (earlier / f"{ONE}.yml").write_text(a_rule(ONE))
    (folder / "filter.yml").write_text(
        f"title: Known\nlogsource: {{product: windows}}\n"
        f"filter:\n  rules: [{ONE}]\n  s: {{User: svc}}\n  condition: s\n"
    )
    decide(folder, one=Standing.TRIAL)

    assert len(lives.load([folder]).rules) == 2  # the same, so that none need stand in


def test_a_rule_that_only_serves_correlations_is_never_on_trial(folder):
    correlation = f"title: Many\nid: {TWO}\ncorrelation:\n  type: event_count\n  rules: {ONE}\n  timespan: 1h\n"
    correlation += "  group-by: User\n  condition: {gte: 2}\nlevel: high\n"
    (folder / "release" / "one.yml").write_text(a_rule(ONE) + "---\n" + correlation)
    (folder / "release" / "two.yml").unlink()
    decide(folder, one=Standing.TRIAL, two=Standing.TRIAL)
    found = lives.load([folder])

    assert (found.trial, found.trial_correlations) == (frozenset(), {TWO})


def test_a_correlation_that_only_serves_another_is_never_on_trial(folder):
    inner = f"title: Many\nid: {TWO}\nname: many\ncorrelation:\n  type: event_count\n  rules: {ONE}\n  timespan: 1h\n"
    inner += "  group-by: User\n  condition: {gte: 2}\n"
    outer = inner.replace(TWO, TWO[:-1] + "3").replace(f"rules: {ONE}", "rules: many").replace("name: many", "name: x")
    (folder / "release" / "two.yml").write_text(f"{inner}---\n{outer}")
    decide(folder, two=Standing.TRIAL)
    found = lives.load([folder])

    assert (TWO in found.silent, found.trial_correlations) == (True, frozenset())
    fresh = lives.newcomers(load([folder / "release" / "one.yml"]), load([folder]))
    assert [rule.id for rule in fresh.new] == [TWO[:-1] + "3"]


def test_a_correlation_that_is_off_is_not_run(folder):
    correlation = f"title: Many\nid: {TWO}\ncorrelation:\n  type: event_count\n  rules: {ONE}\n  timespan: 1h\n"
    correlation += "  group-by: User\n  condition: {gte: 2}\nlevel: high\n"
    (folder / "release" / "two.yml").write_text(correlation)
    decide(folder, two=Standing.OFF)

    assert lives.load([folder]).correlations == ()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 1, "rules": {"a": "maybe"}}'])
def test_decisions_that_cannot_be_read_are_told(folder, content):
    (folder / lives.FILE).write_text(content)

    with pytest.raises(BadSetupError, match="cannot be read"):
        lives.load([folder])
    assert len(lives.load([folder], decided=Lives()).rules) == 2


def test_the_file_names_only_what_is_not_in_force():
    text = lives.text_of({ONE: Standing.FORCE, TWO: Standing.OFF})

    assert json.loads(text) == {"version": 1, "rules": {TWO: "off"}}


def test_what_is_said_about_a_rule_is_no_part_of_what_it_detects(tmp_path):
    for number, title in enumerate(("One", "Another")):
        (tmp_path / f"{number}.yml").write_text(
            rule_text("s:\n  A: x\ncondition: s").replace("title: ", f"title: {title} ")
        )
    rules = [lives.load([tmp_path / f"{number}.yml"]).rules[0] for number in range(2)]

    assert rules[0].title != rules[1].title
    assert lives.fingerprint(rules[0]) == lives.fingerprint(rules[1])


@pytest.mark.parametrize("value", ["x", "y"])
def test_a_rule_that_loses_the_correlation_that_it_served_is_new_and_has_no_version_before(tmp_path, value):
    correlation = f"title: Many\nid: {TWO}\ncorrelation:\n  type: event_count\n  rules: {ONE}\n  timespan: 1h\n"
    correlation += "  group-by: User\n  condition: {gte: 2}\nlevel: high\n"
    before, after = tmp_path / "before", tmp_path / "after"
    for folder, text in ((before, a_rule(ONE) + "---\n" + correlation), (after, a_rule(ONE, value))):
        folder.mkdir()
        (folder / "one.yml").write_text(text)
    found = lives.newcomers(load([before]), load([after]))

    assert ([rule.id for rule in found.new], found.changed) == ([ONE], ())


def test_a_correlation_that_speaks_for_a_rule_in_force_is_no_newcomer_to_be_tried(tmp_path):
    correlation = f"title: Many\nid: {TWO}\ncorrelation:\n  type: event_count\n  rules: {ONE}\n  timespan: 1h\n"
    correlation += "  group-by: User\n  condition: {gte: 2}\nlevel: high\n"
    before, after = tmp_path / "before", tmp_path / "after"
    for folder, text in ((before, a_rule(ONE)), (after, a_rule(ONE) + "---\n" + correlation)):
        folder.mkdir()
        (folder / "one.yml").write_text(text)
    found = lives.newcomers(load([before]), load([after]))

    assert (found.new, found.changed) == ((), ())
