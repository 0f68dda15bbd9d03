"""From matches to the rows that each correlation reads: the values of fields as digests and numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from watchward.detect.correlate.keys import Digests, combined, digests, folded
from watchward.detect.correlate.matched import Matched
from watchward.detect.correlate.numbers import amount
from watchward.detect.correlate.program import Input, Program, Step
from watchward.detect.correlate.rows import Rows, not_made, rest_of
from watchward.detect.correlate.texts import Texts
from watchward.detect.kernels import windows

_NUMERIC = {windows.SUM, windows.AVERAGE, windows.RANKED}
_ONE = np.uint64(1)
_PLAIN = "^-?[0-9]{1,15}$"
_Number = TypeVar("_Number", np.uint64, np.float64)


class Reading:
    """The rows of a batch of matches; each field's values are looked at once."""

    def __init__(self, program: Program, matched: Matched, texts: Texts) -> None:
        self._program, self._matched, self._texts = program, matched, texts
        order = np.argsort(matched.rules, kind="stable")
        numbers, begins = np.unique(matched.rules[order], return_index=True)
        self._places = {
            matched.rule_ids[number]: places
            for number, places in zip(numbers.tolist(), np.split(order, begins[1:]), strict=True)
        }
        self._columns: dict[str, Digests] = {}
        self._amounts: dict[str, NDArray[np.float64]] = {}
        self._organisations = self._digested(_coded(matched.organisations))

    def rows(self, step: Step) -> Iterator[Rows]:
        """The rows of the single rules that a correlation reads, not sorted."""
        for rule, given in step.rules.items():
            places = self._places.get(rule)
            if places is not None:
                yield self._of(step, given, places)

    def _of(self, step: Step, given: Input, places: NDArray[np.intp]) -> Rows:
        wanted = [self._column(name)[places] for name in (*given.group, *given.counted)]
        fine = np.ones(len(places), dtype=np.bool_)
        for column in wanted:
            fine &= column != 0
        if step.family in _NUMERIC:
            amounts = self._amount(given.counted[0])[places]
            fine &= ~np.isnan(amounts)
        if not fine.all():
            places, wanted = places[fine], [column[fine] for column in wanted]
        matched, group = self._matched, wanted[: len(given.group)]
        organisations = self._organisations[places]
        hi, lo = matched.event_ids[places, 0], matched.event_ids[places, 1]
        count = len(places)
        value = _value(step, wanted[len(given.group) :], hi, lo)
        carried = [self._column(name)[places] for name in given.carried]
        told = np.stack([organisations, *group, *carried], axis=1)
        return Rows.of(
            {
                "key": combined([organisations, *group], count),
                "at": matched.at[places],
                "hi": hi,
                "lo": lo,
                "rule": np.full(count, given.place, dtype=np.int64),
                "value": value,
                "amount": amounts[fine] if step.family in _NUMERIC else np.zeros(count),
                "rest": rest_of(value, told),
                "passing": np.zeros(count, dtype=np.bool_),
                "made": not_made(count, made=bool(step.inner)),
                "digests": told,
            }
        )

    def _column(self, name: str) -> Digests:
        """The digests of a field's values; 0 where an event has none."""
        if name not in self._columns:
            column = self._matched.fields.get(name)
            self._columns[name] = (
                np.zeros(len(self._matched), dtype=np.uint64) if column is None else self._digested(_folded(column))
            )
        return self._columns[name]

    def _digested(self, coded: pa.DictionaryArray) -> Digests:
        found = digests(coded.dictionary)
        self._texts.add(found, coded.dictionary)
        return _spread(coded, found, np.uint64(0))

    def _amount(self, name: str) -> NDArray[np.float64]:
        """The numbers that a field's values are; not a number where one is none."""
        if name not in self._amounts:
            column = self._matched.fields.get(name)
            coded = _coded(pa.nulls(len(self._matched), pa.string()) if column is None else column)
            self._amounts[name] = _spread(coded, amounts_of(coded.dictionary), np.float64(np.nan))
        return self._amounts[name]


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


def _spread(coded: pa.DictionaryArray, values: NDArray[_Number], missing: _Number) -> NDArray[_Number]:
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    if not len(values):
        return np.full(len(codes), missing)
    found: NDArray[_Number] = values[codes]
    found[codes < 0] = missing
    return found


def _value(step: Step, counted: list[Digests], hi: Digests, lo: Digests) -> Digests:
    """What is counted where different values are: never 0, which stands for nothing."""
    if step.counts_findings:
        return np.maximum(combined([hi, lo], len(hi)), _ONE)
    if step.family == windows.DIFFERENT:
        return np.maximum(combined(counted, len(hi)), _ONE)
    return np.zeros(len(hi), dtype=np.uint64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """One correlation as another reads it."""

    step: Step
    inner: Step
    given: Input

    def rows(self, found: Rows, texts: Texts, *, passing: bool) -> Rows:
        """The rows of findings: of the events at whose moments they held, each with its finding's digest as `value`.

        Those that are `passing` may yet be withdrawn.
        """
        return _read(self.step, self.inner, self.given, found.but(passing=np.full(len(found), passing)), texts)


def _read(step: Step, inner: Step, given: Input, found: Rows, texts: Texts) -> Rows:
    first = 1 + len(inner.correlation.group_by)
    at = {name: first + place for place, name in enumerate(inner.carried)}
    wanted = [found.digests[:, at[name]] for name in (*given.group, *given.counted)]
    fine = np.ones(len(found), dtype=np.bool_)
    for column in wanted:
        fine &= column != 0
    amounts = np.zeros(len(found))
    if step.family in _NUMERIC:
        amounts = amounts_of(pa.array(texts.of(wanted[-1]), pa.string()))
        fine &= ~np.isnan(amounts)
    group = wanted[: len(given.group)]
    value = _value(step, wanted[len(given.group) :], found.hi, found.lo)
    if step.counts_findings:
        value = np.maximum(found.value, _ONE)
    told = np.stack([found.digests[:, 0], *group, *(found.digests[:, at[name]] for name in given.carried)], axis=1)
    rows = Rows.of(
        {
            "key": combined([found.digests[:, 0], *group], len(found)),
            "at": found.at,
            "hi": found.hi,
            "lo": found.lo,
            "rule": np.full(len(found), given.place, dtype=np.int64),
            "value": value,
            "amount": amounts,
            "rest": rest_of(value, np.concatenate([told, found.made], axis=1)),
            "passing": found.passing,
            "made": found.made,
            "digests": told,
        }
    )
    return rows.take(fine)
