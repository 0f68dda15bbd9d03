"""One file of a set: indicators in the order of their digests, read where they lie on disk.

A file is written once, and never changed. Every process that reads it shares its memory; what is not looked at is not
loaded. It holds arrays one after the other, each at a multiple of 64 bytes; where, its header says.
"""

import mmap
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from watchward.base.errors import BadSetupError
from watchward.detect.fields import MEMORY, place_of, spans_for
from watchward.detect.kernels.arrays import Bytes, Longs, Spans, Words
from watchward.detect.kernels.hashing import digest_spans
from watchward.intel.exact.entry import Entry
from watchward.intel.observable import Kind, Observable

MAGIC: Final = b"WWX1\r\n\x1a\n"
_HEADER: Final = 4096
_EDGE: Final = 64
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EVER: Final = np.iinfo(np.int64)
_UNSAID: Final = 255
_BROUGHT: Final = "\x1f"
_CHUNK: Final = 65_536
_BITS_A_ROW: Final = 16
_NAMES: Final = pa.dictionary(pa.int32(), pa.string())

SCHEMA: Final = pa.schema(
    [
        ("digest", pa.uint64()),
        ("owner", pa.uint64()),
        ("kind", _NAMES),
        ("text", pa.large_string()),
        ("indicator", pa.large_string()),
        ("title", _NAMES),
        ("source", _NAMES),
        ("confidence", pa.uint8()),
        ("since", pa.int64()),
        ("until", pa.int64()),
        ("removed", pa.uint8()),
    ]
)
"""What a layer says of each row. `digest` is that of the text, `owner` that of the indicator; a row that is `removed`
says that an earlier layer's counts no longer."""


class _Header(msgspec.Struct, frozen=True, kw_only=True):
    rows: int
    sections: dict[str, tuple[int, int]]
    kinds: list[str]
    lengths: tuple[list[int], list[int]]


def rows_of(entries: Iterable[Entry], key: Words, *, removed: bool = False) -> pa.Table:
    """Entries as rows."""
    left, batches = iter(entries), []
    while some := list(islice(left, _CHUNK)):
        batches.append(_batch(some, key, removed=removed))
    return pa.Table.from_batches(batches, schema=SCHEMA)


