"""The decoder's machinery: drives the inner loops over a body, and falls back where they give up."""

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from watchward.telemetry import identity
from watchward.telemetry.asked import Ask, Asked
from watchward.telemetry.assemble import Labels, columns_of, unmapped_of
from watchward.telemetry.assign import Derivations, Digests, Sources
from watchward.telemetry.batch import ENVELOPE, FIELD, UNMAPPED
from watchward.telemetry.body import Body, side_by_side
from watchward.telemetry.columns import Columns
from watchward.telemetry.decoded import FAR_OFF, RAW_KEPT, BadRecord, Decoded, Notes
from watchward.telemetry.documents import MAX_RECORD, UnreadableError, encoded, is_utf8
from watchward.telemetry.kernels.tables import (
    DONE,
    HIDING,
    MOMENT,
    NO_TIME,
    NUMBERED,
    SLOW,
    STATUS,
    UNKNOWN,
    Array,
    Work,
)
from watchward.telemetry.kernels.tokens import read_rows
from watchward.telemetry.logsource import LogSource
from watchward.telemetry.pathtable import MAX_PATHS, OWN_ROOT, ROOT, PathTable
from watchward.telemetry.record import Places, Record, read
from watchward.telemetry.reference import complete, micros
from watchward.telemetry.registry import Registry
from watchward.telemetry.unpack import Unpacking
from watchward.telemetry.workspace import Workspace, without_rows

_ROUNDS = 80
"""More than the levels of a document: each round learns the names of one level."""


