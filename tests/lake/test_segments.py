from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake.batches import an_event_id, rows
from lake.journals import MOMENT, an_entry
from watchward.lake import arrivals, catalogue, events, segments
from watchward.lake.catalogue import Wanted
from watchward.lake.errors import LakeError
from watchward.lake.journal import Writer
from watchward.lake.merge import merge
from watchward.lake.segments import Segment


def stored(lake, sequence, table, *, gateway="g1"):
    segment = Segment.of(gateway, sequence, MOMENT)
    segments.write(lake, segment, table)
    return str(segment)


def journalled(folder, count, *, gateway="g1"):
    writer = Writer(folder / gateway)
    for sequence in range(1, count + 1):
        writer.append(an_entry(sequence, gateway=gateway))
    writer.close()


def identifiers(lake):
    return sorted(catalogue.dataset(lake, Wanted()).to_table(columns=["event_id"])["event_id"].to_pylist())


def test_an_event_comes_back_as_it_was_written(tmp_path):
    segment = stored(tmp_path, 1, rows("a", "b", CommandLine="whoami /all"))

    event = events.fetch(tmp_path, event_id=an_event_id("b").hex(), segment=segment, row=1)

    assert event is not None
    assert (event.event_id, event.device) == (an_event_id("b").hex(), "ward-1")
    assert event.fields == {"CommandLine": "whoami /all"}
    assert event.unmapped == {"Hostname": "ward-1"}


def test_a_merge_keeps_every_event_once_before_and_after_the_old_segments_go(tmp_path):
    lake, journals = tmp_path / "lake", tmp_path / "journal"
    names = [f"event-{number}" for number in range(20)]
    for sequence, name in enumerate(names, start=1):
        stored(lake, sequence, rows(name, **{f"Field{sequence % 3}": "x"}))
    journalled(journals, 20)

    assert merge(lake, journals, fewest=2) == 20

    assert len(segments.everything(lake)) == 21
    assert identifiers(lake) == sorted(an_event_id(name) for name in names)
    assert segments.visible(lake) == [Segment(day="2026-03-01", gateway="g1", first=1, last=20)]


def test_an_event_is_found_by_the_name_of_the_segment_that_was_merged_away(tmp_path):
    lake, journals = tmp_path / "lake", tmp_path / "journal"
    named = [stored(lake, number, rows(f"event-{number}", device=f"ward-{number}")) for number in range(1, 5)]
    journalled(journals, 4)
    merge(lake, journals, fewest=2)

    event = events.fetch(lake, event_id=an_event_id("event-3").hex(), segment=named[2], row=0)

    assert event is not None
    assert event.device == "ward-3"


def test_what_has_no_journal_entry_is_not_merged(tmp_path):
    lake, journals = tmp_path / "lake", tmp_path / "journal"
    for sequence in range(1, 6):
        stored(lake, sequence, rows(f"event-{sequence}"))
    journalled(journals, 4)

    merge(lake, journals, fewest=2)

    assert [(one.first, one.last) for one in segments.visible(lake)] == [(1, 4), (5, 5)]


def test_a_segment_without_a_journal_entry_is_removed_when_its_gateway_starts(tmp_path):
    stored(tmp_path, 1, rows("kept"))
    stored(tmp_path, 2, rows("never acknowledged"))
    stored(tmp_path, 9, rows("another gateway's"), gateway="g2")

    segments.forget_unacknowledged(tmp_path, "g1", journalled=1)

    assert identifiers(tmp_path) == sorted([an_event_id("kept"), an_event_id("another gateway's")])


def test_segments_of_which_the_journal_lost_its_entries_are_set_aside_and_not_deleted(tmp_path):
    for sequence in range(1, 4):
        stored(tmp_path, sequence, rows(f"event-{sequence}"))

    segments.forget_unacknowledged(tmp_path, "g1", journalled=1)

    assert identifiers(tmp_path) == [an_event_id("event-1")]
    assert len(list(tmp_path.rglob(f"*{segments.ASIDE}"))) == 2


def test_a_merge_takes_no_more_at_once_than_it_may(tmp_path):
    lake, journals = tmp_path / "lake", tmp_path / "journal"
    for sequence in range(1, 11):
        stored(lake, sequence, rows(f"event-{sequence}"))
    journalled(journals, 10)
    one = catalogue.contents_of(segments.visible(lake)[0].path(lake)).unpacked

    merge(lake, journals, fewest=2, most_bytes=5 * one + one // 2)

    assert [(one.first, one.last) for one in segments.visible(lake)] == [(1, 5), (6, 10)]


@given(
    ranges=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 12)), max_size=12),
)
def test_what_is_left_after_superseding_covers_the_same_numbers(ranges):
    singles = [Segment(day="d", gateway="g1", first=number, last=number) for number in range(1, 53)]
    merged = [Segment(day="d", gateway="g1", first=first, last=first + more) for first, more in ranges]
    nested = [one for one in merged if all(_nested(one, other) for other in merged)]

    kept = segments.without_superseded({*singles, *nested})

    assert sorted(number for one in kept for number in range(one.first, one.last + 1)) == list(range(1, 53))


