"""Words that rules look for anywhere in an event, wherever they stand: found by skipping, not by reading.

Sigma's keywords ask of every value, so that values are not remembered but searched, and searching must be quicker than
anything else: as in Wu and Manber's method, most bytes are never looked at. What is found only makes a rule worth
asking; the event itself then confirms it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from watchward.detect.columns import buffers, codes_of, dictionary, odd_values
from watchward.detect.events import texts_within
from watchward.detect.kernels.arrays import Bytes, Ints, Longs, Skips
from watchward.detect.kernels.words import scan_words, spelt_out
from watchward.detect.sigma.ir import How, Leaf, Text
from watchward.detect.sigma.logsource import Triple, applies
from watchward.detect.sigma.rule import LogSource
from watchward.detect.texts import automaton
from watchward.detect.texts.automaton import Found, in_order, pairs
from watchward.detect.texts.literals import certain, required
from watchward.detect.texts.values import fold
from watchward.telemetry.batch import UNMAPPED, field_names, joined

_PLAIN = re.compile(r"[ !#-\[\]-~]+")
"""What JSON writes as it is: a word is looked for by its longest part of this kind, in JSON and elsewhere alike."""

_SHORTEST = 2
_LONGEST_SKIP = 32
_KINDS = 64
_NOTES = 1000
MOST_SKIPPED = 1000
"""More words than these are read for, byte by byte: there is hardly a place at which none of so many may stand."""


def word_of(leaf: Leaf) -> str:
    """A word, folded, that an event must hold for this keyword to be in it; empty where there is none to look for."""
    texts = [leaf] if isinstance(leaf, Text) else certain(required(leaf))
    plain = (part for text in texts for part in _PLAIN.findall(fold(text.text)))
    word = max(plain, key=len, default="")
    return word if len(word) >= _SHORTEST else ""


class Searcher:
    """Looks for some words in the values of batches; remembers what it found in dictionaries that grow."""

    def __init__(self, sought: Sequence[str]) -> None:
        self.words = tuple(sought)
        self._skips = _skips([word.encode() for word in sought[:MOST_SKIPPED]])
        self._many = None
        if len(sought) > MOST_SKIPPED:
            self._many = automaton.build({Text("", How.CONTAINS, word): at for at, word in enumerate(sought)})
        self._known: dict[tuple[bytes, str], tuple[int, list[tuple[int, int]]]] = {}

    def rows(self, batch: pa.RecordBatch, wanted: Longs) -> Iterable[tuple[int, int]]:
        """The rows, among those wanted, in which a word stands: each with the number of the word."""
        for name in field_names(batch):
            index = batch.schema.get_field_index(name)
            column = dictionary(batch.column(index))
            token = (batch.schema.field(index).metadata or {}).get(b"dictionary")
            if token is None and 2 * len(wanted) < batch.num_rows:  # the others' values need not be read
                at, found = self.find(column.take(pa.array(wanted)).dictionary_decode())
                yield from zip(wanted[at].tolist(), found.tolist(), strict=True)
            else:
                yield from self._in_column(column, wanted, self._in_dictionary(name, column.dictionary, token))
        index = batch.schema.get_field_index(UNMAPPED.name)
        if index >= 0:
            at, found = self._in_documents(batch.column(index).take(pa.array(wanted)))
            yield from zip(wanted[at].tolist(), found.tolist(), strict=True)

    def _in_dictionary(self, name: str, values: pa.StringArray, token: bytes | None) -> list[tuple[int, int]]:
        """The codes of a dictionary whose values hold a word."""
        if token is None:
            return list(zip(*map(np.ndarray.tolist, self.find(values)), strict=True))
        size, known = self._known.get((token, name), (0, []))
        if len(values) > size:
            at, found = self.find(values.slice(size))
            known = known + list(zip((at + size).tolist(), found.tolist(), strict=True))
            if len(self._known) > _NOTES:
                self._known.clear()
            self._known[token, name] = (len(values), known)
        return [pair for pair in known if pair[0] < len(values)]  # an earlier batch's dictionary is shorter

    def _in_column(
        self, column: pa.DictionaryArray, wanted: Longs, found: Sequence[tuple[int, int]]
    ) -> Iterable[tuple[int, int]]:
        if not found:
            return
        words_of: dict[int, list[int]] = defaultdict(list)
        for code, word in found:
            words_of[code].append(word)
        marked = np.zeros(len(column.dictionary) + 1, dtype=np.int32)
        marked[np.array(list(words_of)) + 1] = np.array(list(words_of)) + 1
        codes: Ints = np.empty(len(column), dtype=np.int32)
        codes_of(column, marked, codes)
        for row in wanted[codes[wanted] > 0].tolist():
            yield from ((row, word) for word in words_of[int(codes[row]) - 1])

    def _in_documents(self, documents: pa.StringArray) -> Found:
        """The JSON documents that hold a word in some value; those that spell letters as codes are read first."""
        data, first = buffers(documents)
        spelt: Bytes = np.zeros(len(documents), dtype=np.uint8)
        spelt_out(data, first, spelt)
        if spelt.any():
            pairs_ = zip(documents.to_pylist(), spelt.tolist(), strict=True)
            documents = pa.array([joined(texts_within(text)) if odd else text for text, odd in pairs_], pa.string())
        return self.find(documents)

    def find(self, values: pa.StringArray) -> Found:
        """Which values hold which words, whatever their letter case."""
        data, first = buffers(values)
        odd = odd_values(data, first, careful=False)
        found = [self._found(data, first)]
        rest = np.flatnonzero(odd)
        if len(rest):
            texts = [fold(text or "") for text in values.take(pa.array(rest)).to_pylist()]
            at, more = self._found(*buffers(pa.array(texts, pa.string())))
            found.append((rest[at].astype(np.int32), more))
        return in_order(found)

    def _found(self, data: Bytes, first: Longs) -> Found:
        if self._many is None:
            return pairs(scan_words, 0, data, first, self._skips)
        return self._many.facts(data, first, np.zeros((2, len(self.words)), dtype=np.int32))


def _skips(sought: Sequence[bytes]) -> Skips:
    shortest = min(*map(len, sought), _LONGEST_SKIP)
    folded = np.frombuffer(bytes(range(256)).lower(), dtype=np.uint8)
    kinds = (folded & (_KINDS - 1)).astype(np.uint8)
    skip = np.full(_KINDS * _KINDS, shortest - 1, dtype=np.uint8)
    places: dict[int, list[int]] = defaultdict(list)
    for number, word in enumerate(sought):
        for end in range(1, shortest):
            block = int(kinds[word[end - 1]]) * _KINDS + int(kinds[word[end]])
            skip[block] = min(int(skip[block]), shortest - 1 - end)
            if end == shortest - 1:
                places[block].append(number)
    blocks = [places.get(block, []) for block in range(_KINDS * _KINDS)]
    return Skips(
        shortest=np.array([shortest]),
        folded=folded,
        kinds=kinds,
        skip=skip,
        first=np.cumsum([0, *map(len, blocks)]).astype(np.int32),
        numbers=np.array([number for block in blocks for number in block], dtype=np.int32),
        data=np.frombuffer(b"".join(sought), dtype=np.uint8),
        begins=np.cumsum([0, *map(len, sought)]).astype(np.int32),
    )


class Keywords:
    """The rules that wait for words.

    Rules that most rows of a batch concern are looked for by themselves: the longer their words, the more is skipped,
    and the short words of the others would spoil that.

    Args:
        rules: the rules' numbers with their words, by the log source that they name.

    """

    def __init__(self, rules: Mapping[LogSource, Mapping[int, Iterable[str]]]) -> None:
        self._rules = rules
        self._searchers: dict[frozenset[LogSource], tuple[Searcher, list[list[tuple[LogSource, int]]]]] = {}

    def candidates(self, batch: pa.RecordBatch, sources: Ints, names: Mapping[int, Triple]) -> Found:
        """The rows, and the rules that are worth asking about them.

        Args:
            batch: the events.
            sources: each row's log source by number.
            names: what each number means: product, category and service.

        """
        reads = {
            number: frozenset(logsource for logsource in self._rules if applies(logsource, *name))
            for number, name in names.items()
        }
        rows_of = np.bincount(sources[sources >= 0], minlength=1)
        wide: set[LogSource] = set()
        for logsource in frozenset().union(*reads.values()):
            rows = sum(int(rows_of[number]) for number, its in reads.items() if logsource in its)
            if 2 * rows >= len(sources):
                wide.add(logsource)
        found: set[tuple[int, int]] = set()
        for group in (wide, set(self._rules) - wide):
            mine = {number: its & group for number, its in reads.items() if its & group}
            if mine:
                found.update(self._found(batch, sources, mine))
        rows_found = np.array([row for row, _ in found], dtype=np.int32)
        return rows_found, np.array([rule for _, rule in found], dtype=np.int32)

    def _found(
        self, batch: pa.RecordBatch, sources: Ints, reads: Mapping[int, frozenset[LogSource]]
    ) -> Iterator[tuple[int, int]]:
        there = frozenset().union(*reads.values())
        searcher, waiting = self._searchers.get(there) or self._searcher(there)
        wanted = np.flatnonzero(np.isin(sources, list(reads)))
        for row, word in searcher.rows(batch, wanted):
            its = reads[int(sources[row])]
            yield from ((row, rule) for logsource, rule in waiting[word] if logsource in its)

    def _searcher(self, there: frozenset[LogSource]) -> tuple[Searcher, list[list[tuple[LogSource, int]]]]:
        """What looks for the words of all rules of some log sources at once, and the rules that wait for each word."""
        waiting: dict[str, list[tuple[LogSource, int]]] = defaultdict(list)
        for logsource in there:
            for rule, its in self._rules[logsource].items():
                for word in its:
                    waiting[word].append((logsource, rule))
        sought = sorted(waiting)
        self._searchers[there] = found = (Searcher(sought), [waiting[word] for word in sought])
        return found
