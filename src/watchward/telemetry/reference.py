"""Decoding written plainly, a record at a time: what `decode` must agree with, and what it falls back upon."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from watchward.telemetry import audit, derive, identity, loglines, logsource
from watchward.telemetry import batch as shape
from watchward.telemetry.decoded import FAR_OFF, RAW_KEPT, BadRecord, Decoded, Notes, Origin
from watchward.telemetry.documents import UnreadableError, encoded, is_utf8
from watchward.telemetry.logsource import LogSource
from watchward.telemetry.record import Places, Record, read
from watchward.telemetry.registry import Registry

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def complete(registry: Registry) -> Registry:
    """A registry with what decoding itself reads: signs of the log source, the device, what fields follow from."""
    needed = registry.with_fields((*logsource.SIGNS, *loglines.READ))
    standard = Registry.standard()
    more = needed.with_fields(derive.sources_of(frozenset(needed.kinds)))
    return Registry(
        kinds={name: standard.kinds.get(name, kind) for name, kind in more.kinds.items()}, version=more.version
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What is the same for all events of a body."""

    places: Places
    configured: LogSource
    body: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event, ready to become a row."""

    position: int
    fields: dict[str, str]
    source: LogSource
    record: Record
    name: tuple[int, ...]


def _event(record: Record, position: int, name: str | None, context: _Context) -> Event:
    """The event of a record; `name` is what the sender's protocol calls it, if anything."""
    source = logsource.of(record.fields, context.configured)
    fields = derive.after(record.fields, source, context.places.registry)
    called = _name(fields, record, name, identity.positioned(context.body, position))
    return Event(position=position, fields=fields, source=source, record=record, name=called)


def _hinted(record: Record) -> dict[str, str]:
    line = loglines.line_of(record)
    return record.fields if line is None else record.fields | {loglines.LINE: line}


def _with_line(record: Record, held: dict[str, str], registry: Registry) -> Record:
    """The record with what the line that it holds says of itself."""
    observed = int(held[audit.TIME]) if audit.TIME in held else record.observed
    more = {name: text for name, text in held.items() if name in registry and name not in record.fields}
    return replace(record, fields=record.fields | more, observed=observed)


def _name(fields: Mapping[str, str], record: Record, name: str | None, positioned: tuple[int, ...]) -> tuple[int, ...]:
    """What the event is called, by the protocol, by its log, or by its place in the body."""
    if name is not None:
        return identity.named(name)
    channel = next((fields[each] for each in identity.CHANNELS if fields.get(each)), None)
    computer = fields.get("Computer")
    if record.number is None or not channel or not computer:
        return positioned
    digests = identity.digest(channel), identity.digest(computer)
    return identity.numbered(*digests, record.number, record.observed)


def decode_ndjson(data: bytes, registry: Registry, origin: Origin) -> Decoded:
    """The events of a body with one JSON object a line."""
    lines = [(position, line) for position, line in enumerate(data.split(b"\n")) if line.strip(b" \t\r")]
    return decode(lines, registry, origin, body=identity.body_digest(data))


def decode(
    lines: Sequence[tuple[int, bytes]],
    registry: Registry,
    origin: Origin,
    *,
    body: tuple[int, int],
    names: Sequence[str | None] | None = None,
) -> Decoded:
    """The events of documents with their positions; `names` is what the sender's protocol calls each."""
    places = Places(complete(registry))
    records: list[tuple[int, Record, str | None]] = []
    bad: list[BadRecord] = []
    recoded = 0
    for at, (position, line) in enumerate(lines):
        try:
            record = read(line, places)
            records.append((position, record, names[at] if names else None))
            recoded += not is_utf8(line)
        except UnreadableError as error:
            bad.append(BadRecord(position=position, reason=str(error), raw=line[:RAW_KEPT]))
    held = loglines.Lines().of([_hinted(record) for _, record, _ in records])
    context = _Context(places=places, configured=origin.logsource, body=body)
    events = [
        _event(_with_line(record, fields, places.registry), position, name, context)
        for (position, record, name), fields in zip(records, held, strict=True)
    ]
    return Decoded(
        batch=as_batch(events, origin),
        positions=np.array([each.position for each in events], dtype=np.int64),
        numbers=np.array([-1 if (n := each.record.number) is None else n for each in events], dtype=np.int64),
        bad=bad,
        notes=_notes(events, origin, recoded),
    )


def micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def _notes(events: Sequence[Event], origin: Origin, recoded: int) -> Notes:
    arrival = micros(origin.received_at)
    times = [each.record.observed for each in events]
    return Notes(
        ahead=sum(time is not None and time - arrival > FAR_OFF for time in times),
        behind=sum(time is not None and arrival - time > FAR_OFF for time in times),
        untimed=times.count(None),
        recoded=recoded,
    )


def as_batch(events: Sequence[Event], origin: Origin) -> pa.RecordBatch:
    """Events as a record batch, each column with a dictionary of its own."""
    arrival = micros(origin.received_at)
    observed = [arrival if each.record.observed is None else each.record.observed for each in events]
    names = np.array([each.name for each in events], dtype=np.uint64).reshape(-1, identity.WORDS)
    ids = identity.identifiers(identity.source_key(origin.source), names)
    columns = [
        pa.array([bytes(row) for row in ids.view(np.uint8)], shape.ENVELOPE.field("event_id").type),
        pa.array(observed, shape.ENVELOPE.field("observed_at").type),
        pa.array([arrival] * len(events), shape.ENVELOPE.field("received_at").type),
        _texts([origin.organisation] * len(events)),
        _texts([each.fields.get("Computer", "") for each in events]),
        _texts([origin.source] * len(events)),
        _texts([each.source.product for each in events]),
        _texts([each.source.category for each in events]),
        _texts([each.source.service for each in events]),
    ]
    names_present = sorted({name for each in events for name in each.fields})
    columns.extend(_texts([each.fields.get(name) for each in events]) for name in names_present)
    columns.append(pa.array([encoded(each.record.unmapped) for each in events], shape.UNMAPPED.type))
    fields = [pa.field(shape.column_of(name), shape.FIELD) for name in names_present]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema([*shape.ENVELOPE, *fields, shape.UNMAPPED]))


def _texts(values: Sequence[str | None]) -> pa.DictionaryArray:
    return pa.array(values, pa.string()).dictionary_encode()
