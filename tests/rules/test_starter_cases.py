"""Every rule of the starter pack against the events that its author says it must and must not match."""

import pytest

from rules.starter import RULES, written
from watchward.detect import reference, rules

PACK = written()
LOADED = rules.load([RULES])
CONDITIONS = {rule.path.resolve(): rule.condition for rule in LOADED.rules}

each_rule = pytest.mark.parametrize("written", PACK, ids=lambda one: one.name)


def test_every_rule_of_the_pack_loads():
    assert LOADED.rejected == ()
    assert len(LOADED.rules) == len(PACK)


@each_rule
def test_a_rule_matches_what_it_was_written_for(written):
    condition = CONDITIONS[written.path.resolve()]
    missed = [event for event in written.cases()["matches"] if not reference.matches(condition, event)]
    assert missed == []


@each_rule
def test_a_rule_leaves_near_misses_alone(written):
    condition = CONDITIONS[written.path.resolve()]
    wrong = [event for event in written.cases()["misses"] if reference.matches(condition, event)]
    assert wrong == []
