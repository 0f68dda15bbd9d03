"""Plans from the cache: they match as others do, and a cache that is broken or full costs time and nothing else."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from detect.builders import a_batch, rule_of
from detect.strategies import conditions, events
from watchward.detect.plan import plan
from watchward.detect.plan.kept import MOST
from watchward.detect.sigma.ir import How, Number, Order, Text
from watchward.detect.texts import automaton

RULES = [rule_of(Text("A", How.CONTAINS, "mimi"), 0), rule_of(Text("B", How.EQUALS, "x"), 1)]
BATCH = a_batch({"A": "a mimikatz"}, {"B": "x"}, {"A": "cat"})


def pairs(found) -> list[tuple[int, int]]:
    return list(zip(found.rows.tolist(), found.rules.tolist(), strict=True))


def plans_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("plan-*"))


@settings(max_examples=200)
@given(st.lists(conditions, min_size=1, max_size=5), st.lists(events, min_size=1, max_size=6))
def test_a_plan_from_the_cache_matches_as_one_that_is_laid_out_anew(asked, given_events):
    rules = [rule_of(condition, number) for number, condition in enumerate(asked)]
    batch = a_batch(*given_events)
    expected = pairs(plan.compile(rules).match(batch))

    with TemporaryDirectory() as folder:
        first, second = (plan.compile(rules, cache=Path(folder)) for _ in range(2))

    assert pairs(first.match(batch)) == expected
    assert pairs(second.match(batch)) == expected
    assert second.fields == first.fields


def test_a_plan_is_kept_by_what_its_rules_ask_in_their_order(tmp_path):
    plan.compile(RULES, cache=tmp_path)
    plan.compile(RULES, cache=tmp_path)
    assert len(plans_in(tmp_path)) == 1

    turned = plan.compile(RULES[::-1], cache=tmp_path)

    assert len(plans_in(tmp_path)) == 2
    assert pairs(turned.match(BATCH)) == [(0, 1), (1, 0)]


def test_a_broken_plan_is_laid_out_anew(tmp_path):
    plan.compile(RULES, cache=tmp_path)
    (file,) = plans_in(tmp_path)
    whole = file.read_bytes()
    for content in (b"", whole[:-1], whole[:-9] + b"\0" + whole[-8:], whole[:50]):
        file.write_bytes(content)

        assert pairs(plan.compile(RULES, cache=tmp_path).match(BATCH)) == [(0, 0), (1, 1)]

    assert file.read_bytes() == whole


def test_a_folder_that_cannot_be_written_changes_no_match(tmp_path):
    (tmp_path / "file").touch()

    compiled = plan.compile(RULES, cache=tmp_path / "file")

    assert pairs(compiled.match(BATCH)) == [(0, 0), (1, 1)]


def test_only_some_plans_are_kept(tmp_path):
    for number in range(MOST + 2):
        plan.compile([rule_of(Text("A", How.EQUALS, str(number)), 0)], cache=tmp_path)

    assert len(plans_in(tmp_path)) == MOST


def test_what_a_killed_process_left_is_cleared_away_and_what_is_being_written_is_not(tmp_path):
    left, being_written = tmp_path / ".plan-a.msgpack.x1", tmp_path / ".plan-b.msgpack.x2"
    left.write_bytes(b"half")
    being_written.write_bytes(b"half")
    yesterday = left.stat().st_mtime - 86_400
    os.utime(left, (yesterday, yesterday))

    plan.compile(RULES, cache=tmp_path)

    assert not left.exists()
    assert being_written.exists()


def test_what_no_cache_can_hold_is_laid_out_each_time(tmp_path, monkeypatch):
    large = [rule_of(Number("A", Order.LESS, 2**70), 0)]
    assert pairs(plan.compile(large, cache=tmp_path).match(a_batch({"A": "5"}))) == [(0, 0)]

    monkeypatch.setattr(automaton, "MOST_CELLS", 0)  # every text is one too many
    assert pairs(plan.compile(RULES, cache=tmp_path).match(BATCH)) == [(0, 0), (1, 1)]

    assert plans_in(tmp_path) == []
