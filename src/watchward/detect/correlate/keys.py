"""Values and groups known by digests of 64 bits.

The digests are the same on every node, since identifiers of findings are made from them. Of a million groups, some two
fall together by chance once in thirty million times.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from watchward.detect.kernels.hashing import digest_values, mixed
from watchward.detect.texts.values import fold

Digests = NDArray[np.uint64]

_KEYS = (np.uint64(0x57617463687761), np.uint64(0x72642E636F7272))


def digests(texts: pa.Array) -> Digests:
    """The digest of each text, of which none is null; never 0."""
    texts = texts.cast(pa.large_string())
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data = texts.buffers()[2]
    out = np.empty(len(texts), dtype=np.uint64)
    # The reader of whole words may look a few bytes past the last value.
    content = np.frombuffer((data.to_pybytes() if data else b"") + bytes(8), dtype=np.uint8)
    digest_values(content, offsets, *_KEYS, out)
    return out


def folded(texts: pa.Array) -> pa.Array:
    """The texts without their letter case."""
    if pc.all(pc.string_is_ascii(texts), min_count=0).as_py():
        return pc.ascii_lower(texts)
    return pa.array([fold(text) for text in texts.to_pylist()], pa.large_string())


def combined(columns: list[Digests], rows: int) -> Digests:
    """One digest for each row of several columns; the order of the columns matters."""
    key = np.empty(rows, dtype=np.uint64)
    mixed(np.array(columns, dtype=np.uint64).reshape(len(columns), rows), key)
    return key


def group_key(organisation: str, values: tuple[str, ...]) -> int:
    """The digest of one group: as `combined` makes it of the digests of its organisation and values."""
    parts = digests(pa.array([organisation, *map(fold, values)], pa.string()))
    return int(combined([parts[place : place + 1] for place in range(len(parts))], 1)[0])
