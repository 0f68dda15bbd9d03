"""One scan: files in, findings out; the work is shared by several processes where there is enough of it."""

import gc
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from watchward.detect.match import Matches
from watchward.detect.plan import plan
from watchward.detect.sigma.ir import ANYWHERE, fields
from watchward.detect.sigma.logsource import applies
from watchward.detect.sigma.rule import LogSource, Rule
from watchward.intel.exact.sets import NOTHING, ExactSets
from watchward.node.scan.account import Account
from watchward.node.scan.ahead import Ahead
from watchward.node.scan.crew import AHEAD, Crew
from watchward.node.scan.files import Kind
from watchward.node.scan.keywords import Keywords, without_keywords
from watchward.node.scan.parts import Part, Reading
from watchward.node.scan.stored import Stored
from watchward.node.scan.tasks import Lines, Rooms, RowGroup, Task, WholeFile, processes_for, tasks
from watchward.telemetry import logsource
from watchward.telemetry.asked import Ask
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin
from watchward.telemetry.registry import Registry


@dataclass(slots=True, kw_only=True)
class Measures:
    """What `--stats` writes; times in seconds, memory in bytes."""

    events: int = 0
    bad_records: int = 0
    seconds: float = 0.0
    decode_seconds: float = 0.0
    match_seconds: float = 0.0
    compile_seconds: float = 0.0
    rules_loaded: int = 0
    rules_rejected: int = 0
    peak_rss_bytes: int = 0

    @property
    def events_per_second(self) -> float:
        """Events by the time of reading, decoding and matching together."""
        return round(self.events / self.seconds, 1) if self.seconds else 0.0


_ANY_EVENT = rb"""{"Channel": "Security", "EventID": 4688, "Computer": "A", "CommandLine": "C:\\a.exe -b"}"""

Found = tuple[Part, Matches]
"""A part with only the events that matched, and the matches."""


class Scan:
    """Rules, ready to look through files.

    Args:
        rules: the rules to look for.
        organisation: whose telemetry it is.
        processes: how many share the work; if not given, as many as there are cores, where there is enough to do.
        carried: the fields that the matches of a rule, named by its id, carry besides those that the rule reads.
        cache: a folder in which laid-out plans are kept.
        indicators: what else is looked for; None for nothing.

    """

    def __init__(  # noqa: PLR0913 - what to look for, in whose telemetry, and how
        self,
        rules: Sequence[Rule],
        *,
        organisation: str = "",
        processes: int | None = None,
        carried: Callable[[str], frozenset[str]] = lambda _: frozenset(),
        cache: Path | None = None,
        indicators: ExactSets | None = None,
    ) -> None:
        started = time.perf_counter()
        self.rules = tuple(rules)
        self._processes = processes
        reads = [fields(rule.condition) for rule in rules]
        plain = without_keywords(rules, reads)
        self._plan = plan.compile(plain, cache=cache)
        self._keywords = Keywords(rules, reads, cache=cache)
        self._indicators = indicators
        held = indicators.fields if indicators is not None else frozenset()
        more = held.union(*(carried(rule.id) for rule in rules))
        registry = Registry.standard().only(sorted(self._plan.fields | more))
        ask = _asked_by(rules, reads, carried, held)
        decoder = partial(Decoder, registry, unmapped=False, ask=ask)
        reading = partial(Reading, stored=Stored(ask, self._keywords.may_be_in))
        self._reading = reading(decoder(), organisation=organisation)
        self._make_ready(reading(decoder()))
        self.measures = Measures(rules_loaded=len(rules), compile_seconds=time.perf_counter() - started)

    @property
    def account(self) -> Account:
        """What could not be read so far."""
        return self._reading.account

    def run(self, files: Sequence[tuple[Path, Kind]]) -> Generator[Found]:
        """Each part of the files with its matches, in order; `measures` and `account` say the rest when it is over."""
        started = time.perf_counter()
        self.measures.peak_rss_bytes = 0
        processes = processes_for(files) if self._processes is None else self._processes
        with _without_looking_back():
            for part, matches in self._shared(files, processes) if processes > 1 else self._alone(files):
                self.measures.events += part.events
                yield part, matches
        self.measures.seconds = time.perf_counter() - started
        self.measures.decode_seconds = self.account.decode_seconds
        self.measures.match_seconds = self.account.match_seconds
        self.measures.bad_records = len(self.account.bad)
        self.measures.peak_rss_bytes += _peak()

    def _make_ready(self, reading: Reading) -> None:
        """Load the compiled loops by way of one event, or else each process that shares the work loads its own."""
        origin = Origin(organisation="", source="", received_at=datetime.fromtimestamp(0, tz=UTC))
        self._match(reading.part_of(Path(), reading.decoder.decode_ndjson(_ANY_EVENT, origin)))

    def _alone(self, files: Sequence[tuple[Path, Kind]]) -> Iterator[Found]:
        with Ahead(self._reading.parts(files)) as parts:
            yield from map(self._matched, parts)

    def _shared(self, files: Sequence[tuple[Path, Kind]], processes: int) -> Iterator[Found]:
        rooms = Rooms(AHEAD * processes)
        with Crew(partial(self._do, rooms), members=processes) as crew:
            for result in crew.results(tasks(files, rooms, self._reading.origin), rooms.give_back):
                if isinstance(result, Account):
                    self._reading.account += result
                else:
                    yield result
            self.measures.peak_rss_bytes = crew.memory()

    def _do(self, rooms: Rooms, task: Task) -> Iterator[Found | Account]:
        """Do a task in a process that shares the work: what was found, and then the account of it."""
        account = self._reading.account = Account()
        match task:
            case Lines(path=path, origin=origin):
                parts = self._reading.lines(path, iter([task.piece(rooms)]), origin)
                yield from map(self._matched, account.reading(parts))
            case WholeFile(path=path, kind=kind):
                yield from map(self._matched, self._reading.parts([(path, kind)]))
            case RowGroup(path=path, group=group, first=first):
                yield from map(self._matched, self._reading.row_group(path, group, first))
        yield account

    def _matched(self, part: Part) -> Found:
        begun = time.perf_counter()
        found = self._match(part)
        self._reading.account.match_seconds += time.perf_counter() - begun
        return found

    def _match(self, part: Part) -> Found:
        found = NOTHING if self._indicators is None else self._indicators.match(part.batch)
        return part.only(self._keywords.matched(part, self._plan.match(part.batch)), found)


def _asked_by(
    rules: Sequence[Rule], reads: Sequence[set[str]], carried: Callable[[str], frozenset[str]], held: frozenset[str]
) -> Ask:
    """What rules, each with the fields that it reads, ask of the events of a log source; keywords are no field.

    The fields `held` are asked of all events.
    """
    asked: dict[LogSource, set[str]] = defaultdict(set)
    for rule, names in zip(rules, reads, strict=True):
        asked[rule.logsource].update(names - {ANYWHERE}, carried(rule.id))

    def ask(source: logsource.LogSource) -> frozenset[str]:
        parts = source.product, source.category, source.service
        return held.union(*(names for named, names in asked.items() if applies(named, *parts)))

    return ask


@contextmanager
def _without_looking_back() -> Iterator[None]:
    """Keep the collector from what there already is: its marks would copy what processes share, for nothing.

    What comes from now on is collected, even where whoever loaded the rules had left the collector out.
    """
    gc.freeze()
    gc.enable()
    try:
        yield
    finally:
        gc.unfreeze()


def _peak() -> int:
    """The most memory that this process has held, in bytes."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held if sys.platform == "darwin" else held * 1024
