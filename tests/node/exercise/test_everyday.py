import itertools
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from watchward.node.exercise.benign import Everyday, activities
from watchward.node.exercise.moment import microseconds
from watchward.node.exercise.sector import SIZES, Sector, Sensor
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin

SECTOR = Sector(SIZES["small"])
MONDAY_MORNING = microseconds(datetime(2026, 3, 2, 10, tzinfo=UTC))
SUNDAY_NIGHT = microseconds(datetime(2026, 3, 1, 2, tzinfo=UTC))


def some(count=4_000, *, seed=7, start=MONDAY_MORNING, rate=200.0):
    return list(itertools.islice(Everyday(SECTOR, seed=seed).stream(start, rate), count))


def test_the_same_seed_start_and_rate_give_the_same_events_byte_for_byte():
    first, again, other = (b"\n".join(e.document.encode() for e in some(3_000, seed=seed)) for seed in (7, 7, 8))

    assert first == again
    assert first != other


def test_events_come_in_order_of_time_at_about_the_rate_that_was_asked_for():
    events = some(6_000)
    seconds = (events[-1].at - events[0].at) / 1e6

    assert all(earlier.at <= later.at for earlier, later in itertools.pairwise(events))
    assert 140 < len(events) / seconds < 240  # what takes minutes has not ended yet


def test_every_activity_logs_something_where_sysmon_watches_and_is_valid_json():
    assert not [activity.name for activity in activities() if not activity.events((Sensor.SYSMON, True))]
    for event in some(3_000):
        json.loads(event.document)


@pytest.mark.parametrize("start", [MONDAY_MORNING, SUNDAY_NIGHT], ids=["a working morning", "a night"])
def test_no_event_is_a_bad_record_and_each_has_its_log_source(start):
    events = some(3_000, start=start)
    origin = Origin(organisation="X-T1", source="s", received_at=datetime(2026, 3, 2, 11, tzinfo=UTC))

    decoded = Decoder().decode_documents([event.document.encode() for event in events], origin)

    assert decoded.bad == []
    assert decoded.notes.untimed == 0
    products = decoded.batch.column("product").to_pylist()
    services = decoded.batch.column("service").to_pylist()
    assert None not in products
    assert {"sysmon", "security", "powershell", "auditd", "signinlogs"} <= set(services)
    kinds = {
        (product, category or service)
        for product, category, service in zip(
            products, decoded.batch.column("category").to_pylist(), services, strict=True
        )
    }
    assert {("linux", "process_creation"), ("linux", "cron")} <= kinds


def test_an_event_is_decoded_with_its_own_time_and_device():
    events = some(2_000)
    origin = Origin(organisation="X-T1", source="s", received_at=datetime(2026, 3, 2, 11, tzinfo=UTC))

    batch = Decoder().decode_documents([event.document.encode() for event in events], origin).batch

    for event, observed in zip(events, batch.column("observed_at").to_pylist(), strict=True):
        assert abs(observed - (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=event.at))) < timedelta(
            seconds=1
        )
    hosts = {event.device.partition(".")[0].lower() for event in events if "windows" in event.document}
    assert hosts & {name.partition(".")[0].lower() for name in batch.column("device").to_pylist()}


def test_at_least_a_tenth_of_the_events_are_process_starts_with_varied_command_lines():
    events = some(6_000)
    origin = Origin(organisation="X-T1", source="s", received_at=datetime(2026, 3, 2, 11, tzinfo=UTC))
    batch = Decoder().decode_documents([event.document.encode() for event in events], origin).batch

    lines = [line for line in batch.column("CommandLine").to_pylist() if line]

    assert batch.column("category").to_pylist().count("process_creation") >= len(events) / 10
    assert len(set(lines)) > len(lines) / 3


def test_the_mix_changes_between_day_and_night():
    day = Counter(json.loads(e.document).get("message", "").partition("\n")[0] for e in some(3_000))
    night = Counter(
        json.loads(e.document).get("message", "").partition("\n")[0] for e in some(3_000, start=SUNDAY_NIGHT)
    )

    assert day["Process Create"] > night["Process Create"]


def test_each_organisation_ships_in_its_own_shape():
    shapes = {(event.site.sensor, "EventTime" in json.loads(event.document)) for event in some(3_000)}

    assert (Sensor.SYSMON, True) not in shapes
    assert {sensor for sensor, _ in shapes} <= set(Sensor)


def test_a_device_makes_about_a_thousand_events_a_day():
    everyday = Everyday(SECTOR, seed=1)

    assert 300 < everyday.events_per_day / SECTOR.size.devices < 5_000
    assert everyday.device_days(int(everyday.events_per_day)) == pytest.approx(SECTOR.size.devices, rel=0.01)
