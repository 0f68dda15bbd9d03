"""What filters hide, and from which rules (ADR 0123)."""

from datetime import datetime

import pytest

from detect.builders import a_batch, a_column, rule_text
from watchward.base.clock import HeldClock
from watchward.detect.events import event_at
from watchward.detect.plan.plan import compile as compile_plan
from watchward.detect.reference import matches
from watchward.detect.sigma.rule import Refusal
from watchward.detect.sigma.rules import filters_in, load

RULE = rule_text("s:\n  Image|endswith: rar.exe\ncondition: s")
ID = "3f1c1d6e-0000-4000-8000-000000000001"

FILTER = """\
title: Administrators may
logsource:
  product: windows
  category: process_creation
filter:
  rules: {rules}
  selection:
    User|startswith: adm_
  other:
    User: backup
  condition: {condition}
"""


def loaded(folder, rules: str = "any", condition: str = "selection", text: str = RULE):
    (folder / "a.yml").write_text(text)
    (folder / "b.yml").write_text(FILTER.format(rules=rules, condition=condition))
    return load([folder])


def shows(found, user: str) -> bool:
    (rule,) = found.rules
    return matches(rule.condition, {"Image": r"C:\rar.exe", "User": user})


@pytest.mark.parametrize("rules", ["any", "[]", ID, f"[{ID}, {ID.upper()}]"])
@pytest.mark.parametrize("condition", ["selection", "not selection"])
def test_a_filter_hides_its_selection_in_either_way_of_writing_it(tmp_path, rules, condition):
    found = loaded(tmp_path, rules, condition)

    assert found.rejected == ()
    assert (shows(found, "adm_jo"), shows(found, "jo")) == (False, True)


@pytest.mark.parametrize(
    "condition", ["1 of them", "not selection and not other", "not 1 of them", "selection or other"]
)
def test_a_filter_may_hide_several_things(tmp_path, condition):
    found = loaded(tmp_path, condition=condition)

    assert [shows(found, user) for user in ("adm_jo", "backup", "jo")] == [False, False, True]


@pytest.mark.parametrize(
    ("asks", "kept"), [("User: '*'", {}), ("User|exists: true", {}), ("User|neq: nobody", {"User": "nobody"})]
)
def test_a_filter_whose_values_negate_still_hides_what_it_selects(tmp_path, asks, kept):
    (tmp_path / "a.yml").write_text(RULE)
    text = FILTER.format(rules="any", condition="selection").replace("User|startswith: adm_", asks)
    (tmp_path / "b.yml").write_text(text)

    (rule,) = load([tmp_path]).rules

    assert [matches(rule.condition, {"Image": "rar.exe", **user}) for user in ({"User": "jo"}, kept)] == [False, True]


def test_a_filter_names_a_rule_by_its_name(tmp_path):
    found = loaded(tmp_path, "packer", text=RULE.replace("title:", "name: packer\ntitle:"))

    assert not shows(found, "adm_jo")


def test_a_filter_leaves_rules_alone_that_it_does_not_name(tmp_path):
    found = loaded(tmp_path, "[4d0a2c83-c62c-4ed4-b475-c7e23a9269b8]")

    assert shows(found, "adm_jo")


def test_a_filter_for_a_rule_that_is_not_there_is_told_and_stays_in_force_for_others(tmp_path):
    found = loaded(tmp_path, f"[{ID}, gone]")

    assert not shows(found, "adm_jo")
    assert [(one.kind, one.path.name) for one in found.rejected] == [(Refusal.FILTER, "b.yml")]


