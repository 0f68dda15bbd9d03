"""What several processes share in a scan: lines of text files, row groups of Parquet, and files as a whole."""

import mmap
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
import pyarrow as pa

from watchward.node.scan.account import Account
from watchward.node.scan.crew import Known
from watchward.node.scan.files import Kind
from watchward.node.scan.stored import rows_of_groups
from watchward.telemetry.body import Buffer
from watchward.telemetry.decoded import Origin
from watchward.telemetry.kernels.loads import PADDING
from watchward.telemetry.sources.text import PIECE, Piece, TextFile

_WORTHWHILE = 4 * 1024 * 1024
"""Files of fewer bytes, together, are read before other processes have begun to work."""

_MOST_PROCESSES = 8
"""More would only wait for one that reads, and each takes some 200 MiB of memory."""


def processes_for(files: Sequence[tuple[Path, Kind]]) -> int:
    """How many processes should share the work: as many as there are cores, where it can be shared out at all."""
    if sys.platform != "linux":  # elsewhere, what the system's libraries hold does not survive a fork
        return 1
    one_task = len(files) == 1 and files[0][1] not in (Kind.TEXT, Kind.PARQUET)
    size = sum(path.stat().st_size for path, _ in files if path.exists())
    return 1 if one_task or size < _WORTHWHILE else min(len(os.sched_getaffinity(0)), _MOST_PROCESSES)


class Rooms:
    """Memory that processes share which are forked later: one of them fills a room, another reads it."""

    def __init__(self, count: int) -> None:
        # Each is memory only once it is written to.
        self._buffers = [np.frombuffer(mmap.mmap(-1, PIECE + PADDING), np.uint8) for _ in range(count)]
        self._free = list(range(count))

    def next(self) -> Buffer:
        """The room that will be taken next, to be filled."""
        return self._buffers[self._free[-1]]

    def take(self) -> int:
        """The number of that room, which now is no longer free."""
        return self._free.pop()

    def give_back(self, task: "Task") -> None:
        """Make the room of a task that is done free again."""
        if isinstance(task, Lines):
            self._free.append(task.room)

    def __getitem__(self, number: int) -> Buffer:
        return self._buffers[number]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Some lines of a text file: the room that they stand in, their length, and the number of the first, from 0."""

    path: Path
    origin: Origin
    room: int
    size: int
    first: int

    def piece(self, rooms: Rooms) -> Piece:
        """The lines themselves."""
        return Piece(data=rooms[self.room], size=self.size, first=self.first)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeFile:
    """A file, to be read by whoever does the task."""

    path: Path
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class RowGroup:
    """One row group of a Parquet file, and how many events stand before it."""

    path: Path
    group: int
    first: int


Task = Lines | WholeFile | RowGroup


def tasks(
    files: Sequence[tuple[Path, Kind]], rooms: Rooms, origin_of: Callable[[Path], Origin]
) -> Iterator[Task | Known[Account]]:
    """The tasks of a scan of some files, in order; lines are read when their turn has come, and a room is free.

    What went wrong in reading them here is known at once.
    """
    for path, kind in files:
        match kind:
            case Kind.TEXT:
                yield from _of_text(path, rooms, origin_of)
            case Kind.PARQUET:
                yield from _of_parquet(path)
            case _:
                yield WholeFile(path=path, kind=kind)


def _of_parquet(path: Path) -> Iterator[Task]:
    try:
        groups = rows_of_groups(path)
    except (OSError, pa.ArrowException):  # whoever reads it tells what is wrong
        groups = []
    if len(groups) < 2:  # noqa: PLR2004 - nothing to share
        yield WholeFile(path=path, kind=Kind.PARQUET)
        return
    for group, first in enumerate(accumulate(groups[:-1], initial=0)):
        yield RowGroup(path=path, group=group, first=first)


def _of_text(path: Path, rooms: Rooms, origin_of: Callable[[Path], Origin]) -> Iterator[Task | Known[Account]]:
    account = Account()
    with account.faults_of(path):
        file = TextFile(path)
        if file.is_whole():
            yield WholeFile(path=path, kind=Kind.TEXT)
            return
        origin = origin_of(path)
        for piece in account.reading(file.pieces(rooms.next)):
            yield Lines(path=path, origin=origin, room=rooms.take(), size=piece.size, first=piece.first)
        account.bad.extend((path, one) for one in file.bad)
    yield Known(account)
