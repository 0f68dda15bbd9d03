from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from console.estate.factories import DeviceFactory, SourceFactory
from console.factories import OrganisationFactory
from watchward.console.estate.adapters import SAMPLES_KEPT, EstateProjection, importances
from watchward.console.estate.arrivals import refused_since
from watchward.console.estate.jobs import tidy_tallies
from watchward.console.estate.models import BadRecord, Device, DeviceAlias, SourceTally
from watchward.estate.device import Importance, Mark
from watchward.lake.journal import BadSample, DeviceSeen, JournalEntry, SourceSeen


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """What happens when a transaction is committed."""
    return django_capture_on_commit_callbacks


NOON = datetime(2026, 3, 1, 12, 3, tzinfo=UTC)


def a_device(name="WS-1", *, organisation="XA1", at=NOON, **aliases):
    return DeviceSeen(
        organisation=organisation,
        name=name,
        aliases={kind: [value] for kind, value in aliases.items()},
        source="src-1",
        first_observed_at=at,
        last_observed_at=at,
        events=1,
    )


def an_entry(*devices, sources=(), at=NOON):
    return JournalEntry(
        gateway="g1", sequence=1, segment="s", received_at=at, events=1, sources=list(sources), devices=list(devices),
        matches=[],
    )  # fmt: skip


def test_a_device_appears_by_itself_with_its_names_and_their_times():
    OrganisationFactory(code="XA1", path="/XA1/")

    found = EstateProjection().apply([an_entry(a_device("WS-1.elm.example", ip="10.0.0.9"))])

    device = Device.objects.get()
    assert found["XA1", "ws-1.elm.example"].id == device.id
    assert (device.name, device.address, device.organisation_path) == ("WS-1.elm.example", "10.0.0.9", "/XA1/")
    assert set(device.aliases.values_list("kind", "value")) == {
        ("fqdn", "ws-1.elm.example"), ("host_name", "ws-1"), ("ip", "10.0.0.9"),
    }  # fmt: skip
    assert {alias.valid_from for alias in device.aliases.all()} == {NOON}


def test_a_device_is_marked_when_it_first_appears_and_what_people_say_later_stays():
    OrganisationFactory(code="XA1")
    mark = Mark(importance=Importance.VITAL, reason="It is the laboratory's.", by="exercise")
    projection = EstateProjection(first_mark=lambda name: mark if name.startswith("LAB") else None)

    projection.apply([an_entry(a_device("LAB01"), a_device("WS-1"))])

    assert dict(Device.objects.values_list("name", "importance")) == {
        "LAB01": Importance.VITAL, "WS-1": Importance.NORMAL,
    }  # fmt: skip
    Device.objects.update(importance=Importance.LOW)
    projection.forget()
    projection.apply([an_entry(a_device("LAB01", ip="10.0.0.9"))])
    assert Device.objects.get(name="LAB01").importance == Importance.LOW


def test_the_same_entry_again_changes_nothing_even_for_a_projector_that_just_started():
    OrganisationFactory(code="XA1")
    entry = an_entry(a_device("WS-1", ip="10.0.0.9"), a_device("WS-2"))
    projection = EstateProjection()
    projection.apply([entry])
    before = list(Device.objects.order_by("pk").values()), list(DeviceAlias.objects.order_by("pk").values())

    projection.apply([entry])
    EstateProjection().apply([entry])

    assert (list(Device.objects.order_by("pk").values()), list(DeviceAlias.objects.order_by("pk").values())) == before


def test_a_device_belongs_to_the_organisation_whose_credential_sent_it():
    OrganisationFactory(code="XA1")
    OrganisationFactory(code="XB2")

    EstateProjection().apply([an_entry(a_device("WS-1"), a_device("WS-1", organisation="XB2"))])

    assert sorted(Device.objects.values_list("organisation__code", flat=True)) == ["XA1", "XB2"]


def test_a_full_name_and_its_host_name_are_one_device():
    OrganisationFactory(code="XA1")
    projection = EstateProjection()
    projection.apply([an_entry(a_device("ws-1.elm.example"))])

    projection.apply([an_entry(a_device("WS-1", at=NOON + timedelta(hours=1)))])

    assert Device.objects.get().last_seen_at == NOON + timedelta(hours=1)


def test_a_device_of_an_organisation_that_is_not_known_is_logged_and_the_rest_goes_on():
    OrganisationFactory(code="XA1")

    EstateProjection().apply([an_entry(a_device("WS-1", organisation="XX9"), a_device("WS-2"))])

    assert Device.objects.get().name == "WS-2"


def test_a_device_that_talks_all_the_time_costs_no_queries(django_assert_num_queries, committed):
    OrganisationFactory(code="XA1")
    projection = EstateProjection()
    with committed(execute=True):
        projection.see_devices([a_device("WS-1")])

    with django_assert_num_queries(0):
        projection.see_devices([a_device("WS-1", at=NOON + timedelta(seconds=20))])


