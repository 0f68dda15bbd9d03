"""Answers that are kept: made once each, by whoever asks first, and the one that nobody asked for longest goes."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from watchward.console.recent import Recent


def test_what_several_ask_at_once_is_made_once():
    made, recent = [], Recent[int](2)
    together = Barrier(8)

    def ask(_):
        together.wait()
        return recent.get("nation", lambda: made.append(1) or len(made))

    with ThreadPoolExecutor(8) as people:
        assert set(people.map(ask, range(8))) == {1}
    assert made == [1]


def test_whoever_asks_something_else_does_not_wait():
    recent, both = Recent[str](2), Barrier(2, timeout=30)

    def ask(what):
        return recent.get(what, lambda: f"{what} {both.wait() >= 0}")  # goes on only when both are being made

    with ThreadPoolExecutor(2) as people:
        assert list(people.map(ask, ["one", "other"])) == ["one True", "other True"]


def test_the_answer_that_nobody_asked_for_longest_goes():
    made, recent = [], Recent[None](2)

    for what in "abacab":
        recent.get(what, lambda what=what: made.append(what))

    assert made == ["a", "b", "c", "b"]


def test_what_failed_is_tried_again():
    recent = Recent[str](1)

    with pytest.raises(ZeroDivisionError):
        recent.get("a", lambda: str(1 / 0))

    assert recent.get("a", lambda: "made") == "made"