class Engine:
    """All that a decoder remembers, and the steps from documents to a batch."""

    def __init__(self, registry: Registry, *, unmapped: bool, ask: Ask | None) -> None:
        self.registry = complete(registry)
        self._keep = unmapped
        self._columns = Columns(self.registry, MAX_PATHS)
        self._asked = None if ask is None else Asked(self._columns, ask)
        self._places = Places(self.registry)
        self._paths = PathTable(self._columns, self._places)
        self._workspace = Workspace(len(self._columns.names))
        self._sources: dict[LogSource, Sources] = {}
        self._lines = Unpacking(self._columns, self._places, self._asked)
        self._derivations = Derivations(self._columns, self.registry)
        self._labels = {part: Labels() for part in ("product", "category", "service")}
        self._channels = [Digests(self._columns, name, identity.digest) for name in identity.CHANNELS]
        self._computers = Digests(self._columns, "Computer", identity.digest)

    def decode(self, body: Body) -> Decoded:
        """The events of a body."""
        work = self._workspace.start(len(body.starts))
        self._columns.start()
        _mark_foreign(work, body)
        work = self._read(work, body)
        work, records, bad, recoded = self._read_slowly(work, body)
        self._columns.flush(work)
        self._lines.fill(work, body)
        sources = self._sources.setdefault(body.origin.logsource, Sources(self._columns, body.origin.logsource))
        ids = sources.of(work, len(work.rows))
        if self._asked is not None:
            self._asked.take(work, body.data, ids, sources.known)
        if bad:
            good = np.ones(len(work.rows), np.bool_)
            good[[row for row, _ in bad]] = False
            work, body, records = without_rows(work, good), _without(body, good), _renumbered(records, good)
            ids = ids[good]
        decoded = Decoded(
            batch=self._batch(work, body, records, (ids, sources.known)),
            positions=body.positions,
            numbers=work.rows[:, NUMBERED],
            body=body,
            hiding=work.rows[:, HIDING] != 0,
            bad=[one for _, one in bad],
            notes=_notes(work.rows[:, MOMENT], micros(body.origin.received_at), recoded),
        )
        if self._columns.retire():
            for sources in self._sources.values():
                sources.forget()
        return decoded

    def _read(self, work: Work, body: Body) -> Work:
        """Read the rows that the inner loops understand; the others are left with the status SLOW."""
        pending = np.flatnonzero(work.rows[:, STATUS] == DONE)
        for _ in range(_ROUNDS):
            work = self._read_rows(work, body.data, (body.starts[pending], body.ends[pending]), pending, ROOT)
            pending = np.flatnonzero(work.rows[:, STATUS] == UNKNOWN)
            if not len(pending) or not self._paths.learn(work, body.data):
                break
        work.rows[:, STATUS][pending] = SLOW
        return work

    def _read_rows(self, work: Work, data: Array, bounds: tuple[Array, Array], rows: Array, root: int) -> Work:
        """Read documents into rows, making room wherever there is too little."""
        later = self._asked is not None and root == ROOT
        done = 0
        while done < len(rows):
            before = done
            done = read_rows(self._columns.tables, work, data, *bounds, rows, done, root, self._keep, later)
            if done < len(rows):
                self._columns.make_room(work)
                work = self._workspace.with_more_room(work, stuck=done == before)
        return work

    def _read_slowly(self, work: Work, body: Body) -> tuple[Work, dict[int, Record], list[tuple[int, BadRecord]], int]:
        """Read the remaining rows plainly; what cannot be read at all comes back with its row."""
        records: dict[int, Record] = {}
        bad: list[tuple[int, BadRecord]] = []
        recoded = 0
        for row in np.flatnonzero(work.rows[:, STATUS] == SLOW).tolist():
            line = body.document(row)
            try:
                records[row] = read(line, self._places)
                recoded += not is_utf8(line)
            except UnreadableError as error:
                position = int(body.positions[row])
                bad.append((row, BadRecord(position=position, reason=str(error), raw=line[:RAW_KEPT])))
        return self._take(work, records), records, bad, recoded

    def _take(self, work: Work, records: dict[int, Record]) -> Work:
        """Put records that were read plainly into their rows, by way of documents of our own making."""
        if not records:
            return work
        index = self._columns.index
        documents = [
            json.dumps({index[name]: text for name, text in record.fields.items()}, ensure_ascii=False).encode()
            for record in records.values()
        ]
        data, starts, ends = side_by_side(documents)
        rows = np.array(list(records), np.int64)
        work.rows[:, STATUS][rows] = DONE
        work = self._read_rows(work, data, (starts, ends), rows, OWN_ROOT)
        assert (work.rows[rows, STATUS] == DONE).all()
        for row, record in records.items():
            work.rows[row, MOMENT] = NO_TIME if record.observed is None else record.observed
            work.rows[row, NUMBERED] = -1 if record.number is None else record.number
            work.rows[row, HIDING] = 1
        return work

    def _batch(
        self, work: Work, body: Body, records: dict[int, Record], sources: tuple[Array, Sequence[LogSource]]
    ) -> pa.RecordBatch:
        """The rows as a batch, with their log sources, what follows from them, and their identifiers."""
        rows = len(work.rows)
        ids, known = sources
        self._derivations.fill(work, ids, known)
        self._columns.flush(work)
        arrival = micros(body.origin.received_at)
        devices = self._devices(work, rows)
        envelope = {
            "event_id": self._identifiers(work, body),
            "observed_at": _moments(np.where(work.rows[:, MOMENT] == NO_TIME, arrival, work.rows[:, MOMENT])),
            "received_at": _moments(np.full(rows, arrival, np.int64)),
            "organisation": _constant(body.origin.organisation, rows),
            "device": devices,
            "source": _constant(body.origin.source, rows),
        }
        arrays = [envelope[name] for name in envelope]
        fields = [ENVELOPE.field(name) for name in envelope]
        for part, labels in self._labels.items():
            array, named = labels.column(ENVELOPE.field(part), ids, [getattr(each, part) for each in known])
            arrays.append(array)
            fields.append(named)
        for array, named in columns_of(self._columns, work, rows):
            arrays.append(array)
            fields.append(named)
        arrays.append(unmapped_of(work, body.data, self._paths.texts(), _texts(records)))
        return pa.RecordBatch.from_arrays(arrays, schema=pa.schema([*fields, UNMAPPED]))

    def _devices(self, work: Work, rows: int) -> pa.DictionaryArray:
        """The names that the events claim; without one, the empty text."""
        column = self._columns.index["Computer"]
        slot = self._columns.slot(column)
        codes = work.codes[slot] if slot >= 0 else np.full(rows, -1, np.int32)
        if (codes < 0).any():
            nameless = self._columns.codes(work, column, [""])[0]
            self._columns.flush(work)
            codes = np.where(codes < 0, nameless, codes)
        else:
            codes = codes.copy()
        dictionary = self._columns.dictionaries[column].array()
        return pa.DictionaryArray.from_buffers(FIELD, rows, [None, pa.py_buffer(codes)], dictionary, 0)

    def _channels_of(self, work: Work) -> Array | None:
        """For each row what stands for the log that numbered it, 0 where nothing does; None where nothing ever does."""
        found = None
        for digests in self._channels:
            more = digests.of(work)
            found = more if found is None else found if more is None else np.where(found == 0, more, found)
        return found

    def _identifiers(self, work: Work, body: Body) -> pa.FixedSizeBinaryArray:
        """The identifiers of the events, as `identity` says."""
        rows = len(work.rows)
        names = np.zeros((rows, identity.WORDS), np.uint64)
        names[:] = identity.positioned(body.digest, 0)
        names[:, identity.POSITION] = body.positions
        channels, computers = self._channels_of(work), self._computers.of(work)
        if channels is not None and computers is not None:
            numbered = np.flatnonzero((work.rows[:, NUMBERED] >= 0) & (channels != 0) & (computers != 0))
            names[numbered, 0] = identity.NUMBERED
            names[numbered, 1] = channels[numbered]
            names[numbered, 2] = computers[numbered]
            names[numbered, 3] = work.rows[:, NUMBERED][numbered]
            names[numbered, 4] = np.where(work.rows[:, MOMENT] == NO_TIME, 0, work.rows[:, MOMENT])[numbered]
        for row, name in enumerate(body.names or ()):
            if name is not None:
                names[row] = identity.named(name)
        found = identity.identifiers(identity.source_key(body.origin.source), names)
        return pa.Array.from_buffers(ENVELOPE.field("event_id").type, rows, [None, pa.py_buffer(found)])


