"""What correlations hold as bytes, for a restart: plain data, safe to read, whoever wrote it."""

from dataclasses import fields
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from watchward.detect.correlate.engine import Correlator
from watchward.detect.correlate.held import Firings, Held, Standing
from watchward.detect.correlate.marks import Marks
from watchward.detect.correlate.program import Step
from watchward.detect.correlate.rows import Rows
from watchward.detect.correlate.table import Table

VERSION = 1

Plain = dict[str, Any]


def saved(correlator: Correlator) -> bytes:
    """All that a correlator holds."""
    digests, texts = correlator.texts.to_arrays()
    return msgspec.msgpack.encode(
        {
            "version": VERSION,
            "marks": [correlator.marks.high, correlator.marks.water],
            "texts": [_array(digests), _texts(texts)],
            "held": {_name(held.step): _held(held) for held in correlator.held},
        }
    )


def restored(content: bytes, fresh: Correlator) -> Correlator:
    """A fresh correlator with what was saved. A correlation that has changed since begins anew; the others go on.

    Raises:
        ValueError: the content is not of this version, or broken.

    """
    try:
        plain = msgspec.msgpack.decode(content)
        if plain["version"] != VERSION:
            raise ValueError(f"the state is of version {plain['version']}")
        fresh.marks = Marks(high=plain["marks"][0], water=plain["marks"][1])
        digests, texts = plain["texts"]
        fresh.texts.add(_from_array(digests), _from_texts(texts))
        for number, held in enumerate(fresh.held):
            kept = plain["held"].get(_name(held.step))
            if kept is not None:
                fresh.held[number] = _from_held(held.step, kept)
    except (msgspec.DecodeError, KeyError, TypeError, IndexError, pa.ArrowInvalid) as error:
        raise ValueError("the state of the correlations cannot be read") from error
    return fresh


def _name(step: Step) -> str:
    """Stands for all of a correlation that its rows depend on."""
    one = step.correlation
    said = (
        one.kind,
        one.rules,
        one.group_by,
        one.timespan,
        one.condition,
        one.fields,
        one.percentile,
        step.carried,
        bool(step.inner),
    )
    aliases = sorted((alias, sorted(mapping.items())) for alias, mapping in one.aliases.items())
    return one.id + ":" + sha256(repr((said, aliases)).encode()).hexdigest()


def _array(array: np.ndarray[Any, np.dtype[Any]]) -> list[Any]:
    return [array.dtype.str, list(array.shape), array.tobytes()]


def _from_array(plain: list[Any]) -> Any:
    kind, shape, content = plain
    if np.dtype(kind).hasobject:
        raise ValueError("the state of the correlations holds what it should not")
    return np.frombuffer(content, dtype=np.dtype(kind)).reshape(shape).copy()


def _texts(texts: pa.Array) -> bytes:
    table = pa.record_batch([texts], names=["text"])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_batch(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _from_texts(content: bytes) -> pa.Array:
    table = pa.ipc.open_stream(content).read_all()
    return table.column(0).combine_chunks()


def _columns(one: Rows | Firings) -> Plain:
    columns = (
        one.columns() if isinstance(one, Rows) else {field.name: getattr(one, field.name) for field in fields(one)}
    )
    return {name: _array(column) for name, column in columns.items()}


def _from_columns(plain: Plain) -> dict[str, Any]:
    return {name: _from_array(column) for name, column in plain.items()}


def _held(held: Held) -> Plain:
    return {
        "rows": _columns(held.rows),
        "pending": _columns(held.pending),
        "spent": [_array(column) for column in held.spent],
        "standing": _columns(held.standing.rows),
        "group": _array(held.standing.group),
    }


def _from_held(step: Step, plain: Plain) -> Held:
    keys, until = plain["spent"]
    return Held(
        step,
        Table(Rows.of(_from_columns(plain["rows"]))),
        Firings(**_from_columns(plain["pending"])),
        (_from_array(keys), _from_array(until)),
        Standing(rows=Rows.of(_from_columns(plain["standing"])), group=_from_array(plain["group"])),
    )