def test_a_filter_for_other_events_leaves_a_rule_alone(tmp_path):
    found = loaded(tmp_path, text=RULE.replace("process_creation", "image_load"))

    assert shows(found, "adm_jo")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  rules: any\n", "", "which rules it is for"),
        ("  condition: selection\n", "", "exactly one condition"),
        ("  condition: selection\n", "  condition: [selection, other]\n", "exactly one condition"),
        ("  product: windows\n  category: process_creation\n", "  product:\n", "log source says nothing"),
        ("User|startswith", "User|beginswith", "beginswith"),
    ],
)
def test_what_is_not_a_filter_is_refused_and_says_why(tmp_path, old, new, said):
    text = FILTER.format(rules="any", condition="selection").replace(old, new)
    (tmp_path / "a.yml").write_text(text)

    (refused,) = load([tmp_path]).rejected

    assert said in refused.reason


def test_a_wrong_modifier_is_found_at_its_line(tmp_path):
    text = FILTER.format(rules="any", condition="selection").replace("User: backup", "User|beginswith: x")
    (tmp_path / "a.yml").write_text(text)

    (refused,) = load([tmp_path]).rejected

    assert refused.line == text.splitlines().index("    User|beginswith: x") + 1


def test_a_filter_from_the_cache_is_the_same(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    first = loaded(folder, condition="not 1 of them")

    load([folder], cache=tmp_path)

    assert load([folder], cache=tmp_path) == first


@pytest.mark.parametrize(("today", "hides"), [("2026-02-28", True), ("2026-03-01", False), ("2027-01-01", False)])
@pytest.mark.parametrize("cached", [False, True])
def test_a_filter_is_out_of_force_from_the_day_that_it_names(tmp_path, today, hides, cached):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.yml").write_text(RULE)
    text = FILTER.format(rules="any", condition="selection").replace("logsource:", "expires: 2026-03-01\nlogsource:")
    (folder / "b.yml").write_text(text)
    clock = HeldClock(at=datetime.fromisoformat(f"{today}T12:00:00+00:00"))
    for _ in range(1 + cached):
        found = load([folder], cache=tmp_path if cached else None, clock=clock)

    assert shows(found, "adm_jo") is not hides
    assert (len(found.filters), len(found.expired)) == (hides, not hides)


def test_an_expiry_that_is_no_day_is_refused_at_its_line(tmp_path):
    text = FILTER.format(rules="any", condition="selection").replace("logsource:", "expires: soon\nlogsource:")
    (tmp_path / "b.yml").write_text(text)

    (refused,) = load([tmp_path]).rejected

    assert (refused.line, "no day" in refused.reason) == (2, True)


def test_a_filter_for_one_device_of_one_organisation_hides_nothing_elsewhere(tmp_path):
    (tmp_path / "a.yml").write_text(RULE)
    asks = "    User|startswith: adm_\n    '@device': ward-7-pc\n    '@organisation': [XA1, XA2]"
    text = FILTER.format(rules="any", condition="selection").replace("    User|startswith: adm_", asks)
    (tmp_path / "b.yml").write_text(text)
    plan = compile_plan(load([tmp_path]).rules)
    event = {"Image": r"C:\rar.exe", "User": "adm_jo"}

    assert plan.fields == {"Image", "User"}
    for device, organisation, hides in [("WARD-7-PC", "XA1", 1), ("OTHER", "XA1", 0), ("WARD-7-PC", "XA9", 0)]:
        batch = a_batch(event, device=a_column([device]), organisation=a_column([organisation]))
        assert len(plan.match(batch)) == 1 - hides
        asked_for = event_at(batch, 0, ["Image", "User", "@device", "@organisation"])
        assert matches(plan.rules[0].condition, asked_for) is not bool(hides)


def test_a_file_that_becomes_a_filter_is_found_at_the_next_look(tmp_path):
    path = tmp_path / "one.yml"
    path.write_text("title: Not yet\n")
    assert filters_in([tmp_path]) == ()
    path.write_text(
        "title: Now\nlogsource: {product: windows}\nfilter:\n  rules: any\n  s: {User: svc}\n  condition: s\n"
    )

    assert [one.title for one in filters_in([tmp_path])] == ["Now"]
