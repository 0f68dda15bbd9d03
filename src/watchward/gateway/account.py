"""What a batch says of its senders and devices, for the journal."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from watchward.estate.device import AliasKind
from watchward.gateway.delivery import Read
from watchward.lake.journal import BadSample, DeviceSeen, SourceSeen, storable
from watchward.telemetry.decoded import BadRecord

SAMPLES = 3
"""How many records that could not be read an entry quotes of each source."""

SAMPLE_BYTES = 400

_DEVICE = ["organisation", "source", "device"]


def sources_seen(deliveries: Sequence[Read], kept: pa.RecordBatch) -> list[SourceSeen]:
    """What each source sent: what was kept, what had been received before, and what was refused."""
    sent: Counter[tuple[str, str]] = Counter()
    bad: Counter[tuple[str, str]] = Counter()
    samples: dict[tuple[str, str], list[BadSample]] = {}
    for one in deliveries:
        key = (one.delivery.source, one.delivery.organisation)
        sent[key] += one.decoded.batch.num_rows
        bad[key] += len(one.decoded.bad)
        samples[key] = [*samples.get(key, []), *map(_sample, one.decoded.bad[:SAMPLES])][:SAMPLES]
    spans = {(row["source"], row["organisation"]): row for row in _spans(kept, ["source", "organisation"])}
    nothing = {"at_count": 0, "at_min": None, "at_max": None}
    found = [_source_seen(key, spans.get(key, nothing), sent=sent[key], bad=bad[key]) for key in sent]
    return [replace(one, samples=samples[one.source, one.organisation]) for one in found]


def _sample(record: BadRecord) -> BadSample:
    raw = record.raw[:SAMPLE_BYTES].decode("utf-8", errors="replace")
    return BadSample(reason=storable(record.reason), raw=storable(raw))


def _source_seen(key: tuple[str, str], span: dict[str, Any], *, sent: int, bad: int) -> SourceSeen:
    source, organisation = key
    events = span["at_count"]
    return SourceSeen(
        source=source,
        organisation=organisation,
        events=events,
        duplicates=sent - events,
        bad=bad,
        first_observed_at=span["at_min"],
        last_observed_at=span["at_max"],
    )


def devices_seen(kept: pa.RecordBatch) -> list[DeviceSeen]:
    """Which devices sent what was kept, each once for each source that sent it."""
    called = _defender_ids(kept)
    return [
        DeviceSeen(
            organisation=row["organisation"],
            name=storable(row["device"]),
            aliases=_aliases(storable(row["device"])) | called.get(tuple(row[name] for name in _DEVICE), {}),
            source=row["source"],
            first_observed_at=row["at_min"],
            last_observed_at=row["at_max"],
            events=row["at_count"],
        )
        for row in _spans(kept, _DEVICE)
        if row["device"]
    ]


def _defender_ids(kept: pa.RecordBatch) -> dict[tuple[str, ...], dict[str, list[str]]]:
    """What Defender calls the devices whose rows it sent; other events mean something else by `DeviceId`."""
    if not {"ActionType", "DeviceId"} <= set(kept.schema.names):
        return {}
    rows = pa.table([kept[name] for name in (*_DEVICE, "DeviceId", "ActionType")], names=[*_DEVICE, "id", "action"])
    rows = rows.filter(pc.and_(pc.is_valid(rows["id"]), pc.is_valid(rows["action"])))
    found: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for row in rows.group_by([*_DEVICE, "id"]).aggregate([]).to_pylist():
        aliases = found.setdefault(tuple(row[name] for name in _DEVICE), {str(AliasKind.DEFENDER_ID): []})
        aliases[str(AliasKind.DEFENDER_ID)].append(storable(row["id"]))
    return found


def _spans(kept: pa.RecordBatch, by: list[str]) -> Iterable[dict[str, Any]]:
    rows = pa.table([*(kept[name] for name in by), kept["observed_at"]], names=[*by, "at"])
    counted = rows.group_by(by).aggregate([("at", "min"), ("at", "max"), ("at", "count")])
    found: list[dict[str, Any]] = counted.to_pylist()
    return found


def _aliases(name: str) -> dict[str, list[str]]:
    kind = AliasKind.FQDN if "." in name else AliasKind.HOST_NAME
    return {str(kind): [name]}
