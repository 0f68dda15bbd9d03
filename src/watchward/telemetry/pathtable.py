"""The paths that a decoder has seen, numbered, for the inner loops to follow."""

import json

import numpy as np

from watchward.telemetry.columns import Columns
from watchward.telemetry.kernels.loads import PADDING
from watchward.telemetry.kernels.names import key_hash
from watchward.telemetry.kernels.tables import (
    KEPT,
    NUMBER,
    SLOW_LIST,
    SLOW_OBJECT,
    TIME,
    UNKNOWNS,
    UNMAPPED,
    Array,
    Work,
)
from watchward.telemetry.paths import NATIVE, RECORD
from watchward.telemetry.paths import TIME as TIME_FIELD
from watchward.telemetry.record import Places

MAX_PATHS = 50_000
"""How many paths a decoder remembers; a document with a path beyond them is read plainly."""

MAX_PATH_LENGTH = 1024
"""The longest path that is remembered, in characters."""

ROOT, OWN_ROOT = 0, 1
"""The path of a sender's document, and of a document that this program wrote: its names are the numbers of columns."""


class PathTable:
    """Paths by number; the number of a path is its place in `paths`."""

    def __init__(self, columns: Columns, places: Places) -> None:
        self.columns = columns
        self.places = places
        self.paths = ["", ""]
        self._texts = [b"", b""]
        self._arrays: tuple[Array, Array] | None = None
        for column in range(len(columns.names)):
            self._add(OWN_ROOT, str(column).encode(), columns.names[column], (column, NATIVE, 0))

    def learn(self, work: Work, data: Array) -> bool:
        """Number the names that a batch was the first to use; returns whether any could be."""
        count = int(work.counters[UNKNOWNS])
        seen: set[tuple[int, bytes]] = set()
        for at in range(count):
            parent = int(work.unknowns[at, 0])
            name = data[work.unknowns[at, 1] : work.unknowns[at, 2]].tobytes()
            if (parent, name) not in seen and self._learn(parent, name):
                seen.add((parent, name))
        work.counters[UNKNOWNS] = 0
        return bool(seen)

    def _learn(self, parent: int, name: bytes) -> bool:
        text = name.decode()
        path = f"{self.paths[parent]}.{text}" if parent != ROOT else text
        if len(self.paths) >= MAX_PATHS or len(path) > MAX_PATH_LENGTH:
            return False
        where = self.places.of(path)
        special = {"": UNMAPPED, TIME_FIELD: TIME, RECORD: NUMBER}
        name_of_field = where.field or ""
        column = special[name_of_field] if name_of_field in special else self.columns.index[name_of_field]
        flags = KEPT if where.rank < NATIVE else 0
        flags |= SLOW_OBJECT if self.places.is_text(path) else 0
        flags |= SLOW_LIST if self.places.leads_to_fields(path) else 0
        self._add(parent, name, path, (column, where.rank, flags))
        return True

    def _add(self, parent: int, name: bytes, path: str, leads_to: tuple[int, int, int]) -> None:
        tables = self.columns.tables
        number = len(self.paths)
        self.paths.append(path)
        self._texts.append(f"{json.dumps(path, ensure_ascii=False)}:".encode())
        self._arrays = None
        tables.paths[number] = leads_to
        data = np.frombuffer(name + bytes(PADDING), np.uint8)
        found = key_hash(tables.seeds, data, parent, 0, len(name))
        mask = len(tables.keys) - 1
        place = int(found) & mask
        while tables.keys[place, 1]:
            place = (place + 1) & mask
        tables.keys[place] = found, number + 1

    def texts(self) -> tuple[Array, Array]:
        """The paths as they stand in `unmapped`, as offsets and bytes."""
        if self._arrays is None:
            offsets = np.cumsum([0, *map(len, self._texts)], dtype=np.int64)
            self._arrays = offsets, np.frombuffer(b"".join(self._texts), np.uint8)
        return self._arrays
