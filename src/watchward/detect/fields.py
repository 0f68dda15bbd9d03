"""The field columns of a batch where they lie in memory, so that loops walk over all of them at once.

To hand the columns over one by one takes longer than to look at them: a batch has a hundred and more. Arrow's C data
interface says where everything lies; the loops in `detect.kernels` read it from there, and write what is known of a
dictionary's codes into lines of numbers.
"""

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import pyarrow as pa

from watchward.detect.columns import dictionary
from watchward.detect.kernels.arrays import Bytes, Fields, Ints, Longs, Spans
from watchward.detect.kernels.fields import BASE, copy_texts, lay
from watchward.telemetry.batch import DICTIONARY, ENVELOPE, FIELD, field_names

_LAYOUTS = 64


class _Everything:
    """The memory of this process, as numpy asks for it."""

    __array_interface__ = {"data": (BASE, False), "shape": (1 << 47,), "typestr": "|u1", "version": 3}  # noqa: RUF012


MEMORY: Bytes = np.asarray(_Everything())
"""All memory of this process as one array: the byte at an address stands at the place `address - BASE`."""

_pointer_in = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_in.restype = ctypes.c_void_p
_pointer_in.argtypes = [ctypes.py_object, ctypes.c_char_p]


def place_of(array: np.ndarray) -> int:
    """The place of an array's first byte."""
    place: int = array.__array_interface__["data"][0] - BASE
    return place


@dataclass(frozen=True, eq=False, kw_only=True)
class Layout:
    """Which fields the batches of one schema have.

    Args:
        schema: the schema.
        columns: the names of the field columns.
        own: how many of these are fields of the events; the others, of the envelope, are read by rules all the same.
        children: the place of each among all columns of the batch.
        keys: for each the growing dictionary to which its codes belong; None where each batch has its own.
        numbers: for each the plan's number of the field, or -1.
        slots: for each field of the plan its place among the columns, or -1.

    """

    schema: pa.Schema
    columns: tuple[str, ...]
    own: int
    children: Longs
    keys: tuple[tuple[bytes, str] | None, ...]
    numbers: Ints
    slots: Ints


@dataclass(frozen=True, kw_only=True)
class Laid:
    """A batch as it lies in memory, for as long as this is held."""

    batch: pa.RecordBatch
    layout: Layout
    fields: Fields
    held: object


class Layouts:
    """Lays batches out, and knows the schemas that it met.

    Args:
        numbers: the plan's fields by the names of their columns.

    """

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self._numbers = numbers
        self._known: list[Layout] = []

    def laid(self, batch: pa.RecordBatch) -> Laid:
        """Where the fields of a batch lie."""
        batch, layout = self._of(batch)
        fields = Fields(*np.empty((6, len(layout.columns)), dtype=np.int64))
        _, capsule = batch.__arrow_c_array__()
        lay(MEMORY, _pointer_in(capsule, b"arrow_array") - BASE, layout.children, fields)
        return Laid(batch=batch, layout=layout, fields=fields, held=capsule)

    def _of(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, Layout]:
        schema = batch.schema
        for layout in self._known:
            if layout.schema.equals(schema, check_metadata=True):
                return batch, layout
        own = field_names(batch)
        names = own + [name for name in ENVELOPE.names if name in self._numbers and name in schema.names]
        fields = {field.name: (place, field) for place, field in enumerate(schema)}
        if any(fields[name][1].type != FIELD for name in names):
            return self._of(_mended(batch, names))
        if len(self._known) == _LAYOUTS:
            self._known.clear()
        self._known.append(layout := self._layout(schema, fields, names, len(own)))
        return batch, layout

    def _layout(
        self, schema: pa.Schema, fields: Mapping[str, tuple[int, pa.Field]], names: Sequence[str], own: int
    ) -> Layout:
        places = {name: (fields[name][0], (fields[name][1].metadata or {}).get(DICTIONARY)) for name in names}
        numbers = np.array([self._numbers.get(name, -1) for name in names], dtype=np.int32)
        slots = np.full(len(self._numbers), -1, dtype=np.int32)
        slots[numbers[numbers >= 0]] = np.flatnonzero(numbers >= 0)
        return Layout(
            schema=schema,
            columns=tuple(names),
            own=own,
            children=np.array([places[name][0] for name in names], dtype=np.int64),
            keys=tuple(None if (token := places[name][1]) is None else (token, name) for name in names),
            numbers=numbers,
            slots=slots,
        )


