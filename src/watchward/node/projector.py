"""The projector: reads the match journal in order and keeps alerts in the database. One runs on a node.

Its place in the journal is kept in the transaction of what it projected, so it may be ended at any moment and started
again: nothing is missed and nothing is counted twice. A database that is locked or away makes it wait, not give up.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import structlog

from watchward.base.clock import Clock, SystemClock
from watchward.base.errors import BadSetupError
from watchward.detect.correlate.bound import BYTES_OF_EVENT
from watchward.detect.correlate.marks import HOUR
from watchward.detect.lives import lives
from watchward.detect.lives.lives import Lives
from watchward.detect.sigma.rules import RuleSet, load
from watchward.estate.device import Mark
from watchward.lake import journal
from watchward.lake.journal import JournalEntry, Position
from watchward.node.alone import alone
from watchward.node.config import Config
from watchward.node.correlations.patterns import Joining
from watchward.node.correlations.running import Correlations, Rules
from watchward.node.exercise.marks import invented_mark
from watchward.node.wiring import migrate, start_django

if TYPE_CHECKING:
    from watchward.console.estate.adapters import EstateProjection

log = structlog.get_logger(__name__)

WAIT_SECONDS = 0.02
"""Between two looks at an idle journal; a look asks for the size of the newest file of each gateway."""

ENTRIES = 200
MATCHES = 1_000
"""How much goes into one transaction at most, so that pages and other writers get their turn."""

PASSING_SECONDS = 5.0
"""Between two looks at what is found because nothing comes."""

LATENESS_SECONDS = 5.0
"""Between two looks at how late events may come."""

RULES_SECONDS = 15.0
"""Between two looks at the rule folders."""

LONGEST_PAUSE_SECONDS = 5.0
"""The longest wait before a database that refused is tried again."""

Batch = Sequence[tuple[Position, JournalEntry]]


def serve_projector(config: Config) -> None:
    """Project the journal until the process is asked to end."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    start_django(config)
    with alone(config.layout.path, "projector"):
        migrate(config)
        rules = RuleWatch(folders=list(config.layout.rule_folders), cache=config.layout.cache)
        rules.read()
        Projector(
            folder=config.layout.journal,
            clock=SystemClock(),
            first_mark=invented_mark if config.exercise else None,
            watch=rules,
            correlations=Correlations(
                folder=config.layout.journal, most_events=(config.correlations_mib << 20) // BYTES_OF_EVENT
            ),
            lateness=timedelta(minutes=config.lateness_minutes),
            joining=Joining(folder=config.layout.patterns),
        ).run(stop)


