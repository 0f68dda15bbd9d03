"""What is left of texts by which it can be told, without them, that a word stands in none of them.

A trace is a set of bits, one for the hash of each group of four neighbouring bytes in the texts, letter case apart (a
Bloom filter). Where a bit of a word's groups is missing, the word is nowhere; where none is, it may be there.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np
import pyarrow as pa

from watchward.detect.columns import buffers, dictionary, log_sources, odd_values
from watchward.detect.events import texts_within
from watchward.detect.kernels.arrays import Bytes, Ints, Longs
from watchward.detect.kernels.traces import BITS, GROUP, hash_groups, note_groups
from watchward.detect.kernels.words import spelt_out
from watchward.detect.sigma.logsource import Triple
from watchward.detect.texts.values import fold
from watchward.telemetry.batch import UNMAPPED, field_names, joined

SHORTEST = GROUP
"""The bytes of the shortest word that can be told to be missing."""

BITS_A_GROUP = 4
"""A fifth of all bits is set then: a word of nine letters seems to be where it is not once in ten thousand times."""


class Trace(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The trace of the events of one log source."""

    source: Triple
    bits: bytes


class Sought:
    """Some words, folded, of at least `SHORTEST` bytes each, to be looked for in traces."""

    def __init__(self, words: Iterable[str]) -> None:
        encoded = [word.encode() for word in words]
        groups = [_groups(word) for word in encoded]
        self._hashes = np.concatenate([np.empty(0, np.int64), *groups])
        self._begins = np.cumsum([0, *map(len, groups)])[:-1]

    def may_be_in(self, trace: Trace | None) -> bool:
        """Whether one of the words may stand in texts that left this trace, or none at all."""
        if trace is None or not len(self._begins):
            return len(self._begins) > 0
        bits = np.frombuffer(trace.bits, np.uint8)
        places = _places(self._hashes, len(bits))
        there = bits[places >> 3] >> (places & 7) & 1
        return bool(np.logical_and.reduceat(there, self._begins).any())


def _groups(word: bytes) -> Longs:
    found: Longs = np.empty(len(word) - GROUP + 1, np.int64)
    hash_groups(np.frombuffer(word, np.uint8), found)
    return found


def _places(hashes: Longs, size: int) -> Longs:
    """Where hashes have their bits in a trace of `size` bytes."""
    return hashes * (8 * size) >> BITS


def traces(batch: pa.RecordBatch) -> list[Trace]:
    """The traces of all that keywords look at in some events, one for each log source."""
    sources, owners = log_sources(batch)
    bits: Bytes = np.zeros((len(sources), 1 << (BITS - 3)), np.uint8)
    for values, codes in _texts(batch):
        data, first = buffers(values)
        note_groups(data, first, codes, owners, np.full(len(values), -1, np.int32), bits)
    return [Trace(source=source, bits=_packed(line)) for source, line in zip(sources, bits, strict=True)]


def _packed(bits: Bytes) -> bytes:
    """The bits of a trace, in no more room than they need."""
    hashes = np.flatnonzero(np.unpackbits(bits, bitorder="little"))
    size = max(1, BITS_A_GROUP * len(hashes) // 8)
    wanted = np.zeros(8 * size, np.uint8)
    wanted[_places(hashes, size)] = 1
    return np.packbits(wanted, bitorder="little").tobytes()


def _texts(batch: pa.RecordBatch) -> Iterator[tuple[pa.StringArray, Ints]]:
    """All texts of some events, with the code of each event's own among them (-1 for none)."""
    for name in field_names(batch):
        column = dictionary(batch.column(name))
        codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        yield column.dictionary, codes
        yield from _folded(column.dictionary, codes)
    if UNMAPPED.name in batch.schema.names:
        documents = batch.column(UNMAPPED.name).fill_null("")
        codes = np.arange(len(documents), dtype=np.int32)
        yield documents, codes
        spelt: Bytes = np.zeros(len(documents), dtype=np.uint8)
        data, first = buffers(documents)
        spelt_out(data, first[:-1], first[1:], spelt)
        read = pa.array([joined(texts_within(text)) for text in _those(documents, spelt)], pa.string())
        mine = _coded(codes, spelt)
        yield read, mine
        yield from _folded(read, mine)
        yield from _folded(documents, codes)


def _folded(values: pa.StringArray, codes: Ints) -> Iterator[tuple[pa.StringArray, Ints]]:
    """Those of some texts that have ASCII's letters in the clothes of others, without their letter case."""
    odd = odd_values(*buffers(values), careful=False)
    if odd.any():
        yield pa.array([fold(text) for text in _those(values, odd)], pa.string()), _coded(codes, odd)


def _those(values: pa.StringArray, marked: Bytes) -> Sequence[str]:
    found: list[str] = values.take(pa.array(np.flatnonzero(marked))).to_pylist()
    return found


def _coded(codes: Ints, marked: Bytes) -> Ints:
    """Codes of all texts as those of the marked ones alone."""
    number: Ints = np.append(np.where(marked, np.cumsum(marked, dtype=np.int32) - 1, -1), -1).astype(np.int32)
    return number[codes]
