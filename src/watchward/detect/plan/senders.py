"""Whose values they were, where values cost too much."""

from collections import Counter
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from watchward.detect.columns import dictionary
from watchward.telemetry.batch import column_of

_SENDER = ["organisation", "source"]


def most_text(batch: pa.RecordBatch, fields: Iterable[str]) -> tuple[str, str]:
    """The organisation and the source from which a batch holds most text in some fields, each value counted once.

    Both are empty where no event has any of the fields. It is a hint, not a proof: a text costs by its length, but some
    texts cost more than others.
    """
    size = Counter[tuple[str, str]]()
    senders = {name: dictionary(batch.column(name)).dictionary_decode() for name in _SENDER}
    for name in sorted({column_of(field) for field in fields} & set(batch.schema.names)):
        column = dictionary(batch.column(name))
        each = pa.table({**senders, "code": column.indices}).group_by([*_SENDER, "code"], use_threads=False)
        once = each.aggregate([])
        sizes = pc.fill_null(pc.binary_length(column.dictionary.take(once["code"].combine_chunks())), 0)
        for *sender, one in zip(*(once[name].to_pylist() for name in _SENDER), sizes.to_pylist(), strict=True):
            size[sender[0], sender[1]] += one
    (most, length) = max(size.items(), key=lambda one: one[1], default=(("", ""), 0))
    return most if length else ("", "")
