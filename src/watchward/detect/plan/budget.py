"""Rules that cost too much are set aside for a while, by what was measured: they slow nothing else (ADR 0145)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from watchward.detect.plan.costs import Shares, Spent
from watchward.detect.plan.senders import most_text
from watchward.detect.plan.tables import Tables

SECOND = 1_000_000_000

SHORTEST_PAUSE: Final = timedelta(minutes=5)
"""For so long a rule is set aside at first. Whoever sends costly values sets it aside for everybody, so it must come
back by itself; five minutes, since finding out that it still costs too much takes some ten seconds of a processor,
which is then a thirtieth of the time."""

LONGEST_PAUSE: Final = timedelta(hours=1)
"""Each pause of a rule that goes on costing too much is twice the one before, but no longer than this: no sender may
switch a detection off for longer than it takes people to see it on the page Node and act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one rule may cost, in nanoseconds of a processor.

    Args:
        share: of all that matching costs; a rule that costs more is too dear, unless it costs less than `least`.
        least: nanoseconds an event, on average.
        window: costs are judged whenever matching has taken so long.
        batch: an expression that has been looked for so long in one batch is looked for no further in it: the longest
            values are given up, and its rules are too dear.
        running: a rule is set aside when it was too dear so many times running, since few values, or the first sight of
            a rule, may cost more than what follows.

    """

    share: float = 0.25
    least: int = 100_000
    window: int = 2 * SECOND
    batch: int = 2 * SECOND
    running: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A rule that was set aside.

    Args:
        rule: its place among the plan's rules.
        since: when that was; with the first events after `until` it is tried again.
        organisation: whose events, and from which `source`, held most of the text that the rule's expressions were
            looked for in, in the last batch before that; empty where there was none.
        nanoseconds: what it cost by itself, an event on average; `share` of what all matching cost.
        unasked: how many values its expressions were not looked for in before that.

    """

    rule: int
    since: datetime
    until: datetime
    organisation: str
    source: str
    nanoseconds: int
    share: float
    unasked: int


class Watch:
    """What one thread's matching may cost, and which rules it has set aside for now."""

    def __init__(self, budget: Budget | None, tables: Tables, spent: Spent, now: Callable[[], datetime]) -> None:
        self._budget = budget
        self._spent = spent
        self._now = now
        self._shares: Shares | None = None
        self._tables = tables
        self._before = spent.copy()
        self._running = np.zeros(len(spent.rules), dtype=np.int64)
        self._last: dict[int, Aside] = {}
        self.rules = np.zeros(len(spent.rules), dtype=bool)
        self.facts = np.zeros(len(spent.facts), dtype=bool)
        self.asides: tuple[Aside, ...] = ()
        spent.most = None if budget is None else budget.batch

    def tries_again(self) -> bool:
        """Whether rules come back now, since their pauses are over."""
        if not self.asides:
            return False
        now = self._now()
        # A clock that was set back must not prolong a pause.
        kept = tuple(one for one in self.asides if one.since <= now < one.until)
        if len(kept) == len(self.asides):
            return False
        self._set(kept, self._shares or Shares.of(self._tables))
        return True

    def look(self, batch: pa.RecordBatch) -> bool:
        """Judge what was spent, where it is time, after a batch; whether some of its values were given up."""
        budget, spent = self._budget, self._spent
        whole = spent.whole - self._before.whole
        if budget is None or (whole < budget.window and not spent.cut):
            return False
        shares = self._shares = self._shares or Shares.of(self._tables)
        cost = shares.by_rule(spent) - shares.by_rule(self._before)
        rows = max(1, spent.rows - self._before.rows)
        dear = (cost > budget.share * whole) & (cost > budget.least * rows)
        cut = shares.asking(spent.cut, len(self.rules))
        self._running = np.where(dear | cut, self._running + 1, 0)
        more = np.flatnonzero((self._running >= budget.running) & ~self.rules).tolist()
        if more:
            each, share = (cost / rows).astype(np.int64), cost / max(1, whole)
            found = [self._aside(rule, batch, int(each[rule]), float(share[rule])) for rule in more]
            self._last |= {one.rule: one for one in found}
            self._set((*self.asides, *found), shares)
        self._before, is_cut = spent.copy(), bool(spent.cut)
        spent.cut.clear()
        return is_cut

    def _aside(self, rule: int, batch: pa.RecordBatch, nanoseconds: int, share: float) -> Aside:
        assert self._shares is not None
        facts, since = self._shares.facts_of(rule), self._now()
        organisation, source = most_text(batch, self._tables.fields_of(facts))
        return Aside(
            rule=rule,
            since=since,
            until=since + self._pause(rule, since),
            organisation=organisation,
            source=source,
            nanoseconds=nanoseconds,
            share=share,
            unasked=sum(self._spent.unasked[fact] for fact in facts),
        )

    def _pause(self, rule: int, at: datetime) -> timedelta:
        """Twice the one before, unless the rule has been in force for as long since then."""
        last = self._last.get(rule)
        if last is None or at - last.until >= last.until - last.since:
            return SHORTEST_PAUSE
        return min(2 * (last.until - last.since), LONGEST_PAUSE)

    def _set(self, asides: tuple[Aside, ...], shares: Shares) -> None:
        self.asides = asides
        self.rules = np.zeros(len(self.rules), dtype=bool)
        self.rules[[one.rule for one in asides]] = True
        self._running[self.rules] = 0
        self.facts = shares.only_asked_by(self.rules, len(self.facts))
