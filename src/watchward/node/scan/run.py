"""One scan: files in, findings out; reading, decoding and matching each in a thread of its own."""

import resource
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from watchward.detect import plan
from watchward.detect.ir import fields
from watchward.detect.logsource import applies
from watchward.detect.match import Matches
from watchward.detect.rule import LogSource, Rule
from watchward.node.scan.ahead import Ahead
from watchward.node.scan.files import Kind
from watchward.node.scan.keywords import Keywords, without_keywords
from watchward.node.scan.parts import Part, Reading
from watchward.telemetry import logsource
from watchward.telemetry.asked import Ask
from watchward.telemetry.decode import Decoder
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


class Scan:
    """Rules, ready to look through files.

    Args:
        rules: the rules to look for.
        organisation: whose telemetry it is.

    """

    def __init__(self, rules: Sequence[Rule], *, organisation: str = "") -> None:
        started = time.perf_counter()
        self.rules = tuple(rules)
        plain = without_keywords(rules)
        self._plan = plan.compile(plain)
        self._keywords = Keywords(rules)
        registry = Registry.standard().only(sorted(self._plan.fields))
        self.reading = Reading(Decoder(registry, unmapped=False, ask=_asked_by(plain)), organisation=organisation)
        self.measures = Measures(rules_loaded=len(rules), compile_seconds=time.perf_counter() - started)

    def run(self, files: Sequence[tuple[Path, Kind]]) -> Iterator[tuple[Part, Matches]]:
        """Each part of the files with its matches; `measures` and `reading` say the rest when it is over."""
        started = time.perf_counter()
        with Ahead(self.reading.parts(files)) as parts:
            for part in parts:
                begun = time.perf_counter()
                found = self._keywords.matched(part, self._plan.match(part.batch))
                self.measures.match_seconds += time.perf_counter() - begun
                self.measures.events += part.batch.num_rows
                yield part, found
        self.measures.seconds = time.perf_counter() - started
        self.measures.decode_seconds = self.reading.seconds
        self.measures.bad_records = len(self.reading.bad)
        self.measures.peak_rss_bytes = _peak()


def _asked_by(rules: Sequence[Rule]) -> Ask:
    """What rules ask of the events of a log source."""
    asked: dict[LogSource, set[str]] = defaultdict(set)
    for rule in rules:
        asked[rule.logsource].update(fields(rule.condition))

    def ask(source: logsource.LogSource) -> frozenset[str]:
        parts = asdict(source)
        return frozenset().union(*(names for named, names in asked.items() if applies(named, **parts)))

    return ask


def _peak() -> int:
    """The most memory that this process has held, in bytes."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held if sys.platform == "darwin" else held * 1024
