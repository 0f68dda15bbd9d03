"""Rules compiled for columns: a distinct value is looked at once, a row only where its values point at a rule.

`detect.plan.predicates` takes rules apart, `detect.plan.tables` and `detect.plan.routing` lay the parts out as
arrays, `detect.plan.matcher` matches a batch.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from watchward.base.clock import SystemClock
from watchward.base.collection import without_collection
from watchward.detect.match import Matches
from watchward.detect.plan.budget import Aside, Budget, Watch
from watchward.detect.plan.costs import Clock, Shares, Spent
from watchward.detect.plan.kept import kept_or_laid
from watchward.detect.plan.matcher import Matcher
from watchward.detect.plan.predicates import Parts
from watchward.detect.plan.routing import Router
from watchward.detect.plan.tables import Crowds, Tables, build
from watchward.detect.sigma.rule import Rule
from watchward.telemetry.batch import OF_ENVELOPE

_now: Final = SystemClock().now


class Plan:
    """Some rules, ready to be matched with batches by any number of threads at once.

    Args:
        rules: in the order in which matches number them.
        cache: a folder in which laid-out plans are kept; without it, the plan is laid out anew.
        budget: what a rule may cost; if it is not given, every rule is matched, whatever it costs.
        clock: what costs are measured by.
        now: tells the time, by which rules that cost too much are set aside and tried again.

    """

    def __init__(
        self,
        rules: Sequence[Rule],
        *,
        cache: Path | None = None,
        budget: Budget | None = None,
        clock: Clock = time.thread_time_ns,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self.rules = tuple(rules)
        laid, self._crowds = kept_or_laid(self.rules, cache, self._lay)
        self._tables, self._start = laid.tables, laid.start
        self._fields = frozenset(column.name for column in self._tables.columns)
        _ = self._tables.texts  # or the first batch would wait for them
        self._threads = threading.local()
        self._shares: Shares | None = None
        self._budget = budget
        self._clock = clock
        self._now = now
        self._spent: list[Spent] = []
        self._watches: list[Watch] = []

    def _lay(self) -> tuple[Tables, Crowds]:
        parts = Parts()
        for rule in self.rules:
            parts.add(rule)
        return build(parts)

    @property
    def fields(self) -> frozenset[str]:
        """The Sigma fields that the rules read, besides what the envelope says."""
        return self._fields - OF_ENVELOPE.keys()

    def match(self, batch: pa.RecordBatch) -> Matches:
        """Which rows of an event batch (`telemetry.batch`) meet which rules.

        Without a budget the result depends on the batch alone; what was learned of its values is remembered for the
        next one.
        """
        matcher: Matcher | None = getattr(self._threads, "matcher", None)
        if matcher is None:
            spent = Spent.none(self._tables.fact_count, len(self.rules), self._clock)
            watch = Watch(self._budget, self._tables, spent, self._now)
            router = Router(self.rules, self._tables, self._start)
            matcher = self._threads.matcher = Matcher(self._tables, self._crowds, router, spent, watch)
            self._spent.append(spent)
            self._watches.append(watch)
        return matcher.match(batch)

    def costs(self) -> Mapping[str, int]:
        """What each rule, by its id, has cost by itself so far (`detect.plan.costs`), in nanoseconds of a processor."""
        if self._shares is None:
            self._shares = Shares.of(self._tables)
        none = np.zeros(len(self.rules))
        costs = sum((self._shares.by_rule(spent) for spent in list(self._spent)), start=none).astype(np.int64)
        total: dict[str, int] = {}
        for rule, cost in zip(
            self.rules, costs.tolist(), strict=True
        ):  # one on trial and its earlier version share an id
            total[rule.id] = total.get(rule.id, 0) + cost
        return total

    def set_aside(self) -> Sequence[Aside]:
        """The rules that cost more than the budget allows, and are not matched for now, in the order of time."""
        return [aside for watch in list(self._watches) for aside in watch.asides]

    def unasked(self) -> int:
        """How often a value was not compared with an expression, since that would have taken too long."""
        return sum(sum(dict(spent.unasked).values()) for spent in list(self._spent))

    def spent(self) -> tuple[int, int]:
        """How many events were matched so far, and the nanoseconds of processors that all of it took."""
        several = list(self._spent)
        return sum(one.rows for one in several), sum(one.whole for one in several)


def compile(  # noqa: A001 - the word of the contract
    rules: Sequence[Rule],
    *,
    cache: Path | None = None,
    budget: Budget | None = None,
    now: Callable[[], datetime] = _now,
) -> Plan:
    """The plan for some rules; the same rules give the same plan. The arguments are those of `Plan`."""
    with without_collection():
        return Plan(rules, cache=cache, budget=budget, now=now)
