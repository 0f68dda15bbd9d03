"""Text compressed as Zstandard; one that was cut off is told from one that ended."""

from typing import BinaryIO

import zstandard

MAX_WINDOW = 1 << 27
"""The most memory that a file may ask of whoever decompresses it, in bytes."""

_HEADER = 18
_SKIPPED = (0x184D2A50, 0x184D2A5F)
_SAME_BYTE = 1


class ZstdReader:
    """Decompressed bytes of a file.

    The library ends quietly where a file was cut off, so that whoever scans half of the evidence would never know.
    """

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
        self._reader = decompressor.stream_reader(raw, read_across_frames=True)

    def readinto1(self, buffer: bytearray) -> int:
        """Fill the buffer with the next bytes; 0 at the end.

        Raises:
            EOFError: the file was cut off.
            zstandard.ZstdError: it is damaged.

        """
        count = self._reader.readinto1(buffer)
        if not count and not _is_complete(self._raw):
            raise EOFError("it ends in the middle of what was compressed")
        return count


def _is_complete(raw: BinaryIO) -> bool:
    """Whether a file ends where its last frame does: RFC 8878, section 3.1. Only the heads of blocks are read."""
    size = raw.seek(0, 2)
    at = 0
    while at < size:
        raw.seek(at)
        at = _end_of_frame(raw, raw.read(_HEADER), at)
    return at == size


def _end_of_frame(raw: BinaryIO, header: bytes, at: int) -> int:
    magic, length = int.from_bytes(header[:4], "little"), int.from_bytes(header[4:8], "little")
    if _SKIPPED[0] <= magic <= _SKIPPED[1]:
        return at + 8 + length
    try:
        checksum = 4 if zstandard.get_frame_parameters(header).has_checksum else 0
        at += zstandard.frame_header_size(header)
    except zstandard.ZstdError:  # cut off within the header itself
        return at + _HEADER + 1
    last = False
    while not last:
        raw.seek(at)
        head = raw.read(3)
        if len(head) < 3:  # noqa: PLR2004 - the length of a block's head
            return at + 3
        block = int.from_bytes(head, "little")
        last, kind, length = bool(block & 1), block >> 1 & 3, block >> 3
        at += 3 + (1 if kind == _SAME_BYTE else length)
    return at + checksum
