"""Comparisons that cost more than to look a text up: wildcards, letter case and regular expressions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa

from watchward.detect.columns import buffers
from watchward.detect.kernels.arrays import Bytes, Ints, Longs, Patterns
from watchward.detect.kernels.wildcards import ANY, FITS, OUTSIDE_ASCII, fit
from watchward.detect.reference import meets
from watchward.detect.sigma.ir import How, Leaf, Regex, Text, Wildcard
from watchward.detect.texts.automaton import Found
from watchward.detect.texts.regex import Together, size
from watchward.detect.texts.values import fold
from watchward.telemetry.batch import items

_TOGETHER = 32
"""So many expressions at most are looked for in one pass over a value, so that RE2's automaton stays within bounds."""


_LOOK_EVERY = 4
"""After so many values it is asked whether a search has taken as long as it may."""

_LONG = 4096
"""A value of more bytes may itself take long: it is asked before each."""

_FEW = 4
"""So many expressions of a group at most are looked for one by one: a pass for the group takes as long as some four."""

_SMALL = 200
"""The largest expression that is looked for together with others, by the instructions of its program."""


class Account(Protocol):
    """Where the time that facts cost is noted."""

    @property
    def clock(self) -> Callable[[], int]:
        """Nanoseconds of this thread's processor."""

    def is_over(self, began: int) -> bool:
        """Whether what began at a moment has taken as long as it may."""

    def on_unasked(self, facts: Sequence[int], values: int) -> None:
        """Note that these facts were not asked of so many values."""

    def on_facts(self, facts: Ints, began: int) -> None:
        """Note that since a moment these facts were asked, each as often as it is named."""


