"""Matching batches with a plan's rules, one thread at a time, and remembering what its values mean."""

import numpy as np
import pyarrow as pa

from watchward.detect.columns import log_sources
from watchward.detect.fields import MEMORY, Layouts
from watchward.detect.kernels import decisions
from watchward.detect.kernels.arrays import Ints, Values
from watchward.detect.match import Matches
from watchward.detect.plan.budget import Watch
from watchward.detect.plan.costs import Spent
from watchward.detect.plan.late import Late
from watchward.detect.plan.memory import Memory
from watchward.detect.plan.routing import Router
from watchward.detect.plan.tables import Crowds, Tables
from watchward.detect.texts.automaton import pairs
from watchward.telemetry.batch import column_of

_RETHINK_AT = (20_000, 200_000, 2_000_000)
"""After so many rows, what was rare and what was frequent decides anew where rules are looked for."""


class Matcher:
    """One thread's way through a plan."""

    def __init__(self, tables: Tables, crowds: Crowds, router: Router, spent: Spent, watch: Watch) -> None:
        self._tables = tables
        self._late = np.array([question.late for question in tables.questions], dtype=bool)
        self._layouts = Layouts({column_of(column.name): number for number, column in enumerate(tables.columns)})
        self._memory = Memory(tables, crowds, spent)
        self._spent = spent
        self._watch = watch
        self._router = router
        self._column_of = tables.column_of
        self._seen: Ints = np.empty(len(tables.questions), dtype=np.int32)
        self._rows_seen = 0

    def match(self, batch: pa.RecordBatch) -> Matches:
        """Which rows of a batch meet which rules."""
        if self._watch.tries_again():
            self._memory.forget_values()  # or those met meanwhile would never be asked what was not asked
            self._memory.aside = self._watch.facts
        with self._spent.on_batch(batch.num_rows):
            found = self._matched(batch)
        if self._watch.look(batch):
            self._memory.forget_values()  # the ones given up are asked again where they come again
        self._memory.aside = self._watch.facts
        return found

    def _matched(self, batch: pa.RecordBatch) -> Matches:
        memory, router = self._memory, self._router
        memory.trim()
        laid = self._layouts.laid(batch)
        sources = self._sources(batch)
        lines = memory.lines(laid)
        values = Values(
            memory=MEMORY,
            fields=laid.fields,
            slots=laid.layout.slots,
            numbers=lines.places,
            nulls=memory.nulls,
            sources=sources,
        )
        memory.learn(laid, values, router.routes)
        looks, began = np.zeros(len(self._late), dtype=np.int64), self._spent.clock()
        rows, rules = pairs(
            decisions.match,
            batch.num_rows,
            *(values, memory.known, router.routes, router.programs, self._column_of, router.hits, looks, self._seen),
        )
        self._spent.on_looks(looks, began)
        self._rethink(batch.num_rows)
        more_rows, more_rules = router.keywords.candidates(laid, sources, router.names)
        found = self._settled(batch, values, np.concatenate([rows, more_rows]), np.concatenate([rules, more_rules]))
        del lines  # the numbers lay there until now
        return found

    def _sources(self, batch: pa.RecordBatch) -> Ints:
        """Each row's log source by the router's number."""
        named, local = log_sources(batch)
        numbers = np.array([self._router.source(*name) for name in named], dtype=np.int32)
        return numbers[local] if len(numbers) else local

    def _settled(self, batch: pa.RecordBatch, values: Values, rows: Ints, rules: Ints) -> Matches:
        """The matches, in order, without those that the rows themselves gainsay."""
        pair = np.unique(rows.astype(np.int64) << 32 | rules)
        rows, rules = (pair >> 32).astype(np.int32), (pair & 0xFFFFFFFF).astype(np.int32)
        rows, rules = rows[kept := ~self._watch.rules[rules]], rules[kept]
        keep = np.ones(len(rows), dtype=bool)
        late = Late(batch, self._tables.about_rows, self._column_of, values, self._memory.known)
        for rule in np.unique(rules[self._late[rules]]).tolist():
            mine, began = rules == rule, self._spent.clock()
            keep[mine] = late.holds(self._tables.questions[rule].formula, rows[mine])
            self._spent.on_rule(rule, began)
        return Matches(rows=rows[keep].astype(np.int64), rules=rules[keep])

    def _rethink(self, rows: int) -> None:
        before = self._rows_seen
        self._rows_seen += rows
        if any(before < threshold <= self._rows_seen for threshold in _RETHINK_AT):
            self._router.rethink(self._rows_seen)
