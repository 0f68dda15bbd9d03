"""Text files of telemetry, plain or compressed, in pieces of whole lines.

Whatever a file holds, reading it takes bounded memory: a line longer than a record may be is passed over, and a
compressed file that grows beyond all reason is given up (`MAX_RATIO`).
"""

import codecs
import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import zstandard

from watchward.telemetry.body import Buffer
from watchward.telemetry.decoded import RAW_KEPT, BadRecord
from watchward.telemetry.documents import MAX_RECORD
from watchward.telemetry.kernels.loads import PADDING, count_newlines
from watchward.telemetry.sources.errors import FileError
from watchward.telemetry.sources.zstd import ZstdReader

PIECE = 24 * 1024 * 1024
"""How much text is decoded at once, in bytes; no less than twice the longest record.

Every piece costs some thousand short calls whatever its length; twice as much would save a twentieth of a scan's time.
"""

MAX_RATIO = 400
"""How many times its compressed size a file may grow to, once it is beyond `ALWAYS_ALLOWED`. Real logs reach 100."""

ALWAYS_ALLOWED = 1 << 30
"""Text of this length, in bytes, is read however small the file was."""

MAX_DOCUMENT = 256 * 1024 * 1024
"""The longest file that is one JSON document, such as an array of events, in bytes."""

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_WRAPPERS = ("Records", "records", "value", "events", "Events", "results", "hits")
_WRAPPER = re.compile(rb'\s*\{\s*"(?:%s)"\s*:\s*\[' % b"|".join(name.encode() for name in _WRAPPERS))
_BLANK = b" \t\r\n"
_BETWEEN = re.compile(r"[\s,]*")
_LOOK = 4096
_MANY_NULS = 0.3
_READ = 1 << 20
_DAMAGE = (zlib.error, zstandard.ZstdError, EOFError, gzip.BadGzipFile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some whole lines: a padded buffer, how much of it is text, and the number of its first line, from 0."""

    data: Buffer
    size: int
    first: int


def _new_buffer() -> Buffer:
    return np.empty(PIECE + PADDING, np.uint8)


@dataclass(slots=True)
class TextFile:
    """A text file; `bad` grows while it is read."""

    path: Path
    bad: list[BadRecord] = field(default_factory=list)

    def is_whole(self) -> bool:
        """Whether it is one JSON document, or several over many lines; else it has one a line."""
        with self.path.open("rb") as raw, damage(self.path):
            return _is_whole(opened(raw, self.path).peek(_LOOK))

    def pieces(self, buffer: Callable[[], Buffer] = _new_buffer) -> Iterator[Piece]:
        """The file's lines, a piece at a time, each in a buffer of `PIECE` and `PADDING` bytes."""
        with self.path.open("rb") as raw, damage(self.path):
            yield from self._pieces(opened(raw, self.path), buffer)

    def documents(self) -> list[bytes]:
        """The events of a file that is one JSON document, or several over many lines."""
        with self.path.open("rb") as raw, damage(self.path):
            text = opened(raw, self.path).read(MAX_DOCUMENT + 1)
        if len(text) > MAX_DOCUMENT:
            raise FileError(
                f"{self.path} is one JSON document of more than {MAX_DOCUMENT // 2**20} MiB.",
                advice="Write one event a line: `jq -c '.[]'` does that.",
            )
        return list(_events(text.decode("utf-8-sig", "replace"), self.bad))

    def _pieces(self, stream: BufferedReader, buffer: Callable[[], Buffer]) -> Iterator[Piece]:
        first = 0
        left = b""
        skipping = False
        while True:
            data = buffer()
            data[: len(left)] = np.frombuffer(left, np.uint8)
            filled, fault = _fill(stream, data, len(left))
            ended = filled < PIECE
            size = filled if ended and fault is None else _last_newline(data, filled)
            left = data[size:filled].tobytes()
            if skipping:
                data[: _first_newline(data, size)] = ord(" ")
                skipping = size == 0 and not ended
                left = b"" if skipping else left
            if len(left) > MAX_RECORD:
                self.bad.append(_too_long(first + count_newlines(data, size), left))
                left, skipping = b"", True
            data[size:] = 0
            yield Piece(data=data, size=size, first=first)
            first += count_newlines(data, size)
            if fault is not None:
                raise fault
            if ended:
                return


@contextmanager
def damage(path: Path) -> Iterator[None]:
    """Says in words that a compressed file is damaged."""
    try:
        yield
    except _DAMAGE as error:
        raise FileError(
            f"{path} is damaged: {error}.",
            advice="What came before the damage was read. Copy or compress the file anew.",
        ) from error


def _too_long(position: int, line: bytes) -> BadRecord:
    reason = f"the record is longer than {MAX_RECORD // 2**20} MiB"
    return BadRecord(position=position, reason=reason, raw=line[:RAW_KEPT])


def _fill(stream: BufferedReader, data: Buffer, filled: int) -> tuple[int, Exception | None]:
    """How far the buffer could be filled, and what makes it impossible to read on."""
    view = data.data
    try:
        while filled < PIECE:
            some = stream.read1(min(_READ, PIECE - filled))  # readinto would forget what it had when the fault came
            if not some:
                break
            view[filled : filled + len(some)] = some
            filled += len(some)
    except (*_DAMAGE, OSError, FileError) as fault:
        return filled, fault
    return filled, None


def _last_newline(data: Buffer, size: int) -> int:
    """Where the last whole line ends; 0 where no line ends."""
    for end in range(size, 0, -_LOOK * 16):
        found = np.flatnonzero(data[max(0, end - _LOOK * 16) : end] == ord("\n"))
        if len(found):
            return int(max(0, end - _LOOK * 16) + found[-1] + 1)
    return 0


def _first_newline(data: Buffer, size: int) -> int:
    found = np.flatnonzero(data[:size] == ord("\n"))
    return int(found[0]) if len(found) else size


def opened(raw: BinaryIO, path: Path) -> BufferedReader:
    """The text of a file as UTF-8, decompressed and recoded where need be."""
    magic = raw.read(4)
    raw.seek(0)
    stream: Any = raw
    if magic.startswith(_GZIP):
        stream = _Bounded(gzip.GzipFile(fileobj=raw), raw, path)
    elif magic.startswith(_ZSTD):
        stream = _Bounded(ZstdReader(raw), raw, path)
    reader = BufferedReader(stream, 1 << 20) if isinstance(stream, RawIOBase) else stream
    encoding = _encoding(reader.peek(_LOOK)[:_LOOK])
    return reader if encoding is None else BufferedReader(_Recoded(reader, encoding), 1 << 20)


def _encoding(start: bytes) -> str | None:
    """The encoding of UTF-16 text, which some Windows tools write; None for everything else."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start[1::2].count(0) > _MANY_NULS * len(start):
        return "utf-16-le"
    return "utf-16-be" if start[::2].count(0) > _MANY_NULS * len(start) else None


class _Bounded(RawIOBase):
    """Decompressed bytes, until they are too many for what they came from."""

    def __init__(self, inner: Any, raw: BinaryIO, path: Path) -> None:
        self._inner = inner
        self._raw = raw
        self._path = path
        self._given = 0

    def readable(self) -> bool:
        """Whether it can be read: it can."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with the next bytes."""
        count: int = self._inner.readinto1(buffer)
        self._given += count
        if self._given > ALWAYS_ALLOWED and self._given > MAX_RATIO * max(1, self._raw.tell()):
            raise FileError(
                f"{self._path} grows to more than {MAX_RATIO} times its size: it looks like a decompression bomb.",
                advice="Decompress it by hand if you trust where it comes from.",
            )
        return count


class _Recoded(RawIOBase):
    """Text of another encoding as UTF-8."""

    def __init__(self, inner: BufferedReader, encoding: str) -> None:
        self._inner = inner
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = b""

    def readable(self) -> bool:
        """Whether it can be read: it can."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with the next bytes."""
        while not self._ready:
            some = self._inner.read1(1 << 18)
            self._ready = self._decoder.decode(some, final=not some).encode("utf-8", "replace")
            if not some:
                break
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count


def _is_whole(start: bytes) -> bool:
    """Whether a file begins as a JSON document over many lines, or as one that wraps its events in a list."""
    text = start.removeprefix(codecs.BOM_UTF8).lstrip(_BLANK)
    first_line = text.split(b"\n", 1)[0].strip(_BLANK)
    wrapped = any(first_line.startswith(f'{{"{name}":'.encode()) for name in _WRAPPERS)
    return first_line in (b"{", b"[") or first_line.startswith(b"[{") or wrapped


def inside(document: bytes) -> list[bytes]:
    """The events that a document only wraps, as a message of Azure's Event Hubs does; else the document itself.

    >>> inside(b'{"records": [{"time": 1}, {"time": 2}]}'), inside(b'{"records": 1}')
    ([b'{"time":1}', b'{"time":2}'], [b'{"records": 1}'])

    """
    if not _WRAPPER.match(document):
        return [document]
    bad: list[BadRecord] = []
    found = list(_events(document.decode("utf-8-sig", "replace"), bad))
    return [document] if bad else found


def _events(text: str, bad: list[BadRecord]) -> Iterator[bytes]:
    """The events in one JSON text, or in several that follow one another, up to the first that is broken."""
    decoder = json.JSONDecoder()
    at = 0
    while (at := _BETWEEN.match(text, at).end()) < len(text):  # type: ignore[union-attr]  # it always matches
        try:
            document, at = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            reason = f"the JSON text is broken here, and so is what follows: {error}"
            line = text.count("\n", 0, at)
            bad.append(BadRecord(position=line, reason=reason, raw=text[at : at + RAW_KEPT].encode()[:RAW_KEPT]))
            return
        for event in _unwrapped(document):
            yield json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _unwrapped(document: Any) -> list[Any]:
    if isinstance(document, list):
        return document
    if isinstance(document, dict) and len(document) <= 3:  # noqa: PLR2004 - a wrapper holds little besides
        for name in _WRAPPERS:
            if isinstance(document.get(name), list):
                inner: list[Any] = document[name]
                return inner
    return [document]
