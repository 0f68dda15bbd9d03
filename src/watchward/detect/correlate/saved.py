"""What correlations hold as bytes, for a restart: plain data, of which nothing is run. Its keeper keeps it whole."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from watchward.detect.correlate.engine import Correlator
from watchward.detect.correlate.held import Firings, Held, Spent, both
from watchward.detect.correlate.marks import Marks
from watchward.detect.correlate.program import Step
from watchward.detect.correlate.rows import Rows, in_order

VERSION = 1

Plain = dict[str, Any]

_KINDS = frozenset(np.dtype(kind).str for kind in (np.int64, np.uint64, np.float64, np.bool_))
_TIMES = ("at", "first", "last", "events")
_SPENT = ("step", "key", "until")


def saved(correlator: Correlator) -> bytes:
    """All that a correlator holds."""
    digests, texts = correlator.texts.to_arrays()
    return msgspec.msgpack.encode(
        {
            "version": VERSION,
            "marks": [correlator.marks.high, correlator.marks.water, correlator.marks.clock],
            "texts": [_array(digests), _texts(texts)],
            "held": {name: plain for held in correlator.held for name, plain in _held(held)},
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
        high, water, *clock = plain["marks"]
        fresh.marks = Marks(high=high, water=water, clock=max([high, *clock]))
        digests, texts = plain["texts"]
        fresh.texts.add(_from_array(digests), _from_texts(texts))
        for held in fresh.held:
            _hold(held, [plain["held"].get(_name(step)) for step in held.shelf.steps], fresh.marks.clock)
    except (msgspec.DecodeError, AttributeError, KeyError, TypeError, IndexError, OSError, pa.ArrowException) as error:
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
    if kind not in _KINDS:
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


def _columns(columns: Mapping[str, np.ndarray[Any, np.dtype[Any]]]) -> Plain:
    return {name: _array(column) for name, column in columns.items()}


def _from_columns(plain: Plain) -> dict[str, Any]:
    return {name: _from_array(column) for name, column in plain.items()}


def _held(held: Held) -> Iterator[tuple[str, Plain]]:
    """What each correlation of a shelf holds, as if it stood alone: shelves change when correlations come and go."""
    shelf, pending, spent = held.shelf, held.pending, held.spent
    rows = _parted(held, held.table.rows)
    standing = _parted(held, held.standing)
    for place, step in enumerate(shelf.steps):
        salt = shelf.salts[place]
        told, over = pending.take(pending.step == place), spent.take(spent.step == place)
        yield (
            _name(step),
            {
                "rows": _columns(rows[place]),
                "pending": _columns({"key": told.key ^ salt, **{name: getattr(told, name) for name in _TIMES}}),
                "spent": [_array(over.key ^ salt), _array(over.until)],
                "standing": _columns(standing[place]),
            },
        )


def _parted(held: Held, rows: Rows) -> list[dict[str, Any]]:
    """The rows of each correlation, named by their places among its own rules, without its salt."""
    shelf = held.shelf
    owners = shelf.owners(rows)
    order = np.argsort(owners, kind="stable")
    ends = np.cumsum(np.bincount(owners, minlength=len(shelf.steps)))
    parts = []
    for place, end in enumerate(ends.tolist()):
        mine = rows.take(order[ends[place - 1] if place else 0 : end])
        parts.append({**mine.columns(), "key": mine.key ^ shelf.salts[place], "rule": shelf.place[mine.rule]})
    return parts


def _hold(held: Held, kept: Sequence[Plain | None], clock: int) -> None:
    """Have a shelf's correlations hold what was kept of each; windows that ended before `clock` are over."""
    shelf = held.shelf
    rows, standing, pending, spent = [shelf.empty], [shelf.no_findings], [held.pending], [held.spent]
    for place, plain in enumerate(kept):
        if plain is None:
            continue
        salt, first = shelf.salts[place], shelf.first[place]
        for parts, name in ((rows, "rows"), (standing, "standing")):
            columns = _from_columns(plain[name])
            parts.append(Rows.of({**columns, "key": columns["key"] ^ salt, "rule": columns["rule"] + first}))
        told, (keys, until) = _from_columns(plain["pending"]), map(_from_array, plain["spent"])
        own = np.full(len(told["key"]), place)
        pending.append(Firings(step=own, key=told["key"] ^ salt, **{name: told[name] for name in _TIMES}))
        spent.append(Spent(step=np.full(len(keys), place), key=keys ^ salt, until=until))
    held.hold(in_order(rows), clock)
    held.standing = Rows(np.concatenate([one.cells for one in standing], axis=1), 2)
    held.pending = reduce(both, pending)
    all_spent = Spent(**{name: np.concatenate([getattr(one, name) for one in spent]) for name in _SPENT})
    held.spent = all_spent.take(np.argsort(all_spent.key))
