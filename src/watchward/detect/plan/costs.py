"""What each rule costs, measured while it is matched.

Most of the work is shared by all rules: the values of a field are looked at once, whoever reads it. What one rule costs
by itself is measured where it arises: comparisons that are slow to make (regular expressions, wildcards, letter case)
by the time of their loops, shared out among the rules that ask for the same; rows in which a rule was looked at, by
their share of the loop over the rows; and what only a row as a whole can tell, by the time that it took.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from watchward.detect.kernels.arrays import Ints, Longs
from watchward.detect.plan.formula import facts
from watchward.detect.plan.tables import Tables

Clock = Callable[[], int]
"""Nanoseconds of this thread's processor."""


@dataclass(slots=True)
class Spent:
    """What matching cost one thread, in nanoseconds of its processor; only that thread writes it.

    Args:
        facts: by slow fact.
        rules: by rule, without its slow facts.
        looks: in how many rows each rule was looked at.
        rows: how many rows there were.
        whole: all of matching.
        most: how long an expression may be looked for in one batch; None where nothing limits it.
        cut: the facts that this has stopped since they were last looked at, and `unasked` how often.

    """

    facts: Longs
    rules: Longs
    looks: Longs
    clock: Clock
    rows: int = 0
    whole: int = 0
    most: int | None = None
    cut: set[int] = field(default_factory=set)
    unasked: Counter[int] = field(default_factory=Counter)

    @classmethod
    def none(cls, facts: int, rules: int, clock: Clock) -> "Spent":
        """Nothing yet, of so many kinds of fact and rules."""
        return cls(np.zeros(facts, np.int64), np.zeros(rules, np.int64), np.zeros(rules, np.int64), clock)

    def copy(self) -> "Spent":
        """The same sums, which do not grow any more."""
        return replace(self, facts=self.facts.copy(), rules=self.rules.copy(), looks=self.looks.copy())

    @contextmanager
    def on_batch(self, rows: int) -> Iterator[None]:
        """Measures all that is done for a batch of so many rows."""
        began = self.clock()
        yield
        self.whole += self.clock() - began
        self.rows += rows

    def on_facts(self, facts: Ints, began: int) -> None:
        """Note that since a moment these facts were asked, each as often as it is named."""
        spent = self.clock() - began
        if len(facts):
            np.add.at(self.facts, facts, spent // len(facts))

    def is_over(self, began: int) -> bool:
        """Whether what began at a moment has taken as long as it may."""
        return self.most is not None and self.clock() - began > self.most

    def on_unasked(self, facts: Sequence[int], values: int) -> None:
        """Note that these facts were not asked of so many values."""
        self.cut.update(facts)
        self.unasked.update(dict.fromkeys(facts, values))

    def on_looks(self, looks: Longs, began: int) -> None:
        """Note that since a moment each rule was looked at so often."""
        total = int(looks.sum())
        if total:
            self.rules += ((self.clock() - began) * (looks / total)).astype(np.int64)
            self.looks += looks

    def on_rule(self, rule: int, began: int) -> None:
        """Note that all since a moment was for one rule."""
        self.rules[rule] += self.clock() - began


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Which rules ask for which slow facts, as pairs; what several rules ask for is shared out among them.

    Args:
        rule: the rule of each pair, in order.
        fact: its fact.
        part: which part of what the fact costs is the rule's.

    """

    rule: Longs
    fact: Longs
    part: NDArray[np.float64]

    @classmethod
    def of(cls, tables: Tables) -> "Shares":
        """Those of some rules."""
        pairs = [
            (rule, fact)
            for rule, question in enumerate(tables.questions)
            for fact in sorted(
                {slow for number in facts(question.formula) if number >= 0 for slow in _slow(tables, number)}
            )
        ]
        rule, fact = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        return cls(rule=rule, fact=fact, part=1 / np.bincount(fact, minlength=1)[fact])

    def by_rule(self, spent: Spent) -> NDArray[np.float64]:
        """What each rule cost."""
        cost = spent.rules.astype(np.float64)
        np.add.at(cost, self.rule, spent.facts[self.fact] * self.part)
        return cost

    def asking(self, facts: Collection[int], count: int) -> NDArray[np.bool_]:
        """Which of `count` rules ask for one of some facts."""
        found = np.zeros(count, dtype=bool)
        found[self.rule[np.isin(self.fact, list(facts))]] = True
        return found

    def facts_of(self, rule: int) -> list[int]:
        """The slow facts that a rule asks for."""
        found: list[int] = self.fact[self.rule == rule].tolist()
        return found

    def only_asked_by(self, rules: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
        """Which of `count` kinds of fact nobody asks for but some rules."""
        by_others = np.zeros(count, dtype=bool)
        by_others[self.fact[~rules[self.rule]]] = True
        by_them = np.zeros(count, dtype=bool)
        by_them[self.fact[rules[self.rule]]] = True
        return by_them & ~by_others


def _slow(tables: Tables, number: int) -> list[int]:
    found: list[int] = tables.asks.of(number).tolist()
    return found
