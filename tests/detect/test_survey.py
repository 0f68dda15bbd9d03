"""What rules in force see at many organisations."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.builders import rule_with
from telemetry.builders import decoded
from watchward.detect.correlate.rule import Correlation
from watchward.detect.coverage.arrivals import Kind, arrivals
from watchward.detect.coverage.sight import Reach, given_by, sight
from watchward.detect.coverage.survey import Survey, Tally, tactics_of
from watchward.detect.sigma.document import parse
from watchward.detect.sigma.rule import LogSource

CORRELATION = """\
title: Both
id: 3f1c1d6e-0000-4000-8000-00000000000c
tags: [attack.t1110]
correlation:
    type: {type}
    rules: [{rules}]
    group-by: [device]
    timespan: 10m
    condition: {{gte: 2}}
level: high
"""


def a_rule(number, detection, *, tags=("attack.execution", "attack.t1059.001"), **source):
    return replace(
        rule_with(detection),
        id=f"3f1c1d6e-0000-4000-8000-{number:012x}",
        tags=tuple(tags),
        logsource=LogSource(**(source or {"product": "windows", "category": "process_creation"})),
    )


RULES = [
    a_rule(1, "one:\n    Image: a\ncondition: one\n"),
    a_rule(2, "one:\n    Image: a\nother:\n    CommandLine: b\ncondition: one or other\n", tags=("attack.t1059",)),
    a_rule(3, "one:\n    ParentImage: a\n    User: b\ncondition: one\n", tags=("attack.t1490",)),
    a_rule(4, "one:\n    EventID: 4688\n    Image: b\ncondition: one\n", product="windows", service="security"),
    a_rule(5, "one:\n    EventID: 1\ncondition: one\n", product="windows", service="sysmon"),
    a_rule(6, "one:\n    Hashes|contains: IMPHASH=a\ncondition: one\n", tags=()),
    a_rule(7, "one:\n    ScriptBlockText: a\ncondition: one\n", product="windows", category="ps_script"),
]

KINDS = st.builds(
    Kind,
    product=st.just("windows"),
    category=st.sampled_from(["process_creation", "ps_script", None]),
    service=st.sampled_from(["sysmon", "security", "powershell"]),
    number=st.sampled_from(["1", "4688", "4104", None]),
    fields=st.frozensets(st.sampled_from(
        ["EventID", "Image", "CommandLine", "ParentImage", "User", "ScriptBlockText", "Hashes", "Hashes (IMPHASH)"]
    )),
)  # fmt: skip


def kinds_of(*events):
    return [one.kind for one in arrivals(decoded(*events).batch)]


@given(kinds=st.lists(KINDS, max_size=5, unique_by=lambda kind: kind.key))
def test_a_survey_sees_of_each_rule_what_looking_at_it_alone_sees(kinds):
    survey = Survey(RULES)
    tally = survey.of(kinds)
    given = given_by(kinds)

    for place, rule in enumerate(RULES):
        alone = sight(rule, given)
        assert tally.whole[place] == (alone.reach is Reach.WHOLE)
        assert tally.part[place] == (alone.reach is Reach.PART)
        assert tally.eventless[place] == (alone.source is None)
        if alone.reach is Reach.PART:
            assert set(survey.subjects[place].lacking(int(tally.lacking[place]))) == alone.missing


@given(sent=st.lists(st.lists(KINDS, max_size=3), max_size=4))
def test_tallies_add_up_whatever_the_order_and_survive_being_stored(sent):
    survey = Survey(RULES)
    tallies = [survey.of(kinds) for kinds in sent]
    forwards = sum(tallies, start=survey.nothing())
    backwards = sum(reversed(tallies), start=survey.nothing())

    assert forwards.pack() == backwards.pack() == Tally.unpack(forwards.pack()).pack()
    assert forwards.organisations == len(sent)
    assert np.all(forwards.seen + forwards.partly <= len(sent))


def test_a_rule_for_a_sub_technique_counts_for_its_parent_too():
    survey = Survey(RULES)
    tally = survey.of(kinds_of({"Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": 1, "Image": "C:\\a.exe"}))
    seen = {key for key, count in zip(survey.techniques, tally.seen, strict=True) if count}

    assert seen == {"T1059", "T1059.001"}
    assert "T1490" in survey.techniques


@pytest.mark.parametrize(("kind", "sees"), [("event_count", 1), ("temporal", 0)])
def test_a_correlation_sees_with_its_rules(kind, sees):
    one, other = RULES[0], RULES[6]
    (parsed,) = parse(CORRELATION.format(type=kind, rules=f"{one.id}, {other.id}").encode(), Path("both.yml"))
    assert isinstance(parsed, Correlation)
    survey = Survey([one, other], [parsed])
    sysmon = kinds_of({"Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": 1, "Image": "C:\\a.exe"})

    assert survey.of(sysmon).whole.tolist() == [1, 0, sees]
    assert Survey([], [parsed], [one, other]).of(sysmon).whole.tolist() == [sees]


def test_a_technique_that_the_catalogue_does_not_have_serves_what_its_rules_say():
    survey = Survey([a_rule(1, "one:\n    Image: a\ncondition: one\n", tags=("attack.impact", "attack.t9999"))])

    assert tactics_of("T9999", survey.subjects) == ("impact",)
    assert tactics_of("T1486", survey.subjects) == ("impact",)


def test_nobody_sees_where_nothing_is_sent():
    survey = Survey(RULES)

    assert survey.of([]).eventless.tolist() == [1] * len(RULES)
