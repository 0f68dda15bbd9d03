"""What filters hide, and from which rules (ADR 0123)."""

import pytest

from detect.builders import rule_text
from watchward.detect.reference import matches
from watchward.detect.sigma.rule import Refusal
from watchward.detect.sigma.rules import load

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
