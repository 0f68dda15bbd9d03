from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.builders import a_match
from watchward.detect.alerts.alert import EVENTS_KEPT, collapse, merge

matches = st.builds(
    lambda number, minutes, device: a_match(number, after=timedelta(minutes=minutes), device=device),
    st.integers(0, 1000),
    st.integers(0, 1000),
    st.sampled_from(["WARD-7-PC", "LAB-1"]),
)
distinct_matches = st.lists(matches, max_size=30, unique_by=lambda match: match.event_id)


def test_repeats_on_one_device_make_one_alert():
    alerts = collapse([a_match(1), a_match(2, after=timedelta(minutes=3)), a_match(3, after=timedelta(minutes=9))])

    assert [(alert.count, alert.last_at - alert.first_at) for alert in alerts] == [(3, timedelta(minutes=9))]


@pytest.mark.parametrize("change", [{"device": "LAB-1"}, {"organisation": "XA2"}, {"rule_id": "another"}])
def test_another_device_organisation_or_rule_makes_another_alert(change):
    assert len(collapse([a_match(1), a_match(2, **change)])) == 2


def test_a_repeat_after_the_window_makes_another_alert():
    assert len(collapse([a_match(1), a_match(2, after=timedelta(hours=6))])) == 2


def test_a_device_is_the_same_in_whatever_case_its_name_is_written():
    assert len(collapse([a_match(1), a_match(2, device="ward-7-pc")])) == 1


def test_an_event_that_comes_twice_is_counted_once():
    assert collapse([a_match(1), a_match(1)])[0].count == 1


def test_an_alert_names_its_earliest_events_and_counts_all():
    alert = collapse([a_match(n, after=timedelta(seconds=n)) for n in range(EVENTS_KEPT + 20, 0, -1)])[0]

    assert (alert.count, len(alert.events)) == (EVENTS_KEPT + 20, EVENTS_KEPT)
    assert alert.events[0].row == 1


@given(distinct_matches, st.randoms())
def test_the_order_in_which_matches_arrive_changes_nothing(found, random):
    shuffled = random.sample(found, len(found))

    assert collapse(shuffled) == collapse(found)


@given(distinct_matches, distinct_matches)
def test_merging_the_parts_gives_the_alerts_of_the_whole(some, others):
    others = [match for match in others if match.event_id not in {known.event_id for known in some}]
    merged = {alert.id: alert for alert in collapse(some)}
    for alert in collapse(others):
        merged[alert.id] = merge(merged[alert.id], alert) if alert.id in merged else alert

    assert merged == {alert.id: alert for alert in collapse([*some, *others])}


def test_parts_of_different_alerts_do_not_merge():
    one, other = collapse([a_match(1), a_match(2, device="LAB-1")])

    with pytest.raises(ValueError, match="different alerts"):
        merge(one, other)
