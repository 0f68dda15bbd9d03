import os
from datetime import date, timedelta

import pytest

from lake.batches import an_event_id, rows
from lake.days import Node
from lake.journals import MOMENT, an_entry
from watchward.lake import catalogue, events, expiry, segments
from watchward.lake.aside import aside
from watchward.lake.catalogue import Wanted
from watchward.lake.expiry import Reason
from watchward.lake.journal import Writer
from watchward.lake.keep import Keep
from watchward.lake.merge import merge
from watchward.lake.segments import Segment


def test_events_are_kept_for_whole_days_and_no_longer(tmp_path):
    node = Node(tmp_path, days=6)

    node.expire_for_hours(5, days=3)

    assert node.kept == [3, 4, 5, 6]
    assert not (tmp_path / "lake" / "events" / "2026-02-24").exists()


def test_a_clock_that_is_a_year_ahead_for_an_hour_costs_one_day(tmp_path):
    node = Node(tmp_path, days=6)
    node.clock.advance(timedelta(days=365))

    for _ in range(59):
        node.expire(days=3)
        node.clock.advance(timedelta(minutes=1))

    assert node.kept == [2, 3, 4, 5, 6]


def test_the_newest_two_days_stay_whatever_the_clock_and_the_disk_say(tmp_path):
    node = Node(tmp_path, days=4)
    node.clock.advance(timedelta(days=400))
    node.expire_for_hours(9, days=2)

    wanting = node.expire(free=0, wanted=1 << 30)

    assert node.kept == [3, 4]
    assert wanting == 1 << 30


def test_what_no_alert_could_have_been_made_of_yet_never_expires(tmp_path):
    node = Node(tmp_path, days=6)
    node.projected = {"g1": 1}

    node.expire_for_hours(9, days=2)
    node.expire(free=0, wanted=1 << 30)

    assert node.kept == [2, 3, 4, 5, 6]


def test_the_oldest_make_room_and_no_more_of_them_than_it_takes(tmp_path):
    node = Node(tmp_path, days=8)
    wanted = node.size(1) + node.size(2) // 2

    assert node.expire(free=0, wanted=wanted) == 0
    # What is marked will be free in a moment: it is not looked for twice.
    assert node.expire(free=0, wanted=wanted) == 0

    assert node.kept == [3, 4, 5, 6, 7, 8]
    assert expiry.held(node.lake).last[Reason.ROOM].segments == 2


def test_what_a_backup_holds_is_not_removed_for_room_that_it_would_not_make(tmp_path):
    node = Node(tmp_path, days=6)
    with aside(node.lake) as held:
        os.link(node.files[0], held / "0")

        wanting = node.expire(free=0, wanted=100)

    assert wanting == 100
    assert node.kept == [1, 2, 3, 4, 5, 6]


def test_what_a_killed_backup_held_goes_before_anything_is_removed_for_room(tmp_path):
    node = Node(tmp_path, days=6)
    left_behind = node.lake / "aside"
    left_behind.mkdir()
    os.link(node.files[0], left_behind / "0")

    wanting = node.expire(free=0, wanted=100)

    assert wanting == 0
    assert node.kept == [2, 3, 4, 5, 6]
    assert not left_behind.exists()


def test_whoever_reads_when_events_expire_reads_them_to_the_end(tmp_path):
    node = Node(tmp_path, days=6)
    begun = catalogue.dataset(node.lake, Wanted())

    node.expire(days=4)

    assert begun.to_table().num_rows == 6
    assert node.kept == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("later", [timedelta(minutes=2), timedelta(days=-400)])
def test_files_go_a_while_after_their_events_expired_even_if_the_clock_was_set_back(tmp_path, later):
    node = Node(tmp_path, days=6)
    node.expire(days=4)
    assert len(node.files) == 6

    node.clock.advance(later)
    node.expire()

    assert len(node.files) == 5
    assert not list(node.lake.rglob(f"*{segments.EXPIRED}"))


def test_an_expired_merged_segment_brings_back_nothing_that_it_stood_for(tmp_path):
    node = Node(tmp_path, days=1)
    for number in range(2, 8):
        segments.write(node.lake, Segment.of("g1", number, MOMENT), rows(f"event-{number}"))
    writer = Writer(node.journals / "g1")
    writer.append(an_entry(writer.sequence))
    writer.close()
    node.projected = {"g1": 7}
    assert merge(node.lake, node.journals, fewest=2)
    later = MOMENT + timedelta(days=5)
    segments.write(node.lake, Segment.of("g1", 9, later), rows("event-9", at=later))
    node.clock.at = later

    node.expire(days=3)
    assert node.kept == [9]
    assert merge(node.lake, node.journals, fewest=2) == 0
    node.clock.advance(timedelta(hours=2))
    node.expire(days=3)

    assert node.kept == [9]
    assert len(node.files) == 1


def test_a_merge_after_an_expiry_takes_only_what_is_left(tmp_path):
    node = Node(tmp_path, days=6)
    node.expire(days=4)

    merge(node.lake, node.journals, fewest=1)

    assert node.kept == [2, 3, 4, 5, 6]


def test_an_expired_event_is_not_found_by_its_place(tmp_path):
    node = Node(tmp_path, days=6)
    first = segments.visible(node.lake)[0]
    node.expire(days=4)

    assert events.fetch(node.lake, event_id=an_event_id("event-1").hex(), segment=str(first), row=0) is None


def test_a_day_is_told_on_which_the_oldest_events_expire(tmp_path):
    node = Node(tmp_path, days=3)
    held = expiry.held(node.lake)

    assert held.days == (date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1))
    assert held.next_expiry(Keep(days=30, free_bytes=0)) == date(2026, 3, 30)


def test_an_empty_lake_has_nothing_to_expire(tmp_path):
    assert (
        expiry.expire(tmp_path / "lake", keep=Keep(days=2, free_bytes=0), projected={}, now=MOMENT, free_bytes=0) == 0
    )
    assert expiry.held(tmp_path / "lake").next_expiry(Keep(days=2, free_bytes=0)) is None
