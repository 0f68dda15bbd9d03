from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from console.detect.journals import MOMENT, a_match, an_entry, batches_of_matches, write
from console.factories import OrganisationFactory
from watchward.base.clock import HeldClock
from watchward.console.access.guard import Service
from watchward.console.detect import adapters
from watchward.console.detect.models import Alert, AlertEvent, Projection
from watchward.console.estate.actions import mark_device
from watchward.console.estate.models import Device, Organisation
from watchward.detect.alerts.alert import EVENTS_KEPT
from watchward.detect.match import Purpose
from watchward.estate.device import Importance
from watchward.lake import journal
from watchward.lake.journal import DeviceSeen, Position
from watchward.node.projector import Projector


@pytest.fixture
def projector(tmp_path, clock):
    OrganisationFactory(code="X001")
    return Projector(folder=tmp_path, clock=clock)


def what_is_projected():
    alerts = Alert.objects.order_by("pk").values(
        "pk", "count", "first_at", "last_at", "received_at", "received_last_at", "score", "state"
    )
    return list(alerts), sorted(AlertEvent.objects.values_list("alert_id", "event_id", "observed_at"))


def test_repeats_on_one_device_become_one_alert_with_a_count(projector, tmp_path):
    write(tmp_path, an_entry(1, a_match(1), a_match(2, observed_at=MOMENT + timedelta(minutes=5))))

    projector.catch_up()

    alert = Alert.objects.get()
    assert (alert.count, alert.last_at - alert.first_at) == (2, timedelta(minutes=5))
    assert alert.organisation_path == alert.organisation.path
    assert alert.rule.title == "Title of rule-1"
    assert [event.row for event in alert.events.all()] == [1, 2]


def test_what_comes_later_joins_the_alert_that_is_there(projector, tmp_path):
    write(tmp_path, an_entry(1, a_match(1)))
    projector.catch_up()
    write(tmp_path, an_entry(3, a_match(2), a_match(3)))
    projector.catch_up()

    assert Alert.objects.get().count == 3


@pytest.mark.parametrize("purpose", [Purpose.PART, Purpose.TRIAL])
def test_a_match_that_is_not_for_an_alert_raises_none(projector, tmp_path, purpose):
    write(tmp_path, an_entry(1, a_match(1), a_match(2, purpose=purpose), a_match(3, device="WS-2", purpose=purpose)))

    projector.catch_up()

    assert (Alert.objects.get().count, Projection.objects.get().matches) == (1, 3)


def test_an_entry_that_is_given_again_changes_nothing(projector, tmp_path, clock):
    write(tmp_path, an_entry(1, a_match(1)))
    projector.catch_up()
    before = what_is_projected()

    adapters.apply(list(journal.read(tmp_path)), clock=clock)

    assert what_is_projected() == before
    assert Projection.objects.get().entries == 1


def test_an_event_that_was_journalled_again_after_a_power_cut_is_counted_once(projector, tmp_path):
    write(tmp_path, an_entry(1, a_match(1)))
    projector.catch_up()
    write(tmp_path, an_entry(3, a_match(1), a_match(2)))
    projector.catch_up()

    assert Alert.objects.get().count == 2


def test_an_organisation_that_nobody_imported_yet_loses_nothing(projector, tmp_path):
    write(tmp_path, an_entry(1, a_match(1, organisation="NEW")))

    projector.catch_up()

    assert Alert.objects.get().organisation.code == "NEW"
    assert Organisation.objects.get(code="NEW").path == "/NEW/"


@transaction.atomic
def apply_and_lose_the_database(entries, clock):
    adapters.apply(entries, clock=clock)
    raise DatabaseError


def test_place_and_alerts_stand_or_fall_together(tmp_path, clock):
    write(tmp_path, an_entry(1, a_match(1)))

    with pytest.raises(DatabaseError):
        apply_and_lose_the_database(list(journal.read(tmp_path)), clock)

    assert not Alert.objects.exists()
    assert adapters.position() == Position()


