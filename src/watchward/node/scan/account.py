"""What reading files came to besides events."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeVar

import pyarrow as pa

from watchward.telemetry.decoded import BadRecord, Notes
from watchward.telemetry.sources.errors import FileError

Thing = TypeVar("Thing")


@dataclass(slots=True, kw_only=True)
class Account:
    """What could not be read, and how long the work took; accounts of several parts of a scan add up.

    Args:
        bad: the records that could not be read, by file.
        broken: the files that could not be read, or not to their end, and why, in words.
        notes: what was odd, counted.
        decode_seconds: how long reading and decoding took, without waiting for whoever takes the events.
        match_seconds: how long matching took.

    """

    bad: list[tuple[Path, BadRecord]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    decode_seconds: float = 0.0
    match_seconds: float = 0.0

    def __iadd__(self, other: "Account") -> Self:
        self.bad += other.bad
        # Of one file several parts may say the same.
        self.broken += [fault for fault in other.broken if fault not in self.broken]
        self.notes += other.notes
        self.decode_seconds += other.decode_seconds
        self.match_seconds += other.match_seconds
        return self

    @contextmanager
    def faults_of(self, path: Path) -> Iterator[None]:
        """Note what makes it impossible to read a file, or the rest of it, and go on."""
        try:
            yield
        except FileError as error:
            self.broken.append(str(error))
        except (OSError, pa.ArrowException) as error:
            reason = getattr(error, "strerror", None) or str(error)
            advice = "Check the file, and that this account may read it."
            self.broken.append(str(FileError(f"{path} cannot be read: {reason}.", advice=advice)))

    def reading(self, things: Iterator[Thing]) -> Iterator[Thing]:
        """The same things; how long it takes to make them counts as reading."""
        started = time.perf_counter()
        for thing in things:
            self.decode_seconds += time.perf_counter() - started
            yield thing
            started = time.perf_counter()
        self.decode_seconds += time.perf_counter() - started
