"""What the distinct values of all fields mean to the rules: found once, remembered within bounds."""

import secrets
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from watchward.detect.fields import MEMORY, Growing, Laid, Lines, some_of, spans_for, spans_in, texts_at
from watchward.detect.kernels import hashing
from watchward.detect.kernels.arrays import Bytes, Ints, Known, Longs, Routes, Spans, Values, Words
from watchward.detect.kernels.decisions import hold, to_ask
from watchward.detect.kernels.fields import UNSEEN, put_numbers, spans_of, unseen
from watchward.detect.kernels.learning import LIST, PLAIN, kinds_of, learn, number_sets, place_sets
from watchward.detect.plan.costs import Spent
from watchward.detect.plan.tables import Crowds, Tables
from watchward.detect.texts.automaton import Found, in_order, pairs
from watchward.detect.texts.values import fold
from watchward.telemetry.batch import items

MOST_VALUES = 2_000_000
"""Remembered values, of all fields together; beyond, all are forgotten and learned again."""

MOST_CODES = 4_000_000
"""Remembered codes of growing dictionaries."""

MOST_PREDICATES = 4_000_000
"""Predicates in all sets that were met."""

_Given = tuple[Spans, np.ndarray]
"""Values, and which of them are lists."""


class Memory:
    """Numbers for values: 0 for those that mean nothing to any rule, one for each set of predicates that hold.

    Values are known by a keyed hash of 64 bits, so that no sender can make one value pass for another; and in a growing
    dictionary, that says so by its token, by their codes. The slow facts in `aside` are not asked.
    """

    def __init__(self, tables: Tables, crowds: Crowds, spent: Spent) -> None:
        self._tables = tables
        self._crowds = crowds
        self._spent = spent
        self.aside = np.zeros(tables.fact_count, dtype=bool)
        self._secret = np.frombuffer(secrets.token_bytes(24), dtype=np.uint64)
        self._is_slow: Bytes = (np.diff(tables.asks.first) > 0).astype(np.uint8)
        self._careful: Bytes = np.array([column.careful for column in tables.columns], dtype=np.uint8)
        self._reads_meaning = np.array([column.reads_meaning for column in tables.columns], dtype=bool)
        self._notes = tuple(
            np.empty(size, dtype=np.int32) for size in (tables.fact_count, tables.fact_count, len(tables.column_of))
        )
        self._codes = Growing(UNSEEN)
        self._forget()

    def _forget(self) -> None:
        self._known = Known(*np.zeros((3, 1024), dtype=np.int32))
        self._sets: Ints = np.zeros(2048, dtype=np.int32)
        self._counters: Longs = np.array([1, 0])
        self._forget_values()
        self._codes.forget()
        self.nulls: Ints = self._nulls()

    def forget_values(self) -> None:
        """Learn all values again when they are met again."""
        self._forget_values()
        self._codes.forget()

    def _forget_values(self) -> None:
        self._keys: Words = np.zeros(1 << 12, dtype=np.uint64)
        self._numbers: Ints = np.zeros(1 << 12, dtype=np.int32)
        self._remembered = 0

    def trim(self) -> None:
        """Forget what has become too much."""
        if self._counters[1] > MOST_PREDICATES:
            self._forget()
        if self._remembered > MOST_VALUES:
            self._forget_values()
        if self._codes.size > MOST_CODES:
            self._codes.forget()

    @property
    def known(self) -> Known:
        """The predicates of each number."""
        return self._known

    def lines(self, laid: Laid) -> Lines:
        """For each field of a batch the numbers of its codes, as far as they are known."""
        return self._codes.lines(laid)

    def learn(self, laid: Laid, values: Values, routes: Routes) -> None:
        """Find the numbers of all values that rules may ask for in some row."""
        most = int(np.minimum(laid.fields.size, laid.batch.num_rows).sum())
        fields: Ints = np.empty(most, dtype=np.int32)
        codes: Ints = np.empty(most, dtype=np.int32)
        count = unseen(values, routes, fields, codes)
        if count:
            fields, codes = fields[:count], codes[:count]
            spans = spans_for(count)
            spans_of(MEMORY, laid.fields, fields, codes, spans)
            try:
                found = self._numbers_of(laid.layout.numbers[fields], spans)
            except BaseException:
                self._codes.forget()  # or what is noted as asked for would never be answered
                raise
            put_numbers(MEMORY, values.numbers, fields, codes, found)

    def _numbers_of(self, columns: Ints, spans: Spans) -> Ints:
        """The number of each value of a column."""
        digests: Words = np.empty(len(columns), dtype=np.uint64)
        hashing.digest_spans(MEMORY, spans, columns, self._secret[0], self._secret[1], digests)
        found: Ints = np.empty(len(columns), dtype=np.int32)
        if hashing.look_up(digests, self._keys, self._numbers, found):
            missing = np.flatnonzero(found < 0)
            found[missing] = self._learned(columns[missing], some_of(spans, missing))
            if 2 * (self._remembered + len(missing)) > len(self._keys):
                self._widen(self._remembered + len(missing))
            self._remembered += hashing.keep(digests[missing], found[missing], self._keys, self._numbers)
        return found

    def _widen(self, count: int) -> None:
        room = 1 << (2 * count).bit_length()
        keys: Words = np.zeros(room, dtype=np.uint64)
        numbers: Ints = np.zeros(room, dtype=np.int32)
        hashing.keep(self._keys, self._numbers, keys, numbers)
        self._keys, self._numbers = keys, numbers

    def _learned(self, columns: Ints, spans: Spans) -> Ints:
        """The numbers of values that are seen for the first time."""
        kinds: Bytes = np.empty(len(columns), dtype=np.uint8)
        kinds_of(MEMORY, spans, self._careful, columns, kinds)
        parts, texts, held = _parts_of(spans, kinds)
        more = in_order([self._meanings(columns, texts, parts), *self._crowded(columns, texts, parts)])
        found = self._decided(columns, (spans, kinds == LIST), (parts, texts), more)
        del held  # the texts lay there until now
        return found

    def _nulls(self) -> Ints:
        """The number for no value in each column."""
        columns: Ints = np.arange(len(self._tables.columns), dtype=np.int32)
        parts: Longs = np.zeros(len(columns) + 1, dtype=np.int64)
        absent: Ints = np.array([column.absent for column in self._tables.columns], dtype=np.int32)
        return self._decided(columns, None, (parts, spans_for(0)), (columns, absent))

    def _meanings(self, columns: Ints, texts: Spans, parts: Longs) -> Found:
        """The facts of values as numbers, addresses or times."""
        reading = np.flatnonzero(np.repeat(self._reads_meaning[columns], np.diff(parts)))
        owners = np.repeat(np.arange(len(columns), dtype=np.int32), np.diff(parts))[reading].tolist()
        found = [
            (owner, fact)
            for owner, text in zip(owners, texts_at(some_of(texts, reading)).to_pylist(), strict=True)
            for fact in self._tables.columns[columns[owner]].meanings(text)
        ]
        return _ints([pair[0] for pair in found]), _ints([pair[1] for pair in found])

    def _crowded(self, columns: Ints, texts: Spans, parts: Longs) -> Iterator[Found]:
        """The facts of values in columns for which rules have texts too many for a tree."""
        owners = np.repeat(np.arange(len(columns), dtype=np.int32), np.diff(parts))
        for column in self._crowds.keys() & set(np.unique(columns).tolist()):
            which = np.flatnonzero(columns[owners] == column)
            at, facts = self._crowds[column].crowded(texts_at(some_of(texts, which)))
            yield owners[which[at]], facts

    def _decided(self, columns: Ints, given: _Given | None, texts: tuple[Longs, Spans], more: Found) -> Ints:
        """The numbers of values.

        Args:
            columns: the column of each.
            given: the values as they are given, or None where there is none.
            texts: the texts in which is looked for what rules look for: folded, and the items of lists one by one.
            more: what else is so of the values.

        """
        tables = self._tables
        told = (_begins(more[0], len(columns)), more[1])
        rules = (tables.texts, tables.anchors, tables.programs, self._is_slow)
        found, facts = _both((MEMORY, columns, *texts, told, *rules, self._notes), len(columns))
        keep = self._proved(columns, given, facts, found)
        pair = np.sort(found[0][keep].astype(np.int64) << 32 | found[1][keep])
        return self._number(len(columns), (pair >> 32).astype(np.int32), (pair & 0xFFFFFFFF).astype(np.int32))

    def _proved(self, columns: Ints, given: _Given | None, facts: Found, found: Found) -> np.ndarray:
        """Which of the predicates found still hold when their slow facts have been asked."""
        keep = np.ones(len(found[0]), dtype=bool)
        is_open = np.flatnonzero(self._is_slow[found[1]])
        if len(is_open):
            at, predicates = found[0][is_open], found[1][is_open]
            tables, known = self._tables, facts
            if given is not None:
                first = _begins(facts[0], len(columns))
                asked = pairs(to_ask, len(at), first, facts[1], at, predicates, tables.asks, tables.guards)
                asked = asked[0][kept := ~self.aside[asked[1]]], asked[1][kept]
                known = in_order([facts, *self._asked(columns, given, asked)])
            held: Bytes = np.empty(len(at), dtype=np.uint8)
            hold(_begins(known[0], len(columns)), known[1], at, predicates, tables.exact, tables.fact_count, held)
            keep[is_open] = held.astype(bool)
        return keep

    def _asked(self, columns: Ints, given: _Given, asked: Found) -> list[Found]:
        """Those of the slow facts, each asked of one of the values, that are so."""
        spans, listed = given
        found: list[Found] = []
        for column in np.unique(columns[asked[0]]).tolist():
            mine = columns[asked[0]] == column
            slow = self._tables.columns[column].asking
            which, at = np.unique(asked[0][mine], return_inverse=True)
            values = texts_at(some_of(spans, which))
            its = slow.holding(values, listed[which].view(np.uint8), at.astype(np.int32), asked[1][mine], self._spent)
            found += [(which[place], facts) for place, facts in its]
        return found

    def _number(self, count: int, at: Ints, predicates: Ints) -> Ints:
        """Number `count` values by their predicates: pairs in the order of the values, then of the predicates."""
        sets, room = self._counters.tolist()
        known = self._known
        self._known = Known(
            first=_with_room(known.first, sets + count),
            end=_with_room(known.end, sets + count),
            predicates=_with_room(known.predicates, room + len(predicates)),
        )
        if 2 * (sets + count) > len(self._sets):
            self._sets = np.zeros(1 << (2 * (sets + count)).bit_length(), dtype=np.int32)
            place_sets(self._secret[2], self._known, sets, self._sets)
        numbers: Ints = np.zeros(count, dtype=np.int32)
        number_sets(at, predicates, self._secret[2], self._known, self._sets, self._counters, numbers)
        return numbers


