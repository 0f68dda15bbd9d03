"""Words that rules look for anywhere in an event, wherever they stand: found by skipping, not by reading.

Sigma's keywords ask of every value, and searching must be quicker than anything else: most bytes are never looked at
(`telemetry.atoms`). What is found only makes a rule worth asking; the event itself then confirms it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from watchward.detect.events import texts_within
from watchward.detect.fields import MEMORY, Growing, Laid, some_of, spans_for, spans_in, texts_at
from watchward.detect.kernels.arrays import Ints, Spans, Words
from watchward.detect.kernels.fields import note_hits, rows_hit, spans_of, unsearched
from watchward.detect.kernels.words import spelt_out
from watchward.detect.sigma.ir import Leaf, Text
from watchward.detect.sigma.logsource import Triple, applies
from watchward.detect.sigma.rule import LogSource
from watchward.detect.texts.automaton import Found
from watchward.detect.texts.literals import certain, required
from watchward.detect.texts.values import fold
from watchward.telemetry.atoms import MARKS, Atoms
from watchward.telemetry.batch import UNMAPPED, joined

_PLAIN = re.compile(r"[ !#-\[\]-~]+")
"""What JSON writes as it is: a word is looked for by its longest part of this kind, in JSON and elsewhere alike."""

_SHORTEST = 2

_MOST_SEARCHES = 30
"""One bit each says for which of them a value was searched."""

MOST_CODES = 4_000_000
"""Remembered codes of growing dictionaries."""

_NOTHING: Found = (np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32))


def word_of(leaf: Leaf) -> str:
    """A word, folded, that an event must hold for this keyword to be in it; empty where there is none to look for."""
    texts = [leaf] if isinstance(leaf, Text) else certain(required(leaf))
    plain = (part for text in texts for part in _PLAIN.findall(fold(text.text)))
    word = max(plain, key=len, default="")
    return word if len(word) >= _SHORTEST else ""


@dataclass(frozen=True, kw_only=True)
class _Search:
    """The words that concern the events of some log sources, each with the marks of the rules that wait for it.

    Args:
        words: what looks for them.
        rules: the rules that share a mark, for each mark.

    """

    words: Atoms
    rules: tuple[tuple[int, ...], ...]

    def within(self, spans: Spans) -> Words:
        """The marks of the words in some texts."""
        marks, hidden = self.words.within(MEMORY, spans.begins, spans.ends)
        odd = np.flatnonzero(hidden)
        if len(odd):
            texts = [fold(text) for text in texts_at(some_of(spans, odd)).to_pylist()]
            marks[odd] |= self._within_texts(texts)
        return marks

    def within_documents(self, spans: Spans) -> Words:
        """The marks of the words in JSON texts; those that spell letters as codes are read first."""
        marks = self.within(spans)
        spelt = np.zeros(len(marks), dtype=np.uint8)
        spelt_out(MEMORY, spans.begins, spans.ends, spelt)
        odd = np.flatnonzero(spelt)
        if len(odd):
            texts = [fold(joined(texts_within(text))) for text in texts_at(some_of(spans, odd)).to_pylist()]
            marks[odd] |= self._within_texts(texts)
        return marks

    def _within_texts(self, texts: Sequence[str]) -> Words:
        array = pa.array(texts, pa.string())
        spans = spans_in(array)
        return self.words.within(MEMORY, spans.begins, spans.ends)[0]


class Keywords:
    """The rules that wait for words.

    Each log source has its words; which of them a value was searched for is remembered for dictionaries that grow.

    Args:
        rules: the rules' numbers with their words, by the log source that they name.

    """

    def __init__(self, rules: Mapping[LogSource, Mapping[int, Iterable[str]]]) -> None:
        self._rules = rules
        self._searches: list[_Search] = []
        self._numbers: dict[frozenset[LogSource], int] = {}
        self._of: dict[Triple, int] = {}
        self._searched = Growing(0)
        self._hits: dict[tuple[bytes, str], dict[tuple[int, int], int]] = {}

    def candidates(self, laid: Laid, sources: Ints, names: Sequence[Triple]) -> Found:
        """The rows, and the rules that are worth asking about them.

        Args:
            laid: the events.
            sources: each row's log source by number.
            names: what each number means: product, category and service.

        """
        if not self._rules:
            return _NOTHING
        numbers = np.array([*map(self._search_of, names), -1], dtype=np.int32)
        searches = numbers[sources]
        if (searches < 0).all():
            return _NOTHING
        if self._searched.size > MOST_CODES:
            self._searched.forget()
            self._hits.clear()
        marks: Words = np.zeros(len(sources), dtype=np.uint64)
        self._in_fields(laid, searches, marks)
        self._in_documents(laid.batch, searches, marks)
        return self._waiting(searches, marks)

    def _search_of(self, name: Triple) -> int:
        """The number of the search for the words that concern events of a log source; -1 where none does."""
        if name not in self._of:
            its = frozenset(logsource for logsource in self._rules if applies(logsource, *name))
            if its and its not in self._numbers and len(self._searches) == _MOST_SEARCHES - 1:
                its = frozenset(self._rules)  # the last stands for all
            if its and its not in self._numbers:
                self._numbers[its] = len(self._searches)
                self._searches.append(_search([self._rules[logsource] for logsource in its]))
            self._of[name] = self._numbers[its] if its else -1
        return self._of[name]

    def _in_fields(self, laid: Laid, searches: Ints, marks: Words) -> None:
        """Mark the rows of which a field holds words; a text that was searched before is not searched again."""
        lines = self._searched.lines(laid)
        sizes = laid.fields.size * len(self._searches)
        most = int(np.minimum(sizes, len(searches)).sum())
        at, codes, who = np.empty((3, most), dtype=np.int32)
        count = unsearched(MEMORY, laid.fields, lines.places[: laid.layout.own], searches, at, codes, who)
        at, codes, who = at[:count], codes[:count], who[:count]
        keys = laid.layout.keys
        hits = {field: its for field, key in enumerate(keys) if key and (its := self._hits.get(key))}
        for number in np.unique(who).tolist():
            mine = np.flatnonzero(who == number)
            spans = spans_for(len(mine))
            spans_of(MEMORY, laid.fields, at[mine], codes[mine], spans)
            found = self._searches[number].within(spans)
            there = mine[found != 0]
            note_hits(MEMORY, lines.places, at[there], codes[there])
            for field, code, mark in zip(
                at[there].tolist(), codes[there].tolist(), found[found != 0].tolist(), strict=True
            ):
                key = keys[field]
                if field not in hits:
                    hits[field] = {} if key is None else self._hits.setdefault(key, {})
                hits[field][number, code] = mark
        for field, known in hits.items():
            rows, hit = np.empty((2, len(searches)), dtype=np.int32)
            size = rows_hit(MEMORY, laid.fields, lines.places, field, searches, rows, hit)
            for row, code in zip(rows[:size].tolist(), hit[:size].tolist(), strict=True):
                marks[row] |= np.uint64(known.get((int(searches[row]), code), 0))

    def _in_documents(self, batch: pa.RecordBatch, searches: Ints, marks: Words) -> None:
        """Mark the rows that hold words in what has no column."""
        index = batch.schema.get_field_index(UNMAPPED.name)
        if index < 0:
            return
        documents = batch.column(index).cast(pa.string())
        spans = spans_in(documents)
        for number in np.unique(searches[searches >= 0]).tolist():
            rows = np.flatnonzero(searches == number)
            marks[rows] |= self._searches[number].within_documents(some_of(spans, rows))

    def _waiting(self, searches: Ints, marks: Words) -> Found:
        """The rules that wait for what rows are marked with."""
        rows, rules = [], []
        for row in np.flatnonzero(marks).tolist():
            for mark, its in enumerate(self._searches[searches[row]].rules):
                if int(marks[row]) >> mark & 1:
                    rows += [row] * len(its)
                    rules += its
        return np.array(rows, dtype=np.int32), np.array(rules, dtype=np.int32)


def _search(waiting: Sequence[Mapping[int, Iterable[str]]]) -> _Search:
    """The search for all words of some rules."""
    numbers = sorted({rule for rules in waiting for rule in rules})
    mark_of = {rule: place % MARKS for place, rule in enumerate(numbers)}
    marks: dict[str, int] = defaultdict(int)
    for rules in waiting:
        for rule, words in rules.items():
            for word in words:
                marks[word] |= 1 << mark_of[rule]
    return _Search(words=Atoms(marks), rules=tuple(tuple(numbers[mark::MARKS]) for mark in range(MARKS)))
