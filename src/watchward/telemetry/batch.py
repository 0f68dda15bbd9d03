"""The event batch: the one shape in which telemetry travels through a node.

A batch is a `pyarrow.RecordBatch`. Its first columns are the **envelope** (`ENVELOPE`), always all present and in that
order. Then comes one column for each field of the registry that any event of the batch has, under its Sigma name, as
dictionary-encoded text (`FIELD`). Last comes `unmapped`, the fields that have no column, as one JSON object or null.

All field values are text, as rules compare text: a number is its shortest decimal form, a truth value is `true` or
`false`. Absent is null; present without a value is the empty string. A list of values is one text that begins with
`LIST_MARK` and puts `LIST_MARK` between its items; a pattern matches a list when it matches any item.
"""

import itertools
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from watchward.telemetry.kernels.codes import renumbered

FIELD = pa.dictionary(pa.int32(), pa.string())
"""The type of every field column, and of the envelope's names."""

ENVELOPE = pa.schema(
    [
        pa.field("event_id", pa.binary(16), nullable=False),
        pa.field("observed_at", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("received_at", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("organisation", FIELD, nullable=False),
        pa.field("device", FIELD, nullable=False),
        pa.field("source", FIELD, nullable=False),
        pa.field("product", FIELD),
        pa.field("category", FIELD),
        pa.field("service", FIELD),
    ],
)
"""`observed_at` is the event's own time; `organisation` is the code to which the sender's credential is bound;
`device` is the name that the event claims, resolved to a device later; `product`, `category` and `service` are the
Sigma log source, null where it has no such part."""

UNMAPPED = pa.field("unmapped", pa.string())
"""The fields that have no column, as one JSON object in text; null where there are none."""

DICTIONARY = b"dictionary"
"""The key under which a column's metadata says which growing dictionary its codes belong to."""

LIST_MARK = "\x1e"
"""Begins a text that holds several values, and stands between them (ASCII's record separator)."""


def joined(items: Sequence[str]) -> str:
    r"""Several values as the one text that a column holds.

    >>> joined(["a", "b"])
    '\x1ea\x1eb'

    """
    return "".join(LIST_MARK + item for item in items)


def items(text: str) -> list[str]:
    r"""The values in a column's text: several where it is a list, else itself.

    >>> items("\x1ea\x1eb"), items("a b")
    (['a', 'b'], ['a b'])

    """
    return text.split(LIST_MARK)[1:] if text.startswith(LIST_MARK) else [text]


OF_ENVELOPE = {"@device": "device", "@organisation": "organisation", "@source": "source"}
"""The names by which a rule or a filter asks for what the envelope says, and the columns that these are."""

_RESERVED = frozenset({*ENVELOPE.names, UNMAPPED.name})


def column_of(field: str) -> str:
    """The column that holds a field: its own name, unless the envelope already uses that.

    >>> column_of("CommandLine"), column_of("category"), column_of("@device")
    ('CommandLine', 'category_', 'device')

    """
    return OF_ENVELOPE.get(field) or (f"{field}_" if field in _RESERVED else field)


def field_of(column: str) -> str:
    """The field that a column of the batch holds; the inverse of `column_of`."""
    return column.removesuffix("_") if column.removesuffix("_") in _RESERVED else column


def field_names(batch: pa.RecordBatch) -> list[str]:
    """The columns of a batch that hold fields, in its order, without envelope and `unmapped`."""
    return [name for name in batch.schema.names if name not in _RESERVED]


def compact(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same batch with dictionaries that hold only its own values, each once: for storing it."""
    places = _Places()
    pairs = zip(batch.columns, batch.schema, strict=True)
    columns = [_own(column, field, places) if pa.types.is_dictionary(field.type) else column for column, field in pairs]
    fields = [field.remove_metadata() for field in batch.schema]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))


def some(batch: pa.RecordBatch, rows: NDArray[np.int64]) -> pa.RecordBatch:
    """Some rows of a batch, by their numbers, without the columns that none of them fills, and compact."""
    places = pa.array(rows)
    fields, columns = [], []
    for field, column in zip(batch.schema, batch.columns, strict=True):
        taken = column.take(places)
        if taken.null_count < len(taken) or field.name in ENVELOPE.names:
            fields.append(field)
            columns.append(taken)
    return compact(pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields)))


class _Places:
    """Room to number codes in, kept from column to column and never cleared as a whole."""

    def __init__(self) -> None:
        self._room = np.full(1 << 12, -1, np.int32)

    def of(self, codes: int) -> NDArray[np.int32]:
        """Room for so many codes, -1 throughout."""
        if codes > len(self._room):
            self._room = np.full(2 * codes, -1, np.int32)
        return self._room


def _own(column: pa.DictionaryArray, field: pa.Field, places: _Places) -> pa.DictionaryArray:
    """A column with a dictionary of its own values. Codes are looked at instead of texts where that is enough."""
    valid, codes = column.indices.buffers() if not column.offset else (None, None)
    if codes is None or column.dictionary.null_count:
        return column.cast(pa.string()).dictionary_encode()
    rows = len(column)
    found, used = np.empty(rows, np.int32), np.empty(rows, np.int32)
    count = renumbered(
        np.frombuffer(codes, np.int32, rows),
        np.frombuffer(valid, np.uint8) if valid else _ALL_VALID,
        places.of(len(column.dictionary)),
        found,
        used,
    )
    values = column.dictionary.take(pa.array(used[:count]))
    if DICTIONARY not in (field.metadata or {}):  # a growing dictionary holds each text once; others may hold it twice
        once = values.dictionary_encode()
        if len(once.dictionary) < count:
            values, found = once.dictionary, once.indices.to_numpy()[found]
    return pa.DictionaryArray.from_buffers(FIELD, rows, [valid, pa.py_buffer(found)], values)


_ALL_VALID = np.empty(0, np.uint8)


def together(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """Several batches as one; cheap where one decoder made them all, because their dictionaries are one."""
    if len(batches) == 1:
        return batches[0]
    whose: dict[str, list[tuple[pa.Array, pa.Field] | None]] = {}
    for number, batch in enumerate(batches):
        for column, field in zip(batch.columns, batch.schema, strict=True):
            whose.setdefault(field.name, [None] * len(batches))[number] = (column, field)
    whose[UNMAPPED.name] = whose.pop(UNMAPPED.name)
    rows = [batch.num_rows for batch in batches]
    arrays, fields = zip(*(_one_column(parts, rows) for parts in whose.values()), strict=True)
    return pa.RecordBatch.from_arrays(list(arrays), schema=pa.schema(list(fields)))


def _one_column(parts: Sequence[tuple[pa.Array, pa.Field] | None], rows: Sequence[int]) -> tuple[pa.Array, pa.Field]:
    """A column of all batches; its codes are kept where its dictionary is the same growing one in all that have it."""
    fields = [part[1] for part in parts if part is not None]
    kind = fields[0].type
    arrays = [part[0] if part else pa.nulls(count, kind) for part, count in zip(parts, rows, strict=True)]
    if not pa.types.is_dictionary(kind):
        return pa.concat_arrays(arrays), fields[0]
    tokens = {(field.metadata or {}).get(DICTIONARY) for field in fields}
    if len(tokens) == 1 and None not in tokens:
        longest = max((array.dictionary for array in arrays), key=len)
        codes = pa.concat_arrays([array.indices for array in arrays])
        return pa.DictionaryArray.from_arrays(codes, longest, safe=False), fields[0]
    if fields[0].name in ENVELOPE.names:
        texts = pa.concat_arrays([array.cast(pa.string()) for array in arrays])
        return texts.dictionary_encode(), fields[0].remove_metadata()
    return _end_to_end(arrays), fields[0].remove_metadata()


def _end_to_end(arrays: Sequence[pa.DictionaryArray]) -> pa.DictionaryArray:
    """One column with the dictionaries one after the other: long texts are not looked at, and may be there twice."""
    begins = itertools.accumulate((len(array.dictionary) for array in arrays), initial=0)
    shifts = (pa.scalar(begin, pa.int32()) for begin in begins)
    codes = pa.concat_arrays([pc.add(array.indices, shift) for array, shift in zip(arrays, shifts, strict=False)])
    texts = pa.concat_arrays([array.dictionary for array in arrays])
    return pa.DictionaryArray.from_arrays(codes, texts, safe=False)