class Slow:
    """The slow facts of one field.

    Args:
        facts: the comparisons by the numbers of their facts.
        frequent: whether a fact must be asked of many values; such expressions are looked for together.

    """

    def __init__(self, facts: Mapping[int, Leaf], frequent: Callable[[int], bool]) -> None:
        self._facts = facts
        self._numbers: Ints = np.array(sorted(facts), dtype=np.int32)
        wildcards = [fact for fact, leaf in facts.items() if not isinstance(leaf, Regex)]
        self._patterns = _patterns([_wildcard(facts[fact]) for fact in wildcards])
        self._pattern_of = self._line({fact: number for number, fact in enumerate(wildcards)})
        regexes = [fact for fact, leaf in facts.items() if isinstance(leaf, Regex)]
        many = [fact for fact in regexes if frequent(fact) and size(*_expression(facts[fact])) <= _SMALL]
        groups = [many[begin : begin + _TOGETHER] for begin in range(0, len(many), _TOGETHER)]
        self._sought = [*([fact] for fact in self._numbers.tolist()), *groups]
        self._is_regex = np.array([isinstance(facts[fact], Regex) for fact in self._numbers.tolist()], dtype=bool)
        self._group_of = self._line({fact: number for number, group in enumerate(groups) for fact in group})
        self._searches: dict[int, Together] = {}

    def _line(self, numbers: Mapping[int, int]) -> Ints:
        return np.array([numbers.get(fact, -1) for fact in self._numbers.tolist()], dtype=np.int32)

    def _search(self, number: int) -> Together:
        """What looks for one expression, by the place of its fact, or for a group, by numbers beyond."""
        if number not in self._searches:
            self._searches[number] = Together([_expression(self._facts[fact]) for fact in self._sought[number]])
        return self._searches[number]

    def holding(self, values: pa.StringArray, listed: Bytes, at: Ints, facts: Ints, spent: Account) -> list[Found]:
        """Those of the facts, each asked of one of the values, that are so.

        Args:
            values: the values of the field.
            listed: which values are lists.
            at: the value of each pair, in order.
            facts: the fact of each pair.
            spent: where to note what it cost.

        """
        place: Longs = np.searchsorted(self._numbers, facts).astype(np.int64)
        outcome: Bytes = np.full(len(at), OUTSIDE_ASCII, dtype=np.uint8)
        plain = listed[at] == 0
        fitting = np.flatnonzero(plain & (self._pattern_of[place] >= 0))
        searched = np.flatnonzero(plain & self._is_regex[place])
        found = [(at[:0], facts[:0])]
        if len(fitting):
            began = spent.clock()
            answers: Bytes = np.empty(len(fitting), dtype=np.uint8)
            fit(*buffers(values), self._patterns, at[fitting], self._pattern_of[place[fitting]], answers)
            outcome[fitting] = answers
            spent.on_facts(facts[fitting], began)
            found.append((at[outcome == FITS], facts[outcome == FITS]))
        if len(searched):
            outcome[searched] = FITS
            found.append(self._searched(values, at[searched], place[searched], spent))
        rest = np.flatnonzero(outcome == OUTSIDE_ASCII)
        if len(rest):
            began = spent.clock()
            kept = [pair for pair in rest.tolist() if self._meets(int(facts[pair]), values[int(at[pair])].as_py())]
            found.append((at[kept], facts[kept]))
            spent.on_facts(facts[rest], began)
        return found

    def _searched(self, values: pa.StringArray, at: Ints, places: Longs, spent: Account) -> Found:
        """Those of the facts at some places, each asked of one of the values, that are so; the shortest come first.

        Where time runs out, it is the longest that are given up: a sender of costly values loses its own comparisons.
        """
        data, first = buffers(values)
        text, begins = memoryview(data), first.tolist()  # type: ignore[arg-type]
        found_at, found = list[int](), list[int]()
        asked = np.unique(self._numbered(at, places) << 32 | at)
        asked = asked[np.lexsort((np.diff(first)[asked & 0xFFFFFFFF], asked >> 32))]
        each, starts = np.unique(asked >> 32, return_index=True)
        for number, values_ in zip(each.tolist(), np.split(asked & 0xFFFFFFFF, starts[1:]), strict=True):
            began, search, its = spent.clock(), self._search(number), self._sought[number]
            for place, value in enumerate(values_.tolist()):
                is_long = begins[value + 1] - begins[value] > _LONG
                if (is_long or place % _LOOK_EVERY == 0) and spent.is_over(began):
                    spent.on_unasked(its, len(values_) - place)
                    break
                for hit in search.found(text[begins[value] : begins[value + 1]]):
                    found_at.append(value)
                    found.append(its[hit])
            spent.on_facts(np.array(its, dtype=np.int32), began)
        return np.array(found_at, dtype=np.int32), np.array(found, dtype=np.int32)

    def _numbered(self, at: Ints, places: Longs) -> Longs:
        """By which search each fact is looked for in its value: its own, or that of its group where many are asked."""
        groups = self._group_of[places].astype(np.int64)
        _, which, counts = np.unique(groups << 32 | at, return_inverse=True, return_counts=True)
        together = (groups >= 0) & (counts[which] > _FEW)
        numbers: Longs = np.where(together, len(self._numbers) + groups, places)
        return numbers

    def _meets(self, fact: int, value: str) -> bool:
        return any(meets(self._facts[fact], item) for item in items(value))


def _expression(leaf: Leaf) -> tuple[str, str]:
    assert isinstance(leaf, Regex), leaf
    return leaf.pattern, leaf.flags


def _wildcard(leaf: Leaf) -> Wildcard:
    """A wildcard that says the same."""
    if isinstance(leaf, Wildcard):
        return leaf
    assert isinstance(leaf, Text), leaf
    before = (("",),) if leaf.how in {How.CONTAINS, How.ENDS} else ()
    after = (("",),) if leaf.how in {How.CONTAINS, How.STARTS} else ()
    return Wildcard(leaf.field, (*before, (leaf.text,), *after), leaf.cased)


def _patterns(wildcards: Sequence[Wildcard]) -> Patterns:
    pieces = [_symbols(piece, cased=wildcard.cased) for wildcard in wildcards for piece in wildcard.pieces]
    return Patterns(
        first=np.cumsum([0, *(len(wildcard.pieces) for wildcard in wildcards)]).astype(np.int32),
        begins=np.cumsum([0, *map(len, pieces)]).astype(np.int32),
        symbols=np.array([symbol for piece in pieces for symbol in piece], dtype=np.int16),
        cased=np.array([wildcard.cased for wildcard in wildcards], dtype=np.uint8),
    )


def _symbols(piece: Sequence[str], *, cased: bool) -> list[int]:
    runs = [(run if cased else fold(run)).encode(errors="surrogatepass") for run in piece]
    return [symbol for number, run in enumerate(runs) for symbol in ((ANY, *run) if number else run)]
