"""The evaluator finds what the slow reference finds, however the stream comes (ADR 0121)."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from detect.correlate.streams import (
    SECOND,
    batches,
    by_id,
    correlation,
    found,
    late_by,
    matched,
    outcome_of,
    seen,
    some_correlations,
    some_events,
)
from watchward.detect.correlate import program
from watchward.detect.correlate.engine import Correlator
from watchward.detect.correlate.marks import Lateness

LATENESS = Lateness(usual=timedelta(seconds=30))
CUTS = st.lists(st.integers(0, 40), max_size=6)
AFTER_ALL = 1_000 * SECOND
DELAYS = st.lists(st.integers(0, 30), min_size=1, max_size=8)


def without_parts(findings):
    """Findings without those that they were made of: a provisional one is not told anew where only these changed."""
    return by_id(replace(one, made_of=()) for one in findings)


@settings(max_examples=100)
@given(correlations=some_correlations(), stream=some_events())
def test_a_whole_stream_gives_what_the_reference_finds(correlations, stream):
    correlator = Correlator(program.compile(correlations), lateness=LATENESS)

    assert by_id(outcome_of(correlator, stream, [])) == by_id(found(correlations, stream))


@settings(max_examples=100)
@given(correlations=some_correlations(), stream=some_events(), cuts=CUTS, delays=DELAYS)
def test_no_cut_into_batches_and_no_order_within_the_lateness_changes_what_is_final(correlations, stream, cuts, delays):
    correlator = Correlator(program.compile(correlations), lateness=LATENESS)

    assert by_id(outcome_of(correlator, late_by(stream, delays), cuts)) == by_id(found(correlations, stream))


@settings(max_examples=60)
@given(correlations=some_correlations(), stream=some_events(), cuts=CUTS, delays=DELAYS)
def test_what_is_provisional_is_what_would_be_found_if_the_stream_ended_there(correlations, stream, cuts, delays):
    correlations = [one for one in correlations if one.is_open and set(one.rules) <= {"a", "b", "c"}]
    correlator = Correlator(program.compile(correlations), lateness=LATENESS)
    known, come = {}, []
    for batch in batches(late_by(stream, delays), cuts):
        outcome = correlator.take(matched(batch))
        come += batch
        known.update((one.id, one) for one in (*outcome.provisional, *outcome.final))
        for gone in outcome.withdrawn:
            del known[gone]
        assert by_id(known.values()) == by_id(found(correlations, come))


@settings(max_examples=60)
@given(correlations=some_correlations(), stream=some_events(), cuts=CUTS, delays=DELAYS, data=st.data())
def test_a_silence_of_all_sources_tells_what_would_be_found_if_the_stream_ended_there_and_makes_nothing_final(
    correlations, stream, cuts, delays, data
):
    correlator = Correlator(program.compile(correlations), lateness=LATENESS)
    known, come, final = {}, [], []
    for batch in batches(late_by(stream, delays), cuts):
        outcomes = [correlator.take(matched(batch))]
        come += batch
        if data.draw(st.booleans(), label="silence"):
            outcomes.append(correlator.wait(AFTER_ALL))
        for outcome in outcomes:
            known.update((one.id, one) for one in (*outcome.provisional, *outcome.final))
            final += outcome.final
            for gone in outcome.withdrawn:
                del known[gone]
        if len(outcomes) > 1:
            assert not outcomes[-1].final
            assert without_parts(known.values()) == without_parts(found(correlations, come))

    assert by_id([*final, *correlator.end().final]) == by_id(found(correlations, stream))


@settings(max_examples=60)
@given(correlations=some_correlations(), stream=some_events(), cuts=CUTS, delays=DELAYS)
def test_a_final_finding_is_told_once_and_never_withdrawn(correlations, stream, cuts, delays):
    correlator = Correlator(program.compile(correlations), lateness=LATENESS)
    final, provisional = [], set()
    taken = [correlator.take(matched(batch)) for batch in batches(late_by(stream, delays), cuts)]
    for outcome in (*taken, correlator.end()):
        final += (one.id for one in outcome.final)
        provisional |= {one.id for one in outcome.provisional}
        provisional -= set(outcome.withdrawn)
        assert not set(outcome.withdrawn) & set(final)

    assert len(final) == len(set(final))
    assert provisional <= set(final)


def test_a_finding_is_provisional_at_once_and_final_under_the_same_identifier_when_the_watermark_has_passed():
    one = correlation("event_count", ["a"], "60s", {"gte": 2})
    correlator = Correlator(program.compile([one]), lateness=LATENESS)

    (at_once,) = correlator.take(matched([seen(0, "a"), seen(1, "a")])).provisional
    assert correlator.take(matched([seen(91, "b")])).final == []
    (certain,) = correlator.take(matched([seen(92, "b")])).final

    assert certain == at_once


def test_a_late_event_within_the_lateness_withdraws_what_it_undoes():
    one = correlation("event_count", ["a"], "10s", {"eq": 2})
    correlator = Correlator(program.compile([one]), lateness=LATENESS)

    assert correlator.take(matched([seen(0, "a"), seen(1, "a")])).provisional == []
    (at_once,) = correlator.take(matched([seen(20, "b")])).provisional

    assert correlator.take(matched([seen(5, "a")])).withdrawn == [at_once.id]


def test_what_did_not_happen_is_found_when_its_time_has_passed():
    one = correlation("temporal", ["a", "b"], "10s", "a and not b")
    correlator = Correlator(program.compile([one]), lateness=LATENESS)

    assert correlator.take(matched([seen(0, "a")])).provisional == []
    assert correlator.reach(10_000_000).provisional == []
    (at_once,) = correlator.reach(10_000_001).provisional
    assert correlator.reach(60_000_000).final == [at_once]


def test_what_did_not_happen_is_found_in_a_silence_and_undone_by_what_comes_after_it():
    one = correlation("temporal", ["a", "b"], "10s", "a and not b")
    correlator = Correlator(program.compile([one]), lateness=LATENESS)
    correlator.take(matched([seen(0, "a")]))

    (at_once,) = correlator.wait(3_600 * SECOND).provisional
    outcome = correlator.take(matched([seen(5, "b")]))

    assert (outcome.late, outcome.withdrawn) == ({}, [at_once.id])


def test_events_later_than_that_are_counted_by_source_and_left_out():
    one = correlation("event_count", ["a"], "60s", {"gte": 2})
    correlator = Correlator(program.compile([one]), lateness=LATENESS)
    correlator.take(matched([seen(100, "a")]))

    outcome = correlator.take(matched([seen(69, "a"), seen(70, "a")]))

    assert outcome.late == {"beats": 1}
    assert [finding.events for finding in outcome.provisional] == [2]


def test_one_slow_source_makes_all_wait():
    lateness = Lateness(usual=timedelta(seconds=30), sources={"laptops": timedelta(days=1)})

    assert lateness.longest == timedelta(days=1) / timedelta(microseconds=1)


def test_a_clock_in_the_future_moves_nothing():
    one = correlation("event_count", ["a"], "60s", {"gte": 2})
    correlator = Correlator(program.compile([one]), lateness=LATENESS)
    correlator.take(matched([seen(10**9, "a")], received_at=1_000_000))

    outcome = correlator.take(matched([seen(0, "a"), seen(1, "a")], received_at=1_000_000))

    assert (outcome.late, len(outcome.provisional)) == ({}, 1)


def test_the_same_matches_twice_count_once():
    one = correlation("event_count", ["a"], "60s", {"gte": 3})
    correlator = Correlator(program.compile([one]), lateness=LATENESS)
    twice = [seen(0, "a"), seen(1, "a")]

    assert correlator.take(matched(twice)).provisional == []
    assert correlator.take(matched(twice)).provisional == []


def test_two_correlations_that_read_one_rule_both_find():
    two = [correlation("event_count", ["a"], "60s", {"gte": 2}, id=id) for id in ("x", "y")]  # noqa: A001
    correlator = Correlator(program.compile(two), lateness=LATENESS)

    assert [one.correlation for one in correlator.take(matched([seen(0, "a"), seen(1, "a")])).provisional] == ["x", "y"]


def test_two_correlations_that_find_at_one_moment_are_two_findings_for_one_that_counts_them():
    inner = [correlation("event_count", ["a"], "60s", {"gte": 1}, id=id) for id in ("x", "y")]  # noqa: A001
    outer = correlation("event_count", ["x", "y"], "60s", {"gte": 2}, id="outer")
    stream = [seen(0, "a")]

    final = outcome_of(Correlator(program.compile([*inner, outer]), lateness=LATENESS), stream, [])

    assert by_id(final) == by_id(found([*inner, outer], stream))
    assert [one.correlation for one in by_id(final)] == ["outer", "x", "y"]


def test_a_program_says_which_fields_the_matches_of_a_rule_must_carry():
    inner = correlation(
        "event_count", ["a"], "1m", {"gte": 2}, id="inner", group_by=["ip"], aliases={"ip": {"a": "Src"}}
    )
    outer = correlation("value_count", ["inner", "b"], "1m", {"gte": 2, "field": "V"}, group_by=["ip", "User"])
    found = program.compile([inner, outer])

    assert found.fields_of("a") == {"Src", "User", "V"}
    assert found.fields_of("b") == {"ip", "User", "V"}
    assert found.rules == {"a", "b"}
