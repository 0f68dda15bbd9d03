"""New indicators with patterns, in events that were kept before anybody knew of them."""

from datetime import timedelta

import pytest

from intel.live.builders import a_pattern
from lake.batches import rows
from lake.journals import MOMENT
from node.lookback.test_indicators import keep
from watchward.base.clock import HeldClock
from watchward.lake import asking, journal
from watchward.node.home import Home
from watchward.node.lookback.indicators import FOLDER, look

LINE = "[process:command_line LIKE '%lapwing%']"


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "home")
    made.create()
    keep(
        made,
        rows("a", "b", CommandLine="a.exe lapwing", Image="C:\\a.exe"),
        rows("c", CommandLine="plover"),
        rows("d", CommandLine="Lapwing", at=MOMENT - timedelta(days=40)),
    )
    return made


def looked(home, *patterns):
    """What is found by looking back for some patterns, once every gateway has settled."""
    asking.ask(home.looks, (), patterns=patterns, journals=home.journal, clock=HeldClock(at=MOMENT))
    (folder,) = asking.waiting(home.looks)
    look(home, folder, clock=HeldClock(at=MOMENT + timedelta(hours=1)))
    entries = [entry for _, entry in journal.read(home.journal) if entry.gateway == FOLDER]
    return [match for entry in entries for match in entry.matches]


def test_an_old_event_that_meets_a_new_pattern_is_told_with_all_that_it_says(home):
    first, second = looked(home, a_pattern(LINE, confidence=80, source="Elm ICB"))
    assert (first.rule_title, first.level, first.looked_back) == ("Campaign 1", "high", True)
    assert (first.fields, first.author) == ({"CommandLine": "a.exe lapwing"}, "Elm ICB")
    assert first.described.startswith("An indicator of an attack: pattern [process:command_line")
    assert (first.segment, first.row, second.row) == ("2026-03-01/g1-000000000001.parquet", 0, 1)
    assert first.context["Image"] == "C:\\a.exe"


def test_only_events_of_a_patterns_time_are_told(home):
    (match,) = looked(home, a_pattern(LINE, until=MOMENT + timedelta(seconds=1)))
    assert match.row == 0


def test_what_joins_several_observations_is_not_looked_back_for(home):
    assert looked(home, a_pattern(f"({LINE} REPEATS 2 TIMES) WITHIN 60 SECONDS")) == []
