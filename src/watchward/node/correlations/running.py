"""The correlations that a node runs: one correlator that reads the journal beside the projection of alerts.

Whatever it finds is told once, and kept by the transaction that moves the projection's place in the journal on. What it
holds is saved from time to time. After a restart it reads again, silently, what lies between the place of the saved
state and that of the projection: the database has it already (ADR 0124).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

import structlog

from watchward.detect.correlate import program, saved
from watchward.detect.correlate.bound import MOST_EVENTS
from watchward.detect.correlate.engine import Correlator, Outcome
from watchward.detect.correlate.finding import Finding
from watchward.detect.correlate.marks import NEVER, Lateness
from watchward.detect.correlate.rule import Correlation
from watchward.detect.correlate.told import Said, Told, total
from watchward.detect.match import Match
from watchward.lake import journal
from watchward.lake.journal import JournalEntry, Position, microseconds, moment
from watchward.node.correlations import state
from watchward.node.correlations.reading import latest, matched_of, read_of
from watchward.node.correlations.where import Where

log = structlog.get_logger(__name__)

SAVE_SECONDS = 30.0
"""How long after a saving the next may come."""

_SHARE = 20
"""Saving takes at most this part of the time: the larger the state, the more seldom it is saved."""

_REPLAYED = 200
"""How many entries are read again at once."""

SILENCE = timedelta(minutes=1)
"""So far behind the clock, event time goes on where nothing moves it."""

_REPORT = "Report this with what stands above it. Correlations begin anew: what they held is forgotten."

Entries = Sequence[tuple[Position, JournalEntry]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Correlations that are run, each after those that it reads.

    Those that are `silent` only serve others, and what those `on_trial` find is counted, and nobody is told.
    """

    correlations: Sequence[Correlation] = ()
    silent: frozenset[str] = frozenset()
    on_trial: frozenset[str] = frozenset()

    def beside(self, more: "Rules") -> "Rules":
        """These, and others."""
        return Rules(
            correlations=(*self.correlations, *more.correlations),
            silent=self.silent | more.silent,
            on_trial=self.on_trial | more.on_trial,
        )


