"""Rules compiled for columns: a distinct value is looked at once, a row only where its values point at a rule.

`detect.plan.predicates` takes rules apart, `detect.plan.tables` and `detect.plan.routing` lay the parts out as
arrays, `detect.plan.matcher` matches a batch.
"""

import threading
import time
from collections.abc import Mapping, Sequence

import pyarrow as pa

from watchward.detect.match import Matches
from watchward.detect.plan import routing, tables
from watchward.detect.plan.costs import Clock, Spent, by_rule
from watchward.detect.plan.matcher import Matcher
from watchward.detect.plan.predicates import Parts
from watchward.detect.sigma.rule import Rule
from watchward.detect.sigma.store import without_collection
from watchward.telemetry.batch import OF_ENVELOPE


class Plan:
    """Some rules, ready to be matched with batches by any number of threads at once.

    Args:
        rules: in the order in which matches number them.
        clock: what costs are measured by.

    """

    def __init__(self, rules: Sequence[Rule], clock: Clock = time.thread_time_ns) -> None:
        self.rules = tuple(rules)
        self._parts = Parts()
        for rule in self.rules:
            self._parts.add(rule)
        self._tables = tables.build(self._parts)
        self._start = routing.start(self.rules, self._parts, self._tables)
        self._threads = threading.local()
        self._clock = clock
        self._spent: list[Spent] = []

    @property
    def fields(self) -> frozenset[str]:
        """The Sigma fields that the rules read, besides what the envelope says."""
        return frozenset(self._parts.fields) - OF_ENVELOPE.keys()

    def match(self, batch: pa.RecordBatch) -> Matches:
        """Which rows of an event batch (`telemetry.batch`) meet which rules.

        The result depends on the batch alone; what was learned of its values is remembered for the next one.
        """
        matcher: Matcher | None = getattr(self._threads, "matcher", None)
        if matcher is None:
            spent = Spent.none(self._tables.fact_count, len(self.rules), self._clock)
            matcher = self._threads.matcher = Matcher(self._parts, self._tables, self._start, spent)
            self._spent.append(spent)
        return matcher.match(batch)

    def costs(self) -> Mapping[str, int]:
        """What each rule, by its id, has cost by itself so far (`detect.plan.costs`), in nanoseconds of a processor."""
        costs = by_rule(self._parts, list(self._spent))
        total: dict[str, int] = {}
        for rule, cost in zip(self.rules, costs, strict=True):  # one on trial and its earlier version share their id
            total[rule.id] = total.get(rule.id, 0) + cost
        return total

    def spent(self) -> tuple[int, int]:
        """How many events were matched so far, and the nanoseconds of processors that all of it took."""
        several = list(self._spent)
        return sum(one.rows for one in several), sum(one.whole for one in several)


def compile(rules: Sequence[Rule]) -> Plan:  # noqa: A001 - the word of the contract
    """The plan for some rules; the same rules give the same plan."""
    with without_collection():
        return Plan(rules)
