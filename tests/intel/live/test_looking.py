"""Looking for patterns: what counts when a batch comes is found in it, however the plans are laid out."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.builders import NOON, a_batch
from intel.live.builders import a_pattern
from watchward.detect.match import Purpose
from watchward.intel.live import folder
from watchward.intel.live.looking import LivePatterns

WORDS = ["lapwing", "plover", "dunlin", "curlew", "godwit", "turnstone"]


def looking(place, **others):
    return LivePatterns(place, now=lambda: datetime.now(UTC), **others)


def a_word(number, **others):
    return a_pattern(f"[process:command_line LIKE '%{WORDS[number]}%']", number=number, **others)


def met(live, *lines):
    """For each line the numbers of the words whose patterns are met in it."""
    events = a_batch(*({"CommandLine": line} for line in lines))
    ids = {a_word(number).id: number for number in range(len(WORDS))}
    found = [set() for _ in lines]
    for one in live.match(events):
        for row, rule in zip(one.matches.rows.tolist(), one.matches.rules.tolist(), strict=True):
            found[row].add(ids[one.plan.rules[rule].id])
    return found


@settings(max_examples=10, deadline=None)
@given(steps=st.lists(st.sets(st.integers(0, len(WORDS) - 1)), min_size=1, max_size=6), small=st.integers(1, 4))
def test_whatever_comes_and_goes_just_what_is_published_is_found(tmp_path_factory, steps, small):
    place = tmp_path_factory.mktemp("patterns")
    live = looking(place, small=small)
    for step in steps:
        folder.publish(place, [a_word(number) for number in sorted(step)])
        live.refresh()
        assert met(live, *WORDS) == [{number} & step for number in range(len(WORDS))]
        assert len(live) == len(step)


@settings(max_examples=4, deadline=None)
@given(steps=st.lists(st.sets(st.integers(0, len(WORDS) - 1)), min_size=1, max_size=6))
def test_the_same_holds_where_large_plans_are_laid_out_beside_the_work(tmp_path_factory, steps):
    place = tmp_path_factory.mktemp("patterns")
    live = looking(place, small=1)
    live.start()
    try:
        for step in steps:
            folder.publish(place, [a_word(number) for number in sorted(step)])
            wanted, ends = [{number} & step for number in range(len(WORDS))], time.monotonic() + 60
            while met(live, *WORDS) != wanted:
                assert time.monotonic() < ends
                time.sleep(0.01)
    finally:
        live.stop()


def test_a_pattern_that_changes_is_found_all_the_while(tmp_path):
    folder.publish(tmp_path, [a_word(number) for number in range(5)])
    live = looking(tmp_path, small=2)
    live.start()
    missed, done = [], threading.Event()

    def watch():
        while not done.is_set():
            missed.extend(one for one in met(live, WORDS[0]) if not one)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for number in range(8):
            folder.change(tmp_path, added=[a_word(0, title=f"Version {number}")])
            time.sleep(0.15)
    finally:
        done.set()
        watcher.join()
        live.stop()
    assert not missed


def test_only_events_of_its_time_meet_a_pattern(tmp_path):
    hour = timedelta(hours=1)
    times = f"START t'{NOON - 3 * hour:%Y-%m-%dT%H:%M:%SZ}' STOP t'{NOON + 3 * hour:%Y-%m-%dT%H:%M:%SZ}'"
    both = a_pattern(f"[process:command_line LIKE '%lapwing%'] {times}", number=1, starts=NOON - hour)
    ended = a_pattern(f"[process:command_line LIKE '%lapwing%'] {times}", number=2, until=NOON)
    folder.publish(tmp_path, [both, ended])
    live = looking(tmp_path)
    at = [NOON + hours * hour for hours in (-4, -2, -1, 0, 2, 3)]
    stamps = pa.array(at, pa.timestamp("us", tz="UTC"))
    batch = a_batch(*({"CommandLine": "lapwing"} for _ in at), observed_at=stamps)
    (found,) = live.match(batch)
    rows = {}
    for row, rule in zip(found.matches.rows.tolist(), found.matches.rules.tolist(), strict=True):
        rows.setdefault(found.plan.rules[rule].id, []).append(row)
    assert rows == {both.id: [2, 3, 4], ended.id: [1, 2]}


def test_the_matches_of_a_pattern_on_trial_are_for_counting_and_promotion_needs_no_new_plan(tmp_path):
    folder.publish(tmp_path, [a_word(0, trial=True), a_word(1)])
    live = looking(tmp_path)
    (found,) = live.match(a_batch({"CommandLine": "lapwing plover"}))
    assert [found.purposes.of(rule) for rule in found.plan.rules] == [Purpose.TRIAL, Purpose.ALERT]
    folder.change(tmp_path, added=[a_word(0), a_word(1, trial=True)])
    live.refresh()
    (after,) = live.match(a_batch({"CommandLine": "lapwing plover"}))
    assert after.plan is found.plan
    assert [after.purposes.of(rule) for rule in after.plan.rules] == [Purpose.ALERT, Purpose.TRIAL]


def test_parts_of_a_pattern_that_joins_observations_raise_nothing_by_themselves(tmp_path):
    joined = "[process:command_line LIKE '%lapwing%'] FOLLOWEDBY [process:command_line LIKE '%plover%']"
    folder.publish(tmp_path, [a_pattern(f"({joined}) WITHIN 60 SECONDS")])
    (found,) = looking(tmp_path).match(a_batch({"CommandLine": "lapwing"}))
    assert {found.purposes.of(rule) for rule in found.plan.rules} == {Purpose.PART}


def test_what_cannot_be_looked_for_or_read_costs_the_others_nothing(tmp_path):
    folder.publish(tmp_path, [a_pattern("[artifact:payload_bin LIKE 'x%']", number=9), a_word(0)])
    live = looking(tmp_path)
    assert met(live, "lapwing") == [{0}]
    (tmp_path / folder.CURRENT).write_bytes(b"spoilt")
    assert live.refresh()
    assert met(live, "lapwing") == [{0}]


def test_a_batch_that_meets_nothing_is_told_by_nobody(tmp_path):
    folder.publish(tmp_path, [a_word(0)])
    assert looking(tmp_path).match(a_batch({"CommandLine": "nothing of it"})) == []
