from datetime import timedelta

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from watchward.lake.seen import Seen


def ids(numbers):
    # Numbers that share a first half too, so that both halves are looked at.
    return pa.array(
        [(number // 3).to_bytes(8, "little") + number.to_bytes(8, "little") for number in numbers], pa.binary(16)
    )


def drawn(seed, count):
    numbers = np.random.default_rng(seed).integers(1, 1 << 62, (count, 2), dtype=np.uint64)
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), count, [None, pa.py_buffer(numbers.tobytes())])


@settings(deadline=None)
@given(batches=st.lists(st.lists(st.integers(0, 50), max_size=30), max_size=6))
def test_an_event_is_new_exactly_once(batches):
    seen, model = Seen(), set()
    for batch in batches:
        expected = []
        for number in batch:
            expected.append(number not in model)
            model.add(number)
        array = ids(batch)
        new = seen.new(array)
        seen.add(array.filter(pa.array(new)))
        assert new.tolist() == expected
    assert len(seen) == len(model)


def test_what_was_asked_but_not_added_stays_new():
    seen = Seen()

    assert seen.new(ids([1])).tolist() == [True]
    assert seen.new(ids([1])).tolist() == [True]


def test_a_part_of_an_array_is_read_from_where_it_begins():
    seen = Seen()
    seen.add(ids([1, 2, 3]).slice(1, 1))

    assert seen.new(ids([1, 2, 3])).tolist() == [True, False, True]


def test_a_million_events_are_remembered_over_many_slices():
    seen = Seen()
    array = drawn(7, 1_000_000)
    seen.add(array)

    assert not seen.new(array).any()


def test_an_event_is_forgotten_when_the_window_has_passed_and_not_before():
    now = [0.0]
    seen = Seen(window=timedelta(hours=24), monotonic=lambda: now[0])
    seen.add(ids([1]))
    for hour in range(2, 48, 2):
        now[0] = hour * 3600.0
        seen.add(ids([1000 + hour]))
        known = not seen.new(ids([1])).item()
        assert known == (hour <= 24)


def test_the_oldest_go_first_when_memory_does_not_hold_the_window_and_that_is_told():
    now = [0.0]
    seen = Seen(most_bytes=16 << 20, monotonic=lambda: now[0])
    for hour in range(20):
        now[0] = hour * 3600.0
        newest = drawn(hour, 100_000)
        seen.add(newest)

    assert seen.bytes <= 16 << 20
    reached = seen.reach // timedelta(hours=1)
    assert 2 <= reached < 20
    assert not any(seen.new(drawn(hour, 100_000)).any() for hour in range(20 - reached, 20))


def test_a_window_that_memory_did_not_hold_grows_whole_again_when_less_comes():
    now = [0.0]
    seen = Seen(most_bytes=16 << 20, monotonic=lambda: now[0])
    seen.add(drawn(1, 2_000_000))
    assert seen.reach < timedelta(hours=1)

    now[0] = 30 * 3600.0

    assert seen.reach == timedelta(hours=24)
