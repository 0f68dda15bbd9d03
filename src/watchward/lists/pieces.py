"""Compressed pieces of text that are put together, in any number, as one gzip file without compressing anything anew.

Each piece is a run of deflate blocks that ends on a byte and looks back at nothing before it, so that pieces may stand
in any order. The checksum of the whole follows from theirs (as zlib's `crc32_combine` does it).
"""

import zlib
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b
from typing import Final

from msgspec import Struct

_POLYNOMIAL: Final = 0xEDB88320
_ONE: Final = 1 << 31
"""The polynomial 1: the highest bit is that of the lowest power."""
_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_END: Final = b"\x03\x00"
"""A last block, which is empty."""


class Piece(Struct, frozen=True, gc=False):
    """A piece of a file.

    Args:
        packed: it, compressed.
        digest: of it as it is.
        length: bytes of it as it is.
        crc: its checksum.
        shift: by what the checksum of what stands before it is multiplied.
        entries: how many blocks it holds.

    """

    packed: bytes
    digest: bytes
    length: int
    crc: int
    shift: int
    entries: int = 0

    @property
    def content(self) -> bytes:
        """It, as it is."""
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(self.packed)


def piece(content: bytes, entries: int = 0) -> Piece:
    """A piece of some content."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return Piece(
        packed=packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH),
        digest=blake2b(content, digest_size=12).digest(),
        length=len(content),
        crc=zlib.crc32(content),
        shift=_power(len(content)),
        entries=entries,
    )


def gzipped(pieces: Iterable[Piece]) -> bytes:
    """The pieces as one gzip file.

    >>> import gzip
    >>> gzip.decompress(gzipped([piece(b"one "), piece(b"two")]))
    b'one two'

    """
    return b"".join(_parts(pieces))


def _parts(pieces: Iterable[Piece]) -> Iterator[bytes]:
    yield _HEAD
    crc = length = 0
    for one in pieces:
        yield one.packed
        crc = _product(one.shift, crc) ^ one.crc
        length += one.length
    yield _END + crc.to_bytes(4, "little") + (length & 0xFFFFFFFF).to_bytes(4, "little")


def tag(pieces: Iterable[Piece]) -> str:
    """A name of what the pieces hold together: the same for the same, wherever they are cut."""
    found = blake2b(digest_size=12)
    for one in pieces:
        found.update(one.digest)
    return found.hexdigest()


def _product(one: int, other: int) -> int:
    """The product of two polynomials over GF(2), modulo the checksum's."""
    if not other:
        return 0
    bit, found = _ONE, 0
    while True:
        if one & bit:
            found ^= other
            if not one & (bit - 1):
                return found
        bit >>= 1
        other = (other >> 1) ^ _POLYNOMIAL if other & 1 else other >> 1


@cache
def _squares() -> tuple[int, ...]:
    """X, x², x⁴ and so on."""
    found = [1 << 30]
    while len(found) < 32:  # noqa: PLR2004 - after which they repeat
        found.append(_product(found[-1], found[-1]))
    return tuple(found)


def _power(length: int) -> int:
    """Eight times the length as a power of x, by which so many bytes shift the checksum of what stands before them."""
    found, place = _ONE, 3
    while length:
        if length & 1:
            found = _product(_squares()[place & 31], found)
        length >>= 1
        place += 1
    return found
