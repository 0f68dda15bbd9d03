"""Two classes of data for tests: a list of what holds, and things that happened. Each node keeps its own."""

from watchward.console.link import kinds
from watchward.console.link.kinds import Kind, Way

STATE = "test_state"
EVENT = "test_event"


def registered(*wanted):
    """Register these for a while."""
    return [kinds.register(one) for one in wanted]


def state(**changed):
    given = {
        "name": STATE,
        "way": Way.BOTH,
        "label": "Things that hold",
        "take": lambda *_: None,
        "holding": lambda _: iter(()),
        "drop": lambda *_: None,
        "withdraw": lambda _: 0,
    }
    return Kind(**{**given, **changed})


def event(**changed):
    given = {
        "name": EVENT,
        "way": Way.BOTH,
        "label": "Things that happened",
        "take": lambda *_: None,
        "withdraw": lambda _: 0,
    }
    return Kind(**{**given, **changed})