@dataclass(slots=True, kw_only=True)
class Projector:
    """Takes a journal into the database.

    Args:
        folder: the journal's.
        clock: tells when something is done.
        first_mark: how important a device is when it first appears.
        watch: knows the rules; without it, they stay as they are.
        correlations: what matches mean together.
        lateness: how late events may come, where their source has no lateness of its own.
        joining: knows what indicators ask of several events together.

    """

    folder: Path
    clock: Clock
    first_mark: Callable[[str], Mark | None] | None = None
    watch: "RuleWatch | None" = None
    correlations: Correlations | None = None
    lateness: timedelta = HOUR
    joining: Joining | None = None
    _allowed_at: float = field(default=float("-inf"))
    _passed_at: float = field(default=float("-inf"))
    _estate: "EstateProjection | None" = None
    _used: tuple[RuleSet | None, Rules] = (None, Rules())

    def run(self, stop: threading.Event) -> None:
        """Keep up with the journal until told to stop."""
        self.begin(stop)
        seen: object = None
        while not stop.is_set():
            self._look_around(stop)
            now = _extent(self.folder)
            if now != seen:
                self.catch_up(stop)
                seen = now
            elif time.monotonic() - self._passed_at >= PASSING_SECONDS:
                self.let_time_pass(stop)
            else:
                stop.wait(WAIT_SECONDS)
        if self.correlations is not None:
            self.correlations.save()

    def begin(self, stop: threading.Event | None = None) -> None:
        """Bring the correlations to where the database is."""
        from watchward.console.detect import adapters  # noqa: PLC0415 - models need Django to be ready

        if self.correlations is not None:
            self._use_rules()
            stop = stop or threading.Event()
            self._allow_lateness(stop)
            self.correlations.begin(_patiently(adapters.position, stop), _patiently(adapters.waited, stop))

    def _look_around(self, stop: threading.Event) -> None:
        """See whether rules have changed, or how late events may come."""
        if self.watch is not None:
            self.watch.look()
            self._use_rules()
        if self.correlations is not None and time.monotonic() - self._allowed_at >= LATENESS_SECONDS:
            self._allow_lateness(stop)

    def _allow_lateness(self, stop: threading.Event) -> None:
        from watchward.console.estate.lateness import lateness  # noqa: PLC0415 - models need Django to be ready

        if self.correlations is not None:
            self.correlations.allow(_patiently(partial(lateness, self.lateness), stop))
        self._allowed_at = time.monotonic()

    def _use_rules(self) -> None:
        if self.correlations is None:
            return
        found = self.watch.found if self.watch is not None else None
        joined = self.joining.look() if self.joining is not None else Rules()
        if (used := (found, joined)) != self._used:
            self._used = used
            own = Rules() if found is None else _of_rules(found)
            self.correlations.use(own.beside(joined))

    def catch_up(self, stop: threading.Event | None = None) -> int:
        """Project all that is behind the database's place; return how many entries that was."""
        from watchward.console.detect import adapters  # noqa: PLC0415 - models need Django to be ready
        from watchward.console.estate.adapters import EstateProjection, no_mark  # noqa: PLC0415

        stop = stop or threading.Event()
        estate = self._estate = self._estate or EstateProjection(first_mark=self.first_mark or no_mark)
        done = 0
        for batch in _batches(journal.read(self.folder, _patiently(adapters.position, stop))):
            if stop.is_set():
                break
            self._use_rules()
            told = self.correlations.take(batch) if self.correlations is not None else None
            work = partial(adapters.apply, batch, clock=self.clock, estate=estate, told=told)
            applied = _patiently(work, stop, after_refusal=estate.forget)
            if self.correlations is not None:
                self.correlations.save_now_and_then()
            done += applied.entries
            log.debug("journal_projected", entries=applied.entries, matches=applied.matches, new=applied.alerts_new)
        return done

    def let_time_pass(self, stop: threading.Event | None = None) -> None:
        """Keep what correlations find because nothing comes, all of the journal having been projected."""
        from watchward.console.detect import adapters  # noqa: PLC0415 - models need Django to be ready

        self._passed_at = time.monotonic()
        told = self.correlations.wait(self.clock.now()) if self.correlations is not None else None
        if told is not None:
            _patiently(partial(adapters.tell, told, clock=self.clock), stop or threading.Event())


def _of_rules(found: RuleSet) -> Rules:
    return Rules(correlations=found.correlations, silent=found.silent, on_trial=found.trial_correlations)


