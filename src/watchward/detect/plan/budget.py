"""Rules that cost too much are set aside, by what was measured, so that they slow nothing else (ADR 0145)."""

from dataclasses import dataclass

import numpy as np

from watchward.detect.plan.costs import Shares, Spent
from watchward.detect.plan.predicates import Parts

SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one rule may cost, in nanoseconds of a processor.

    Args:
        share: of all that matching costs; a rule that costs more is too dear, unless it costs less than `least`.
        least: nanoseconds an event, on average.
        window: costs are judged whenever matching has taken so long; a rule is set aside when it was too dear twice
            running, since a first sight of values, or of a rule, costs more than what follows.
        batch: an expression that has been looked for so long in one batch is looked for no further, and its rules are
            set aside at once.

    """

    share: float = 0.25
    least: int = 100_000
    window: int = 2 * SECOND
    batch: int = 2 * SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A rule that was set aside.

    Args:
        rule: its place among the plan's rules.
        nanoseconds: what it cost by itself, an event on average; `share` of what all matching cost.
        unasked: how many values its expressions were not looked for in before that.

    """

    rule: int
    nanoseconds: int
    share: float
    unasked: int


class Watch:
    """What one thread's matching may cost, and which rules it has set aside."""

    def __init__(self, budget: Budget | None, parts: Parts, spent: Spent) -> None:
        self._budget = budget
        self._spent = spent
        self._shares: Shares | None = None
        self._parts = parts
        self._before = spent.copy()
        self._suspects = np.zeros(len(spent.rules), dtype=bool)
        self.rules = np.zeros(len(spent.rules), dtype=bool)
        self.facts = np.zeros(len(spent.facts), dtype=bool)
        self.asides: list[Aside] = []
        spent.most = None if budget is None else budget.batch

    def look(self) -> None:
        """Judge what was spent, where it is time."""
        budget, spent = self._budget, self._spent
        whole = spent.whole - self._before.whole
        if budget is None or (whole < budget.window and not spent.cut):
            return
        self._shares = self._shares or Shares.of(self._parts)
        cost = self._shares.by_rule(spent) - self._shares.by_rule(self._before)
        rows = max(1, spent.rows - self._before.rows)
        dear = (cost > budget.share * whole) & (cost > budget.least * rows)
        cut = self._shares.asking(spent.cut, len(self.rules))
        for rule in np.flatnonzero(((dear & self._suspects) | cut) & ~self.rules).tolist():
            unasked = sum(spent.unasked[fact] for fact in self._shares.facts_of(rule) if fact in spent.unasked)
            each, share = int(cost[rule] / rows), float(cost[rule] / whole)
            self.asides.append(Aside(rule=rule, nanoseconds=each, share=share, unasked=unasked))
            self.rules[rule] = True
        self.facts = self._shares.only_asked_by(self.rules, len(self.facts))
        self._suspects = dear
        self._before = spent.copy()
        spent.cut.clear()
