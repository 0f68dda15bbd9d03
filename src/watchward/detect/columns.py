"""The columns of a batch as numpy arrays, without a copy where that is possible."""

import numpy as np
import pyarrow as pa

from watchward.detect.kernels.arrays import Bytes, Ints, Longs
from watchward.detect.kernels.rows import gather, number_sources
from watchward.detect.kernels.texts import folding_into_ascii, outside_ascii
from watchward.detect.sigma.logsource import Triple
from watchward.telemetry.batch import FIELD

_SOURCE = ("product", "category", "service")
_MOST_COMBINATIONS = 1 << 20


def dictionary(column: pa.Array) -> pa.DictionaryArray:
    """A column as every field column should be: text in a dictionary."""
    if column.type == FIELD:
        return column
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(pa.string()).dictionary_encode()


def log_sources(batch: pa.RecordBatch) -> tuple[list[Triple], Ints]:
    """The log sources of a batch's events, each once, and for each event which of them is its own."""
    columns = [dictionary(batch.column(name)) for name in _SOURCE]
    sizes = np.array([len(column.dictionary) + 1 for column in columns], dtype=np.int64)
    if int(np.prod(sizes)) > _MOST_COMBINATIONS:
        columns = [column.dictionary_decode().dictionary_encode() for column in columns]
        sizes = np.array([len(column.dictionary) + 1 for column in columns], dtype=np.int64)
    codes = np.empty((3, batch.num_rows), dtype=np.int32)
    for line, column in enumerate(columns):
        codes_of(column, np.arange(len(column.dictionary) + 1, dtype=np.int32), codes[line])
    local: Ints = np.empty(batch.num_rows, dtype=np.int32)
    examples = number_sources(codes, sizes, local)
    product, category, service = columns
    named = [(product[row].as_py(), category[row].as_py(), service[row].as_py()) for row in examples.tolist()]
    return named, local


def codes_of(column: pa.DictionaryArray, table: Ints, out: Ints) -> None:
    """For each row the table's entry for its code, shifted by one: `table[0]` where it has no value."""
    indices = column.indices
    valid, data = indices.buffers()
    codes = np.frombuffer(data if data is not None else b"", dtype=np.int32)
    codes = codes[indices.offset : indices.offset + len(indices)]
    bitmap = np.frombuffer(valid if valid is not None and indices.null_count else b"", dtype=np.uint8)
    gather(codes, bitmap, indices.offset, table, out)


def buffers(values: pa.StringArray) -> tuple[Bytes, Longs]:
    """The bytes of some texts, and where each begins and the one before ends."""
    _, offsets, data = values.buffers()
    if len(values) == 0:
        return np.frombuffer(b"", dtype=np.uint8), np.zeros(1, dtype=np.int64)
    first = np.frombuffer(offsets, dtype=np.int32)[values.offset : values.offset + len(values) + 1]
    return np.frombuffer(data if data is not None else b"", dtype=np.uint8), first.astype(np.int64)


def odd_values(data: Bytes, first: Longs, *, careful: bool) -> Bytes:
    """Marks the values that must be folded by `values.fold` before texts are looked for in them.

    Args:
        data: the bytes of the values.
        first: where each value begins, and the one before ends.
        careful: any letter outside ASCII counts; otherwise only those that fold into ASCII, which suffices where what
            is looked for has no other letters with a case.

    """
    odd: Bytes = np.zeros(len(first) - 1, dtype=np.uint8)
    outside_ascii(data, first, odd)
    if not careful and odd.any():
        folding_into_ascii(data, first, odd)
    return odd
