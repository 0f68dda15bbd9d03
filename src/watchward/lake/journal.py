"""The match journal: what each gateway received and what matched, in order, flushed before any sender is answered.

The journal is the truth; alerts, counts and devices in the database are made from it and can be made again. Each
gateway appends to a folder of its own below the node's `journal/`, so no two processes write one file. `read` merges
them all.
"""

import heapq
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path

import msgspec
import structlog

from watchward.detect.match import Match
from watchward.lake.errors import JournalError
from watchward.lake.frames import MAGIC, framed, scan, sync_folder, write_all

log = structlog.get_logger()

SUFFIX = ".journal"
ROTATE_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BadSample:
    """A record that could not be read: why, and how it begins."""

    reason: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSeen:
    """What one source sent within an entry: new events, those recognised as sent before, and records refused.

    `samples` holds a few of those refused, so that whoever runs the source can see what is wrong with it.
    """

    source: str
    organisation: str
    events: int
    duplicates: int
    bad: int
    first_observed_at: datetime | None
    last_observed_at: datetime | None
    samples: list[BadSample] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSeen:
    """A device that sent events within an entry; `aliases` maps a kind (`ip`, `fqdn`, `mac` …) to its values."""

    organisation: str
    name: str
    aliases: dict[str, list[str]]
    source: str
    first_observed_at: datetime
    last_observed_at: datetime
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One batch of a gateway. `segment` is empty where every record of the batch was refused or sent before.

    `hidden` says how many of its events each filter hid that people made, by the filter's id. An entry of one who looks
    back over events that are kept names the question in `look`, and in `looked_at` the segments that are done with.
    """

    gateway: str
    sequence: int
    segment: str
    received_at: datetime
    events: int
    sources: list[SourceSeen]
    devices: list[DeviceSeen]
    matches: list[Match]
    hidden: dict[str, int] = field(default_factory=dict)
    look: str = ""
    looked_at: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Just behind one entry: its sequence number, its file (named by that file's first sequence), the offset there."""

    sequence: int
    file: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How far a reader has come in the folder of each gateway. Its text can be kept and read again.

    >>> Position.parse(str(Position())) == Position()
    True

    """

    places: Mapping[str, Place] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "Position":
        """A position from its text; the empty text is the journal's beginning."""
        return msgspec.json.decode(text, type=cls) if text else cls()

    def __str__(self) -> str:
        return msgspec.json.encode(self).decode()

    def behind(self, gateway: str, place: Place) -> "Position":
        """This position, moved on in one gateway's folder."""
        return Position(places={**self.places, gateway: place})


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(at: datetime) -> int:
    """A moment as microseconds since 1970.

    >>> microseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000

    """
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment(microseconds: int) -> datetime:
    """The moment that is so many microseconds after 1970 began.

    >>> moment(1000000)
    datetime.datetime(1970, 1, 1, 0, 0, 1, tzinfo=datetime.timezone.utc)

    """
    return _EPOCH + timedelta(microseconds=microseconds)


def storable(text: str) -> str:
    """A text as every database takes it: PostgreSQL refuses NUL, and no event may stop the projector."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


class Writer:
    """Appends one gateway's entries. Opening it cuts off an entry that a crash left half written.

    An entry whose batch was not yet flushed may have been seen by a reader before a power cut took it away. So a writer
    never uses the number after the last one again: it leaves a gap of one, and starts a new file.
    """

    def __init__(self, folder: Path, *, rotate_bytes: int = ROTATE_BYTES) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._rotate_bytes = rotate_bytes
        last = _repaired(folder)
        self._next = 1 if last is None else last + 2
        self._handle: int | None = None
        self._size = 0

    @property
    def sequence(self) -> int:
        """The number that the next entry must carry."""
        return self._next

    def append(self, entry: JournalEntry) -> None:
        """Write one entry; when this returns it is on disk.

        Raises:
            JournalError: the entry does not carry the next number.
            OSError: the disk refused it (full, or broken); the journal is as it was before.

        """
        if entry.sequence != self._next:
            raise JournalError(
                f"{self._folder}: entry {entry.sequence} where {self._next} must follow.",
                advice="Stop the second process that writes this journal.",
            )
        frame = framed(entry.sequence, msgspec.json.encode(entry))
        handle = self._file()
        try:
            write_all(handle, frame)
            os.fdatasync(handle)
        except OSError:
            # A reader may have seen the entry already: its number is never used again, nor is the file.
            os.ftruncate(handle, self._size)
            self._next += 1
            self.close()
            raise
        self._size += len(frame)
        self._next += 1

    def close(self) -> None:
        """Let go of the file; everything appended is already on disk."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _file(self) -> int:
        if self._handle is not None and self._size < self._rotate_bytes:
            return self._handle
        self.close()
        path = self._folder / f"{self._next:016d}{SUFFIX}"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        write_all(handle, MAGIC)
        sync_folder(self._folder)
        self._handle, self._size = handle, len(MAGIC)
        return handle


