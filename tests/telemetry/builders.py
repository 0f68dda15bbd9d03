"""Documents and origins for the tests of telemetry."""

import json
from datetime import UTC, datetime

from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Decoded, Origin
from watchward.telemetry.logsource import UNKNOWN, LogSource

ARRIVAL = datetime(2026, 3, 1, 12, tzinfo=UTC)


def an_origin(source: str = "s1", logsource: LogSource = UNKNOWN, received_at: datetime = ARRIVAL) -> Origin:
    return Origin(organisation="QX9", source=source, received_at=received_at, logsource=logsource)


def ndjson(*documents: object) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


def decoded(*documents: object, origin: Origin | None = None) -> Decoded:
    return Decoder().decode_ndjson(ndjson(*documents), origin or an_origin())


def rows(found: Decoded) -> list[dict[str, object]]:
    """The events as mappings, without what is absent."""
    return [{name: value for name, value in row.items() if value is not None} for row in found.batch.to_pylist()]


def row(document: object, **options: Origin) -> dict[str, object]:
    """The one event of one document."""
    (one,) = rows(decoded(document, **options))
    return one
