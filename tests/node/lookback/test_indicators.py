"""New indicators in events that were kept before anybody knew of them."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from intel.exact.builders import an_entry
from lake.batches import rows
from lake.journals import MOMENT
from watchward.base.clock import HeldClock
from watchward.intel.observable import Kind
from watchward.lake import asking, journal, segments
from watchward.lake.journal import JournalEntry
from watchward.lake.merge import merge
from watchward.lake.segments import Segment
from watchward.node.home import Home
from watchward.node.lookback import indicators
from watchward.node.lookback.indicators import FOLDER, look

EVIL = an_entry(Kind.DOMAIN, "evil.example", 1, title="Campaign Lapwing")
TOOL = an_entry(Kind.FILE_NAME, "tool.exe", 2, until=MOMENT + timedelta(days=1))


@pytest.fixture
def home(tmp_path):
    found = Home(tmp_path / "home")
    found.create()
    return found


@pytest.fixture
def later():
    """A clock that shows that every gateway has settled."""
    return HeldClock(at=MOMENT + timedelta(hours=1))


def keep(home, *tables):
    """Keep segments with the entries of the journal that speak for them."""
    writer = journal.Writer(home.journal / "g1")
    for number, table in enumerate(tables, start=1):
        segments.write(home.lake, Segment.of("g1", number, MOMENT), table, for_good=number % 2 == 0)
        writer.append(an_empty_entry(number))
    writer.close()


def an_empty_entry(number, *matches):
    return JournalEntry(
        gateway="g1",
        sequence=number,
        segment="",
        received_at=MOMENT,
        events=0,
        sources=[],
        devices=[],
        matches=[*matches],
    )


def fill(home):
    keep(
        home,
        rows("a", "b", QueryName="www.evil.example"),
        rows("c", QueryName="good.example", Image="C:\\Tool.exe"),
        rows("d", QueryName="good.example"),
        rows("e", QueryName="EVIL.example", at=MOMENT - timedelta(days=40)),
    )


def found(home):
    entries = [entry for _, entry in journal.read(home.journal) if entry.gateway == FOLDER]
    return [match for entry in entries for match in entry.matches]


def names(home):
    return sorted((match.rule_id[-1], match.event_id) for match in found(home))


def asked(home):
    asking.ask(home.looks, (EVIL, TOOL), journals=home.journal, clock=HeldClock(at=MOMENT))
    (folder,) = asking.waiting(home.looks)
    return folder


def test_what_is_new_is_found_in_what_was_kept_and_is_told_as_found_by_looking_back(home, later):
    fill(home)
    told = look(home, asked(home), clock=later)
    assert (told.segments, told.events, told.matches, told.given_up) == (4, 5, 3, [])
    first, *_ = found(home)
    assert (first.rule_title, first.observed_at, first.looked_back) == ("Campaign Lapwing", MOMENT, True)
    assert (first.segment, first.row, first.fields) == (
        "2026-03-01/g1-000000000001.parquet",
        0,
        {"QueryName": "www.evil.example"},
    )
    assert [match.row for match in found(home)] == [0, 1, 0]
    assert asking.waiting(home.looks) == []


def test_what_is_asked_while_something_waits_joins_it_unless_that_is_begun(home, later):
    fill(home)
    first = asking.ask(home.looks, (EVIL,), journals=home.journal, clock=HeldClock(at=MOMENT))
    assert asking.ask(home.looks, (TOOL,), journals=home.journal, clock=HeldClock(at=MOMENT)) == first
    (folder,) = asking.waiting(home.looks)
    asking.tried(folder)
    second = asking.ask(home.looks, (TOOL,), journals=home.journal, clock=HeldClock(at=MOMENT + timedelta(seconds=1)))

    assert [one.name for one in asking.waiting(home.looks)] == [first, second]
    assert look(home, folder, clock=later).matches == 3


def test_what_people_ask_by_itself_joins_nothing(home):
    waits = asking.ask(home.looks, (EVIL,), journals=home.journal, clock=HeldClock(at=MOMENT))
    alone = asking.ask(home.looks, (TOOL,), journals=home.journal, clock=HeldClock(at=MOMENT), settled=True)
    after = asking.ask(home.looks, (TOOL,), journals=home.journal, clock=HeldClock(at=MOMENT))

    assert alone not in {waits, after}


def test_two_processes_find_the_same(home, later):
    fill(home)
    look(home, asked(home), clock=later, processes=2)
    assert [number for number, _ in names(home)] == ["1", "1", "2"]


def test_an_event_after_the_end_of_an_indicator_is_not_found(home, later):
    keep(home, rows("a", Image="C:\\tool.exe", at=MOMENT + timedelta(days=2)))
    assert look(home, asked(home), clock=later).matches == 0


def test_what_a_gateway_has_matched_meanwhile_is_not_told_twice(home, later):
    folder = asked(home)
    fill(home)
    look(home, asked_again := folder, clock=later)
    live = [replace(match, looked_back=False) for match in found(home) if match.rule_id == EVIL.indicator]
    writer = journal.Writer(home.journal / "g1")
    again = asked(home)
    writer.append(an_empty_entry(writer.sequence, *live))
    writer.close()
    before = len(found(home))
    assert asked_again != again
    assert look(home, again, clock=later).matches == 1
    assert {match.rule_id for match in found(home)[before:]} == {TOOL.indicator}


def test_an_indicator_that_matches_everything_is_given_up(home, later, monkeypatch):
    monkeypatch.setattr(indicators, "MOST_OF_ONE", 3)
    keep(home, rows(*"abcdef", QueryName="evil.example", Image="tool.exe"))
    told = look(home, asked(home), clock=later)
    assert (told.matches, sorted(told.given_up)) == (6, [EVIL.indicator, TOOL.indicator])


def test_segments_that_are_merged_meanwhile_lose_no_event_and_repeat_none(home, later):
    fill(home)
    folder = asked(home)
    merged = []

    def merging(_):
        if not merged:
            merged.append(merge(home.lake, home.journal, fewest=2))
            for file in (home.lake / "events").glob("*/*.parquet"):
                if not Segment.parse(f"{file.parent.name}/{file.name}").merged:
                    file.unlink()

    look(home, folder, clock=later, progress=merging)
    assert merged == [4]
    assert [number for number, _ in names(home)] == ["1", "1", "2"]
    assert len(set(names(home))) == 3


@pytest.mark.parametrize("step", range(1, 40, 3))
def test_a_crash_at_any_moment_finds_each_event_once(home, later, step):
    fill(home)
    folder = asked(home)
    child = os.fork()
    if child == 0:
        left = [step]

        def killing(call):
            def counted(*arguments, **named):
                left[0] -= 1
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)
                return call(*arguments, **named)

            return counted

        for name in ("write", "fsync", "fdatasync", "open", "close", "unlink", "rmdir", "truncate"):
            setattr(os, name, killing(getattr(os, name)))
        indicators._NOTE_EVERY = 0.0  # one entry a segment
        look(home, folder, clock=later)
        os._exit(0)
    os.waitpid(child, 0)
    for waiting in asking.waiting(home.looks):
        look(home, waiting, clock=later)
    assert [number for number, _ in names(home)] == ["1", "1", "2"]
    assert len(set(names(home))) == 3
    assert asking.waiting(home.looks) == []


_DO_NEXT = """
import sys, threading
from pathlib import Path
from watchward.base.clock import SystemClock
from watchward.node.home import Home
from watchward.node.lookback import apart
assert apart.do_next(Home(Path(sys.argv[1])), clock=SystemClock(), stop=threading.Event())
"""


def test_a_process_of_its_own_logs_as_every_other_process_of_the_node(home):
    first = asking.ask(home.looks, (EVIL,), journals=home.journal, clock=HeldClock(at=MOMENT))

    worker = [sys.executable, "-c", _DO_NEXT, str(home.path)]
    written = subprocess.run(worker, capture_output=True, text=True, check=True).stderr  # noqa: S603 - our own

    assert "level=info event=looked_back" in written
    assert first in written
