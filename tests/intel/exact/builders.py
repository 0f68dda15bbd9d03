"""Entries and batches for tests of exact indicators."""

from datetime import UTC, datetime

import pyarrow as pa

from watchward.intel.exact.entry import Entry
from watchward.intel.observable import Kind, observable
from watchward.telemetry.batch import ENVELOPE, FIELD, UNMAPPED

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def an_entry(kind=Kind.DOMAIN, text="evil.example", number=1, **others):
    name = f"indicator--00000000-0000-4000-8000-{number:012d}"
    return Entry(**{"observable": observable(kind, text), "indicator": name, "title": f"Campaign {number}"} | others)


def a_batch(column, values, at=AT):
    """A batch of events that have one field."""
    rows = len(values)
    text = pa.array(["XA1"] * rows, pa.string()).dictionary_encode()
    none = pa.nulls(rows, FIELD)
    times = pa.array([at] * rows, pa.timestamp("us", tz="UTC"))
    ids = pa.array([number.to_bytes(16, "big") for number in range(rows)], pa.binary(16))
    envelope = [ids, times, times, text, text, text, none, none, none]
    field = pa.array(values, pa.string()).dictionary_encode()
    names = [*ENVELOPE.names, column, UNMAPPED.name]
    return pa.RecordBatch.from_arrays([*envelope, field, pa.nulls(rows, pa.string())], names=names)


def matched(sets, column, values, at=AT):
    """For each value the indicators that it holds."""
    found = sets.match(a_batch(column, values, at))
    held = [set() for _ in values]
    for row, number in zip(found.rows.tolist(), found.numbers.tolist(), strict=True):
        held[row].add(found.hits[number].entry.indicator)
    return held