def _both(fixed: tuple[object, ...], count: int) -> tuple[Found, Found]:
    """The predicates of values, and the facts of those that have slow ones, however many there are."""
    rooms = (1024 + 4 * count, 1024 + 4 * count)
    while True:
        found, facts = ((np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)) for room in rooms)
        sizes = learn(*fixed, found, facts)
        if sizes[0] <= rooms[0] and sizes[1] <= rooms[1]:
            return (found[0][: sizes[0]], found[1][: sizes[0]]), (facts[0][: sizes[1]], facts[1][: sizes[1]])
        rooms = tuple(np.maximum(rooms, sizes).tolist())


def _begins(at: Ints, count: int) -> Longs:
    """Where the pairs of each of `count` values begin, and the ones before end: pairs in the order of the values."""
    first = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(at, minlength=count), out=first[1:])
    return first


def _with_room(array: np.ndarray, size: int) -> np.ndarray:
    if size <= len(array):
        return array
    wider = np.zeros(2 * size, dtype=array.dtype)
    wider[: len(array)] = array
    return wider


def _parts_of(spans: Spans, kinds: Bytes) -> tuple[Longs, Spans, object]:
    """The texts of values, those of each from one place to the next, and what must be held for as long."""
    odd = np.flatnonzero(kinds != PLAIN)
    counts: Longs = np.ones(len(kinds), dtype=np.int64)
    if not len(odd):
        return np.arange(len(kinds) + 1), spans, None
    listed = [[fold(part) for part in items(text)] for text in texts_at(some_of(spans, odd)).to_pylist()]
    counts[odd] = [len(parts) for parts in listed]
    first = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
    held = pa.array([part for parts in listed for part in parts], pa.string())
    texts = spans_for(int(first[-1]))
    is_odd = np.repeat(kinds != PLAIN, counts)
    folded = spans_in(held)
    for line, plain, other in zip(texts, spans, folded, strict=True):
        line[is_odd] = other
        line[~is_odd] = plain[kinds == PLAIN]
    return first, texts, held


def _ints(numbers: list[int]) -> Ints:
    return np.array(numbers, dtype=np.int32)