def test_a_device_that_is_seen_again_later_is_kept_as_seen_then_by_one_statement(django_assert_num_queries, committed):
    OrganisationFactory(code="XA1")
    projection = EstateProjection()
    with committed(execute=True):
        projection.see_devices([a_device("WS-1"), a_device("WS-2")])
    later = NOON + timedelta(minutes=5)

    with django_assert_num_queries(1):
        projection.see_devices([a_device("WS-1", at=later), a_device("WS-2", at=later)])

    assert set(Device.objects.values_list("last_seen_at", flat=True)) == {later}


def test_a_transaction_that_is_rolled_back_leaves_nothing_behind():
    OrganisationFactory(code="XA1")
    projection = EstateProjection()
    with transaction.atomic():
        projection.see_devices([a_device("WS-1")])
        transaction.set_rollback(True)

    projection.see_devices([a_device("WS-1")])

    assert Device.objects.count() == 1


def test_thousands_of_new_devices_take_few_statements(django_assert_max_num_queries):
    OrganisationFactory(code="XA1")

    with django_assert_max_num_queries(120):
        EstateProjection().see_devices([a_device(f"WS-{n}", ip=f"10.0.{n // 250}.{n % 250}") for n in range(2500)])

    assert Device.objects.count() == 2500


def test_a_source_that_invents_devices_is_held_at_its_limit_for_the_day_and_that_is_counted(committed):
    OrganisationFactory(code="XA1")
    projection = EstateProjection(new_devices_a_day=3)
    with committed(execute=True):
        projection.apply([an_entry(*(a_device(f"WS-{number}") for number in range(5)))])

    found = EstateProjection(new_devices_a_day=3).apply([an_entry(a_device("WS-1"), a_device("WS-9"))])
    again = projection.apply([an_entry(a_device("WS-4"))])

    assert (Device.objects.count(), set(found), again) == (3, {("XA1", "ws-1")}, {})
    assert refused_since(NOON.date()) == {"src-1": 3}

    projection.apply([an_entry(a_device("WS-4"), at=NOON + timedelta(days=1))])
    assert Device.objects.filter(name="WS-4").exists()


def test_a_mark_survives_what_the_device_sends_and_is_told_to_the_projector():
    organisation = OrganisationFactory(code="XA1")
    projection = EstateProjection()
    projection.see_devices([a_device("WS-1")])
    Device.objects.update(importance=Importance.VITAL)

    found = projection.see_devices([a_device("WS-1", at=NOON + timedelta(hours=2))])

    ordinary = DeviceFactory(organisation=organisation)
    key = found["XA1", "ws-1"].id
    assert importances([key, ordinary.id]) == {key: Importance.VITAL}


def test_what_a_source_sent_is_counted_and_tallied_by_its_time():
    source = SourceFactory(id="src-1")
    seen = SourceSeen(
        source="src-1",
        organisation="XA1",
        events=90,
        duplicates=4,
        bad=6,
        first_observed_at=NOON,
        last_observed_at=NOON,
    )

    EstateProjection().apply([an_entry(sources=[seen]), an_entry(sources=[seen], at=NOON + timedelta(minutes=10))])

    source.refresh_from_db()
    assert (source.events, source.duplicates, source.bad) == (180, 8, 12)
    assert source.last_sent_at == NOON + timedelta(minutes=10)
    assert list(SourceTally.objects.order_by("start").values_list("start", "events")) == [
        (NOON.replace(minute=0), 90),
        (NOON.replace(minute=10), 90),
    ]


def test_the_latest_records_that_could_not_be_read_are_kept_without_nhs_numbers():
    source = SourceFactory(id="src-1")
    samples = [
        BadSample(reason=f"line {n}: not JSON", raw="patient 943 476 5919 seen") for n in range(SAMPLES_KEPT + 9)
    ]
    seen = SourceSeen(
        source="src-1", organisation="XA1", events=0, duplicates=0, bad=59, first_observed_at=None,
        last_observed_at=None, samples=samples,
    )  # fmt: skip

    EstateProjection().apply([an_entry(sources=[seen])])

    kept = BadRecord.objects.filter(source=source)
    assert kept.count() == SAMPLES_KEPT
    assert not kept.filter(raw__contains="943 476 5919").exists()


def test_old_tallies_are_dropped_and_recent_ones_stay(clock):
    source = SourceFactory()
    SourceTally.objects.create(source=source, start=clock.now() - timedelta(days=8), events=1)
    recent = SourceTally.objects.create(source=source, start=clock.now() - timedelta(days=6), events=1)

    tidy_tallies(clock=clock)

    assert list(SourceTally.objects.all()) == [recent]
