"""What a correlation asks for is told in a sentence that a person reads once."""

import pytest

from detect.correlate.streams import correlation
from watchward.detect.correlate.words import in_words

TITLES = {"a": "Password guessed", "b": "Session opened", "many": "Many passwords guessed"}


@pytest.mark.parametrize(
    ("kind", "condition", "sentence"),
    [
        ("temporal_ordered", None, "“Password guessed”, then “Session opened”, within a day"),
        ("temporal", None, "“Password guessed” and “Session opened”, in any order, within a day"),
        ("temporal", {"gte": 1}, "1 or more of “Password guessed” and “Session opened”, within a day"),
        ("event_count", {"gt": 2}, "more than 2 events of “Password guessed” or “Session opened”, within a day"),
    ],
)
def test_what_is_asked_for_is_told_in_words(kind, condition, sentence):
    assert in_words(correlation(kind, ["a", "b"], "1d", condition), TITLES) == sentence


def test_what_a_part_asks_for_that_is_itself_a_correlation_is_told_too():
    many = correlation("event_count", ["a"], "10m", {"gte": 10}, id="many", group_by=["User"])
    then = correlation("temporal_ordered", ["many", "b"], "30m", None, group_by=["User"])

    assert in_words(then, TITLES, [many]) == (
        "“Many passwords guessed”, then “Session opened” with the same User, within 30 minutes."
        " “Many passwords guessed” is 10 or more events of “Password guessed” with the same User, within 10 minutes"
    )
