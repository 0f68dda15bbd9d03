"""Matching batches with a plan's rules, one thread at a time, and remembering what its values mean."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from watchward.detect import ir, kernels
from watchward.detect.automaton import pairs
from watchward.detect.events import OUTSIDE, event_at, texts_within
from watchward.detect.ir import ANYWHERE
from watchward.detect.kernels import Ints, Longs
from watchward.detect.match import Matches
from watchward.detect.memory import Memory
from watchward.detect.predicates import Parts
from watchward.detect.reference import matches
from watchward.detect.routing import Router
from watchward.detect.rule import Rule
from watchward.detect.tables import Tables
from watchward.telemetry.batch import FIELD, LIST_MARK, UNMAPPED, field_names, joined

_SOURCE = ("product", "category", "service")
_MOST_COMBINATIONS = 1 << 20
_RETHINK_AT = (20_000, 200_000, 2_000_000)
"""After so many rows, what was rare and what was frequent decides anew where rules are looked for."""


class Matcher:
    """One thread's way through a plan."""

    def __init__(self, rules: Sequence[Rule], parts: Parts, tables: Tables) -> None:
        self._rules = rules
        self._confirmed = np.array([question.confirmed for question in parts.questions], dtype=bool)
        self._memory = Memory(parts, tables)
        self._router = Router(rules, parts, tables)
        self._column_of = tables.column_of
        self._names = parts.fields
        self._rows_seen = 0

    def match(self, batch: pa.RecordBatch) -> Matches:
        """Which rows of a batch meet which rules."""
        self._memory.trim()
        sources, present = self._sources(batch)
        columns = self._router.columns_of(present)
        numbers, slots = self._numbers(batch, columns, sources)
        values = kernels.Values(numbers=numbers, slots=slots, nulls=self._memory.nulls, sources=sources)
        router = self._router
        rows, rules = pairs(
            kernels.match,
            batch.num_rows,
            *(values, self._memory.known, router.routes, router.programs, self._column_of, router.hits),
        )
        self._rethink(batch.num_rows)
        return self._confirm(batch, rows, rules)

    def _sources(self, batch: pa.RecordBatch) -> tuple[Ints, set[int]]:
        """Each row's log source by the router's number, and which there are."""
        columns = [_dictionary(batch.column(batch.schema.get_field_index(name))) for name in _SOURCE]
        sizes = np.array([len(column.dictionary) + 1 for column in columns], dtype=np.int64)
        if int(np.prod(sizes)) > _MOST_COMBINATIONS:
            columns = [column.dictionary_decode().dictionary_encode() for column in columns]
            sizes = np.array([len(column.dictionary) + 1 for column in columns], dtype=np.int64)
        codes = np.empty((3, batch.num_rows), dtype=np.int32)
        for line, column in enumerate(columns):
            _gather(column, np.arange(len(column.dictionary) + 1, dtype=np.int32), codes[line])
        local = np.empty(batch.num_rows, dtype=np.int32)
        examples = kernels.number_sources(codes, sizes, local)
        named = [tuple(column[int(row)].as_py() for column in columns) for row in examples]
        numbers = np.array([self._router.source(*name) for name in named], dtype=np.int32)
        return numbers[local] if len(numbers) else local, set(numbers.tolist()) - {-1}

    def _numbers(self, batch: pa.RecordBatch, columns: Sequence[int], sources: Ints) -> tuple[Ints, Ints]:
        """The numbers of the values of some columns, and where each column is among them."""
        slots = np.full(len(self._names), -1, dtype=np.int32)
        there = [(column, batch.schema.get_field_index(self._names[column])) for column in columns]
        there = [(column, index) for column, index in there if index >= 0 and self._names[column] not in OUTSIDE]
        anywhere = [column for column in columns if self._names[column] == ANYWHERE]
        numbers = np.empty((max(1, len(there) + len(anywhere)), batch.num_rows), dtype=np.int32)
        for line, (column, index) in enumerate(there):
            slots[column] = line
            array = _dictionary(batch.column(index))
            token = (batch.schema.field(index).metadata or {}).get(b"dictionary")
            _gather(array, self._memory.table(column, array.dictionary, token), numbers[line])
        for line, column in enumerate(anywhere, start=len(there)):
            slots[column] = line
            numbers[line] = self._memory.nulls[column]
            rows = np.flatnonzero(np.isin(sources, self._router.keyword_sources))
            texts = _texts(batch, rows)
            some = np.flatnonzero(np.array([bool(text) for text in texts.to_pylist()], dtype=bool))
            numbers[line, rows[some]] = self._memory.numbers_of(column, texts.take(pa.array(some)))
        return numbers, slots

    def _confirm(self, batch: pa.RecordBatch, rows: Ints, rules: Ints) -> Matches:
        """The matches, in order, without those that the event itself does not confirm."""
        keep = np.ones(len(rows), dtype=bool)
        answers: dict[tuple[int, tuple[tuple[str, str], ...]], bool] = {}
        for at in np.flatnonzero(self._confirmed[rules]):
            condition = self._rules[rules[at]].condition
            event = event_at(batch, int(rows[at]), ir.fields(condition))
            key = (int(rules[at]), tuple(sorted(event.items())))
            if key not in answers:
                answers[key] = matches(condition, event)
            keep[at] = answers[key]
        rows, rules = rows[keep], rules[keep]
        order = np.lexsort((rules, rows))
        return Matches(rows=rows[order].astype(np.int64), rules=rules[order])

    def _rethink(self, rows: int) -> None:
        before = self._rows_seen
        self._rows_seen += rows
        if any(before < threshold <= self._rows_seen for threshold in _RETHINK_AT):
            self._router.rethink(self._rows_seen)


def _dictionary(column: pa.Array) -> pa.DictionaryArray:
    """A column as every field column should be: text in a dictionary."""
    if column.type == FIELD:
        return column
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(pa.string()).dictionary_encode()


def _gather(column: pa.DictionaryArray, table: Ints, out: Ints) -> None:
    indices = column.indices
    valid, data = indices.buffers()
    codes = np.frombuffer(data, dtype=np.int32)[indices.offset : indices.offset + len(indices)]
    bitmap = np.frombuffer(valid if valid is not None and indices.null_count else b"", dtype=np.uint8)
    kernels.gather(codes, bitmap, indices.offset, table, out)


def _texts(batch: pa.RecordBatch, rows: Longs) -> pa.StringArray:
    """All values of some rows, those of one row as one list; empty where it has none."""
    chosen = pa.array(rows)
    parts = [_dictionary(batch.column(name)).take(chosen).dictionary_decode() for name in field_names(batch)]
    unmapped = batch.schema.get_field_index(UNMAPPED.name)
    if unmapped >= 0:
        documents = batch.column(unmapped).take(chosen).to_pylist()
        parts.append(pa.array([joined(texts_within(text)) if text else None for text in documents], pa.string()))
    marked = [
        pc.if_else(pc.starts_with(part, LIST_MARK), part, pc.binary_join_element_wise(LIST_MARK, part, ""))
        for part in parts
    ]
    nothing = pa.array([""] * len(rows), pa.string())
    return pc.binary_join_element_wise(nothing, *marked, "", null_handling="skip")
