"""Looks back for new indicators: what of them stands in events that were kept before anybody knew.

What is found goes into the journal, in a folder of its own, and becomes alerts as a gateway's matches do. The entry
that carries what a segment held also says that the segment is done with, so that whoever goes on after a crash finds
each event once: there is no other note of how far it came.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow.parquet as pq
import structlog
from numpy.typing import NDArray

from watchward.base.clock import Clock
from watchward.detect.match import Match
from watchward.gateway.matched import held_in
from watchward.gateway.store import turn
from watchward.intel.exact.lookup import Lookup
from watchward.intel.exact.sets import ExactSets, Found, Matcher
from watchward.intel.live import folder as live
from watchward.lake import asking, journal
from watchward.lake.asking import Asked
from watchward.lake.catalogue import Wanted
from watchward.lake.journal import JournalEntry, Position
from watchward.lake.segments import Segment, visible
from watchward.lake.sought import Part, sought
from watchward.node.home import Home
from watchward.node.lookback.patterns import Sought
from watchward.node.scan.crew import Crew

log = structlog.get_logger()

FOLDER: Final = "lookback"
"""The folder of the journal in which it writes, beside those of the gateways."""

MOST_OF_ONE: Final = 10_000
"""Events that one indicator may match in one look; one that matches more says nothing about an attack."""

_SETTLED: Final = timedelta(seconds=10)
"""So long after it was asked, every gateway looks for the indicators itself, and has kept what came before."""

_INDICATOR: Final = "indicator--"
_ENTRY: Final = 2_000
_NOTE_EVERY: Final = 2.0
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one segment holds. `gone`: it was merged, or expired, before it could be looked at."""

    segment: Segment
    matches: list[Match] = field(default_factory=list)
    events: int = 0
    gone: bool = False


class Told(msgspec.Struct, kw_only=True):
    """How far a look has come.

    Args:
        segments: how many it has looked at, with so many `events`.
        matches: how many it found that were not known, and `given_up` the indicators that matched too much.

    """

    id: str
    segments: int = 0
    events: int = 0
    matches: int = 0
    given_up: list[str] = []
    seconds: float = 0.0


def look(
    home: Home,
    folder: Path,
    *,
    clock: Clock,
    processes: int = 1,
    progress: Callable[[Told], None] = lambda _: None,
) -> Told:
    """Look for what is asked in a folder, from where the last that did so came; then remove the folder."""
    asked = asking.read(folder)
    lookup = ExactSets.open(asking.set_of(folder)).lookup
    one = _Look(home=home, asked=asked, clock=clock, progress=progress)
    patterns = Sought.of(live.read(asking.patterns_of(folder)))
    do = _Do(lake=home.lake, lookup=lookup, wanted=Wanted(since=asked.since), patterns=patterns)
    if processes > 1:
        with Crew(do, members=processes) as crew:
            one.run(lambda left: crew.results(iter(left), lambda _: None))
    else:
        one.run(lambda left: (seen for segment in left for seen in do(segment)))
    _remove(folder)
    log.info("looked_back", **msgspec.structs.asdict(one.told))
    return one.told


