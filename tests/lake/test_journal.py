from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake.journals import MOMENT, an_entry
from watchward.detect.match import Purpose
from watchward.lake import frames, journal
from watchward.lake.errors import JournalError
from watchward.lake.journal import Position, Writer


def written(folder, count, *, gateway="g1", rotate_bytes=journal.ROTATE_BYTES, received_at=MOMENT):
    writer = Writer(folder / gateway, rotate_bytes=rotate_bytes)
    first = writer.sequence
    for sequence in range(first, first + count):
        writer.append(an_entry(sequence, gateway=gateway, received_at=received_at, matches=2))
    writer.close()
    return first


def sequences(folder, after=None):
    return [(entry.gateway, entry.sequence) for _, entry in journal.read(folder, after)]


def test_what_was_appended_is_read_back_whole_and_in_order(tmp_path):
    written(tmp_path, 3)

    entries = [entry for _, entry in journal.read(tmp_path)]

    assert entries == [an_entry(sequence, matches=2) for sequence in (1, 2, 3)]


def test_a_reader_goes_on_from_the_text_of_its_position(tmp_path):
    written(tmp_path, 5, rotate_bytes=2000)
    positions = [position for position, _ in journal.read(tmp_path)]

    resumed = [sequences(tmp_path, Position.parse(str(position))) for position in positions]

    assert [len(rest) for rest in resumed] == [4, 3, 2, 1, 0]


def test_entries_of_all_gateways_are_merged_by_when_they_were_received(tmp_path):
    written(tmp_path, 1, gateway="g2", received_at=MOMENT)
    written(tmp_path, 1, gateway="g1", received_at=MOMENT + timedelta(seconds=1))

    assert sequences(tmp_path) == [("g2", 1), ("g1", 1)]


def test_a_reader_at_the_end_sees_what_is_appended_later_even_in_a_new_file(tmp_path):
    written(tmp_path, 2)
    *_, (end, _entry) = journal.read(tmp_path)

    written(tmp_path, 1)

    assert sequences(tmp_path, end) == [("g1", 4)]


@given(cut=st.integers(min_value=0, max_value=5000))
def test_wherever_a_crash_cuts_the_file_whole_entries_stay_and_writing_goes_on(tmp_path_factory, cut):
    folder = tmp_path_factory.mktemp("journal")
    written(folder, 3)
    (file,) = (folder / "g1").glob("*.journal")
    whole = file.read_bytes()
    file.write_bytes(whole[:cut])
    before = sequences(folder)

    written(folder, 2)

    after = sequences(folder)
    assert after[: len(before)] == before
    assert len(after) == len(before) + 2
    assert len({sequence for _, sequence in after}) == len(after)


def test_a_flipped_bit_in_the_last_entry_is_recognised_and_kept_aside(tmp_path):
    written(tmp_path, 2)
    (file,) = (tmp_path / "g1").glob("*.journal")
    data = bytearray(file.read_bytes())
    data[-10] ^= 1
    file.write_bytes(data)

    written(tmp_path, 1)

    assert sequences(tmp_path) == [("g1", 1), ("g1", 3)]
    assert list((tmp_path / "g1").glob("*.torn"))


def test_an_entry_seen_before_a_power_cut_took_it_never_hides_the_one_written_after(tmp_path):
    written(tmp_path, 2)
    *_, (seen, _entry) = journal.read(tmp_path)
    (file,) = (tmp_path / "g1").glob("*.journal")
    first_end = next(iter(journal.read(tmp_path)))[0].places["g1"].offset
    file.write_bytes(file.read_bytes()[:first_end])

    written(tmp_path, 1)

    assert sequences(tmp_path, seen) == [("g1", 3)]


def test_an_entry_out_of_turn_is_refused(tmp_path):
    with pytest.raises(JournalError, match="must follow"):
        Writer(tmp_path / "g1").append(an_entry(7))


def test_discarding_keeps_what_has_not_been_applied_and_the_last_number(tmp_path):
    written(tmp_path, 10, rotate_bytes=2000)
    positions = [position for position, _ in journal.read(tmp_path)]

    journal.discard(tmp_path, applied=positions[4], before=MOMENT + timedelta(days=365_000))

    assert sequences(tmp_path, positions[4]) == [("g1", sequence) for sequence in range(6, 11)]
    assert journal.last_sequence(tmp_path / "g1") == 10


def test_the_end_is_where_a_reader_that_read_everything_stands(tmp_path):
    written(tmp_path, 3, rotate_bytes=2000)
    written(tmp_path, 2, gateway="g2")

    assert journal.end(tmp_path) == [position for position, _ in journal.read(tmp_path)][-1]


def test_a_gateway_can_be_left_out(tmp_path):
    written(tmp_path, 1)
    written(tmp_path, 1, gateway="g2")

    assert [entry.gateway for _, entry in journal.read(tmp_path, leaving_out="g1")] == ["g2"]


def test_an_entry_of_a_version_that_did_not_say_what_matches_are_for_is_read_as_alerts(tmp_path):
    plain = msgspec.to_builtins(an_entry(1, matches=1))
    for match in plain["matches"]:
        del match["purpose"], match["carried"]
    folder = tmp_path / "g1"
    folder.mkdir()
    (folder / f"{1:016d}.journal").write_bytes(frames.MAGIC + frames.framed(1, msgspec.json.encode(plain)))

    (entry,) = [entry for _, entry in journal.read(tmp_path)]

    assert (entry.matches[0].purpose, entry.matches[0].carried) == (Purpose.ALERT, {})
