"""From matches to the rows that correlations read: the values of fields as digests and numbers."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from watchward.detect.correlate.keys import Digests, combined, digests, folded
from watchward.detect.correlate.matched import Matched
from watchward.detect.correlate.numbers import amount
from watchward.detect.correlate.program import Input, Step
from watchward.detect.correlate.rows import Rows, Whole, rest_of, rows_for
from watchward.detect.correlate.shelf import Shelf
from watchward.detect.correlate.texts import Texts
from watchward.detect.kernels import gathering, windows

_NUMERIC = {windows.SUM, windows.AVERAGE, windows.RANKED}
_ONE = np.uint64(1)
_PLAIN = "^-?[0-9]{1,15}$"
_Number = TypeVar("_Number", np.uint64, np.float64)


class Readers:
    """What a shelf reads of single rules: of each rule its inputs, and of each input which fields."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.of: dict[str, list[int]] = defaultdict(list)
        for step, first in zip(shelf.steps, shelf.first.tolist(), strict=True):
            for rule, given in step.rules.items():
                self.of[rule].append(first + given.place)
        self._fields = _numbered(("", *given.group, *given.carried, *given.counted) for given in shelf.inputs)
        self._shown = self._places([("", *given.group, *given.carried) for given in shelf.inputs])
        self._counted = self._places([given.counted for given in shelf.inputs])
        self._is_number = np.array([shelf.steps[owner].family in _NUMERIC for owner in shelf.owner.tolist()])
        self.how = np.array([_how(shelf.steps[owner]) for owner in shelf.owner.tolist()], dtype=np.int64)
        self.salts = shelf.salts[shelf.owner]

    def _places(self, names: Sequence[Sequence[str]]) -> Whole:
        """The number of each field, a line an input; one more than all of them where there is none."""
        found = np.full((len(names), max(map(len, names))), len(self._fields), dtype=np.int64)
        for line, some in zip(found, names, strict=True):
            line[: len(some)] = [self._fields[name] for name in some]
        return found

    def lines(self, inputs: Whole, columns: "_Columns") -> tuple[Whole, Whole, Whole]:
        """Of each input, the lines of what it tells, counts and calculates with; -1 where there is none.

        Only some of the inputs are asked for; of the others, nothing is true.
        """
        lines = np.full((3, len(self._fields) + 1), -1, dtype=np.int64)
        asked = (
            (columns.shown, self._shown[inputs]),
            (columns.counted, self._counted[inputs]),
            (columns.number, self._counted[inputs][self._is_number[inputs], :1]),
        )
        names = list(self._fields)
        for line, (find, wanted) in zip(lines, asked, strict=True):
            for place in np.unique(wanted).tolist():
                if place < len(names):
                    line[place] = find(names[place])
        numbers = np.full(len(self._is_number), -1, dtype=np.int64)
        numbers[self._is_number] = lines[2][self._counted[self._is_number, :1]].ravel()
        return lines[0][self._shown], lines[1][self._counted], numbers


def _numbered(names: Iterable[Sequence[str]]) -> dict[str, int]:
    """The different names with a number each."""
    return {name: number for number, name in enumerate(dict.fromkeys(chain.from_iterable(names)))}


def _how(step: Step) -> int:
    if step.counts_findings:
        return gathering.EVENT
    return gathering.VALUES if step.family == windows.DIFFERENT else gathering.NOTHING


class Reading:
    """The rows of a batch of matches; each field's values are looked at once."""

    def __init__(self, matched: Matched, texts: Texts) -> None:
        self._matched = matched
        self._columns = _Columns(matched, texts)

    def rows(self, readers: Readers) -> Rows:
        """What a shelf reads of single rules, not sorted."""
        matched, shelf = self._matched, readers.shelf
        found = [readers.of.get(rule, ()) for rule in matched.rule_ids]
        first = np.cumsum([0, *map(len, found)], dtype=np.int64)
        total = int((first[1:] - first[:-1])[matched.rules].sum())
        if not total:
            return shelf.empty
        inputs = np.array([one for some in found for one in some], dtype=np.int64)
        told, counted, numbers = readers.lines(inputs, self._columns)
        rows = rows_for(total, shelf.digests, made=shelf.made)
        count = gathering.rows_of(
            (matched.rules, matched.at, matched.event_ids),
            (first, inputs),
            (told, counted, numbers, readers.how, readers.salts),
            self._columns.digests,
            self._columns.numbers,
            shelf.groups,
            (rows.key, rows.at, rows.hi, rows.lo, rows.rule, rows.value, rows.amount, rows.rest, rows.digests.T),
        )
        return rows if count == total else rows.take(np.arange(count))


