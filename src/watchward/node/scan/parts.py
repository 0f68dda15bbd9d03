"""The events of files, a part at a time, each decoded into a batch."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from watchward.node.scan.ahead import Ahead
from watchward.node.scan.files import Kind
from watchward.telemetry import identity
from watchward.telemetry.batch import ENVELOPE
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import BadRecord, Decoded, Integers, Notes, Origin
from watchward.telemetry.sources.errors import FileError
from watchward.telemetry.sources.evtx import EventLog
from watchward.telemetry.sources.text import TextFile

_ROWS = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some events of one file.

    Args:
        path: the file.
        batch: the events.
        records: for each event the number by which a person finds it: its record number, else its line, from 1.
        decoded: where the events were decoded from documents, those documents and more.
        whole: for events that were looked at with all their fields, the batch and row that hold these.

    """

    path: Path
    batch: pa.RecordBatch
    records: Integers
    decoded: Decoded | None = None
    whole: dict[int, tuple[pa.RecordBatch, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Reading:
    """Reads files into parts, and counts what could not be read.

    Args:
        decoder: decodes what is not decoded yet.
        organisation: whose telemetry it is.
        bad: the records that could not be read, by file.
        broken: the files that could not be read, or not to their end, and why.
        notes: what was odd, counted.
        seconds: how long decoding took, without waiting for whoever takes the parts.

    """

    decoder: Decoder
    organisation: str = ""
    bad: list[tuple[Path, BadRecord]] = field(default_factory=list)
    broken: list[FileError] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    seconds: float = 0.0

    def parts(self, files: Sequence[tuple[Path, Kind]]) -> Iterator[Part]:
        """All parts of all files; a file that cannot be read never stops the rest."""
        for path, kind in files:
            started = time.perf_counter()
            try:
                for part in self._of(path, kind):
                    self.seconds += time.perf_counter() - started
                    yield part
                    started = time.perf_counter()
            except FileError as error:
                self.broken.append(error)
            except (OSError, pa.ArrowException) as error:
                reason = getattr(error, "strerror", None) or str(error)
                self.broken.append(
                    FileError(
                        f"{path} cannot be read: {reason}.", advice="Check the file, and that this account may read it."
                    )
                )
            self.seconds += time.perf_counter() - started

    def _of(self, path: Path, kind: Kind) -> Iterator[Part]:
        match kind:
            case Kind.EVENT_LOG:
                return self._event_log(path)
            case Kind.TEXT:
                return self._text(path)
            case Kind.PARQUET:
                return self._parquet(path)

    def _origin(self, path: Path) -> Origin:
        # A file arrives when it was last written: only a time after that is one that cannot be.
        written = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
        return Origin(organisation=self.organisation, source=str(path), received_at=written)

    def _event_log(self, path: Path) -> Iterator[Part]:
        log = EventLog(path)
        origin = self._origin(path)
        first = 0
        for documents in log.documents():
            yield self._decoded(path, documents, origin, first)
            first += len(documents)
        self.bad.extend((path, BadRecord(position=first, reason=fault, raw=b"")) for fault in log.faults)

    def _text(self, path: Path) -> Iterator[Part]:
        file = TextFile(path)
        origin = self._origin(path)
        documents = file.documents()
        if documents is not None:
            yield self._decoded(path, documents, origin, 0)
        else:
            digest = identity.body_digest(str(path).encode())
            with Ahead(file.pieces()) as pieces:
                for piece in pieces:
                    found = self.decoder.decode_lines(piece.data, piece.size, origin, digest=digest, first=piece.first)
                    yield self._part(path, found)
        self.bad.extend((path, one) for one in file.bad)

    def _decoded(self, path: Path, documents: Sequence[bytes], origin: Origin, first: int) -> Part:
        found = self.decoder.decode_documents(documents, origin, body=f"{path} {first}".encode())
        bad = [replace(one, position=first + one.position) for one in found.bad]
        return self._part(path, replace(found, bad=bad, positions=found.positions + first))

    def _part(self, path: Path, found: Decoded) -> Part:
        self.bad.extend((path, one) for one in found.bad)
        self.notes += found.notes
        records = np.where(found.numbers >= 0, found.numbers, found.positions + 1)
        return Part(path=path, batch=found.batch, records=records, decoded=found)

    def _parquet(self, path: Path) -> Iterator[Part]:
        with pq.ParquetFile(path) as file:
            missing = [name for name in ENVELOPE.names if name not in file.schema_arrow.names]
            if missing:
                raise FileError(
                    f"{path} holds no events: it has no column {missing[0]}.",
                    advice="Scan Parquet files that the lake of a node wrote.",
                )
            first = 1
            for batch in file.iter_batches(batch_size=_ROWS, use_threads=False):
                yield Part(path=path, batch=batch, records=np.arange(first, first + batch.num_rows))
                first += batch.num_rows
