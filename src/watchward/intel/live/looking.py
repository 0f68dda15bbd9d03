"""Looking for patterns in batches of events: a large plan that changes seldom, and a small one over it (ADR 0240).

A new pattern is laid out together with the few that came since the large plan was; one that counts no longer is passed
over from the next batch on. Only when the small plan has grown is the large one laid out anew, and all the while the
plans before are in force: no batch waits.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import pyarrow as pa
import structlog

from watchward.base.errors import WatchwardError
from watchward.detect.match import Matches
from watchward.detect.plan import plan as plans
from watchward.detect.plan.budget import Aside, Budget
from watchward.detect.plan.plan import Plan
from watchward.detect.purposes import Purposes
from watchward.detect.sigma.rule import Rule
from watchward.intel.live import folder as folders
from watchward.intel.live.compiled import Times, compiled
from watchward.intel.live.pattern import EARLIEST, LATEST, Pattern

log = structlog.get_logger()

SMALL: Final = 300
"""So many patterns are laid out within a fraction of a second, whenever one comes."""

_SHARE: Final = 10
"""The small plan may also grow to this part of the large one: then each pattern is laid out anew a few times only."""

_LOOK_EVERY_SECONDS: Final = 0.1
_REPORT: Final = "Report this with what stands above it. The patterns before stay in force."
_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """What a batch met of the patterns of one plan."""

    plan: Plan
    purposes: Purposes
    matches: Matches


class _Laid:
    """Some patterns in a plan, which stays; which of them still count changes."""

    def __init__(self, patterns: Iterable[Pattern], plan_of: Callable[[Sequence[Rule]], Plan]) -> None:
        self.asked = {_key(one): one for one in patterns}
        self._counts: Mapping[_Key, Pattern | None] = self.asked
        self.compiled = compiled(self.asked.values())
        self.plan = plan_of(self.compiled.rules)
        self.purposes, self._times = self.compiled.purposes, self.compiled.times

    def counting(self, now: Mapping[_Key, Pattern], waiting: frozenset[str]) -> None:
        """Say which of the patterns count, and how.

        Args:
            now: those that count, by what their rules are made of.
            waiting: the ids of those that are not laid out yet: what was before goes on for so long.

        """
        counts = {key: now.get(key, one if one.id in waiting else None) for key, one in self.asked.items()}
        if counts == self._counts:
            return
        self._counts = counts
        rules = [(rule, counts[_key(one)]) for one in self.compiled.patterns for rule in one.compiled().rules]
        spans = [(LATEST, EARLIEST) if one is None else one.span() for _, one in rules]
        trial = {rule.digest for rule, one in rules if one and one.trial and rule.id not in self.purposes.silent}
        self.asked = {key: counts[key] or one for key, one in self.asked.items()}
        self._times = Times.of(spans)
        self.purposes = replace(self.purposes, trial=frozenset(trial))

    def match(self, batch: pa.RecordBatch) -> Met:
        """What a batch meets of those that count."""
        purposes, times = self.purposes, self._times
        return Met(plan=self.plan, purposes=purposes, matches=times.within(batch, self.plan.match(batch)))


def _key(one: Pattern) -> _Key:
    """What a pattern's rules are made of; they are the same whenever it counts, and whatever its matches are for."""
    return one.id, one.pattern, one.pattern_type, one.title, one.described


