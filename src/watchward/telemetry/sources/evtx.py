"""Windows event logs (`.evtx`): every record that can be read, and the reason for each part that cannot."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evtx import PyEvtxParser

from watchward.telemetry.sources.errors import FileError

MAGIC = b"ElfFile\x00"
_MOST_FAULTS = 10_000
_AT_ONCE = 8192


@dataclass(slots=True)
class EventLog:
    """The records of one event log, as JSON documents; `faults` grows while they are read."""

    path: Path
    faults: list[str] = field(default_factory=list)

    def documents(self) -> Iterator[list[bytes]]:
        """The records, some at a time; a damaged chunk or record adds a fault, and the rest goes on."""
        records = self._open()
        some: list[bytes] = []
        while len(self.faults) < _MOST_FAULTS:
            try:
                some.append(next(records)["data"].encode())
            except StopIteration:
                break
            except (RuntimeError, OSError) as error:
                self.faults.append(_reason(error))
            if len(some) >= _AT_ONCE:
                yield some
                some = []
        if some:
            yield some

    def _open(self) -> Iterator[Any]:
        try:
            # One thread: the cores are busy with decoding and matching.
            records: Iterator[Any] = iter(PyEvtxParser(str(self.path), 1).records_json())
        except (RuntimeError, OSError) as error:
            raise FileError(
                f"{self.path} is no event log that can be read: {_reason(error)}.",
                advice="Export it anew from the event viewer, or with `wevtutil epl`.",
            ) from error
        return records


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:300].rstrip(".")
