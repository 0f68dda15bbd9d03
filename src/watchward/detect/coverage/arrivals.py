"""What kinds of events arrive, from whom, and which fields they have: noted column by column, not event by event."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from watchward.detect.columns import dictionary
from watchward.detect.sigma.logsource import Triple
from watchward.telemetry.batch import field_names, field_of, items

HASHES = "Hashes"
"""The field in which Sysmon puts hashes of several kinds: each kind is needed, and given, by itself."""

NUMBER = "EventID"
"""The field by which many logs number what their events tell."""

NAMED = (NUMBER, "EventType")
"""Fields whose values say what an event is: an event that never has the wanted one does not give the field."""

MOST_VALUES = 64
"""Values of one of these fields that are told apart within one kind of events; a sender chooses them."""

_KEYS = ("organisation", "source", "product", "category", "service", NUMBER)
_KINDS = re.compile(r"(\w+)=")
_DIGITS = r"=[^,\x1e]*"
_MOST_COMBINATIONS = 1 << 40

Longs = NDArray[np.int64]


class Kind(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What is noted of events of one kind: of one log source and, where they are numbered, of one number.

    Args:
        fields: the fields that any of them has; of `Hashes` also each kind, as `Hashes (MD5)`.
        types: the values of `EventType` that they have.

    """

    product: str | None
    category: str | None
    service: str | None
    number: str | None
    fields: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[str | None, str | None, str | None, str | None]:
        """What tells it apart from other kinds."""
        return self.product, self.category, self.service, self.number

    @property
    def source(self) -> Triple:
        """The log source."""
        return self.product, self.category, self.service

    def values(self) -> dict[str, frozenset[str]]:
        """For the fields in `NAMED` all values that they have."""
        numbers = frozenset(items(self.number)) if self.number is not None else frozenset[str]()
        given = {NUMBER: numbers, NAMED[1]: self.types}
        return {name: values for name, values in given.items() if name in self.fields}

    def __add__(self, other: "Kind") -> "Kind":
        """What is noted of both."""
        if other.fields <= self.fields and other.types <= self.types:
            return self
        return msgspec.structs.replace(
            self, fields=self.fields | other.fields, types=frozenset(sorted(self.types | other.types)[:MOST_VALUES])
        )


class Arrival(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Some kind of events arrived from a source for an organisation."""

    organisation: str
    source: str
    kind: Kind


@dataclass(slots=True)
class Arrivals:
    """What arrived, batch after batch: each kind of events once for each organisation and source."""

    _noted: dict[tuple[str, str, object], Arrival] = field(default_factory=dict)

    def add(self, found: Iterable[Arrival]) -> None:
        """Take note of more."""
        for one in found:
            key = (one.organisation, one.source, one.kind.key)
            before = self._noted.get(key)
            kind = one.kind if before is None else before.kind + one.kind
            if before is None or kind is not before.kind:
                self._noted[key] = msgspec.structs.replace(one, kind=kind)

    def __iter__(self) -> Iterator[Arrival]:
        return iter(self._noted.values())


def arrivals(batch: pa.RecordBatch) -> list[Arrival]:
    """What arrived with a batch."""
    if not batch.num_rows:
        return []
    owners, rows = _kinds(batch)
    count = len(rows)
    fields: list[set[str]] = [set() for _ in range(count)]
    types: list[set[str]] = [set() for _ in range(count)]
    for column, name in ((column, field_of(column)) for column in field_names(batch)):
        found = batch.column(column)
        if found.null_count == batch.num_rows:
            continue
        for kind in _having(found, owners, count):
            fields[kind].add(name)
        if name == HASHES:
            _note(_without_digits(dictionary(found)), owners, fields, _hash_kinds)
        elif name == NAMED[1]:
            _note(dictionary(found), owners, types, items)
    keys = [_values(batch, name, rows) for name in _KEYS]
    return [
        Arrival(
            organisation=organisation or "",
            source=source or "",
            kind=Kind(
                product=product,
                category=category,
                service=service,
                number=number,
                fields=frozenset(fields[kind]),
                types=frozenset(sorted(types[kind])[:MOST_VALUES]),
            ),
        )
        for kind, (organisation, source, product, category, service, number) in enumerate(zip(*keys, strict=True))
    ]


def asked_columns(names: Iterable[str]) -> list[str]:
    """Those of a file's columns that have to be read to note what arrived in it."""
    without = {"event_id", "observed_at", "received_at", "device", "unmapped"}
    return [name for name in names if name not in without]


def _kinds(batch: pa.RecordBatch) -> tuple[Longs, Longs]:
    """For each event the number of its kind, and for each kind one of its events."""
    codes = np.zeros(batch.num_rows, np.int64)
    largest = 1
    for name in _KEYS:
        if name not in batch.schema.names:
            continue
        column = dictionary(batch.column(name))
        size = len(column.dictionary) + 1
        if largest * size > _MOST_COMBINATIONS:
            _, codes = np.unique(codes, return_inverse=True)
            largest = int(codes.max()) + 1
        codes = codes * size + column.indices.fill_null(size - 1).to_numpy(zero_copy_only=False)
        largest *= size
    _, rows, owners = np.unique(codes, return_index=True, return_inverse=True)
    return owners.astype(np.int64), rows.astype(np.int64)


def _values(batch: pa.RecordBatch, name: str, rows: Longs) -> list[str | None]:
    if name not in batch.schema.names:
        return [None] * len(rows)
    found: list[str | None] = batch.column(name).take(pa.array(rows)).to_pylist()
    return found


def _having(column: pa.Array, owners: Longs, count: int) -> list[int]:
    """The kinds of which any event has a value in a column."""
    if not column.null_count:
        return list(range(count))
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    found: list[int] = np.flatnonzero(np.bincount(owners[valid], minlength=count)).tolist()
    return found


def _note(
    column: pa.DictionaryArray, owners: Longs, into: Sequence[set[str]], read: Callable[[str], Iterable[str]]
) -> None:
    """Add what is read of each value to what is noted of its kind."""
    values = column.dictionary.to_pylist()
    known = column.indices.is_valid().to_numpy(zero_copy_only=False)
    codes = column.indices.drop_null().to_numpy(zero_copy_only=False)
    for pair in np.unique(owners[known] * len(values) + codes).tolist():
        kind, value = divmod(pair, len(values))
        into[kind].update(read(values[value]))


def _without_digits(hashes: pa.DictionaryArray) -> pa.DictionaryArray:
    """Hashes without what differs from event to event."""
    fewer = pc.replace_substring_regex(hashes.dictionary, pattern=_DIGITS, replacement="=").dictionary_encode()
    return pa.DictionaryArray.from_arrays(fewer.indices.take(hashes.indices), fewer.dictionary)


def _hash_kinds(text: str) -> list[str]:
    return [hash_kind(kind) for kind in _KINDS.findall(text)]


def hash_kind(kind: str) -> str:
    """How one kind of hashes is named as a field.

    >>> hash_kind("imphash")
    'Hashes (IMPHASH)'

    """
    return f"{HASHES} ({kind.upper()})"
