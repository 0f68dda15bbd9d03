"""What each rule costs, measured while it is matched.

Most of the work is shared by all rules: the values of a field are looked at once, whoever reads it. What one rule costs
by itself is measured where it arises: comparisons that are slow to make (regular expressions, wildcards, letter case)
by the time of their loops, shared out among the rules that ask for the same; rows in which a rule was looked at, by
their share of the loop over the rows; and what only a row as a whole can tell, by the time that it took.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from watchward.detect.kernels.arrays import Ints, Longs
from watchward.detect.plan.formula import facts
from watchward.detect.plan.predicates import Parts

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

    """

    facts: Longs
    rules: Longs
    looks: Longs
    clock: Clock
    rows: int = 0
    whole: int = 0

    @classmethod
    def none(cls, facts: int, rules: int, clock: Clock) -> "Spent":
        """Nothing yet, of so many kinds of fact and rules."""
        return cls(np.zeros(facts, np.int64), np.zeros(rules, np.int64), np.zeros(rules, np.int64), clock)

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

    def on_looks(self, looks: Longs, began: int) -> None:
        """Note that since a moment each rule was looked at so often."""
        total = int(looks.sum())
        if total:
            self.rules += ((self.clock() - began) * (looks / total)).astype(np.int64)
            self.looks += looks

    def on_rule(self, rule: int, began: int) -> None:
        """Note that all since a moment was for one rule."""
        self.rules[rule] += self.clock() - began


def by_rule(parts: Parts, several: Sequence[Spent]) -> list[int]:
    """What each rule cost several threads together; what several rules ask for is shared out among them."""
    total = np.zeros(len(parts.questions), dtype=np.float64)
    asking = [
        {fact for number in facts(question.formula) if number >= 0 for fact in parts.predicates[number].slow}
        for question in parts.questions
    ]
    if several:
        total += np.sum([spent.rules for spent in several], axis=0)
        each = np.sum([spent.facts for spent in several], axis=0)
        askers = np.zeros(len(each), dtype=np.int64)
        for its in asking:
            askers[list(its)] += 1
        share = each / np.maximum(askers, 1)
        total += [float(share[list(its)].sum()) for its in asking]
    return [int(one) for one in total.tolist()]
