"""Files of checksummed, length-framed entries: only ever appended to, and readable while they grow.

A file begins with `MAGIC`. Each frame is a header of sixteen bytes (payload length, CRC-32 of sequence and payload, and
the entry's sequence number, all little-endian) and then the payload. A frame that is cut short or whose checksum is
wrong was never acknowledged: it ends the file.
"""

import os
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

MAGIC = b"WWJ1\r\n\x1a\n"
_HEADER = struct.Struct("<IIQ")
_SEQUENCE = struct.Struct("<Q")
_LARGEST = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One whole entry of a file, and the offset at which the next begins."""

    sequence: int
    payload: bytes
    end: int


def framed(sequence: int, payload: bytes) -> bytes:
    """The bytes of one frame."""
    checksum = zlib.crc32(payload, zlib.crc32(_SEQUENCE.pack(sequence)))
    return _HEADER.pack(len(payload), checksum, sequence) + payload


def scan(file: Path, offset: int = 0) -> Iterator[Frame]:
    """The whole frames of a file from an offset on; ends quietly at the first that is cut short or damaged."""
    try:
        handle = file.open("rb")
    except FileNotFoundError:
        return
    with handle:
        if handle.read(len(MAGIC)) != MAGIC:
            return
        position = max(offset, len(MAGIC))
        handle.seek(position)
        while (frame := _next(handle.read, position)) is not None:
            yield frame
            position = frame.end


def _next(read: Callable[[int], bytes], position: int) -> Frame | None:
    header = read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    length, checksum, sequence = _HEADER.unpack(header)
    if length > _LARGEST:
        return None
    payload = read(length)
    if len(payload) < length or zlib.crc32(payload, zlib.crc32(header[8:])) != checksum:
        return None
    return Frame(sequence=sequence, payload=payload, end=position + _HEADER.size + length)


def sync_folder(folder: Path) -> None:
    """Flush a folder's own entries, so that a file just made or renamed in it is there after a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_all(handle: int, data: bytes | memoryview) -> None:
    """Write every byte, however many calls the system takes for it."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