@dataclass(slots=True, kw_only=True)
class Correlations:
    """Some correlations at work.

    Args:
        folder: the journal's; the state lies in it.
        rules: the correlations.
        lateness: how late events may come.
        most_events: how many events may be held.

    """

    folder: Path
    rules: Rules = field(default_factory=Rules)
    lateness: Lateness = field(default_factory=Lateness)
    most_events: int = MOST_EVENTS
    _position: Position = field(default_factory=Position)
    _correlator: Correlator = field(init=False)
    _where: Where = field(init=False)
    _by_id: dict[str, Correlation] = field(init=False)
    _reads: dict[str, tuple[str, ...]] = field(init=False)
    _high: int = NEVER
    _since: datetime | None = None
    _from: int = NEVER
    _settles: bool = True
    _failed: bool = False
    _saved_at: float = float("-inf")
    _saving_took: float = 0.0

    def __post_init__(self) -> None:
        self._where = Where(self.folder)
        self._correlator = self._fresh()
        self._name()

    @property
    def position(self) -> Position:
        """Up to where the journal was read."""
        return self._position

    def begin(self, done: Position, waited: datetime | None = None) -> None:
        """Come to where the projection of alerts is: from the saved state, or else from all of the journal.

        Args:
            done: up to where the journal was projected.
            waited: how far event time had come when findings were last kept, sources being silent.

        """
        self._settles = True
        kept = state.read(self.folder)
        if kept is not None and not _is_behind(done, kept.position):
            try:
                self._correlator = saved.restored(kept.correlator, self._fresh())
                self._where = Where.from_plain(kept.where, self.folder)
                self._position = kept.position
            except ValueError as error:
                log.warning("correlations_begin_anew", reason=str(error))
                self._correlator, self._where, self._position = self._fresh(), Where(self.folder), Position()
        self._read_again(done)
        if waited is not None:
            self._safely(lambda: [self._correlator.wait(microseconds(waited))])

    def use(self, rules: Rules) -> bool:
        """Run other correlations; what unchanged ones hold stays. Return whether anything changed."""
        if rules == self.rules:
            return False
        self.rules = rules
        self._name()
        self._correlator = saved.restored(saved.saved(self._correlator), self._fresh())
        self._settles = True
        self._saved_at = float("-inf")
        return True

    def allow(self, lateness: Lateness) -> None:
        """Say how late events may come from now on."""
        self.lateness = self._correlator.lateness = lateness

    def take(self, entries: Entries) -> Told:
        """Read some entries of the journal, which follow those read before, and tell what has changed."""
        return self._told(self._step(entries))

    def wait(self, now: datetime) -> Told | None:
        """Let time pass where all of the journal has been read and nothing moves event time on (ADR 0154).

        It passes as the clock does from where it stood when it was last moved on, a minute behind. Return what is
        found by that, or None where it is nothing.
        """
        marks = self._correlator.marks
        if self._since is None or marks.high != self._high:
            self._high, self._since, self._from = marks.high, now, marks.clock
        clock = self._from + (now - self._since - SILENCE) // timedelta(microseconds=1)
        told = self._told(self._safely(lambda: [self._correlator.wait(clock)] if self._from > NEVER else []))
        return told if told.said or told.withdrawn or told.standing is not None or told.failed else None

    def _told(self, outcomes: Sequence[Outcome]) -> Told:
        found = total(outcomes)
        said = [
            *(self._said(one, final=True) for one in found.final.values()),
            *(self._said(one, final=False) for one in found.provisional.values()),
        ]
        settles, self._settles = self._settles or self._failed, False
        failed, self._failed = self._failed, False
        return Told(
            said=[one for one in said if one.correlation.id not in self.rules.silent | self.rules.on_trial],
            tried=[one for one in said if one.final and one.correlation.id in self.rules.on_trial],
            withdrawn=sorted(found.withdrawn),
            standing=self._correlator.pending() if settles else None,
            late=found.late,
            given_up=found.given_up,
            held=self._correlator.events,
            failed=failed,
            waited=self._waited,
            look=self._where.look,
        )

    @property
    def _waited(self) -> datetime | None:
        """How far event time has come by waiting; None where an event brought it there."""
        marks = self._correlator.marks
        return moment(marks.clock) if marks.clock > marks.high else None

    def save_now_and_then(self) -> None:
        """Save the state if it is time; a disk that refuses it costs only reading the journal again."""
        if time.monotonic() - self._saved_at >= max(SAVE_SECONDS, _SHARE * self._saving_took):
            self.save()

    def save(self) -> None:
        """Save the state."""
        if not self.rules.correlations:
            return
        began = time.monotonic()
        kept = state.State(
            position=self._position, correlator=saved.saved(self._correlator), where=self._where.to_plain()
        )
        try:
            state.write(self.folder, kept)
        except OSError as error:
            log.warning("correlations_not_saved", reason=str(error))
        self._saved_at = time.monotonic()
        self._saving_took = self._saved_at - began

    def _name(self) -> None:
        """Know each correlation by its id, and the single rules that it reads, itself or through others."""
        self._by_id = {one.id: one for one in self.rules.correlations}
        self._reads = {}
        for one in self.rules.correlations:
            parts = (self._reads.get(rule, (rule,)) for rule in one.rules)
            self._reads[one.id] = tuple(dict.fromkeys(chain.from_iterable(parts)))

    def _fresh(self) -> Correlator:
        compiled = program.compile(self.rules.correlations, on_trial=self.rules.on_trial)
        return Correlator(compiled, lateness=self.lateness, most_events=self.most_events)

    def _said(self, finding: Finding, *, final: bool) -> Said:
        correlation = self._by_id[finding.correlation]
        inner = [self._by_id[rule] for rule in correlation.rules if rule in self._by_id]
        reads = self._reads[correlation.id]
        return Said(finding=finding, correlation=correlation, reads=reads, final=final, inner=inner)

    def _step(self, entries: Entries) -> list[Outcome]:
        rules = self._correlator.program.rules
        matches = []
        fresh = []
        for behind, entry in entries:
            place = self._position.places.get(entry.gateway)
            if place is not None and entry.sequence <= place.sequence:
                continue
            mine = read_of(entry, rules)
            self._where.add(self._position, entry, behind=behind, matches=mine)
            self._position = self._position.behind(entry.gateway, behind.places[entry.gateway])
            matches += mine
            fresh.append(entry)
        self._where.forget(self._correlator.reaches_back_to)
        return self._safely(lambda: list(self._taken(matches, fresh)))

    def _taken(self, matches: Sequence[Match], fresh: Sequence[JournalEntry]) -> Iterator[Outcome]:
        if matches:
            yield self._correlator.take(matched_of(matches))
        if fresh and self._correlator.program.rules:
            yield self._correlator.reach(latest(fresh))

    def _safely(self, work: Callable[[], list[Outcome]]) -> list[Outcome]:
        """Do something with the correlator; after a fault it begins anew."""
        try:
            return work()
        except Exception:
            # No fault of correlating, whatever it raises, may keep alerts of single events waiting.
            log.exception("correlations_failed", advice=_REPORT)
            self._correlator = self._fresh()
            self._failed = True
            return []

    def _read_again(self, done: Position) -> None:
        """Read what the projection has read already; what is found in it, it has."""
        count = 0
        batch: list[tuple[Position, JournalEntry]] = []
        for behind, entry in journal.read(self.folder, self._position):
            place = done.places.get(entry.gateway)
            if place is None or entry.sequence > place.sequence:
                continue
            batch.append((behind, entry))
            count += 1
            if len(batch) == _REPLAYED:
                self._step(batch)
                batch = []
        self._step(batch)
        log.info("correlations_begin", correlations=len(self._by_id), read_again=count, events=self._correlator.events)


def _is_behind(one: Position, other: Position) -> bool:
    """Whether a position lies before another in the folder of some gateway."""
    return any(
        (place := one.places.get(gateway)) is None or place.sequence < reached.sequence
        for gateway, reached in other.places.items()
    )
