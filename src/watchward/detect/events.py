"""Single events of a batch as the reference reads them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
import pyarrow as pa

from watchward.detect.sigma.ir import ANYWHERE
from watchward.telemetry.batch import OF_ENVELOPE, UNMAPPED, column_of, field_names, field_of, joined
from watchward.telemetry.values import whole


def event_at(batch: pa.RecordBatch, row: int, fields: Iterable[str] | None = None) -> dict[str, str]:
    """The fields of one event that are there, by Sigma name; `ANYWHERE` asks for all of them but the envelope's.

    What has no column comes under the name `unmapped`, its values as a list: keywords look there too.
    """
    wanted: Iterable[str]
    if fields is None or ANYWHERE in (fields := set(fields)):
        wanted = [*map(field_of, field_names(batch)), *(OF_ENVELOPE.keys() & (fields or set()))]
    else:
        wanted = fields
    event = {name: text for name in wanted if (text := _text(batch, row, name)) is not None}
    if fields is None or ANYWHERE in fields:
        texts = unmapped_texts(batch, row)
        return {**event, UNMAPPED.name: joined(texts)} if texts else event
    return event


def _text(batch: pa.RecordBatch, row: int, name: str) -> str | None:
    if (index := batch.schema.get_field_index(column_of(name))) < 0:
        return None
    column = batch.column(index)
    value = column[row] if column.null_count < len(column) else None
    text = value.as_py() if value is not None and value.is_valid else None
    return None if text is None else str(text)


def unmapped_texts(batch: pa.RecordBatch, row: int) -> list[str]:
    """The values of an event that have no column, at any depth."""
    index = batch.schema.get_field_index(UNMAPPED.name)
    text = batch.column(index)[row].as_py() if index >= 0 else None
    return texts_within(text) if text else []


def texts_of(fields: Mapping[str, str], unmapped: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a stored event as the reference reads them, and those that had no column then."""
    found = {name: value for name, value in unmapped.items() if isinstance(value, str)} | dict(fields)
    texts = list(_leaves(dict(unmapped)))
    return {**found, UNMAPPED.name: joined(texts)} if texts else found


def texts_within(document: str) -> list[str]:
    """The values in a JSON text, at any depth; half a surrogate pair, which msgspec refuses, hides nothing."""
    try:
        return list(_leaves(msgspec.json.decode(document)))
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return [whole(text) for text in _leaves(json.loads(document))]
    except (ValueError, RecursionError):
        return [document]


def _leaves(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for part in value.values():
                yield from _leaves(part)
        case list():
            for part in value:
                yield from _leaves(part)
        case None:
            return
        case bool():
            yield "true" if value else "false"
        case _:
            yield str(value)
