"""Every rule of the starter pack against the events that its author says it must and must not match."""

from itertools import chain

import pytest

from rules.starter import RULES, a_batch, written
from watchward.detect import reference
from watchward.detect.plan import plan
from watchward.detect.sigma import rules
from watchward.detect.sigma.logsource import applies

PACK = written()
LOADED = rules.load([RULES])
BY_PATH = {rule.path.resolve(): rule for rule in LOADED.rules}
SOURCES = ("product", "category", "service")

each_rule = pytest.mark.parametrize("written", PACK, ids=lambda one: one.name)


def test_every_rule_of_the_pack_loads():
    assert LOADED.rejected == ()
    assert len([rule for rule in LOADED.rules if rule.id not in LOADED.silent]) == len(PACK)


@each_rule
def test_a_rule_matches_what_it_was_written_for_and_leaves_near_misses_alone(written):
    condition = BY_PATH[written.path.resolve()].condition
    cases = written.cases()
    assert set(cases) == {"matches", "misses"}
    assert cases["matches"]
    assert cases["misses"]
    assert [event for event in cases["matches"] if not reference.matches(condition, event)] == []
    assert [event for event in cases["misses"] if reference.matches(condition, event)] == []


def test_the_columnar_plan_finds_in_all_events_what_the_plain_reference_finds():
    events = [
        {**written.envelope(), **event} for written in PACK for event in chain.from_iterable(written.cases().values())
    ]
    compiled = plan.compile(LOADED.rules)
    found = compiled.match(a_batch(events))
    expected = {
        (row, number)
        for row, event in enumerate(events)
        for number, rule in enumerate(compiled.rules)
        if applies(rule.logsource, **{part: event.get(part) for part in SOURCES})
        and reference.matches(rule.condition, {name: text for name, text in event.items() if name not in SOURCES})
    }
    assert set(zip(found.rows.tolist(), found.rules.tolist(), strict=True)) == expected