def _remove(folder: Path) -> None:
    for file in sorted(folder.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    folder.rmdir()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Do:
    """Looks at one segment."""

    lake: Path
    lookup: Lookup
    wanted: Wanted
    patterns: Sought | None = None

    def __call__(self, segment: Segment) -> Iterator[Seen]:
        matches: list[Match] = []
        counts: Counter[str] = Counter()
        try:
            events = pq.read_metadata(segment.path(self.lake)).num_rows
            for match in self._every(segment):
                counts[match.rule_id] += 1
                if counts[match.rule_id] <= MOST_OF_ONE + 1:  # one more, so that it is seen to be too much
                    matches.append(match)
        except FileNotFoundError:
            yield Seen(segment=segment, gone=True)
            return
        yield Seen(segment=segment, matches=matches, events=events)

    def _every(self, segment: Segment) -> Iterator[Match]:
        path = segment.path(self.lake)
        for part in sought(path, self.lookup, self.wanted):
            yield from self._matches(part, segment)
        if self.patterns is not None:
            yield from self.patterns.matches(path, segment, self.wanted.since)

    def _matches(self, part: Part, segment: Segment) -> Iterator[Match]:
        found = Matcher(self.lookup).match(part.batch)
        found = found.only(_since(part, found, self.wanted))
        every = np.ones(part.batch.num_rows, np.bool_)
        for match in held_in(part.batch, found, new=every, segment=str(segment)):
            yield replace(match, row=int(part.rows[match.row]), looked_back=True)


def _since(part: Part, found: Found, wanted: Wanted) -> NDArray[np.bool_]:
    """Which of what was found is of the time that is wanted."""
    at = part.batch.column("observed_at").to_numpy(zero_copy_only=False)[found.rows].astype("datetime64[us]")
    if wanted.since is None:
        return np.ones(len(found), np.bool_)
    return np.asarray(at >= np.datetime64(wanted.since.astimezone(UTC).replace(tzinfo=None), "us"), np.bool_)


@dataclass(slots=True, kw_only=True)
class _Look:
    """One look: what it has done, what is known already, and the journal that it writes."""

    home: Home
    asked: Asked
    clock: Clock
    progress: Callable[[Told], None]
    told: Told = field(init=False)
    _done: set[str] = field(default_factory=set)
    _listed: list[Segment] = field(default_factory=list)
    _known: set[_Key] = field(default_factory=set)
    _counts: Counter[str] = field(default_factory=Counter)
    _unnoted: list[str] = field(default_factory=list)
    _noted_at: float = 0.0
    _followed: Position = field(default_factory=Position)

    def __post_init__(self) -> None:
        self.told = Told(id=self.asked.id)
        self._followed = Position.parse(self.asked.position)

    def run(self, looked_at: Callable[[list[Segment]], Iterator[Seen]]) -> None:
        """Look at every segment, and again at those that came meanwhile, until all has settled."""
        began = time.monotonic()
        with closing(journal.Writer(self.home.journal / FOLDER)) as writer:
            self._go_on()
            while True:
                # Before the segments are listed: then what is journalled later was matched by its gateway.
                settled = self.asked.settled or self.clock.now() >= self.asked.at + _SETTLED
                left = self._left()
                for seen in looked_at(left):
                    if not seen.gone:
                        self._keep(writer, seen)
                        self.told.seconds = time.monotonic() - began
                        self.progress(self.told)
                self._note(writer)
                if settled and not left:
                    return
                if not left:
                    time.sleep(0.2)

    def _go_on(self) -> None:
        """Know what an earlier attempt has done."""
        ends = journal.end(self.home.journal).places
        others = Position(places={name: place for name, place in ends.items() if name != FOLDER})
        for _, entry in journal.read(self.home.journal, others):
            if entry.look == self.asked.id:
                self._done.update(entry.looked_at)
                self._know(entry.matches)

    def _left(self) -> list[Segment]:
        """The segments that are still to be looked at; the smallest first, since they are merged next."""
        every = visible(self.home.lake)
        left = [one for one in every if str(one) not in self._done and not self._is_of_done(one)]
        self._listed += left
        return sorted(left, key=lambda one: (one.merged, one))

    def _is_of_done(self, segment: Segment) -> bool:
        """Whether a merged segment holds only what was looked at before it was merged."""
        of_gateway = [one for one in self._listed if one.gateway == segment.gateway]
        if not segment.merged or segment.last > max((one.last for one in of_gateway), default=0):
            return False
        return all(str(one) in self._done for one in of_gateway if segment.covers(one))

    def _keep(self, writer: journal.Writer, seen: Seen) -> None:
        """Journal what a segment holds and was not known, and that it is done with."""
        if seen.matches:
            self._follow_gateways()
        new = [match for match in seen.matches if self._is_new(match)]
        self._know(new)
        self._done.add(str(seen.segment))
        self._unnoted.append(str(seen.segment))
        self.told.segments += 1
        self.told.events += seen.events
        self.told.matches += len(new)
        for begin in range(0, max(len(new) - _ENTRY, 0), _ENTRY):
            self._append(writer, new[begin : begin + _ENTRY], [])
        last = new[(len(new) - 1) // _ENTRY * _ENTRY :] if new else []
        if last or time.monotonic() - self._noted_at > _NOTE_EVERY:
            self._append(writer, last, self._unnoted)
            self._unnoted = []

    def _note(self, writer: journal.Writer) -> None:
        if self._unnoted:
            self._append(writer, [], self._unnoted)
            self._unnoted = []

    def _append(self, writer: journal.Writer, matches: list[Match], looked_at: list[str]) -> None:
        entry = JournalEntry(
            gateway=FOLDER,
            sequence=writer.sequence,
            segment="",
            received_at=self.clock.now(),
            events=0,
            sources=[],
            devices=[],
            matches=matches,
            look=self.asked.id,
            looked_at=looked_at,
        )
        with turn(self.home.journal):
            writer.append(entry)
        self._noted_at = time.monotonic()

    def _follow_gateways(self) -> None:
        """Know what gateways have matched by themselves since it was asked."""
        for position, entry in journal.read(self.home.journal, self._followed, leaving_out=FOLDER):
            self._followed = position
            self._know(match for match in entry.matches if match.rule_id.startswith(_INDICATOR))

    def _know(self, matches: Iterable[Match]) -> None:
        self._known.update((match.event_id, match.rule_id) for match in matches)

    def _is_new(self, match: Match) -> bool:
        """Whether nobody knows of a match, and its indicator has not matched too much."""
        if (match.event_id, match.rule_id) in self._known:
            return False
        self._counts[match.rule_id] += 1
        if self._counts[match.rule_id] <= MOST_OF_ONE:
            return True
        if match.rule_id not in self.told.given_up:
            self.told.given_up = [*self.told.given_up, match.rule_id]
        return False
