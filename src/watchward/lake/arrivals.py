"""What arrived, noted in each merged segment, so that nobody has to read its events to know.

The notes stand behind the traces of its texts, before the footer, which says where. They are made while the events are
in memory for the merge; of a fresh segment they are made by reading it.
"""

import zlib
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from watchward.detect.coverage.arrivals import Arrival, Arrivals, arrivals, asked_columns

_KEY = "watchward.arrivals"
_ROWS = 65_536


def leave(noted: Iterable[Arrival], file: pa.NativeFile, writer: pq.ParquetWriter) -> None:
    """Write what arrived with all of a segment, when its events are written and the footer is not."""
    at, content = file.tell(), zlib.compress(msgspec.msgpack.encode(list(noted)), 1)
    file.write(content)
    writer.add_key_value_metadata({_KEY: f"{at} {len(content)}"})


def of(path: Path) -> Iterable[Arrival]:
    """What arrived with a segment."""
    with pq.ParquetFile(path) as file:
        where = (file.metadata.metadata or {}).get(_KEY.encode())
        return _read(file) if where is None else _left(path, where)


def _left(path: Path, where: bytes) -> list[Arrival]:
    at, size = map(int, where.split())
    with path.open("rb") as file:
        file.seek(at)
        return msgspec.msgpack.decode(zlib.decompress(file.read(size)), type=list[Arrival])


def _read(file: pq.ParquetFile) -> Arrivals:
    noted = Arrivals()
    for batch in file.iter_batches(_ROWS, columns=asked_columns(file.schema_arrow.names), use_threads=False):
        noted.add(arrivals(batch))
    return noted
