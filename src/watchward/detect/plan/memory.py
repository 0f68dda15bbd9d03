"""What the distinct values of each field mean to the rules: found once, remembered within bounds."""

import secrets
from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from watchward.detect.columns import buffers, odd_values
from watchward.detect.kernels import hashing
from watchward.detect.kernels.arrays import Bytes, Ints, Known, Longs, Words
from watchward.detect.kernels.decisions import decide, hold, to_ask
from watchward.detect.plan.costs import Spent
from watchward.detect.plan.predicates import Parts
from watchward.detect.plan.tables import Column, Tables
from watchward.detect.texts.automaton import Found, in_order, pairs
from watchward.detect.texts.slow import Slow
from watchward.detect.texts.values import fold
from watchward.telemetry.batch import LIST_MARK, items

MOST_VALUES = 2_000_000
"""Remembered values, of all fields together; beyond, all is forgotten and learned again."""

MOST_PREDICATES = 20_000_000
MOST_TABLES = 10_000

_LIST = 2


class Memory:
    """Numbers for values: 0 for those that mean nothing to any rule, one for each other, and one a field for no value.

    Values are known by a keyed hash of 64 bits, so that no sender can make one value pass for another; and in a growing
    dictionary, that says so by its token, by their codes. The slow facts in `aside` are not asked.
    """

    def __init__(self, parts: Parts, tables: Tables, spent: Spent) -> None:
        self._tables = tables
        self._spent = spent
        self.aside = np.zeros(tables.fact_count, dtype=bool)
        self._secret = np.frombuffer(secrets.token_bytes(16), dtype=np.uint64)
        self._seen: Ints = np.zeros((2, tables.fact_count), dtype=np.int32)
        self._is_slow = np.array([bool(predicate.slow) for predicate in parts.predicates], dtype=bool)
        self._forget()

    def _forget(self) -> None:
        self._first: Ints = np.zeros(1024, dtype=np.int32)
        self._end: Ints = np.zeros(1024, dtype=np.int32)
        self._predicates: Ints = np.zeros(1024, dtype=np.int32)
        self._size, self._room = 1, 0
        self._codes: dict[tuple[bytes, int], tuple[Ints, int]] = {}
        self._hashed: dict[int, tuple[Words, Ints, int]] = {}
        self._remembered = 0
        self.nulls: Ints = np.array([self._null(column) for column in self._tables.columns], dtype=np.int32)

    def trim(self) -> None:
        """Forget everything when it has become too much."""
        if (
            self._remembered > MOST_VALUES
            or self._room > MOST_PREDICATES
            or len(self._codes) > MOST_TABLES
            or self._size > MOST_VALUES
        ):
            self._forget()

    @property
    def known(self) -> Known:
        """The predicates of each number."""
        return Known(self._first, self._end, self._predicates)

    def table(self, column: int, dictionary: pa.StringArray, token: bytes | None) -> Ints:
        """The number of each code of a dictionary, shifted by one; first the number for no value."""
        if token is None:
            return np.concatenate([self.nulls[column : column + 1], self._by_hash(column, dictionary)])
        table, size = self._codes.get((token, column), (self.nulls[column : column + 1], 1))
        if len(dictionary) + 1 > size:
            fresh = self.numbers_of(column, dictionary.slice(size - 1))
            self._remembered += len(fresh)
            if len(table) < size + len(fresh):
                table = np.concatenate([table[:size], np.zeros(size + 2 * len(fresh), dtype=np.int32)])
            table[size : size + len(fresh)] = fresh
            size += len(fresh)
            self._codes[token, column] = (table, size)
        return table

    def _by_hash(self, column: int, values: pa.StringArray) -> Ints:
        data, first = buffers(values)
        digests: Words = np.empty(len(values), dtype=np.uint64)
        hashing.digest_values(data, first, self._secret[0], self._secret[1], digests)
        keys, numbers, used = self._hashed.get(column) or _hash_table(64)
        found: Ints = np.empty(len(values), dtype=np.int32)
        if not hashing.look_up(digests, keys, numbers, found):
            return found
        missing = np.flatnonzero(found < 0)
        fresh = values if len(missing) == len(values) else values.take(pa.array(missing))
        found[missing] = self.numbers_of(column, fresh)
        if 2 * (used + len(missing)) > len(keys):
            wider, wider_numbers, _ = _hash_table(4 * (used + len(missing)))
            hashing.keep(keys, numbers, wider, wider_numbers)
            keys, numbers = wider, wider_numbers
        added = hashing.keep(digests[missing], found[missing], keys, numbers)
        self._hashed[column] = (keys, numbers, used + added)
        self._remembered += added
        return found

    def numbers_of(self, column: int, values: pa.StringArray) -> Ints:
        """The number of each value of a field, seen for the first time."""
        asked = self._tables.columns[column]
        data, first = buffers(values)
        odd = odd_values(data, first, careful=asked.automaton is not None and asked.automaton.careful)
        filled = np.flatnonzero(first[1:] > first[:-1])
        odd[filled[data[first[filled]] == ord(LIST_MARK)]] = _LIST
        at, facts = self._facts(asked, values, odd)
        first = _begins(at, len(values))
        found_at, found = pairs(decide, len(at), first, facts, self._tables.anchors, self._tables.programs)
        if asked.slow is not None:
            keep = self._proved(asked.slow, values, (odd == _LIST).view(np.uint8), (at, facts), (found_at, found))
            found_at, found = found_at[keep], found[keep]
        pair = np.sort(found_at.astype(np.int64) << 32 | found)
        return self._number(len(values), (pair >> 32).astype(np.int32), (pair & 0xFFFFFFFF).astype(np.int32))

    def _facts(self, column: Column, values: pa.StringArray, odd: Bytes) -> Found:
        """The quick facts of each value as pairs, in the order of the values."""
        at, facts = self._texts(column, *buffers(values))
        found = [(at[odd[at] == 0], facts[odd[at] == 0])]
        if column.every is not None:
            found.append((np.arange(len(values), dtype=np.int32), np.full(len(values), column.every, dtype=np.int32)))
        parents, parts = _parts_of(values, np.flatnonzero(odd))
        if parts:
            part_at, part_facts = self._texts(column, *buffers(pa.array([fold(part) for part in parts], pa.string())))
            found.append((parents[part_at], part_facts))
        if column.reads_meaning:
            plain = np.flatnonzero(odd != _LIST)
            found.append(_meanings(column, plain, values.take(pa.array(plain)).to_pylist()))
            listed = odd[parents] == _LIST
            found.append(
                _meanings(column, parents[listed], [part for part, is_in in zip(parts, listed, strict=True) if is_in])
            )
        return in_order(found)

    def _texts(self, column: Column, data: Bytes, first: Longs) -> Found:
        if column.automaton is None:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32)
        return column.automaton.facts(data, first, self._seen)

    def _proved(self, slow: Slow, values: pa.StringArray, listed: Bytes, facts: Found, found: Found) -> np.ndarray:
        """Which of the predicates found still hold when their slow facts have been asked."""
        keep = np.ones(len(found[0]), dtype=bool)
        is_open = np.flatnonzero(self._is_slow[found[1]])
        if len(is_open):
            at, predicates = found[0][is_open], found[1][is_open]
            first = _begins(facts[0], len(values))
            asked = pairs(to_ask, len(at), first, facts[1], at, predicates, self._tables.asks, self._tables.guards)
            asked = asked[0][kept := ~self.aside[asked[1]]], asked[1][kept]
            known = in_order([facts, *slow.holding(values, listed, *asked, self._spent)])
            keep[is_open] = self._held(len(values), known, at, predicates)
        return keep

    def _held(self, count: int, facts: Found, at: Ints, predicates: Ints) -> np.ndarray:
        held: Bytes = np.empty(len(at), dtype=np.uint8)
        hold(_begins(facts[0], count), facts[1], at, predicates, self._tables.exact, self._tables.fact_count, held)
        return held.astype(bool)

    def _null(self, column: Column) -> int:
        numbers = [column.absent] if column.every is None else [column.absent, column.every]
        facts = (np.zeros(len(numbers), dtype=np.int32), np.array(numbers, dtype=np.int32))
        first = np.array([0, len(numbers)])
        at, found = pairs(decide, 1, first, facts[1], self._tables.anchors, self._tables.programs)
        found = found[~self._is_slow[found] | self._held(1, facts, at, found)]
        return int(self._number(1, np.zeros(len(found), dtype=np.int32), np.sort(found))[0])

    def _number(self, count: int, at: Ints, predicates: Ints) -> Ints:
        """Number `count` values by their predicates: pairs in the order of the values, then of the predicates."""
        numbers: Ints = np.zeros(count, dtype=np.int32)
        meaning, begins = np.unique(at, return_index=True)
        ends = np.append(begins[1:], len(at))
        size, room = self._size + len(meaning), self._room + len(predicates)
        self._first, self._end = _with_room(self._first, size), _with_room(self._end, size)
        self._predicates = _with_room(self._predicates, room)
        numbers[meaning] = np.arange(self._size, size)
        self._first[self._size : size] = begins + self._room
        self._end[self._size : size] = ends + self._room
        self._predicates[self._room : room] = predicates
        self._size, self._room = size, room
        return numbers


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


def _hash_table(size: int) -> tuple[Words, Ints, int]:
    room = 1 << max(6, (size - 1).bit_length())
    return np.zeros(room, dtype=np.uint64), np.zeros(room, dtype=np.int32), 0


def _parts_of(values: pa.StringArray, odd: Longs) -> tuple[Ints, list[str]]:
    """The items of some values, and for each the place of its value."""
    pairs = [(int(at), item) for at in odd for item in items(values[int(at)].as_py())]
    return np.array([pair[0] for pair in pairs], dtype=np.int32), [pair[1] for pair in pairs]


def _meanings(column: Column, at: np.ndarray, values: Iterable[str]) -> tuple[Ints, Ints]:
    pairs = [(place, fact) for place, value in zip(at.tolist(), values, strict=True) for fact in column.meanings(value)]
    return (
        np.array([pair[0] for pair in pairs], dtype=np.int32),
        np.array([pair[1] for pair in pairs], dtype=np.int32),
    )