def test_an_alert_that_was_dealt_with_opens_again_when_it_happens_again(projector, tmp_path):
    write(tmp_path, an_entry(1, a_match(1)))
    projector.catch_up()
    Alert.objects.update(state="closed", closed=True, closed_reason="dealt_with", closed_at=MOMENT + timedelta(hours=1))
    write(tmp_path, an_entry(3, a_match(2, received_at=MOMENT + timedelta(hours=2))))
    projector.catch_up()

    alert = Alert.objects.get()
    assert (alert.state, alert.closed, alert.closed_reason) == ("open", False, "")
    assert "happened again" in alert.steps.get().text


def test_a_false_alarm_stays_closed_and_goes_on_counting(projector, tmp_path):
    write(tmp_path, an_entry(1, a_match(1)))
    projector.catch_up()
    Alert.objects.update(state="closed", closed=True, closed_reason="false_alarm", closed_at=MOMENT)
    write(tmp_path, an_entry(3, a_match(2, received_at=MOMENT + timedelta(hours=2))))
    projector.catch_up()

    assert (Alert.objects.get().state, Alert.objects.get().count) == ("closed", 2)


def test_of_many_events_the_earliest_are_kept_and_all_are_counted(projector, tmp_path):
    many = [a_match(n, observed_at=MOMENT + timedelta(seconds=n)) for n in range(EVENTS_KEPT + 50)]
    write(tmp_path, an_entry(1, *many[80:]), an_entry(3, *many[40:80]), an_entry(5, *many[:40]))
    for _, entry in enumerate(journal.read(tmp_path)):
        adapters.apply([entry], clock=projector.clock)

    alert = Alert.objects.get()
    assert alert.count == len(many)
    assert [event.row for event in alert.events.all()] == list(range(EVENTS_KEPT))


def seen(device="WS-1"):
    return DeviceSeen(
        organisation="X001",
        name=device,
        aliases={},
        source="source-1",
        first_observed_at=MOMENT,
        last_observed_at=MOMENT,
        events=1,
    )


def test_an_alert_belongs_to_the_device_that_sent_it_and_counts_its_importance(projector, tmp_path, clock):
    write(tmp_path, replace(an_entry(1, a_match(1)), devices=[seen()]))
    projector.catch_up()
    device, before = Device.objects.get(), Alert.objects.get()

    mark_device(by=Service(name="test"), device=device, importance=Importance.VITAL, reason="Theatre", clock=clock)
    write(tmp_path, replace(an_entry(3, a_match(2, rule_id="rule-2")), devices=[seen("ws-1")]))
    projector.catch_up()

    assert before.known_device == device
    assert [alert.score for alert in Alert.objects.all()] == pytest.approx([before.score * 145 / 20.49] * 2)


@settings(deadline=None, max_examples=30)
@given(batches=batches_of_matches(), data=st.data())
def test_however_the_journal_is_cut_into_runs_the_alerts_are_the_same(tmp_path_factory, batches, data):
    folder = tmp_path_factory.mktemp("journal")
    clock = HeldClock(at=MOMENT)
    gateways = data.draw(st.lists(st.sampled_from(["g1", "g2"]), min_size=len(batches), max_size=len(batches)))
    write(
        folder,
        *(
            an_entry(2 * gateways[:n].count(gateways[n]) + 1, *matches, gateway=gateways[n], received_at=MOMENT)
            for n, matches in enumerate(batches)
        ),
    )
    entries = list(journal.read(folder))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(entries)))))

    with transaction.atomic():
        adapters.apply(entries, clock=clock)
        at_once = what_is_projected()
        transaction.set_rollback(True)
    with transaction.atomic():
        for start, end in zip([0, *cuts], [*cuts, len(entries)], strict=True):
            # The last entry of a run is given twice, as after a crash that took the answer but not the commit.
            adapters.apply(entries[max(0, start - 1) : end], clock=clock)
        piecemeal = what_is_projected()
        transaction.set_rollback(True)

    assert piecemeal == at_once
