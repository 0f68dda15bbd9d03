"""Filters that leave nothing of a rule are found, and none is called so that does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.builders import rule_text, rule_with
from detect.strategies import conditions, events
from watchward.detect.reference import matches
from watchward.detect.sigma.covering import covers
from watchward.detect.sigma.ir import All, Not, Some
from watchward.detect.sigma.rule import Refusal
from watchward.detect.sigma.rules import load


@given(conditions, conditions, events, st.sampled_from(["as it is", "weaker", "stronger"]))
def test_what_a_filter_is_said_to_cover_it_hides(hidden, rule, event, how):
    # Conditions drawn apart rarely cover each other: so one is often made from the other.
    hidden = {"as it is": hidden, "weaker": Some((rule, hidden)), "stronger": rule}[how]
    rule = All((rule, Not(hidden))) if how == "as it is" else rule

    if covers(hidden, rule) and matches(rule, event):
        assert matches(hidden, event)


@given(conditions)
def test_a_condition_covers_itself_and_what_asks_for_more(condition):
    assert covers(condition, condition)
    assert covers(condition, All((condition, Not(Some(())))))


def asked(detection: str):
    return rule_with(f"{detection}\ncondition: s").condition


@pytest.mark.parametrize(
    ("hidden", "rule", "covered"),
    [
        ("s:\n  Image|endswith: rar.exe", "s:\n  Image|endswith: winrar.exe\n  User: jo", True),
        ("s:\n  Image|endswith: rar.exe", "s:\n  Image|endswith: [winrar.exe, tar.exe]", False),
        ("s:\n  Image|contains: ar.exe", "s:\n  Image|endswith: [winrar.exe, tar.exe]", True),
        ("s:\n  Image: '*'", "s:\n  Image|endswith: rar.exe", True),
        ("s:\n  User: '*'", "s:\n  Image|endswith: rar.exe", False),
        ("s:\n  Image|endswith: rar.exe\n  User: jo", "s:\n  Image|endswith: rar.exe", False),
        ("s: [rar]", "s:\n  Image|endswith: winrar.exe", True),
        ("s:\n  Image|endswith|cased: rar.exe", "s:\n  Image|endswith: rar.exe", False),
    ],
)
def test_plain_cases_are_told_apart(hidden, rule, covered):
    assert covers(asked(hidden), asked(rule)) is covered


FILTER = "title: Normal\nlogsource: {{product: windows}}\nfilter:\n  rules: any\n  s:\n    {asks}\n  condition: s\n"


@pytest.mark.parametrize("asks", ["Image|endswith: exe", "Image: '*'", "User: '*'"])
def test_a_filter_that_hides_everything_is_named_when_rules_load(tmp_path, asks):
    (tmp_path / "a.yml").write_text(rule_text("s:\n  Image|endswith: rar.exe\ncondition: s"))
    (tmp_path / "b.yml").write_text(FILTER.format(asks=asks))

    (told,) = load([tmp_path]).rejected

    assert (told.kind, told.path.name) == (Refusal.FILTER, "b.yml")
    assert "hides everything that “Backups Deleted” could find" in told.reason


def test_a_placeholder_that_stands_for_anything_is_named(tmp_path):
    (tmp_path / "placeholders.yml").write_text("Administrators: ['*']\nServers: ['srv*']\n")

    (told,) = load([tmp_path]).rejected

    assert (told.kind, "%Administrators%" in told.reason) == (Refusal.PLACEHOLDER, True)
