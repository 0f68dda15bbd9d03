"""Single events out of the lake: one by its name, or those around a moment on one device."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from watchward.lake.catalogue import Wanted, dataset, segment_holding
from watchward.telemetry.batch import ENVELOPE, UNMAPPED, field_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event as the lake keeps it: its envelope, the fields that rules know, and everything else its sender gave."""

    event_id: str
    observed_at: datetime
    received_at: datetime
    organisation: str
    device: str
    source: str
    product: str | None
    category: str | None
    service: str | None
    fields: Mapping[str, str]
    unmapped: Mapping[str, Any]


def fetch(lake: Path, *, event_id: str, segment: str, row: int) -> Event | None:
    """The event that a match of the journal names; None where the lake no longer keeps it.

    Args:
        lake: the node's lake.
        event_id: 32 hexadecimal digits.
        segment: where the event was first written; if it has been merged since, it is found there.
        row: its row in that segment.

    """
    holder = segment_holding(lake, segment)
    if holder is None:
        return None
    try:
        with pq.ParquetFile(holder.path(lake)) as file:
            place = row if str(holder) == segment else _row_of(file, bytes.fromhex(event_id))
            return None if place is None else _event_at(file, place)
    except FileNotFoundError:
        # Merged between the listing and the opening.
        return fetch(lake, event_id=event_id, segment=segment, row=row)


def timeline(  # noqa: PLR0913 - whose device, when, and how much around it
    lake: Path,
    *,
    organisation: str,
    device: str,
    around: datetime,
    within: timedelta = timedelta(minutes=5),
    limit: int = 200,
) -> list[Event]:
    """What one device of an organisation did around a moment: the nearest events, oldest first."""

    def wanted(within: timedelta) -> Wanted:
        return Wanted(
            organisations=frozenset({organisation}), device=device, since=around - within, until=around + within
        )

    # A device may have sent a million events meanwhile: the times alone say which few are read whole.
    times = dataset(lake, wanted(within)).to_table(columns=["observed_at"])
    if not times.num_rows:
        return []
    away = _away(times, around)
    furthest = away[pc.array_sort_indices(away)[min(limit, len(away)) - 1].as_py()].as_py()
    found = dataset(lake, wanted(timedelta(microseconds=furthest))).to_table()
    nearest = found.take(pc.array_sort_indices(_away(found, around))[:limit])
    return list(_events(nearest.sort_by("observed_at")))


def at_moment(
    lake: Path, *, device: str, at: datetime, organisations: frozenset[str] | None, limit: int = 10
) -> list[Event]:
    """What a device did at one moment, to the microsecond.

    Args:
        lake: the node's lake.
        device: its name, as its events have it.
        at: when they happened.
        organisations: the codes of those whose events the asker may see; None: the events of every one.
        limit: how many events at most.

    """
    wanted = Wanted(organisations=organisations, device=device, since=at, until=at)
    return list(_events(dataset(lake, wanted).head(limit)))


def _away(rows: pa.Table, around: datetime) -> pa.Array:
    """How far each row is from a moment, in microseconds."""
    times = rows["observed_at"].combine_chunks().cast(pa.int64())
    return pc.abs(pc.subtract(times, pa.scalar(_microseconds(around))))


def _microseconds(moment: datetime) -> int:
    return int(pa.scalar(moment, pa.timestamp("us", tz="UTC")).cast(pa.int64()).as_py())


def _row_of(file: pq.ParquetFile, event_id: bytes) -> int | None:
    identifiers = file.read(columns=["event_id"])["event_id"]
    place = int(pc.index(identifiers, pa.scalar(event_id, pa.binary(16))).as_py())
    return place if place >= 0 else None


def _event_at(file: pq.ParquetFile, place: int) -> Event | None:
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if place < rows:
            return next(_events(file.read_row_group(group).slice(place, 1)))
        place -= rows
    return None


def _events(rows: pa.Table) -> Iterator[Event]:
    envelope = {*ENVELOPE.names, UNMAPPED.name}
    for row in rows.to_pylist():
        yield Event(
            event_id=row["event_id"].hex(),
            observed_at=row["observed_at"],
            received_at=row["received_at"],
            organisation=row["organisation"],
            device=row["device"],
            source=row["source"],
            product=row["product"],
            category=row["category"],
            service=row["service"],
            fields={field_of(name): value for name, value in row.items() if value is not None and name not in envelope},
            unmapped=json.loads(row[UNMAPPED.name] or "{}"),
        )