def _mark_foreign(work: Work, body: Body) -> None:
    """Leave to the plain reader what is too long or not UTF-8, which the inner loops take for granted."""
    work.rows[:, STATUS][body.ends - body.starts > MAX_RECORD] = SLOW
    text = pa.Array.from_buffers(
        pa.large_string(), 1, [None, pa.py_buffer(np.array([0, body.size])), pa.py_buffer(body.data)]
    )
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        for row in range(len(body.starts)):
            if not is_utf8(body.document(row)):
                work.rows[:, STATUS][row] = SLOW


def _without(body: Body, good: Array) -> Body:
    names = [name for name, kept in zip(body.names, good, strict=True) if kept] if body.names else None
    return replace(body, starts=body.starts[good], ends=body.ends[good], positions=body.positions[good], names=names)


def _renumbered(records: dict[int, Record], good: Array) -> dict[int, Record]:
    places = np.cumsum(good) - 1
    return {int(places[row]): record for row, record in records.items()}


def _texts(records: dict[int, Record]) -> dict[int, str | None]:
    return {row: encoded(record.unmapped) for row, record in records.items()}


def _moments(values: Array) -> pa.TimestampArray:
    return pa.Array.from_buffers(ENVELOPE.field("observed_at").type, len(values), [None, pa.py_buffer(values)])


def _constant(text: str, rows: int) -> pa.DictionaryArray:
    codes = pa.py_buffer(np.zeros(rows, np.int32))
    return pa.DictionaryArray.from_buffers(FIELD, rows, [None, codes], pa.array([text], pa.string()), 0)


def _notes(times: Array, arrival: int, recoded: int) -> Notes:
    given = times[times != NO_TIME]
    return Notes(
        ahead=int((given - arrival > FAR_OFF).sum()),
        behind=int((arrival - given > FAR_OFF).sum()),
        untimed=len(times) - len(given),
        recoded=recoded,
    )
