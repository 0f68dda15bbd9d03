"""What loads as a correlation, what it means, and what is refused and why."""

from datetime import timedelta

import pytest

from detect.correlate.texts import PLAIN, base, loaded, many
from watchward.detect.correlate.expression import expression_of
from watchward.detect.correlate.rule import Bound, Bounds, Either, Every, Kind, Met, Relation, Without
from watchward.detect.sigma.errors import CorrelationError
from watchward.detect.sigma.rule import Level, Refusal
from watchward.detect.sigma.rules import load

FAILED = "53ba33fd-3a50-4468-a5ef-c583635cfa92"
OTHER = "4d0a2c83-c62c-4ed4-b475-c7e23a9269b8"


def test_a_correlation_loads_with_the_id_of_the_rule_that_it_names(tmp_path):
    (found,) = loaded(tmp_path, base(), many()).correlations

    assert (found.kind, found.rules, found.group_by) == (Kind.EVENT_COUNT, (FAILED,), ("User",))
    assert found.timespan == timedelta(minutes=10) / timedelta(microseconds=1)
    assert found.condition == Bounds((Bound(Relation.GTE, 10),))
    assert (found.level, found.is_open) == (Level.HIGH, True)


def test_a_correlation_may_stand_before_its_rule_and_name_it_by_id(tmp_path):
    (found,) = loaded(tmp_path, many(PLAIN.replace("failed", FAILED.upper())), base()).correlations

    assert found.rules == (FAILED,)


def test_two_bounds_make_a_range_which_further_events_can_undo(tmp_path):
    (found,) = loaded(tmp_path, base(), many(PLAIN.replace("gte: 10", "gt: 100\n  lte: 200"))).correlations

    assert isinstance(found.condition, Bounds)
    assert [found.condition.hold(count) for count in (100, 101, 200, 201)] == [False, True, True, False]
    assert not found.is_open


def test_a_temporal_correlation_without_a_condition_wants_all_its_rules(tmp_path):
    text = many(f"type: temporal\nrules: [failed, {OTHER}]\ntimespan: 5m")
    (found,) = loaded(tmp_path, base(), base("other", OTHER), text).correlations

    assert found.condition == Bounds((Bound(Relation.GTE, 2),))
    assert found.group_by == ()


def test_a_boolean_condition_names_the_rules_where_none_are_listed(tmp_path):
    text = many("type: temporal\ntimespan: 5m\ncondition: other and not failed")
    (found,) = loaded(tmp_path, base(), base("other", OTHER), text).correlations

    assert found.rules == (OTHER, FAILED)
    assert found.condition == Every((Met(OTHER), Without(Met(FAILED))))
    assert not found.is_open


def test_and_binds_closer_than_or_and_not_closest():
    assert expression_of("a or b and not c") == Either((Met("a"), Every((Met("b"), Without(Met("c"))))))
    assert expression_of("(a OR b) AND c-1.x") == Every((Either((Met("a"), Met("b"))), Met("c-1.x")))


@pytest.mark.parametrize("text", ["", "a and", "a b", "(a", "a)", "not", "and a", "a & b", "(" * 60 + "a" + ")" * 60])
def test_a_boolean_condition_that_cannot_be_read_is_refused(text):
    with pytest.raises(CorrelationError):
        expression_of(text)


def test_an_alias_says_which_field_of_which_rule_is_meant(tmp_path):
    body = "type: temporal\nrules: [failed, other]\ngroup-by: [ip]\ntimespan: 10s"
    body += "\naliases:\n  ip:\n    failed: A\n    other: B"
    (found,) = loaded(tmp_path, base(), base("other", OTHER), many(body)).correlations

    assert (found.wanted(FAILED), found.wanted(OTHER)) == (("A",), ("B",))


def test_a_correlation_of_correlations_comes_after_those_that_it_reads(tmp_path):
    outer = many("type: temporal\nrules: [many, failed]\ntimespan: 1h", name="outer", id=OTHER)
    found = loaded(tmp_path, outer, many(), base())

    assert [one.name for one in found.correlations] == ["many", "outer"]


def test_a_correlation_without_a_level_has_the_highest_of_its_rules(tmp_path):
    text = many().replace("level: high\n", "")
    (found,) = loaded(tmp_path, base() + "level: critical\n", text).correlations

    assert found.level is Level.CRITICAL


def test_rules_of_its_own_file_are_silent_unless_they_are_generated(tmp_path):
    assert loaded(tmp_path, base(), many()).silent == {FAILED}
    assert loaded(tmp_path, base(), many(PLAIN + "\ngenerate: true")).silent == set()


def test_no_file_silences_the_rules_of_another(tmp_path):
    (tmp_path / "a.yml").write_text(base())
    (tmp_path / "b.yml").write_text(many())

    found = load([tmp_path])

    assert (len(found.correlations), found.silent) == (1, set())