class LivePatterns:
    """The patterns that a folder holds, looked for by any number of threads at once.

    Args:
        folder: where they are published.
        now: tells the time, by which patterns that cost too much are set aside and tried again.
        cache: where large plans are kept, so that a process begins sooner.
        small: how many patterns are laid out at once, whenever one of them comes.

    """

    def __init__(
        self, folder: Path, *, now: Callable[[], datetime], cache: Path | None = None, small: int = SMALL
    ) -> None:
        self._folder = folder
        self._cache = cache
        self._now = now
        self._small = small
        self._version: folders.Version | None = None
        self._patterns: Mapping[_Key, Pattern] = {}
        self._plans: tuple[_Laid, ...] = ()
        self._large: _Laid | None = None
        self._laying: threading.Thread | None = None
        self.generation = 0
        """How often what counts has changed."""
        self._turn = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="patterns", daemon=True)
        self.refresh()

    def __len__(self) -> int:
        return len(self._patterns)

    def start(self) -> None:
        """Begin to look for changes."""
        self._thread.start()

    def stop(self) -> None:
        """Look no longer; plans that are being laid out are not waited for."""
        self._stop.set()

    @property
    def aside(self) -> list[tuple[Rule, Aside]]:
        """The rules of patterns that cost more than one may, and are not matched for now."""
        return [(laid.plan.rules[one.rule], one) for laid in self._plans for one in laid.plan.set_aside()]

    def unasked(self) -> int:
        """How often a value was not compared with an expression, since that would have taken too long."""
        return sum(laid.plan.unasked() for laid in self._plans)

    def match(self, batch: pa.RecordBatch) -> list[Met]:
        """What a batch meets of the patterns that count when it comes."""
        found = [laid.match(batch) for laid in self._plans]
        return [one for one in found if len(one.matches)]

    def refresh(self) -> bool:
        """Take in what was published since the last look; return whether anything was."""
        with self._turn:
            version = folders.version_of(self._folder)
            if version == self._version:
                return False
            self._version = version
            try:
                self._patterns = {_key(one): one for one in folders.counting(self._folder)}
            except (WatchwardError, OSError) as error:
                log.error("patterns_unreadable", folder=str(self._folder), reason=str(error))  # noqa: TRY400 - the reason is all there is to say
                return True
            self._take()
            return True

    def _take(self) -> None:
        """Lay out what is in no plan yet, and let count what counts."""
        now, known = self._patterns, {key for laid in self._plans for key in laid.asked}
        fresh = [one for key, one in now.items() if key not in known]
        self._count(frozenset(one.id for one in fresh))
        over = [one for laid in self._plans if laid is not self._large for key, one in laid.asked.items() if key in now]
        if self._laying is not None:
            self._plans = (*self._plans, *self._laid(fresh))
        elif self._is_many(len(over) + len(fresh)):
            self._lay_out(fresh)
        elif fresh or len(over) < sum(len(one.asked) for one in self._plans if one is not self._large):
            large = () if self._large is None else (self._large,)
            self._plans = (*large, *self._laid([*over, *fresh]))
        self._count(frozenset())
        self.generation += 1
        log.info("patterns_loaded", patterns=len(now), new=len(fresh), plans=len(self._plans))

    def _count(self, waiting: frozenset[str]) -> None:
        for laid in self._plans:
            laid.counting(self._patterns, waiting)

    def _is_many(self, over: int) -> bool:
        """Whether all is to be laid out anew: much is new, or little of the large plan counts still."""
        large = {} if self._large is None else self._large.asked
        left = sum(key in self._patterns for key in large)
        return over > max(self._small, left // _SHARE) or len(large) - left > max(self._small, left)

    def _lay_out(self, fresh: Sequence[Pattern]) -> None:
        """Lay out everything; on a thread of its own, so that nothing waits, unless this is the beginning."""
        patterns, before = list(self._patterns.values()), self._plans
        if not self._thread.is_alive():
            self._large = _Laid(patterns, self._kept)
            self._plans = (self._large,)
            return
        if len(fresh) <= self._small:
            before = self._plans = (*before, *self._laid(fresh))
        self._laying = threading.Thread(target=self._lay_large, args=(patterns, before), name="lay out", daemon=True)
        self._laying.start()

    def _lay_large(self, patterns: Sequence[Pattern], before: Sequence[_Laid]) -> None:
        try:
            large = _Laid(patterns, self._kept)
        except Exception:
            # Whatever a fault of ours raises for these patterns, later changes must still be taken in.
            log.exception("patterns_not_loaded", advice=_REPORT)
            self._laying = None
            return
        with self._turn:
            self._large, self._laying = large, None
            self._plans = (large, *(one for one in self._plans if one not in before))
            self._take()

    def _laid(self, patterns: Sequence[Pattern]) -> tuple[_Laid, ...]:
        return (_Laid(patterns, self._plan),) if patterns else ()

    def _plan(self, rules: Sequence[Rule]) -> Plan:
        return plans.compile(rules, budget=Budget(), now=self._now)

    def _kept(self, rules: Sequence[Rule]) -> Plan:
        return plans.compile(rules, cache=self._cache, budget=Budget(), now=self._now)

    def _watch(self) -> None:
        while not self._stop.wait(_LOOK_EVERY_SECONDS):
            try:
                self.refresh()
            except Exception:
                # As above.
                log.exception("patterns_not_loaded", advice=_REPORT)
