"""Matching batches with a plan's rules, one thread at a time, and remembering what its values mean."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from watchward.detect.columns import codes_of, dictionary, log_sources
from watchward.detect.kernels import decisions
from watchward.detect.kernels.arrays import Ints, Values
from watchward.detect.match import Matches
from watchward.detect.plan.budget import Watch
from watchward.detect.plan.costs import Spent
from watchward.detect.plan.late import Late
from watchward.detect.plan.memory import Memory
from watchward.detect.plan.predicates import Parts
from watchward.detect.plan.routing import Router, Start
from watchward.detect.plan.tables import Tables
from watchward.detect.texts.automaton import pairs
from watchward.telemetry.batch import column_of

_RETHINK_AT = (20_000, 200_000, 2_000_000)
"""After so many rows, what was rare and what was frequent decides anew where rules are looked for."""


class Matcher:
    """One thread's way through a plan."""

    def __init__(self, parts: Parts, tables: Tables, start: Start, spent: Spent, watch: Watch) -> None:
        self._questions = parts.questions
        self._predicates = parts.predicates
        self._late = np.array([question.late for question in parts.questions], dtype=bool)
        self._memory = Memory(parts, tables, spent)
        self._spent = spent
        self._watch = watch
        self._router = Router(start)
        self._column_of = tables.column_of
        self._names = parts.fields
        self._rows_seen = 0

    def match(self, batch: pa.RecordBatch) -> Matches:
        """Which rows of a batch meet which rules."""
        with self._spent.on_batch(batch.num_rows):
            found = self._matched(batch)
        self._watch.look()
        self._memory.aside = self._watch.facts
        return found

    def _matched(self, batch: pa.RecordBatch) -> Matches:
        self._memory.trim()
        sources, present = self._sources(batch)
        columns = self._router.columns_of(present)
        numbers, slots = self._numbers(batch, columns)
        values = Values(numbers=numbers, slots=slots, nulls=self._memory.nulls, sources=sources)
        router = self._router
        looks, began = np.zeros(len(self._late), dtype=np.int64), self._spent.clock()
        rows, rules = pairs(
            decisions.match,
            batch.num_rows,
            *(values, self._memory.known, router.routes, router.programs, self._column_of, router.hits, looks),
        )
        self._spent.on_looks(looks, began)
        self._rethink(batch.num_rows)
        more_rows, more_rules = router.keywords.candidates(batch, sources, router.names_of(present))
        return self._settled(batch, values, np.concatenate([rows, more_rows]), np.concatenate([rules, more_rules]))

    def _sources(self, batch: pa.RecordBatch) -> tuple[Ints, frozenset[int]]:
        """Each row's log source by the router's number, and which there are."""
        named, local = log_sources(batch)
        numbers = np.array([self._router.source(*name) for name in named], dtype=np.int32)
        return numbers[local] if len(numbers) else local, frozenset(numbers.tolist()) - {-1}

    def _numbers(self, batch: pa.RecordBatch, columns: Sequence[int]) -> tuple[Ints, Ints]:
        """The numbers of the values of some columns, and where each column is among them."""
        slots = np.full(len(self._names), -1, dtype=np.int32)
        there = [(column, batch.schema.get_field_index(column_of(self._names[column]))) for column in columns]
        there = [(column, index) for column, index in there if index >= 0]
        numbers = np.empty((max(1, len(there)), batch.num_rows), dtype=np.int32)
        for line, (column, index) in enumerate(there):
            slots[column] = line
            array = dictionary(batch.column(index))
            token = (batch.schema.field(index).metadata or {}).get(b"dictionary")
            codes_of(array, self._memory.table(column, array.dictionary, token), numbers[line])
        return numbers, slots

    def _settled(self, batch: pa.RecordBatch, values: Values, rows: Ints, rules: Ints) -> Matches:
        """The matches, in order, without those that the rows themselves gainsay."""
        pair = np.unique(rows.astype(np.int64) << 32 | rules)
        rows, rules = (pair >> 32).astype(np.int32), (pair & 0xFFFFFFFF).astype(np.int32)
        rows, rules = rows[kept := ~self._watch.rules[rules]], rules[kept]
        keep = np.ones(len(rows), dtype=bool)
        late = Late(batch, self._predicates, values, self._memory.known)
        for rule in np.unique(rules[self._late[rules]]).tolist():
            mine, began = rules == rule, self._spent.clock()
            keep[mine] = late.holds(self._questions[rule].formula, rows[mine])
            self._spent.on_rule(rule, began)
        return Matches(rows=rows[keep].astype(np.int64), rules=rules[keep])

    def _rethink(self, rows: int) -> None:
        before = self._rows_seen
        self._rows_seen += rows
        if any(before < threshold <= self._rows_seen for threshold in _RETHINK_AT):
            self._router.rethink(self._rows_seen)
