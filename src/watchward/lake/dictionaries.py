"""The distinct values of a segment's columns, without its rows.

Each row group of a column begins with a page that holds its distinct values; the pages behind it hold one code a row.
Whoever looks for a value that is seldom there reads the first page and leaves the others alone. No library offers it,
so the page's header is read here: it is in Thrift's compact protocol, and three numbers of it are needed.
"""

import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from watchward.detect.fields import MEMORY, place_of, spans_for, spans_in
from watchward.detect.kernels.arrays import Spans
from watchward.lake.errors import LakeError
from watchward.lake.kernels.pages import plain_texts
from watchward.lake.segments import DICTIONARY_BYTES

_CODECS: Final = {"ZSTD": "zstd", "LZ4": "lz4_raw", "LZ4_RAW": "lz4_raw", "SNAPPY": "snappy", "GZIP": "gzip"}
_HEADER: Final = 512
"""Bytes in which a page's header ends, with room to spare."""

_STOP, _TRUE, _FALSE, _BYTE, _BINARY, _STRUCT = 0, 1, 2, 3, 8, 12
_MORE: Final = 0x80
_NUMBERS: Final = frozenset({4, 5, 6})
_SIZE, _PACKED, _OF_DICTIONARY = 2, 3, 7


class Dictionaries:
    """The distinct values of one segment, by row group and column; close it when done."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._file = pq.ParquetFile(pa.py_buffer(self._data))
        self.metadata = self._file.metadata
        schema = self.metadata.schema
        self.columns = {schema.column(place).path: place for place in range(len(schema))}

    def values(self, group: int, column: str) -> tuple[Spans, object]:
        """The distinct values of a column in a row group, and what must be held for as long as they are read."""
        chunk = self.metadata.row_group(group).column(self.columns[column])
        begin = chunk.dictionary_page_offset
        if begin is None or begin <= 0:
            return self._slowly(group, column)
        header, length = _header(self._data[begin : begin + _HEADER])
        size, packed, count = header[_SIZE], header[_PACKED], header[_OF_DICTIONARY]
        if size >= DICTIONARY_BYTES // 2:
            return self._slowly(group, column)  # its writer may have gone on without it
        spans = spans_for(count)
        if not count:
            return spans, None
        page = self._data[begin + length : begin + length + packed]
        if chunk.compression != "UNCOMPRESSED":
            page = pa.Codec(_CODECS[chunk.compression]).decompress(page, size).to_pybytes()
        held = np.frombuffer(page, np.uint8)
        first = place_of(held)
        if plain_texts(MEMORY, first, first + len(held), spans.begins, spans.ends) < count:
            raise LakeError(
                f"{self._path} is damaged: a page of {column} ends early.", advice="Restore it from a backup."
            )
        return spans, held

    def rows_with(self, group: int, column: str, texts: Sequence[str]) -> np.ndarray:
        """The rows of a row group, numbered within it, in which a column has one of some values."""
        values = self.read(group, [column]).column(0)
        return np.flatnonzero(pa.compute.is_in(values, pa.array(texts, pa.string())).to_numpy(zero_copy_only=False))

    def read(self, group: int, columns: Sequence[str]) -> pa.RecordBatch:
        """Some columns of a row group, their texts in the rows."""
        table = self._file.read_row_group(group, columns=list(columns), use_threads=False)
        names = table.schema.names
        arrays = [_plain(table.column(name)) for name in columns if name in names]
        return pa.RecordBatch.from_arrays(arrays, names=[name for name in columns if name in names])

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _slowly(self, group: int, column: str) -> tuple[Spans, object]:
        """The same from the rows themselves."""
        values = self.read(group, [column]).column(0).unique().drop_null()
        return spans_in(values), values


def _plain(column: pa.ChunkedArray) -> pa.Array:
    array = column.combine_chunks()
    array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
    return array.cast(pa.string()) if pa.types.is_dictionary(array.type) else array


def _header(data: bytes) -> tuple[dict[int, int], int]:
    """The numbers in a page's header, that of the values in its dictionary among them, and the header's length."""
    found: dict[int, int] = {}
    at, field = 0, 0
    while kind := data[at] & 15:
        field, at = _field(data, at, field)
        if kind in _NUMBERS:
            found[field], at = _number(data, at)
        elif kind == _STRUCT:
            inner, length = _header(data[at:])
            at += length
            if field == _OF_DICTIONARY:
                found[field] = inner[1]
        elif kind == _BINARY:
            size, at = _varint(data, at)
            at += size
        elif kind == _BYTE:
            at += 1
        elif kind not in {_TRUE, _FALSE}:
            raise ValueError(f"a page's header has a part of kind {kind}")
    return found, at + 1


def _field(data: bytes, at: int, before: int) -> tuple[int, int]:
    """The number of the part that begins at a place, and the place of its value."""
    step = data[at] >> 4
    if step:
        return before + step, at + 1
    return _number(data, at + 1)


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A whole number, with or without sign, and the place behind it."""
    raw, at = _varint(data, at)
    return (raw >> 1) ^ -(raw & 1), at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    found = shift = 0
    while True:
        byte = data[at]
        found |= (byte & ~_MORE) << shift
        at += 1
        if not byte & _MORE:
            return found, at
        shift += 7
