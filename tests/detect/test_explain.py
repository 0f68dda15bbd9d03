import pytest
from hypothesis import given

from detect.builders import rule_of, rule_with
from detect.strategies import conditions, events
from watchward.detect.explain.fields import matched_fields
from watchward.detect.reference import matches

EVENT = {"Image": r"C:\vssadmin.exe", "CommandLine": "vssadmin delete shadows", "User": "PORTER"}


@pytest.mark.parametrize(
    ("detection", "fields"),
    [
        ("s:\n  Image|endswith: vssadmin.exe\n  CommandLine|contains: delete\ncondition: s", ["Image", "CommandLine"]),
        ("s:\n  Image|endswith: vssadmin.exe\nf:\n  User: SYSTEM\ncondition: s and not f", ["Image"]),
        ("s:\n  - Image|endswith: other.exe\n  - CommandLine|contains: delete\ncondition: s", ["CommandLine"]),
        ("s:\n  User|exists: true\ncondition: s", ["User"]),
        ("s: [shadows]\ncondition: s", ["CommandLine"]),
        ("s:\n  ParentImage: null\n  User: porter\ncondition: s", ["User"]),
        ("s:\n  Image|fieldref: Image\ncondition: s", ["Image"]),
        ("s:\n  User: SYSTEM\ncondition: s", []),
    ],
)
def test_the_fields_that_made_a_rule_match_are_named(detection, fields):
    assert matched_fields(rule_with(detection), EVENT) == {name: EVENT[name] for name in fields}


@given(conditions, events)
def test_what_is_named_is_in_the_event_and_only_when_the_rule_matches(condition, event):
    found = matched_fields(rule_of(condition), event)

    assert found.items() <= event.items()
    assert matches(condition, event) or not found
