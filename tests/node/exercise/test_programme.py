import itertools
from datetime import UTC, datetime

from watchward.node.exercise.moment import SECOND, microseconds
from watchward.node.exercise.programme import FIRST_STORY_SECONDS, Programme
from watchward.node.exercise.sector import SIZES, Sector
from watchward.node.exercise.stories import all_stories

START = microseconds(datetime(2026, 3, 2, 10, tzinfo=UTC))
SECTOR = Sector(SIZES["small"])


def programme(**changes):
    given = {"stories": tuple(all_stories().values()), "rate": 20.0, "speed": 600.0, "every": 20.0, **changes}
    return Programme(sector=SECTOR, start=START, **given)


def test_the_first_attack_begins_within_seconds_of_the_start():
    first = next(programme().attacks())

    assert first.at - START < (FIRST_STORY_SECONDS + 2) * SECOND
    assert first.label.startswith("phishing_to_ransomware/0/")


def test_attacks_and_everyday_events_come_in_one_order_of_time():
    events = list(programme().until(START + 90 * SECOND))

    assert all(earlier.at <= later.at for earlier, later in itertools.pairwise(events))
    assert {bool(event.label) for event in events} == {True, False}
    assert len({event.label.split("/")[0] for event in events if event.label}) >= 4


def test_stories_are_played_again_when_all_have_been_and_elsewhere():
    stories = (all_stories()["linux_server"],)
    events = list(programme(stories=stories, performances=6).attacks())

    assert {event.label.split("/")[1] for event in events} == {str(number) for number in range(6)}
    assert len({event.site.record.code for event in events}) > 1


def test_the_same_plan_plays_the_same_bytes():
    once, again = (list(programme().until(START + 30 * SECOND)) for _ in range(2))

    assert [event.document for event in once] == [event.document for event in again]


def test_an_exercise_without_stories_is_only_everyday():
    assert not any(event.label for event in programme(stories=()).until(START + 20 * SECOND))
