from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.builders import ARRIVAL, an_origin, decoded, rows
from watchward.telemetry.times import parse

MOMENT = datetime(2020, 10, 18, 10, 56, 18, 799_000, tzinfo=UTC)
MICROS = 1_603_018_578_799_000


@pytest.mark.parametrize(
    "written",
    [
        "2020-10-18 10:56:18.799",
        "2020-10-18T10:56:18.799Z",
        "2020-10-18T10:56:18.7990000Z",
        "2020-10-18T10:56:18.799000000Z",
        "2020-10-18T12:56:18,799+02:00",
        "2020-10-18T05:56:18.799-0500",
        "2020-10-18 10:56:18.799 UTC",
        1603018578799,
        "1603018578799",
        1603018578.799,
        1603018578799000,
        1603018578799000000,
        132474921787990000,
        "/Date(1603018578799)/",
    ],
)
def test_every_usual_form_of_a_time_is_read(written):
    assert parse(written) == MICROS


@pytest.mark.parametrize(
    "written", ["", "-", "yesterday", "2020-13-01T00:00:00Z", "2020-02-30", "9" * 30, "0", "٢٠٢٠-01-01"]
)
def test_what_is_no_time_is_no_time(written):
    assert parse(written) is None


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2199, 1, 1)))  # noqa: DTZ001 - the zone is added
def test_iso_times_are_read_exactly(moment):
    expected = (moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert parse(moment.isoformat(timespec="microseconds") + "Z") == expected


def test_a_clock_that_is_years_off_is_kept_and_counted():
    found = decoded(
        {"TimeCreated": "2019-01-01T00:00:00Z"}, {"TimeCreated": "2031-01-01T00:00:00Z"}, {"x": 1}, origin=an_origin()
    )
    assert (found.notes.behind, found.notes.ahead, found.notes.untimed) == (1, 1, 1)
    assert [event["observed_at"].year for event in rows(found)] == [2019, 2031, ARRIVAL.year]


def test_the_events_own_time_goes_before_that_of_its_shipping():
    (event,) = rows(
        decoded({"@timestamp": "2026-03-01T10:00:00Z", "TimeCreated": "2026-03-01 09:00:00", "EventTime": "x"})
    )
    assert event["observed_at"] == datetime(2026, 3, 1, 9, tzinfo=UTC)