@dataclass(slots=True, kw_only=True)
class RuleWatch:
    """Knows the rules, and keeps what they say about themselves up to date.

    It reads them on a thread of its own, so that no alert waits for it; only at the start they are waited for, because
    what the journal says next may be for a correlation.
    """

    folders: Sequence[Path]
    cache: Path | None
    found: RuleSet | None = None
    _looked_at: float = field(default=float("-inf"))
    _known: object = None
    _thread: threading.Thread | None = None

    def look(self) -> None:
        """Start reading the rules if they changed since the last look, and the last reading has ended."""
        if time.monotonic() - self._looked_at < RULES_SECONDS or (self._thread and self._thread.is_alive()):
            return
        self._looked_at = time.monotonic()
        now = self._versions()
        if now != self._known:
            self._known = now
            self._thread = threading.Thread(target=self._read, daemon=True, name="rules")
            self._thread.start()

    def read(self) -> None:
        """Read the rules now, and have what they say kept."""
        self._looked_at = time.monotonic()
        self._known = self._versions()
        found = self._loaded()
        self._thread = threading.Thread(target=self._describe, args=(found,), daemon=True, name="rules")
        self._thread.start()

    def _loaded(self) -> RuleSet:
        """All rules; `found` is what is run of them."""
        found = load([folder for folder in self.folders if folder.exists()], cache=self.cache)
        try:
            decided = lives.decided_of(self.folders)
        except BadSetupError as error:
            log.error("lives_unreadable", reason=str(error))  # noqa: TRY400 - the reason is all there is to say
            decided = Lives()
        self.found = lives.settled(found, (), decided)
        return found

    def _versions(self) -> list[tuple[str, int, int]]:
        return [(path, status.st_mtime_ns, status.st_size) for path, status in _rule_files(self.folders)]

    def _read(self) -> None:
        self._describe(self._loaded())

    def _describe(self, found: RuleSet) -> None:
        from django.db import DatabaseError, connection  # noqa: PLC0415 - needs Django to be ready

        from watchward.console.config import current  # noqa: PLC0415
        from watchward.console.detect.rule_adapters import describe_rules  # noqa: PLC0415
        from watchward.console.rules.adapters import keep_lives  # noqa: PLC0415

        try:
            changed = describe_rules([*found.rules, *(one.as_rule() for one in found.correlations)])
            keep_lives(found, site=current().rules, clock=SystemClock())
            log.info("rules_described", rules=len(found.rules), changed=changed, rejected=len(found.rejected))
        except DatabaseError as error:
            log.warning("rules_not_described", error=str(error))
            self._known = None
        finally:
            connection.close()


def _batches(entries: Iterator[tuple[Position, JournalEntry]]) -> Iterator[Batch]:
    """The entries in pieces that each make one transaction."""
    while first := next(entries, None):
        batch = [first]
        matches = len(first[1].matches)
        while matches < MATCHES and len(batch) < ENTRIES and (more := next(entries, None)):
            batch.append(more)
            matches += len(more[1].matches)
        yield batch


_Result = TypeVar("_Result")


def _patiently(
    work: Callable[[], _Result], stop: threading.Event, *, after_refusal: Callable[[], None] = lambda: None
) -> _Result:
    """Do something with the database, again and again until it does not refuse."""
    from django.db import DatabaseError, connection  # noqa: PLC0415 - needs Django to be ready

    pause = 0.05
    while True:
        try:
            return work()
        except DatabaseError as error:
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            log.warning("database_refused", error=str(error), again_in_seconds=pause)
            after_refusal()
            # A connection that was lost stays lost; the next try opens another.
            connection.close()
            if stop.wait(pause):
                raise


def _extent(folder: Path) -> list[tuple[str, str, int]]:
    """What grows when a gateway appends: the newest file of each, and its size."""
    found = []
    try:
        gateways = [entry for entry in os.scandir(folder) if entry.is_dir()]
    except FileNotFoundError:
        return []
    for gateway in gateways:
        files = [file for file in os.scandir(gateway) if file.name.endswith(journal.SUFFIX)]
        if files:
            newest = max(files, key=lambda file: file.name)
            found.append((gateway.name, newest.name, newest.stat().st_size))
    return sorted(found)


def _rule_files(folders: Sequence[Path]) -> Iterator[tuple[str, os.stat_result]]:
    for folder in folders:
        for parent, _, names in sorted(os.walk(folder)):
            for name in sorted(names):
                path = Path(parent, name)
                if (path.suffix in {".yml", ".yaml"} or name == lives.FILE) and path.exists():
                    yield str(path), path.stat()