def _mended(batch: pa.RecordBatch, names: Sequence[str]) -> pa.RecordBatch:
    """The batch with each field column as it should be."""
    for name in names:
        index = batch.schema.get_field_index(name)
        if batch.schema.field(index).type != FIELD:
            batch = batch.set_column(index, name, dictionary(batch.column(index)))
    return batch


@dataclass(frozen=True, kw_only=True)
class Lines:
    """A line of numbers for each field of a batch, a place for each code of its dictionary, at `places` in memory."""

    places: Longs
    held: object


class Growing:
    """Numbers for the codes of dictionaries: remembered where a dictionary grows from batch to batch.

    Args:
        fill: what stands for each code at first.

    """

    def __init__(self, fill: int) -> None:
        self._fill = fill
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self._ids: dict[tuple[bytes, str], int] = {}
        self._lines: list[Ints] = []
        self._places: Longs = np.zeros(0, dtype=np.int64)
        self._room: Longs = np.zeros(0, dtype=np.int64)
        self._of: WeakKeyDictionary[Layout, Longs] = WeakKeyDictionary()

    @property
    def size(self) -> int:
        """How many numbers are remembered."""
        return int(self._room.sum())

    def lines(self, laid: Laid) -> Lines:
        """The lines for the dictionaries of a batch."""
        sizes = laid.fields.size
        ids = self._of.get(laid.layout)
        if ids is None:
            ids = self._of[laid.layout] = self._ids_of(laid.layout.keys)
        places = np.empty(len(ids), dtype=np.int64)
        grows = ids >= 0
        short = np.flatnonzero(grows)
        short = short[sizes[short] > self._room[ids[short]]]
        for number, size in zip(ids[short].tolist(), sizes[short].tolist(), strict=True):
            self._grow(number, size)
        places[grows] = self._places[ids[grows]]
        ends = np.cumsum(sizes[~grows])
        fresh: Ints = np.full(int(ends[-1]) if len(ends) else 0, self._fill, dtype=np.int32)
        places[~grows] = place_of(fresh) + 4 * (ends - sizes[~grows])
        return Lines(places=places, held=fresh)

    def _ids_of(self, keys: Sequence[tuple[bytes, str] | None]) -> Longs:
        known = self._ids
        new = [key for key in keys if key is not None and key not in known]
        for key in new:
            known[key] = len(known)
            self._lines.append(np.empty(0, dtype=np.int32))
        none = np.zeros(len(new), dtype=np.int64)
        self._places, self._room = np.append(self._places, none), np.append(self._room, none)
        return np.array([-1 if key is None else known[key] for key in keys], dtype=np.int64)

    def _grow(self, number: int, size: int) -> None:
        line: Ints = np.full(2 * size + 16, self._fill, dtype=np.int32)
        known = self._lines[number]
        line[: len(known)] = known
        self._lines[number] = line
        self._places[number], self._room[number] = place_of(line), len(line)


def spans_for(count: int) -> Spans:
    """Room for so many spans."""
    return Spans(*np.empty((2, count), dtype=np.int64))


def spans_in(values: pa.StringArray) -> Spans:
    """Where some texts lie, for as long as they are held."""
    _, offsets, data = values.buffers()
    if not len(values):
        return spans_for(0)
    first = np.frombuffer(offsets, dtype=np.int32)[values.offset : values.offset + len(values) + 1].astype(np.int64)
    first += (data.address if data is not None else BASE) - BASE
    return Spans(begins=first[:-1], ends=first[1:])


def texts_at(spans: Spans) -> pa.StringArray:
    """Some texts, copied from where they lie."""
    lengths = spans.ends - spans.begins
    data: Bytes = np.empty(int(lengths.sum()) + 8, dtype=np.uint8)
    first: Ints = np.empty(len(lengths) + 1, dtype=np.int32)
    copy_texts(MEMORY, spans, data, first)
    return pa.StringArray.from_buffers(len(lengths), pa.py_buffer(first), pa.py_buffer(data))


def some_of(spans: Spans, which: np.ndarray) -> Spans:
    """Some of many spans."""
    return Spans(begins=spans.begins[which], ends=spans.ends[which])
