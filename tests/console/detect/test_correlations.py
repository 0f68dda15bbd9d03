"""Correlations in a node: from its journal to alerts that show what they were made of."""

from dataclasses import replace

import pytest

from console.detect.correlating import GUESSING, QUIET, Node, entry, failed, minute, worked
from console.detect.journals import MOMENT, a_match
from console.estate.factories import SourceFactory
from detect.correlate.streams import correlation
from watchward.access.roles import ORGANISATION_CYBER_LEAD
from watchward.console.detect.models import Alert, GivenUp, Projection
from watchward.console.estate.models import Device
from watchward.console.rules.models import RuleDay
from watchward.lake.journal import DeviceSeen
from watchward.node.correlations import state
from watchward.node.correlations.running import Correlations, Rules
from watchward.node.projector import Projector


@pytest.fixture
def node(tmp_path, clock):
    return Node(tmp_path, clock)


def test_a_correlation_is_an_alert_at_once_and_says_what_it_was_made_of(node):
    node.receives(entry(1, failed(1, 0, "Jo"), failed(2, 1, "JO", device="WS-2")))
    assert not Alert.objects.exists()

    node.receives(entry(3, failed(3, 2, "jo", device="WS-3")))

    alert = Alert.objects.get()
    assert (alert.rule_id, alert.count, alert.device, alert.provisional) == ("guessing", 3, "WS-3", True)
    assert (alert.first_at, alert.last_at) == (minute(0), minute(2))
    assert alert.correlation.group == [["User", "Jo"]]
    assert alert.correlation.asks == "3 or more events of “Title of failed” with the same User, within 10 minutes"
    assert [(one.device, one.rules) for one in alert.events.all()] == [
        ("WS-1", ["failed"]),
        ("WS-2", ["failed"]),
        ("WS-3", ["failed"]),
    ]


def test_it_becomes_final_when_nothing_that_comes_can_change_it(node):
    node.receives(entry(1, *(failed(n, n) for n in range(3))))
    node.receives(entry(3, at=60))
    assert Alert.objects.get().provisional

    node.receives(entry(5, at=80))

    assert not Alert.objects.get().provisional


def test_what_comes_later_and_undoes_it_withdraws_it_and_says_so(node):
    node.rules = Rules(correlations=[QUIET])
    node.start()
    node.receives(entry(1, failed(1, 0)), entry(3, at=20))
    assert Alert.objects.get().provisional

    node.receives(replace(entry(5, worked(2, 5)), received_at=minute(20)))

    alert = Alert.objects.get()
    assert (alert.provisional, alert.closed, alert.closed_reason) == (False, True, "withdrawn")
    assert "Withdrawn" in alert.steps.get().text


def test_what_waits_for_a_pause_is_told_when_all_sources_are_silent(node):
    node.rules = Rules(correlations=[QUIET])
    node.start()
    node.receives(entry(1, failed(1, 0)))
    node.falls_silent(minutes=10)
    assert not Alert.objects.exists()

    node.falls_silent(minutes=12)

    assert Alert.objects.get().provisional


def test_a_silence_makes_nothing_late_and_nothing_final(node):
    source = SourceFactory(id="source-1")
    node.rules = Rules(correlations=[QUIET])
    node.start()
    node.receives(entry(1, failed(1, 0)))
    node.falls_silent(minutes=60 * 24)
    assert Alert.objects.get().provisional

    node.receives(replace(entry(3, worked(2, 5)), received_at=minute(60 * 24)))

    source.refresh_from_db()
    assert source.late == 0
    assert Alert.objects.get().closed_reason == "withdrawn"


@pytest.mark.parametrize("saved", ["", "before", "after"])
def test_a_restart_in_a_silence_changes_nothing_that_was_told_in_it(node, saved):
    node.rules = Rules(correlations=[QUIET])
    node.start()
    node.receives(entry(1, failed(1, 0)))
    if saved == "before":
        node.correlations.save()
    node.falls_silent(minutes=20)
    if saved == "after":
        node.correlations.save()

    node.start()
    node.receives(entry(3, failed(2, 30, user="al")))

    alert = Alert.objects.get()
    assert (alert.provisional, alert.closed, alert.steps.count()) == (True, False, 0)


def test_a_clock_in_the_future_moves_time_no_further_than_to_the_moment_of_receiving(node):
    ahead = replace(entry(3, at=0), sources=[replace(entry(3, at=9_999).sources[0])])
    node.receives(entry(1, failed(1, 0), failed(2, 1)), ahead)

    node.receives(entry(5, failed(3, 2)))

    assert Alert.objects.get().count == 3


def test_an_alert_of_a_correlation_belongs_to_the_device_of_the_event_that_completed_it(node):
    seen = DeviceSeen(
        organisation="X001",
        name="WS-3",
        aliases={},
        source="source-1",
        first_observed_at=MOMENT,
        last_observed_at=MOMENT,
        events=1,
    )
    node.receives(replace(entry(1, failed(1, 0), failed(2, 1)), devices=[seen]), entry(3, failed(3, 2, device="WS-3")))

    assert Alert.objects.get().known_device == Device.objects.get(name="WS-3")


@pytest.mark.parametrize("saved_behind", [0, 1, 2])
def test_a_restart_goes_on_from_whichever_state_was_saved(node, saved_behind):
    for number in range(3):
        if number == saved_behind:
            node.correlations.save()
        node.receives(entry(2 * number + 1, failed(number, number)))
    node.start()
    node.receives(entry(7, failed(9, 3)), entry(9, at=90))

    alert = Alert.objects.get()
    assert (alert.count, alert.provisional, len(alert.events.all())) == (4, False, 4)


