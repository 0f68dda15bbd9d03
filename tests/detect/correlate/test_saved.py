"""Nothing is lost by a restart, and memory stays within its bound (ADR 0121, 0122)."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.correlate.streams import (
    batches,
    by_id,
    correlation,
    found,
    late_by,
    matched,
    seen,
    some_correlations,
    some_events,
)
from watchward.detect.correlate import program
from watchward.detect.correlate.engine import Correlator
from watchward.detect.correlate.marks import Lateness
from watchward.detect.correlate.saved import restored, saved

LATENESS = Lateness(usual=timedelta(seconds=30))


@settings(max_examples=60)
@given(
    correlations=some_correlations(),
    stream=some_events(),
    cuts=st.lists(st.integers(0, 40), max_size=6),
    delays=st.lists(st.integers(0, 30), min_size=1, max_size=8),
)
def test_a_restart_after_any_batch_changes_nothing(correlations, stream, cuts, delays):
    def fresh() -> Correlator:
        return Correlator(program.compile(correlations), lateness=LATENESS)

    final, provisional = [], {}
    state = saved(fresh())
    for batch in batches(late_by(stream, delays), cuts):
        correlator = restored(state, fresh())
        outcome = correlator.take(matched(batch))
        correlator.wait(batch[-1].at + 5_000_000)
        final += outcome.final
        provisional |= {one.id: one for one in outcome.provisional}
        state = saved(correlator)
    final += restored(state, fresh()).end().final

    assert by_id(final) == by_id(found(correlations, stream))


def test_a_correlation_that_has_changed_begins_anew_and_the_others_go_on():
    same = correlation("event_count", ["a"], "60s", {"gte": 2}, id="same")
    before, after = (correlation("event_count", ["a"], "60s", {"gte": count}, id="changed") for count in (2, 1))
    old = Correlator(program.compile([same, before]), lateness=LATENESS)
    old.take(matched([seen(0, "a")]))

    new = restored(saved(old), Correlator(program.compile([same, after]), lateness=LATENESS))

    assert [one.events for one in new.take(matched([seen(1, "a")])).provisional] == [2, 1]


def test_a_state_of_a_time_when_no_silence_was_known_is_read():
    one = correlation("event_count", ["a"], "60s", {"gte": 2})
    correlator = Correlator(program.compile([one]), lateness=LATENESS)
    correlator.take(matched([seen(0, "a")]))
    plain = msgspec.msgpack.decode(saved(correlator))
    older = msgspec.msgpack.encode({**plain, "marks": plain["marks"][:2]})

    again = restored(older, Correlator(program.compile([one]), lateness=LATENESS))

    assert [found.events for found in again.take(matched([seen(1, "a")])).provisional] == [2]


@pytest.mark.parametrize("content", [b"", b"\x80", b"\x81\xa7version\x02", b"\xc1"])
def test_a_state_that_cannot_be_read_is_refused(content):
    with pytest.raises(ValueError, match=r"state|version"):
        restored(content, Correlator(program.compile([])))


def test_a_flood_of_invented_groups_throws_out_itself_and_is_counted():
    one = correlation("event_count", ["a"], "1h", {"gte": 3}, group_by=["User"])
    correlator = Correlator(program.compile([one]), lateness=LATENESS, most_events=100)
    correlator.take(matched([seen(0, "a", User="jo"), seen(1, "a", User="jo")]))

    given_up = 0
    for start in range(0, 1000, 50):
        outcome = correlator.take(matched([seen(2, "a", User=f"{start + number}") for number in range(50)]))
        given_up += sum(gone.groups for gone in outcome.given_up.values())
        assert correlator.events <= 100

    assert given_up >= 900
    assert [found.group for found in correlator.take(matched([seen(3, "a", User="jo")])).provisional] == [("jo",)]


def test_a_flood_in_one_correlation_leaves_the_others_alone():
    flooded = correlation("event_count", ["a"], "1h", {"gte": 3}, id="flooded", group_by=["User"])
    quiet = correlation("event_count", ["b"], "1h", {"gte": 3}, id="quiet", group_by=["User"])
    correlator = Correlator(program.compile([flooded, quiet]), lateness=LATENESS, most_events=100)
    correlator.take(matched([seen(0, "b", User=f"{number}") for number in range(40)]))

    outcome = correlator.take(matched([seen(1, "a", User=f"{number}") for number in range(500)]))

    assert set(outcome.given_up) == {"flooded"}
    assert correlator.sizes == {"flooded": 50, "quiet": 40}


def test_what_was_found_stays_when_others_are_given_up():
    one = correlation("event_count", ["a", "b"], "1h", {"gte": 2}, group_by=["User"])
    correlator = Correlator(program.compile([one]), lateness=LATENESS, most_events=10)
    (at_once,) = correlator.take(matched([seen(0, "a", User="jo"), seen(1, "a", User="jo")])).provisional
    flood = [seen(2, rule, User=f"{number}", id="e") for number in range(5) for rule in "ab"]

    correlator.take(matched(flood))

    assert correlator.end().final == [at_once]


def test_nothing_is_given_up_for_events_that_no_window_can_reach_any_more():
    one = correlation("event_count", ["a"], "1h", {"gte": 3}, group_by=["User"])
    correlator = Correlator(program.compile([one]), lateness=LATENESS, most_events=100)
    correlator.take(matched([seen(0, "a", User=f"{number}") for number in range(60)]))
    correlator.reach(7_240 * 1_000_000)  # two hours and what may be late: the first events are just out of reach

    outcome = correlator.take(matched([seen(7_240, "a", User=f"{number}") for number in range(60)]))

    assert (outcome.given_up, correlator.events) == ({}, 60)
