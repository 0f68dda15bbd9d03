"""What there is to do in a scan that several processes share: lines of text files, and files as a whole."""

import mmap
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from watchward.node.scan.account import Account
from watchward.node.scan.files import Kind
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
    one_task = len(files) == 1 and files[0][1] is not Kind.TEXT
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


Task = Lines | WholeFile | Account
"""An account is no work: it is passed on, so that it keeps its place among the others."""


def tasks(files: Sequence[tuple[Path, Kind]], rooms: Rooms, origin_of: Callable[[Path], Origin]) -> Iterator[Task]:
    """The tasks of a scan of some files, in order; lines are read when their turn has come, and a room is free."""
    for path, kind in files:
        if kind is Kind.TEXT:
            yield from _of_text(path, rooms, origin_of)
        else:
            yield WholeFile(path=path, kind=kind)


def _of_text(path: Path, rooms: Rooms, origin_of: Callable[[Path], Origin]) -> Iterator[Task]:
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
    yield account
