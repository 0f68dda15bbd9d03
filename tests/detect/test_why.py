"""That an explanation agrees with the reference, part by part, and what it says."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.builders import rule_of, rule_text, rule_with
from detect.strategies import conditions, events
from watchward.detect.explain import account
from watchward.detect.explain.outline import outline_in
from watchward.detect.explain.why import Check, Explained, Group, Join, Named, Verdict, explained, lacks, why
from watchward.detect.reference import matches
from watchward.detect.sigma.document import parse
from watchward.detect.sigma.filters import Filter
from watchward.detect.sigma.ir import ANYWHERE
from watchward.detect.sigma.pack import starter_pack
from watchward.detect.sigma.rule import Rule
from watchward.detect.sigma.rules import load
from watchward.telemetry.batch import joined

SOURCE = ("windows", "process_creation", "sysmon")
EVENT = {"Image": r"C:\vssadmin.exe", "CommandLine": "vssadmin list shadows", "User": "PORTER", "Empty": ""}


def checks_of(part: Explained):
    if isinstance(part, Check):
        yield part
    else:
        for inner in part.parts:
            yield from checks_of(inner)


def holds_when(part: Explained, otherwise: set[int]) -> bool:
    """Whether a part would hold if some of its comparisons came out otherwise."""
    match part:
        case Check():
            return part.holds != (id(part) in otherwise)
        case Group(join=Join.ALL):
            return all(holds_when(inner, otherwise) for inner in part.parts)
        case Group(join=Join.ANY):
            return any(holds_when(inner, otherwise) for inner in part.parts)
        case Group():
            return not holds_when(part.parts[0], otherwise)


@given(conditions, events)
def test_an_explanation_agrees_with_the_reference_in_each_part(condition, event):
    found = explained(Named(name="", condition=condition), event)

    assert found.holds == matches(condition, event) == holds_when(found, set())
    for check in checks_of(found):
        assert check.holds == matches(check.leaf, event)
        assert check.there == (bool(event) if check.leaf.field == ANYWHERE else check.leaf.field in event)


@given(conditions, events)
def test_what_is_lacking_is_just_what_would_have_to_be_otherwise(condition, event):
    found = explained(Named(name="", condition=condition), event)
    missing = lacks(found)

    assert (missing == ()) == found.holds
    if all(lack.checks for lack in missing):
        assert holds_when(found, {id(lack.checks[0]) for lack in missing})
        for left_out in missing if len({id(lack.checks[0]) for lack in missing}) == len(missing) else ():
            assert (
                not holds_when(found, {id(lack.checks[0]) for lack in missing if lack is not left_out}) or not missing
            )


@given(conditions, events, st.sampled_from([SOURCE, ("linux", None, None)]))
def test_it_can_always_be_put_into_words(condition, event, source):
    found = why(rule_of(condition), event, source=source)

    assert account.headline(found)
    assert all(line.text for line in account.lines(found.condition))
    assert all(account.lacking(lack) for lack in found.lacks)


def told(detection: str, event=EVENT, source=SOURCE):
    text = rule_text(detection).encode()
    (rule,) = parse(text, Path("rule.yml"))
    assert isinstance(rule, Rule), rule
    found = why(rule, event, source=source, outline=outline_in(text, rule))
    return found, [account.lacking(lack) for lack in found.lacks]


@pytest.mark.parametrize(
    ("detection", "said"),
    [
        (
            "selection:\n  CommandLine|contains: -enc\ncondition: selection",
            ["selection → CommandLine contains '-enc': the event has 'vssadmin list shadows'"],
        ),
        ("s:\n  ParentImage: x\ncondition: s", ["s → ParentImage is 'x': the event has no ParentImage"]),
        ("s:\n  Empty: x\ncondition: s", ["s → Empty is 'x': the event has Empty without a value"]),
        (
            "s:\n  Image|endswith: vssadmin.exe\nf:\n  User: porter\ncondition: s and not f",
            ["f → User is not 'porter': the event has 'PORTER'"],
        ),
        (
            "s:\n  CommandLine|contains: [delete, resize]\ncondition: s",
            ["s → CommandLine contains any of 'delete', 'resize': the event has 'vssadmin list shadows'"],
        ),
        (
            "s:\n  CommandLine|contains|all: [list, delete]\ncondition: s",
            ["s → CommandLine contains 'delete': the event has 'vssadmin list shadows'"],
        ),
        ("k: [mimikatz]\ncondition: k", ["k → some value contains 'mimikatz': nothing in the event does"]),
        ("s:\n  User: null\ncondition: s", ["s → User is missing: the event has 'PORTER'"]),
        ("s:\n  Gone|exists: true\ncondition: s", ["s → Gone is there: the event has no Gone"]),
        ("s:\n  User|re: ^J\ncondition: s", ["s → User has /^J/: the event has 'PORTER'"]),
        (
            "s:\n  User|cidr: 10.0.0.0/8\ncondition: s",
            ["s → User lies in the network 10.0.0.0/8: the event has 'PORTER'"],
        ),
        ("s:\n  User|gt: 5\ncondition: s", ["s → User is more than 5: the event has 'PORTER'"]),
        ("s:\n  User|hour: 5\ncondition: s", ["s → the hour of User (UTC) is 5: the event has 'PORTER'"]),
        (
            "s:\n  User|fieldref: Image\ncondition: s",
            [r"s → User is the same as Image: the event has 'PORTER', and Image 'C:\vssadmin.exe'"],
        ),
        (
            "s_a:\n  User: a\n  Image: b\ns_b:\n  User: b\ncondition: 1 of s_*",
            ["s_b → User is 'b': the event has 'PORTER' (or another way)"],
        ),
    ],
)
def test_a_near_miss_says_which_part_failed_and_what_the_event_has(detection, said):
    found, missing = told(detection)

    assert found.verdict is Verdict.NOT_MET
    assert missing == said


def test_the_log_source_comes_first():
    found, _ = told("s:\n  User: porter\ncondition: s", source=("windows", "image_load", None))

    assert found.verdict is Verdict.OTHER_EVENTS
    assert account.headline(found).startswith("The rule does not read events like this one")
    assert account.headline(found).endswith("it is for windows/process_creation, and this is windows/image_load.")


def test_what_matched_is_told_with_the_names_of_its_parts():
    detection = (
        "selection_img:\n  Image|endswith: [a.exe, vssadmin.exe, c.exe]\n"
        "selection_cli:\n  CommandLine|contains: list\n"
        "filter_main:\n  User: SYSTEM\ncondition: all of selection_* and not 1 of filter_*"
    )
    found, _ = told(detection)

    assert account.headline(found) == "The rule matches this event."
    assert [(line.depth, line.good, line.name, line.text, line.seen) for line in account.lines(found.condition)] == [
        (0, True, "", "all of these", ""),
        (1, True, "all of selection_*", "all of these", ""),
        (2, True, "selection_img", r"Image ends with 'vssadmin.exe'", r"the event has 'C:\vssadmin.exe'"),
        (2, True, "selection_cli", "CommandLine contains 'list'", "the event has 'vssadmin list shadows'"),
        (1, True, "not filter_main", "User is not 'SYSTEM'", "the event has 'PORTER'"),
    ]


def test_a_filter_that_hides_it_is_told_by_its_title(tmp_path):
    text = (
        "title: Porters may\nlogsource: {product: windows}\n"
        "filter:\n  rules: any\n  selection:\n    User: porter\n  condition: selection\n"
    )
    (porters,) = parse(text.encode(), tmp_path)
    assert isinstance(porters, Filter)
    rule = rule_with("s:\n  Image|contains: vssadmin\ncondition: s")

    found = why(rule, EVENT, source=SOURCE, filters=[porters])

    assert found.verdict is Verdict.HIDDEN
    assert "“Porters may” hides it" in account.headline(found)


def test_of_a_list_only_the_values_that_meet_it_are_told():
    found, _ = told("s:\n  User: b\ncondition: s", {"User": joined(["a", "b"])})

    (line,) = account.lines(found.condition)
    assert line.seen == "the event has 'b'"


def test_of_a_long_value_the_part_that_matters_is_told():
    found, _ = told("s:\n  User|contains: needle\ncondition: s", {"User": "hay " * 300 + "needle" + " hay" * 300})

    (line,) = account.lines(found.condition)
    assert "needle" in line.seen
    assert len(line.seen) < 200


def test_each_rule_of_the_pack_has_an_outline_that_asks_the_same():
    for rule in load([starter_pack()]).rules:
        outline = outline_in(rule.path.read_bytes(), rule)
        found = explained(outline, {})
        assert found.holds == matches(rule.condition, {})
        assert {check.leaf for check in checks_of(found)} == {
            check.leaf for check in checks_of(explained(Named(name="", condition=rule.condition), {}))
        }
