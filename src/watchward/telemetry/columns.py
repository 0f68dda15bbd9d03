"""The growing dictionaries of a decoder: for each column the texts seen so far, in Arrow's own layout.

A dictionary only grows, so that a batch may share it with those before and after it without copying. It is given up,
for a new one under a new token, when it grows too large.
"""

import itertools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from watchward.telemetry.kernels.interning import intern_all
from watchward.telemetry.kernels.rows import appended, rehash
from watchward.telemetry.kernels.tables import GENERATION, LONG, NEWS, SCRATCH, SIZE, SLOT, SLOTS, Array, Tables, Work
from watchward.telemetry.registry import Kind, Registry

MAX_TEXT = 32 * 1024 * 1024
"""The bytes at which a column's dictionary is given up."""

MAX_TEXTS = 400_000
"""The texts at which a column's dictionary is given up."""

_FIRST_TABLE = 1 << 16


@dataclass(slots=True)
class Dictionary:
    """The texts of one column; `offsets` and `texts` are as Arrow lays out strings."""

    token: bytes = field(default_factory=lambda: secrets.token_bytes(12))
    size: int = 0
    offsets: Array = field(default_factory=lambda: np.zeros(65, np.int32))
    texts: Array = field(default_factory=lambda: np.empty(1024, np.uint8))
    arrow: pa.StringArray | None = None

    @property
    def bytes_held(self) -> int:
        """The length of all its texts, in bytes."""
        return int(self.offsets[self.size])

    def make_room(self, texts: int, length: int) -> None:
        """Have room for so many more texts of so many bytes together."""
        if self.size + texts + 1 > len(self.offsets):
            self.offsets = _grown(self.offsets, self.size + 1, self.size + texts + 1)
        if self.bytes_held + length > len(self.texts):
            self.texts = _grown(self.texts, self.bytes_held, self.bytes_held + length)

    def array(self) -> pa.StringArray:
        """Its texts as Arrow sees them, without copying."""
        if self.arrow is None or len(self.arrow) != self.size:
            buffers = [None, pa.py_buffer(self.offsets), pa.py_buffer(self.texts)]
            self.arrow = pa.Array.from_buffers(pa.string(), self.size, buffers)
        return self.arrow

    def text(self, code: int) -> str:
        """The text of a code."""
        return self.texts[self.offsets[code] : self.offsets[code + 1]].tobytes().decode()


def _grown(array: Array, used: int, needed: int) -> Array:
    larger = np.empty(max(needed, 2 * len(array)), array.dtype)
    larger[:used] = array[:used]
    return larger


class Columns:
    """All columns of a registry with their dictionaries, and the tables by which the inner loops find codes."""

    def __init__(self, registry: Registry, max_paths: int) -> None:
        self.names = list(registry.kinds)
        self.index = {name: at for at, name in enumerate(self.names)}
        self.dictionaries = [Dictionary() for _ in self.names]
        self.long = np.array([kind is Kind.LONG for kind in registry.kinds.values()], np.uint8)
        columns = np.zeros((len(self.names) + 2, 8), np.int64)
        columns[: len(self.names), LONG] = self.long
        self.tables = Tables(
            seeds=np.frombuffer(secrets.token_bytes(32), np.uint64).copy(),
            keys=np.zeros((1 << (4 * max_paths - 1).bit_length(), 2), np.uint64),
            paths=np.full((max_paths, 3), -1, np.int32),
            values=np.zeros((_FIRST_TABLE, 4), np.uint64),
            value_count=np.zeros(1, np.int64),
            columns=columns,
        )

    def start(self) -> None:
        """Before a batch: no column is in use."""
        self.tables.columns[:, SLOT] = -1

    def slot(self, column: int) -> int:
        """Where a batch keeps the codes of a column; -1 where no row fills it."""
        return int(self.tables.columns[column, SLOT])

    def take_slot(self, work: Work, column: int) -> int:
        """A place for the codes of a column that no row fills yet."""
        slot = int(work.counters[SLOTS])
        work.counters[SLOTS] += 1
        self.tables.columns[column, SLOT] = slot
        work.codes[slot] = -1
        return slot

    def make_room(self, work: Work) -> None:
        """Empty the scratch into the dictionaries, and enlarge the value table where it is half full."""
        self.flush(work)
        tables = self.tables
        size = len(tables.values)
        if (int(tables.value_count[0]) + 2) * 2 < size:
            return
        whose = tables.values[:, 2].astype(np.int64)
        live = (whose & 0xFFFFFFFF) == tables.columns[whose >> 32, GENERATION]
        kept = np.flatnonzero(live & (tables.values[:, 3] != 0))
        larger = np.zeros((size * 2 if len(kept) * 4 > size else size, 4), np.uint64)
        rehash(tables.values, larger, kept)
        self.tables = tables._replace(values=larger, value_count=np.array([len(kept)], np.int64))

    def flush(self, work: Work) -> None:
        """Move the new texts from the scratch to the dictionaries of their columns."""
        count = int(work.counters[NEWS])
        if not count:
            return
        columns = work.news[:count, 0]
        order = np.argsort(columns, kind="stable")
        bounds = np.flatnonzero(np.diff(columns[order], prepend=-1, append=-1))
        for first, last in itertools.pairwise(bounds):
            mine = order[first:last]
            dictionary = self.dictionaries[columns[mine[0]]]
            dictionary.make_room(len(mine), int(work.news[mine, 2].sum()))
            appended(mine, work.news, work.scratch, dictionary.offsets, dictionary.texts, dictionary.size)
            dictionary.size += len(mine)
        work.counters[NEWS] = 0
        work.counters[SCRATCH] = 0

    def codes(self, work: Work, column: int, texts: Sequence[str]) -> Array:
        """The codes of some texts in a column; new ones are in its dictionary after the next `flush`."""
        encoded = [text.encode() for text in texts]
        ends = np.cumsum([len(text) for text in encoded], dtype=np.int64)
        starts = ends - np.array([len(text) for text in encoded], np.int64)
        data = np.frombuffer(b"".join(encoded) + bytes(64), np.uint8)
        codes = np.empty(len(texts), np.int32)
        done = 0
        while done < len(texts):
            done += intern_all(self.tables, work, data, starts[done:], ends[done:], column, codes[done:])
            if done < len(texts):
                self.make_room(work)
        return codes

    def retire(self) -> bool:
        """After a batch: give up the dictionaries that are for one batch only, and those that grew too large.

        Returns whether one of the latter was given up.
        """
        given_up = False
        for column, dictionary in enumerate(self.dictionaries):
            too_large = dictionary.bytes_held > MAX_TEXT or dictionary.size > MAX_TEXTS
            if not too_large and not (self.long[column] and dictionary.size):
                continue
            given_up |= too_large and not self.long[column]
            self.dictionaries[column] = Dictionary()
            self.tables.columns[column, GENERATION] += 1
            self.tables.columns[column, SIZE] = 0
        return given_up