def test_a_name_means_the_rule_of_its_own_file_first(tmp_path):
    (tmp_path / "a.yml").write_text(base(id=OTHER))
    (tmp_path / "b.yml").write_text(base() + "---\n" + many())

    assert load([tmp_path]).correlations[0].rules == (FAILED,)


def test_a_name_that_two_other_files_have_is_refused(tmp_path):
    (tmp_path / "a.yml").write_text(base(id=OTHER))
    (tmp_path / "b.yml").write_text(base())
    (tmp_path / "c.yml").write_text(many())

    (refused,) = load([tmp_path]).rejected

    assert "of which there are 2" in refused.reason


def test_a_missing_rule_is_told_with_file_line_reason_and_advice(tmp_path):
    found = loaded(tmp_path, base("other"), many())

    (refused,) = found.rejected
    assert (refused.kind, refused.path, refused.line) == (Refusal.CORRELATION, tmp_path / "rules.yml", 12)
    assert "'failed', which is not there" in refused.reason
    assert "Load that rule" in refused.advice
    assert len(found.rules) == 1


def test_correlations_in_a_circle_are_refused_and_those_that_read_them(tmp_path):
    one = many("type: event_count\nrules: two\ntimespan: 1h\ncondition:\n  gte: 2", name="one", id=FAILED)
    two = many("type: event_count\nrules: one\ntimespan: 1h\ncondition:\n  gte: 2", name="two", id=OTHER)
    reader = many("type: event_count\nrules: one\ntimespan: 1h\ncondition:\n  gte: 2", name="three")
    found = loaded(tmp_path, reader, one, two)

    assert found.correlations == ()
    assert any("a circle" in refused.reason for refused in found.rejected)
    assert len(found.rejected) == 3


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (PLAIN.replace("event_count", "baseline"), "type 'baseline' is unknown"),
        (PLAIN.replace("type: event_count\n", ""), "has no type"),
        (PLAIN.replace("rules: failed\n", ""), "names no rules"),
        (PLAIN.replace("10m", "ten minutes"), "is not one"),
        (PLAIN.replace("10m", "0s"), "is not one"),
        (PLAIN.replace("10m", "9999y"), "is not one"),
        (PLAIN.replace("timespan: 10m\n", ""), "has no timespan"),
        (PLAIN.replace("gte: 10", "gte: many"), "is not a number"),
        (PLAIN.replace("gte: 10", "gte: .inf"), "is not a number"),
        (PLAIN.replace("gte: 10", "gte: true"), "is not a number"),
        (PLAIN.replace("gte: 10", "above: 10"), "has 'above'"),
        (PLAIN.replace("gte: 10", "field: User"), "compares with nothing"),
        (PLAIN.replace("gte: 10", "gte: 10\n  field: User"), "counts no field's values"),
        (PLAIN.replace("condition:\n  gte: 10", "condition: failed"), "missing or is not one"),
        (PLAIN.replace("event_count", "value_count"), "needs a field"),
        (PLAIN.replace("event_count", "value_sum").replace("gte: 10", "gte: 10\n  field: [A, B]"), "2 fields"),
        (
            PLAIN.replace("event_count", "value_percentile").replace("gte: 10", "gte: 10\n  field: A"),
            "which percentile",
        ),
        (
            PLAIN.replace("event_count", "value_percentile").replace(
                "gte: 10", "gte: 1\n  field: A\n  percentile: 101"
            ),
            "no percentile 101",
        ),
        (PLAIN + "\naliases: [A]", "not a mapping"),
        (PLAIN + "\naliases:\n  a:\n    stranger: A", "does not read"),
        (PLAIN + "\ngenerate: perhaps", "neither true nor false"),
        (PLAIN.replace("rules: failed", "rules: [failed, failed]"), "something twice"),
        (PLAIN.replace("rules: failed", f"rules: [failed, {FAILED}]"), "one rule by two names"),
        ("type: temporal\nrules: [failed]\ntimespan: 1m\ncondition: failed and other", "does not list"),
        ("type: temporal\nrules: [failed, other]\ntimespan: 1m\ncondition: failed", "does not use"),
        ("type: temporal_ordered\nrules: [failed]\ntimespan: 1m\ncondition:\n  lte: 1", "only be counted with"),
    ],
)
def test_what_is_not_a_correlation_is_refused_and_says_why(tmp_path, body, said):
    found = loaded(tmp_path, base(), many(body))

    assert found.correlations == ()
    (refused,) = found.rejected
    assert said in refused.reason
    assert refused.advice


def test_a_correlation_from_the_cache_is_the_same(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    outer = many("type: temporal\ntimespan: 1h\ncondition: many and not (failed or many)", name="outer", id=OTHER)
    first = loaded(folder, base(), many(PLAIN + "\naliases:\n  User:\n    failed: Account"), outer)

    load([folder], cache=tmp_path)

    assert load([folder], cache=tmp_path) == first
