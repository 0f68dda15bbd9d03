"""Traces of the texts in a segment, kept in its file: what a scan for words need not read, it need not unpack.

They stand between the last column and the footer, where readers of Parquet that do not know of them never look; the
footer says where.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from watchward.detect.texts.traces import Trace

_KEY = "watchward.traces"


def append(traces: Sequence[Sequence[Trace]], file: pa.NativeFile, writer: pq.ParquetWriter) -> None:
    """Write the traces of each row group, when all of them are written and the footer is not."""
    at, content = file.tell(), msgspec.msgpack.encode(traces)
    file.write(content)
    writer.add_key_value_metadata({_KEY: f"{at} {len(content)}"})


def of(path: Path, footer: pq.FileMetaData) -> list[list[Trace]] | None:
    """The traces of each row group; None where the file has none."""
    where = (footer.metadata or {}).get(_KEY.encode())
    if where is None:
        return None
    at, size = map(int, where.split())
    with path.open("rb") as file:
        file.seek(at)
        return msgspec.msgpack.decode(file.read(size), type=list[list[Trace]])
