"""The events of files, a part at a time, each decoded into a batch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from watchward.detect.match import Matches
from watchward.detect.sigma.logsource import Triple
from watchward.intel.exact.sets import NOTHING, Found
from watchward.node.scan.account import Account
from watchward.node.scan.ahead import Ahead
from watchward.node.scan.files import Kind
from watchward.node.scan.stored import Stored
from watchward.telemetry import identity
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import BadRecord, Decoded, Integers, Origin
from watchward.telemetry.sources.evtx import EventLog
from watchward.telemetry.sources.sheet import Sheet
from watchward.telemetry.sources.text import Piece, TextFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some events of one file.

    Args:
        path: the file.
        events: how many there are.
        batch: the events, all or those that matched.
        records: for each event of the batch the number by which a person finds it: its record number, else its line,
            from 1.
        decoded: where the events were decoded from documents, those documents and more.
        keywords: the log sources whose events may hold keywords of rules, None for all of them; where it is none of
            them, the batch has only what other rules read.
        found: what the events hold of indicators.
        whole: for events that were looked at with all their fields, the batch and row that hold these.

    """

    path: Path
    events: int
    batch: pa.RecordBatch
    records: Integers
    decoded: Decoded | None = None
    keywords: frozenset[Triple] | None = None
    found: Found = NOTHING
    whole: dict[int, tuple[pa.RecordBatch, int]] = field(default_factory=dict)

    def only(self, matches: Matches, found: Found = NOTHING) -> "tuple[Part, Matches]":
        """The part with only the events that matched or hold something, and the matches by their rows in it."""
        rows, places = np.unique(np.concatenate([matches.rows, found.rows]), return_inverse=True)
        of_rules, of_found = np.split(places.reshape(-1), [len(matches)])
        whole: dict[int, tuple[pa.RecordBatch, int]] = {}
        for batch in {id(batch): batch for batch, _ in self.whole.values()}.values():
            kept = [place for place, row in enumerate(rows.tolist()) if self._whole_in(batch, row)]
            fewer = _rows_of(batch, np.array([self.whole[int(rows[place])][1] for place in kept], np.int64))
            whole |= {place: (fewer, at) for at, place in enumerate(kept)}
        part = replace(
            self,
            batch=_rows_of(self.batch, rows),
            records=self.records[rows],
            decoded=None,
            whole=whole,
            found=replace(found, rows=of_found),
        )
        return part, Matches(rows=of_rules, rules=matches.rules)

    def _whole_in(self, batch: pa.RecordBatch, row: int) -> bool:
        return row in self.whole and self.whole[row][0] is batch


def _rows_of(batch: pa.RecordBatch, rows: Integers) -> pa.RecordBatch:
    """Some rows of a batch, with their texts in the rows: dictionaries would come along as a whole."""
    taken = batch.take(pa.array(rows))
    columns = [each.dictionary_decode() if pa.types.is_dictionary(each.type) else each for each in taken.columns]
    return pa.RecordBatch.from_arrays(columns, names=taken.schema.names)


@dataclass(slots=True)
class Reading:
    """Reads files into parts, and keeps account of what could not be read.

    Args:
        decoder: decodes what is not decoded yet.
        stored: reads what is decoded already.
        organisation: whose telemetry it is.
        account: what could not be read, and how long reading took.

    """

    decoder: Decoder
    stored: Stored
    organisation: str = ""
    account: Account = field(default_factory=Account)

    def parts(self, files: Sequence[tuple[Path, Kind]]) -> Iterator[Part]:
        """All parts of all files; a file that cannot be read never stops the rest."""
        for path, kind in files:
            with self.account.faults_of(path):
                yield from self.account.reading(self._of(path, kind))

    def lines(self, path: Path, pieces: Iterator[Piece], origin: Origin) -> Iterator[Part]:
        """The events of some lines of a text file, a part for each piece."""
        digest = identity.body_digest(str(path).encode())
        for piece in pieces:
            yield self.part_of(
                path, self.decoder.decode_lines(piece.data, piece.size, origin, digest=digest, first=piece.first)
            )

    def origin(self, path: Path) -> Origin:
        """Where the events of a file come from."""
        # A file arrives when it was last written: only a time after that is one that cannot be.
        written = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
        return Origin(organisation=self.organisation, source=str(path), received_at=written)

    def part_of(self, path: Path, found: Decoded) -> Part:
        """What was decoded, as a part of a file."""
        self.account.bad.extend((path, one) for one in found.bad)
        self.account.notes += found.notes
        records = np.where(found.numbers >= 0, found.numbers, found.positions + 1)
        return Part(path=path, events=found.batch.num_rows, batch=found.batch, records=records, decoded=found)

    def _of(self, path: Path, kind: Kind) -> Iterator[Part]:
        match kind:
            case Kind.EVENT_LOG:
                return self._event_log(path)
            case Kind.TEXT:
                return self._text(path)
            case Kind.PARQUET:
                return self._parquet(path)
            case Kind.SHEET:
                return self._sheet(path)

    def _event_log(self, path: Path) -> Iterator[Part]:
        log = EventLog(path)
        origin = self.origin(path)
        first = 0
        for documents in log.documents():
            yield self._decoded(path, documents, origin, first)
            first += len(documents)
        self.account.bad.extend((path, BadRecord(position=first, reason=fault, raw=b"")) for fault in log.faults)

    def _sheet(self, path: Path) -> Iterator[Part]:
        origin = self.origin(path)
        first = 0
        for documents in Sheet(path).documents():
            yield self._decoded(path, documents, origin, first)
            first += len(documents)

    def _text(self, path: Path) -> Iterator[Part]:
        file = TextFile(path)
        origin = self.origin(path)
        if file.is_whole():
            yield self._decoded(path, file.documents(), origin, 0)
        else:
            with Ahead(file.pieces()) as pieces:
                yield from self.lines(path, pieces, origin)
        self.account.bad.extend((path, one) for one in file.bad)

    def _decoded(self, path: Path, documents: Sequence[bytes], origin: Origin, first: int) -> Part:
        found = self.decoder.decode_documents(documents, origin, body=f"{path} {first}".encode())
        bad = [replace(one, position=first + one.position) for one in found.bad]
        return self.part_of(path, replace(found, bad=bad, positions=found.positions + first))

    def row_group(self, path: Path, group: int, first: int) -> Iterator[Part]:
        """The events of one row group of a Parquet file; `first` is how many stand before it."""
        with self.account.faults_of(path):
            yield from self.account.reading(self._parquet(path, group, first))

    def _parquet(self, path: Path, group: int | None = None, first: int = 0) -> Iterator[Part]:
        for batch, keywords in self.stored.batches(path, group):
            records = np.arange(first + 1, first + 1 + batch.num_rows)
            yield Part(path=path, events=batch.num_rows, batch=batch, records=records, keywords=keywords)
            first += batch.num_rows