def test_without_a_saved_state_or_with_one_ahead_of_the_database_the_journal_is_read_again(node):
    node.receives(entry(1, failed(1, 0), failed(2, 1)))
    node.start()
    ahead = replace(state.State(position=node.correlations.position, correlator=b"", where=[]))
    state.write(node.folder, ahead)
    node.start()

    node.receives(entry(3, failed(3, 2)))

    assert Alert.objects.get().count == 3


def test_what_an_unchanged_correlation_holds_survives_a_change_of_others(node):
    node.receives(entry(1, failed(1, 0), failed(2, 1)))

    node.correlations.use(Rules(correlations=[QUIET, GUESSING]))
    node.receives(entry(3, failed(3, 2)))

    assert Alert.objects.get().rule_id == "guessing"


def test_a_provisional_alert_of_a_correlation_that_is_no_longer_run_stays_as_it_is(node):
    node.receives(entry(1, *(failed(n, n) for n in range(3))))

    node.correlations.use(Rules())
    node.receives(entry(3, at=5))

    alert = Alert.objects.get()
    assert (alert.provisional, alert.state) == (False, "open")
    assert "no longer run" in alert.steps.get().text


def test_what_a_correlation_on_trial_finds_is_counted_and_raises_no_alert(node):
    node.rules = Rules(correlations=[GUESSING], on_trial=frozenset({"guessing"}))
    node.start()

    node.receives(entry(1, *(failed(n, n) for n in range(3))), entry(3, at=90))

    assert not Alert.objects.exists()
    assert RuleDay.objects.get(rule_id="guessing", organisation_path="").matches == 1


OFTEN = correlation("event_count", ["guessing"], "1h", {"gte": 1}, id="often", group_by=["User"])


def test_what_a_correlation_on_trial_finds_raises_no_alert_through_another_that_reads_it(node):
    node.rules = Rules(correlations=[GUESSING, OFTEN], on_trial=frozenset({"guessing"}))
    node.start()
    node.receives(entry(1, *(failed(n, n) for n in range(3))), entry(3, at=90))
    assert not Alert.objects.exists()

    node.correlations.use(replace(node.rules, on_trial=frozenset()))
    node.receives(entry(5, *(failed(n, n) for n in range(100, 103))), entry(7, at=190))

    assert set(Alert.objects.values_list("rule_id", flat=True)) == {"guessing", "often"}


def test_a_correlation_on_trial_reads_what_others_on_trial_find(node):
    node.rules = Rules(correlations=[GUESSING, OFTEN], on_trial=frozenset({"guessing", "often"}))
    node.start()
    node.receives(entry(1, *(failed(n, n) for n in range(3))), entry(3, at=190))

    assert not Alert.objects.exists()
    assert RuleDay.objects.get(rule_id="often", organisation_path="").matches == 1


def test_its_page_and_its_api_show_what_was_asked_and_what_it_was_made_of(node, signed_in):
    node.receives(entry(1, *(failed(n, n, device=f"WS-{n}") for n in range(12))))
    alert = Alert.objects.get()
    client = signed_in(ORGANISATION_CYBER_LEAD, alert.organisation)

    page = client.get(f"/alerts/{alert.pk}/").content.decode()
    told = client.get(f"/api/v1/alerts/{alert.pk}").json()

    assert "3 or more events of “Title of failed” with the same User, within 10 minutes" in page
    assert "12 events that belong together, on WS-0, WS-1, WS-10, WS-11, WS-2 and 7 more." in page
    assert "May still change" in page
    assert "This is normal here" not in page
    assert "Show 2 more" in page
    assert told["alert"]["provisional"]
    assert told["correlation"]["group"] == [{"field": "User", "value": "jo"}]
    assert [part["device"] for part in told["correlation"]["parts"]] == [f"WS-{n}" for n in range(12)]


def test_what_comes_too_late_is_counted_for_its_source_and_left_out(node):
    source = SourceFactory(id="source-1")
    node.receives(entry(1, failed(1, 100), failed(2, 101)))

    node.receives(replace(entry(3, failed(3, 0), failed(4, 102)), received_at=minute(102)))

    source.refresh_from_db()
    assert (source.late, source.late_at) == (1, minute(102))
    assert Alert.objects.get().count == 3


def test_what_is_given_up_for_want_of_memory_is_counted(node):
    node.correlations = Correlations(folder=node.folder, rules=node.rules, most_events=10)
    node.projector = Projector(folder=node.folder, clock=node.clock, correlations=node.correlations)
    node.projector.begin()

    node.receives(entry(1, *(failed(n, n / 100, user=f"invented-{n}") for n in range(30))))

    lost = GivenUp.objects.get(rule="guessing")
    assert (lost.groups, lost.events) == (21, 21)
    assert Projection.objects.get().correlated_events == 9


class Faulty:
    """Matches at which correlating fails, because of a fault of ours."""

    def __init__(self, correlations):
        self.program = correlations._correlator.program
        self.reaches_back_to = 0

    def take(self, _matched):
        raise ZeroDivisionError


def test_a_fault_of_correlating_keeps_no_alert_of_a_single_event_waiting_and_is_told(node):
    node.correlations._correlator = Faulty(node.correlations)

    node.receives(entry(1, failed(1, 0), a_match(2)))
    node.receives(entry(3, *(failed(n, n) for n in range(5, 8))))

    assert sorted(Alert.objects.values_list("rule_id", flat=True)) == ["guessing", "rule-1"]
    assert Projection.objects.get().correlations_failed_at == node.clock.now()