def read(
    folder: Path, after: Position | None = None, *, leaving_out: str = ""
) -> Iterator[tuple[Position, JournalEntry]]:
    """What all gateways (but one that is left out) appended behind a position, each with the position just behind it.

    The oldest comes first.
    It ends when it has caught up; ask again from the last position for what came since. An entry that is still being
    written is not seen.
    """
    position = after or Position()
    gateways = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    gateways = [path for path in gateways if path.name != leaving_out]
    streams = [_entries(path, position.places.get(path.name)) for path in gateways]
    for _, gateway, _, place, entry in heapq.merge(*streams, key=itemgetter(0, 1, 2)):
        position = position.behind(gateway, place)
        yield position, entry


def entry_at(gateway: Path, *, file: int, begin: int, number: int) -> JournalEntry | None:
    """One entry of a gateway's folder, near an offset in a file; None where it is no longer there.

    Args:
        gateway: the folder.
        file: the first sequence number of the file, which names it.
        begin: an offset at or before which the entry begins, and at which one does.
        number: the entry's sequence number.

    """
    for frame in scan(gateway / f"{file:016d}{SUFFIX}", begin):
        if frame.sequence == number:
            return msgspec.json.decode(frame.payload, type=JournalEntry)
        if frame.sequence > number:
            break
    return None


def end(folder: Path) -> Position:
    """The position behind everything that is there now."""
    position = Position()
    gateways = [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    for gateway in gateways:
        for file in reversed(_files(gateway)):
            frames = [(frame.sequence, frame.end) for frame in scan(file)]
            if frames:
                sequence, offset = frames[-1]
                position = position.behind(gateway.name, Place(sequence=sequence, file=_first(file), offset=offset))
                break
    return position


def last_sequence(folder: Path) -> int:
    """The number of the last whole entry in one gateway's folder; 0 where there is none."""
    for file in reversed(_files(folder)):
        last = max((frame.sequence for frame in scan(file)), default=0)
        if last:
            return last
    return 0


def discard(folder: Path, *, applied: Position, before: datetime) -> int:
    """Delete the files that are wholly behind a position and older than a moment; return how many.

    The newest file of each gateway always stays, because it holds the last sequence number.
    """
    removed = 0
    gateways = [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    for gateway in gateways:
        place = applied.places.get(gateway.name)
        for file in _files(gateway)[:-1]:
            if place is not None and _first(file) < place.file and file.stat().st_mtime < before.timestamp():
                file.unlink()
                removed += 1
    return removed


def _entries(folder: Path, place: Place | None) -> Iterator[tuple[datetime, str, int, Place, JournalEntry]]:
    done = place.sequence if place else 0
    # Listed before anything is read: a file that has a successor here can no longer grow.
    files = [file for file in _files(folder) if place is None or _first(file) >= place.file]
    for file in files:
        begin = place.offset if place and place.file == _first(file) else 0
        for frame in scan(file, begin):
            if frame.sequence > done:
                entry = msgspec.json.decode(frame.payload, type=JournalEntry)
                behind = Place(sequence=frame.sequence, file=_first(file), offset=frame.end)
                yield entry.received_at, folder.name, frame.sequence, behind, entry


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []


def _first(file: Path) -> int:
    return int(file.name.removesuffix(SUFFIX))


def _repaired(folder: Path) -> int | None:
    """Cut the newest file after its last whole entry, and return the last number ever used."""
    files = _files(folder)
    if not files:
        return None
    newest = files[-1]
    end = max((frame.end for frame in scan(newest)), default=0)
    torn = newest.read_bytes()[end or len(MAGIC) :]
    if torn:
        log.warning("journal_tail_cut", file=newest.name, bytes=len(torn))
        newest.with_suffix(".torn").write_bytes(torn)
    if end:
        os.truncate(newest, end)
    return max(last_sequence(folder), _first(newest) - 1)