class _Columns:
    """The fields of a batch of matches, each read when it is first asked for: a line of digests, or one of numbers.

    The first line of digests is the organisations'; the values of fields that are told have their texts kept.
    """

    def __init__(self, matched: Matched, texts: Texts) -> None:
        self._matched, self._texts = matched, texts
        self._coded: dict[str, pa.DictionaryArray] = {}
        self._lines: dict[str, int] = {}
        self._digests: list[Digests] = []
        self._number_lines: dict[str, int] = {}
        self._numbers: list[NDArray[np.float64]] = []
        self._told: set[str] = set()
        self._add("", _coded(matched.organisations))
        self.shown("")

    @property
    def digests(self) -> Digests:
        """All lines of digests so far; 0 where an event has no value."""
        return np.stack(self._digests)

    @property
    def numbers(self) -> NDArray[np.float64]:
        """All lines of numbers so far; not a number where a value is none."""
        return np.stack(self._numbers) if self._numbers else np.empty((0, len(self._matched)))

    def shown(self, name: str) -> int:
        """The line of a field whose values are told."""
        line = self.counted(name)
        if name not in self._told:
            self._told.add(name)
            coded = self._coded[name]
            self._texts.add(digests(coded.dictionary), coded.dictionary)
        return line

    def counted(self, name: str) -> int:
        """The line of a field whose values are counted."""
        if name not in self._lines:
            column = self._matched.fields.get(name)
            self._add(name, _folded(pa.nulls(len(self._matched), pa.string()) if column is None else column))
        return self._lines[name]

    def number(self, name: str) -> int:
        """The line of the numbers that a field's values are."""
        if name not in self._number_lines:
            self.counted(name)
            self._number_lines[name] = len(self._numbers)
            coded = self._coded[name]
            self._numbers.append(_spread(coded, amounts_of(coded.dictionary), np.nan))
        return self._number_lines[name]

    def _add(self, name: str, coded: pa.DictionaryArray) -> None:
        self._coded[name] = coded
        self._lines[name] = len(self._digests)
        self._digests.append(_spread(coded, digests(coded.dictionary), 0))


def amounts_of(texts: pa.Array) -> NDArray[np.float64]:
    """The number that each text is; not a number where it is none."""
    plain = pc.match_substring_regex(texts, _PLAIN).to_numpy(zero_copy_only=False)
    found = np.full(len(texts), np.nan)
    found[plain] = texts.filter(pa.array(plain)).cast(pa.int64()).to_numpy()
    odd = np.flatnonzero(~plain)
    found[odd] = [amount(text) for text in texts.take(pa.array(odd)).to_pylist()]
    return found


def _coded(column: pa.Array) -> pa.DictionaryArray:
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def _folded(column: pa.Array) -> pa.DictionaryArray:
    coded = _coded(column)
    return pa.DictionaryArray.from_arrays(coded.indices, folded(coded.dictionary))


def _spread(coded: pa.DictionaryArray, values: NDArray[_Number], missing: float) -> NDArray[_Number]:
    """The value of each row's code, of which some may be missing."""
    codes = coded.indices.fill_null(len(values)).to_numpy(zero_copy_only=False)
    found: NDArray[_Number] = np.append(values, values.dtype.type(missing))[codes]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """One correlation as another reads it: `given` is the input of the place `number` on the shelf of the reader."""

    step: Step
    inner: Step
    given: Input
    number: int
    salt: np.uint64

    def rows(self, found: Rows, texts: Texts, *, passing: bool) -> Rows:
        """The rows of findings: of the events at whose moments they held, each with its finding's digest as `value`.

        Those that are `passing` may yet be withdrawn.
        """
        first = 1 + len(self.inner.correlation.group_by)
        at = {name: first + place for place, name in enumerate(self.inner.carried)}
        group, counted, carried = (
            [found.digests[:, at[name]] for name in names]
            for names in (self.given.group, self.given.counted, self.given.carried)
        )
        amounts = np.zeros(len(found))
        if self.step.family in _NUMERIC:
            amounts = amounts_of(pa.array(texts.of(counted[-1]), pa.string()))
        value = self._value(found, counted)
        told = np.stack([found.digests[:, 0], *group, *carried], axis=1)
        rows = Rows.of(
            {
                "key": combined([found.digests[:, 0], *group], len(found)) ^ self.salt,
                "at": found.at,
                "hi": found.hi,
                "lo": found.lo,
                "rule": np.full(len(found), self.number, dtype=np.int64),
                "value": value,
                "amount": amounts,
                "rest": rest_of(value, np.concatenate([told, found.made], axis=1)),
                "passing": np.full(len(found), passing),
                "made": found.made,
                "digests": told,
            }
        )
        fine = np.logical_and.reduce([column != 0 for column in (*group, *counted)], initial=True)
        return rows.take(np.broadcast_to(fine & ~np.isnan(amounts), len(found)))

    def _value(self, found: Rows, counted: Sequence[Digests]) -> Digests:
        """What is counted where different things are: never 0, which stands for nothing."""
        if self.step.counts_findings:
            return np.maximum(found.value, _ONE)
        if self.step.family == windows.DIFFERENT:
            return np.maximum(combined(list(counted), len(found)), _ONE)
        return np.zeros(len(found), dtype=np.uint64)