def _nested(one, other):
    return one.covers(other) or other.covers(one) or one.last < other.first or other.last < one.first


def test_a_timeline_holds_the_device_of_that_organisation_and_nothing_else(tmp_path):
    stored(tmp_path, 1, rows("a", "b", "c"))
    stored(tmp_path, 2, rows("other device", device="ward-2"))
    stored(tmp_path, 3, rows("other organisation", organisation="ZZ2"))

    found = events.timeline(tmp_path, organisation="ZZ1", device="ward-1", around=MOMENT, limit=2)

    assert [one.event_id for one in found] == [an_event_id("a").hex(), an_event_id("b").hex()]


def test_a_timeline_of_a_talkative_device_holds_what_is_nearest_before_and_after(tmp_path):
    stored(tmp_path, 1, rows(*"abcdefg"))

    found = events.timeline(
        tmp_path, organisation="ZZ1", device="ward-1", around=MOMENT + timedelta(seconds=3), limit=3
    )

    assert [one.event_id for one in found] == [an_event_id(name).hex() for name in "cde"]


def test_a_lake_without_events_has_an_empty_timeline(tmp_path):
    assert events.timeline(tmp_path, organisation="ZZ1", device="ward-1", around=MOMENT) == []


def test_a_full_disk_leaves_no_half_segment(tmp_path):
    folder = segments.events_folder(tmp_path) / "2026-03-01"
    folder.mkdir(parents=True)
    (folder / "g1-000000000001.partial").mkdir()

    with pytest.raises(OSError, match="directory"):
        stored(tmp_path, 1, rows("a"))

    assert segments.visible(tmp_path) == []


def test_each_row_group_has_a_dictionary_of_its_own_values(tmp_path):
    early, late = (rows(*map(str, range(segments.ROW_GROUP)), CommandLine=command) for command in ("whoami", "net use"))
    both = pa.concat_tables([early, late])

    segment = Segment.parse(stored(tmp_path, 1, both))

    with pq.ParquetFile(segment.path(tmp_path)) as file:
        found = [file.read_row_group(group)["CommandLine"] for group in range(file.num_row_groups)]
    assert [chunk.dictionary.to_pylist() for group in found for chunk in group.chunks] == [["whoami"], ["net use"]]
    assert pa.chunked_array([one.cast(pa.string()).combine_chunks() for one in found]).to_pylist() == (
        both["CommandLine"].cast(pa.string()).to_pylist()
    )


def test_of_the_files_of_a_lake_those_count_that_hold_each_event_once(tmp_path):
    lake, journals = tmp_path / "lake", tmp_path / "journal"
    for sequence in range(1, 5):
        stored(lake, sequence, rows(f"event-{sequence}"))
    journalled(journals, 3)
    merge(lake, journals, fewest=2)
    (lake / "events" / "notes.txt").touch()
    files = sorted((lake / "events").rglob("*"))

    counted = {file.name for file in set(files) - segments.uncounted(files) if file.is_file()}

    assert counted == {"notes.txt", "g1-000000000001-000000000003.parquet", "g1-000000000004.parquet"}


def test_a_strange_name_in_the_journal_is_refused_with_advice():
    with pytest.raises(LakeError, match="not a segment"):
        Segment.parse("../../etc/passwd")


def test_text_is_text_whatever_encoding_a_segment_has(tmp_path):
    stored(tmp_path, 1, rows("a", Image="x"))

    assert catalogue.dataset(tmp_path, Wanted()).schema.field("Image").type == pa.string()


def test_a_merged_segment_says_what_arrived_as_reading_its_events_would(tmp_path):
    lake, journals = tmp_path / "lake", tmp_path / "journal"
    for number in (1, 2, 3):
        stored(lake, number, rows("x", "y", organisation=f"ZZ{number}", Image="a", EventID="1"))
    journalled(journals, 3)
    before = {one for segment in segments.visible(lake) for one in arrivals.of(segment.path(lake))}

    merge(lake, journals, fewest=2)

    (merged,) = segments.visible(lake)
    assert set(arrivals.of(merged.path(lake))) == before
    assert {one.organisation for one in before} == {"ZZ1", "ZZ2", "ZZ3"}
    assert all(one.kind.fields == {"Image", "EventID"} for one in before)
