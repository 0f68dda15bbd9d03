"""The event batch: the one shape in which telemetry travels through a node.

A batch is a `pyarrow.RecordBatch`. Its first columns are the **envelope** (`ENVELOPE`), always all present and in that
order. Then comes one column for each field of the registry that any event of the batch has, under its Sigma name, as
dictionary-encoded text (`FIELD`). Last comes `unmapped`, the fields that have no column, as one JSON object or null.

All field values are text, as rules compare text: a number is its shortest decimal form, a truth value is `true` or
`false`. Absent is null; present without a value is the empty string. A list of values is one text that begins with
`LIST_MARK` and puts `LIST_MARK` between its items; a pattern matches a list when it matches any item.
"""

from collections.abc import Sequence

import pyarrow as pa

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


_RESERVED = frozenset({*ENVELOPE.names, UNMAPPED.name})


def column_of(field: str) -> str:
    """The column that holds a field: its own name, unless the envelope already uses that.

    >>> column_of("CommandLine"), column_of("category")
    ('CommandLine', 'category_')

    """
    return f"{field}_" if field in _RESERVED else field


def field_of(column: str) -> str:
    """The field that a column of the batch holds; the inverse of `column_of`."""
    return column.removesuffix("_") if column.removesuffix("_") in _RESERVED else column


def field_names(batch: pa.RecordBatch) -> list[str]:
    """The columns of a batch that hold fields, in its order, without envelope and `unmapped`."""
    return [name for name in batch.schema.names if name not in _RESERVED]


def compact(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same batch with dictionaries that hold only its own values, each once: for storing it."""
    columns = [_own(column) if pa.types.is_dictionary(column.type) else column for column in batch.columns]
    fields = [field.remove_metadata() for field in batch.schema]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))


def _own(column: pa.DictionaryArray) -> pa.DictionaryArray:
    """A column with a dictionary of its own values. Codes are looked at instead of texts where that is enough."""
    codes = column.indices.dictionary_encode()
    values = column.dictionary.take(codes.dictionary)
    if values.null_count or len(values.unique()) < len(values):
        return column.cast(pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(codes.indices, values)


def together(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """Several batches as one; cheap where one decoder made them all, because their dictionaries are one."""
    if len(batches) == 1:
        return batches[0]
    names = dict.fromkeys(name for batch in batches for name in batch.schema.names if name != UNMAPPED.name)
    joined_up = [_one_column(name, batches) for name in (*names, UNMAPPED.name)]
    arrays, fields = zip(*joined_up, strict=True)
    return pa.RecordBatch.from_arrays(list(arrays), schema=pa.schema(list(fields)))


def _one_column(name: str, batches: Sequence[pa.RecordBatch]) -> tuple[pa.Array, pa.Field]:
    """A column of all batches; its codes are kept where its dictionary is the same growing one in all that have it."""
    places = [batch.schema.get_field_index(name) for batch in batches]
    fields = [batch.schema.field(place) for batch, place in zip(batches, places, strict=True) if place >= 0]
    type_ = fields[0].type
    parts = [
        batch.column(place) if place >= 0 else pa.nulls(batch.num_rows, type_)
        for batch, place in zip(batches, places, strict=True)
    ]
    tokens = {(field.metadata or {}).get(b"dictionary") for field in fields}
    if not pa.types.is_dictionary(type_):
        return pa.concat_arrays(parts), fields[0]
    if len(tokens) == 1 and None not in tokens:
        longest = max((part.dictionary for part in parts), key=len)
        codes = pa.concat_arrays([part.indices for part in parts])
        return pa.DictionaryArray.from_arrays(codes, longest, safe=False), fields[0]
    texts = pa.concat_arrays([part.cast(pa.string()) for part in parts])
    return texts.dictionary_encode(), fields[0].remove_metadata()