def _batch(entries: Sequence[Entry], key: Words, *, removed: bool) -> pa.RecordBatch:
    text = pa.array([one.observable.value for one in entries], pa.large_string())
    indicator = pa.array([one.indicator for one in entries], pa.large_string())
    columns = [
        digests(text, key),
        digests(indicator, key),
        pa.array([one.observable.kind.value for one in entries], pa.string()).dictionary_encode(),
        text,
        indicator,
        pa.array([one.title for one in entries], pa.string()).dictionary_encode(),
        pa.array([_source(one) for one in entries], pa.string()).dictionary_encode(),
        pa.array([_UNSAID if one.confidence is None else one.confidence for one in entries], pa.uint8()),
        pa.array([_microseconds(one.since, _EVER.min) for one in entries], pa.int64()),
        pa.array([_microseconds(one.until, _EVER.max) for one in entries], pa.int64()),
        pa.array(np.full(len(entries), removed, np.uint8)),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _source(one: Entry) -> str:
    """Of whom an entry is, and behind a mark by which sources it came: few texts, for many rows."""
    return f"{one.source}{_BROUGHT}{one.brought}" if one.brought else one.source


def digests(texts: pa.LargeStringArray, key: Words) -> Words:
    """The digest of each text; nobody without the key can make two texts collide."""
    found: Words = np.empty(len(texts), dtype=np.uint64)
    spans = _spans(texts)
    digest_spans(MEMORY, spans, np.zeros(len(texts), np.int32), key[0], key[1], found)
    return found


def _spans(texts: pa.LargeStringArray) -> Spans:
    if not len(texts):
        return spans_for(0)
    _, offsets, data = texts.buffers()
    first = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    first = first + place_of(np.frombuffer(data, np.uint8)) if data is not None and data.size else np.zeros_like(first)
    return Spans(begins=first[:-1], ends=first[1:])


def settled(tables: Sequence[pa.Table], *, whole: bool) -> pa.Table:
    """Several layers, the newest last, as one: of each text and indicator only what was said last.

    Args:
        tables: the layers.
        whole: there is nothing before them, so that what was removed need not be known.

    """
    together = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    digest, owner = (together[name].to_numpy() for name in ("digest", "owner"))
    order = np.lexsort((np.arange(len(together)), owner, digest))
    digest, owner = digest[order], owner[order]
    last = np.ones(len(order), dtype=np.bool_)
    last[:-1] = (digest[1:] != digest[:-1]) | (owner[1:] != owner[:-1])
    order = order[last]
    if whole:
        order = order[together["removed"].to_numpy()[order] == 0]
    return together.take(pa.array(order))


def written(rows: pa.Table) -> Iterable[memoryview]:
    """The bytes of a layer's file, for rows that are settled."""
    rows = rows.combine_chunks()
    digest: Words = rows["digest"].to_numpy()
    sections: dict[str, np.ndarray] = {"digest": digest, "filter": _filter(digest)}
    sections |= {name: rows[name].to_numpy() for name in ("owner", "confidence", "since", "until", "removed")}
    for name in ("text", "indicator"):
        sections[f"{name}.first"], sections[f"{name}.data"] = _laid(_one(rows[name]))
    for name in ("kind", "title", "source"):
        column = _one(rows[name])
        sections[name] = column.indices.to_numpy()
        names = column.dictionary.cast(pa.large_string())
        sections[f"{name}.first"], sections[f"{name}.data"] = _laid(names)
    places, at = {}, _HEADER
    for name, section in sections.items():
        places[name] = (at, section.nbytes)
        at = -(-(at + section.nbytes) // _EDGE) * _EDGE
    kinds = _one(rows["kind"])
    header = _Header(rows=len(rows), sections=places, kinds=pc.unique(kinds).to_pylist(), lengths=_lengths(rows))
    encoded = msgspec.json.encode(header)
    yield memoryview((MAGIC + len(encoded).to_bytes(8, "little") + encoded).ljust(_HEADER, b"\0"))
    for section in sections.values():
        yield np.ascontiguousarray(section).data.cast("B")
        yield memoryview(bytes(-section.nbytes % _EDGE))


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks or [pa.array([], column.type)])


def _laid(texts: pa.LargeStringArray) -> tuple[Longs, Bytes]:
    """Where each text begins, and all texts."""
    if not len(texts):
        return np.zeros(1, np.int64), np.zeros(0, np.uint8)
    _, offsets, data = texts.buffers()
    first = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    held = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return first - first[0], held[first[0] : first[-1]]


def _filter(digest: Words) -> Bytes:
    """Bits of which two are set for each digest: where one of them is not, a digest is not there."""
    size = 1 << min(32, max(10, (_BITS_A_ROW * len(digest)).bit_length()))
    bits = np.zeros(size, np.bool_)
    mask = np.uint64(size - 1)
    bits[digest & mask] = True
    bits[(digest >> np.uint64(32)) & mask] = True
    return np.packbits(bits, bitorder="little")


def _lengths(rows: pa.Table) -> tuple[list[int], list[int]]:
    """The lengths of the IPv4 and of the IPv6 networks among some rows."""
    networks = rows.filter(pc.equal(rows["kind"].cast(pa.string()), Kind.NETWORK.value))["text"].to_pylist()
    four = {int(one.rpartition("/")[2]) for one in networks if ":" not in one}
    six = {int(one.rpartition("/")[2]) for one in networks if ":" in one}
    return sorted(four), sorted(six)


def _microseconds(at: datetime | None, unsaid: int) -> int:
    return unsaid if at is None else (at - _EPOCH) // timedelta(microseconds=1)


def _moment(microseconds: int) -> datetime | None:
    return None if microseconds in (_EVER.min, _EVER.max) else _EPOCH + timedelta(microseconds=microseconds)


class Layer:
    """A layer's file, open.

    Raises:
        BadSetupError: it is no such file, or cut short.

    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            try:
                self._held = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                self._header = _header(self._held)
            except (ValueError, msgspec.MsgspecError) as error:
                raise _damaged(path) from error
        self._data = np.frombuffer(self._held, np.uint8)
        if any(begin + size > len(self._data) for begin, size in self._header.sections.values()):
            raise _damaged(path)
        self.digests: Words = self._section("digest", np.uint64)
        self.filter: Bytes = self._section("filter", np.uint8)

    def __len__(self) -> int:
        return self._header.rows

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of things that it names."""
        return frozenset(self._header.kinds)

    @property
    def lengths(self) -> tuple[frozenset[int], frozenset[int]]:
        """The lengths of the networks that it names, of IPv4 and of IPv6."""
        four, six = self._header.lengths
        return frozenset(four), frozenset(six)

    def entry(self, row: int) -> Entry | None:
        """What a row says; None where that is that something counts no longer."""
        if self._section("removed", np.uint8)[row]:
            return None
        confidence = int(self._section("confidence", np.uint8)[row])
        source, _, brought = self._name("source", row).partition(_BROUGHT)
        return Entry(
            observable=self.observable(row),
            indicator=self.indicator(row),
            title=self._name("title", row),
            confidence=None if confidence == _UNSAID else confidence,
            source=source,
            brought=brought,
            since=_moment(int(self._section("since", np.int64)[row])),
            until=_moment(int(self._section("until", np.int64)[row])),
        )

    def observable(self, row: int) -> Observable:
        """The thing that a row is about."""
        return Observable(Kind(self._name("kind", row)), self._text("text", row))

    def indicator(self, row: int) -> str:
        """The indicator that a row is about."""
        return self._text("indicator", row)

    @cached_property
    def rows(self) -> pa.Table:
        """All rows, where they lie."""
        columns = []
        for field in SCHEMA:
            if field.type == _NAMES:
                codes = pa.array(self._section(field.name, np.int32))
                columns.append(pa.DictionaryArray.from_arrays(codes, self._texts(field.name).cast(pa.string())))
            elif pa.types.is_large_string(field.type):
                columns.append(self._texts(field.name))
            else:
                columns.append(pa.array(self._section(field.name, field.type.to_pandas_dtype())))
        return pa.Table.from_arrays(columns, schema=SCHEMA)

    def _section(self, name: str, kind: type) -> np.ndarray:
        begin, size = self._header.sections[name]
        return self._data[begin : begin + size].view(kind)

    def _texts(self, name: str) -> pa.LargeStringArray:
        first, data = self._section(f"{name}.first", np.int64), self._section(f"{name}.data", np.uint8)
        return pa.LargeStringArray.from_buffers(len(first) - 1, pa.py_buffer(first), pa.py_buffer(data))

    def _text(self, name: str, row: int) -> str:
        first = self._section(f"{name}.first", np.int64)
        return self._section(f"{name}.data", np.uint8)[first[row] : first[row + 1]].tobytes().decode()

    def _name(self, name: str, row: int) -> str:
        return self._text(name, int(self._section(name, np.int32)[row]))


def _header(data: mmap.mmap) -> _Header:
    if data[: len(MAGIC)] != MAGIC:
        raise ValueError("it begins otherwise")
    size = int.from_bytes(data[len(MAGIC) : len(MAGIC) + 8], "little")
    return msgspec.json.decode(data[len(MAGIC) + 8 : len(MAGIC) + 8 + size], type=_Header)


def _damaged(path: Path) -> BadSetupError:
    return BadSetupError(
        f"{path} is no set of indicators, or damaged.",
        advice="Remove it, and have the indicators published again: watchward intel publish.",
    )
