"""Tables of events for tests: valid and dull unless told otherwise."""

from datetime import datetime, timedelta
from hashlib import blake2b

import pyarrow as pa

from lake.journals import MOMENT
from watchward.telemetry.batch import ENVELOPE, FIELD


def an_event_id(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=16).digest()


def rows(
    *names: str, organisation: str = "ZZ1", device: str = "ward-1", at: datetime = MOMENT, **fields: str
) -> pa.Table:
    """One event for each name, a second apart."""
    count = len(names)
    envelope = {
        "event_id": [an_event_id(name) for name in names],
        "observed_at": [at + timedelta(seconds=index) for index in range(count)],
        "received_at": [at] * count,
        "organisation": [organisation] * count,
        "device": [device] * count,
        "source": ["source-1"] * count,
        "product": ["windows"] * count,
        "category": ["process_creation"] * count,
        "service": [None] * count,
    }
    columns = {one.name: pa.array(envelope[one.name], one.type) for one in ENVELOPE}
    columns |= {name: pa.array([value] * count, pa.string()).cast(FIELD) for name, value in fields.items()}
    columns["unmapped"] = pa.array(['{"Hostname": "ward-1"}'] * count, pa.string())
    return pa.table(columns)
