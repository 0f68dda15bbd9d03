"""From codes to Arrow columns, without copying them."""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from watchward.telemetry.batch import DICTIONARY, FIELD, UNMAPPED, column_of
from watchward.telemetry.columns import Columns, Dictionary
from watchward.telemetry.kernels.rows import unmapped_sizes, unmapped_texts, validity
from watchward.telemetry.kernels.tables import ENTRY_COUNT, SLOTS, Array, Work


class Labels:
    """One part of the log source as a column; its few texts are kept from batch to batch."""

    def __init__(self) -> None:
        self._token = secrets.token_bytes(12)
        self._codes: dict[str, int] = {}

    def column(self, field: pa.Field, ids: Array, known: Sequence[str | None]) -> tuple[pa.DictionaryArray, pa.Field]:
        """The column for rows with these numbers of `known` labels."""
        codes = np.full(len(known), -1, np.int32)
        for number in np.flatnonzero(np.bincount(ids, minlength=len(known))).tolist():
            label = known[number]
            if label is not None:
                codes[number] = self._codes.setdefault(label, len(self._codes))
        mine = codes[ids] if len(ids) else np.empty(0, np.int32)
        present = mine >= 0
        buffers = [pa.py_buffer(np.packbits(present, bitorder="little")), pa.py_buffer(np.where(present, mine, 0))]
        dictionary = pa.array(list(self._codes), pa.string())
        array = pa.DictionaryArray.from_buffers(FIELD, len(ids), buffers, dictionary)
        return array, field.with_metadata({DICTIONARY: self._token})


def columns_of(columns: Columns, work: Work, rows: int) -> Iterator[tuple[pa.DictionaryArray, pa.Field]]:
    """The field columns that any row fills, by name."""
    slots = int(work.counters[SLOTS])
    bits = np.zeros((slots, (rows + 7) // 8), np.uint8)
    nulls = np.zeros(slots, np.int64)
    validity(work.codes, slots, rows, bits, nulls)
    for column in sorted(range(len(columns.names)), key=columns.names.__getitem__):
        slot = columns.slot(column)
        absent = int(nulls[slot]) if slot >= 0 else rows
        if absent == rows:
            continue
        dictionary = columns.dictionaries[column]
        buffers = [pa.py_buffer(bits[slot]) if absent else None, pa.py_buffer(work.codes[slot])]
        array = pa.DictionaryArray.from_buffers(FIELD, rows, buffers, dictionary.array(), absent)
        yield array, pa.field(column_of(columns.names[column]), FIELD, metadata=_metadata(columns, column, dictionary))


def _metadata(columns: Columns, column: int, dictionary: Dictionary) -> Mapping[bytes, bytes] | None:
    return None if columns.long[column] else {DICTIONARY: dictionary.token}


def unmapped_of(work: Work, data: Array, paths: tuple[Array, Array], plain: Mapping[int, str | None]) -> pa.StringArray:
    """What has no column, as one JSON object a row; `plain` holds the text of rows that were read plainly."""
    rows = len(work.rows)
    offsets = np.zeros(rows + 1, np.int64)
    size = unmapped_sizes(work.rows, work.entries, paths[0], offsets)
    texts = np.empty(size, np.uint8)
    unmapped_texts(data, work.rows, work.entries, *paths, texts)
    valid = pa.py_buffer(np.packbits(work.rows[:, ENTRY_COUNT] > 0, bitorder="little"))
    found = pa.Array.from_buffers(pa.large_string(), rows, [valid, pa.py_buffer(offsets), pa.py_buffer(texts)])
    found = found.cast(UNMAPPED.type)
    return _replaced(found, plain) if plain else found


def _replaced(found: pa.StringArray, plain: Mapping[int, str | None]) -> pa.StringArray:
    mask = np.zeros(len(found), np.bool_)
    rows: Iterable[int] = sorted(plain)
    mask[list(rows)] = True
    return pc.replace_with_mask(found, pa.array(mask), pa.array([plain[row] for row in rows], UNMAPPED.type))
