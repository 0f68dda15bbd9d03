"""One scan: files in, findings out; decoding in one thread, matching in another, each on a core of its own."""

import queue
import resource
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from watchward.detect import plan
from watchward.detect.match import Matches
from watchward.detect.rule import Rule
from watchward.node.scan.files import Kind
from watchward.node.scan.keywords import Keywords, without_keywords
from watchward.node.scan.parts import Part, Reading
from watchward.telemetry.decode import Decoder
from watchward.telemetry.registry import Registry

_WAITING = 2
"""How many decoded parts may wait for the matcher: more would only hold memory."""


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
        self._plan = plan.compile(without_keywords(rules))
        self._keywords = Keywords(rules)
        registry = Registry.standard().only(sorted(self._plan.fields))
        self.reading = Reading(Decoder(registry, unmapped=False), organisation=organisation)
        self.measures = Measures(rules_loaded=len(rules), compile_seconds=time.perf_counter() - started)

    def run(self, files: Sequence[tuple[Path, Kind]]) -> Iterator[tuple[Part, Matches]]:
        """Each part of the files with its matches; `measures` and `reading` say the rest when it is over."""
        started = time.perf_counter()
        with _Ahead(self.reading.parts(files)) as parts:
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


class _Ahead:
    """Parts made by another thread, a few ahead of whoever takes them."""

    def __init__(self, parts: Iterator[Part]) -> None:
        self._parts = parts
        self._queue: queue.Queue[Part | BaseException | None] = queue.Queue(_WAITING)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._make, name="decode", daemon=True)

    def __enter__(self) -> Iterator[Part]:
        self._thread.start()
        return self._taken()

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        while self._thread.is_alive():
            try:
                self._queue.get(timeout=0.05)
            except queue.Empty:
                continue

    def _taken(self) -> Iterator[Part]:
        while (part := self._queue.get()) is not None:
            if isinstance(part, BaseException):
                raise part
            yield part

    def _make(self) -> None:
        try:
            for part in self._parts:
                self._queue.put(part)
                if self._stopped.is_set():
                    break
        except BaseException as error:  # noqa: BLE001 - it is raised again where the parts are taken
            self._queue.put(error)
        self._queue.put(None)


def _peak() -> int:
    """The most memory that this process has held, in bytes."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held if sys.platform == "darwin" else held * 1024
