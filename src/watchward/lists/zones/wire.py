"""Records of a zone as they travel, the same for every zone: their names end where the question of a message stands."""

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from watchward.intel.lists import rpz
from watchward.lists.forms import LONGEST_ORIGIN
from watchward.lists.view import Chunk, Item

TTL: Final = 60
REFRESH: Final = 60
_ORIGIN: Final = b"\xc0\x0c"
"""Behind the header of a message stands the name of the zone, as its question."""
_CNAME: Final = struct.pack("!HHI", 5, 1, TTL)
_SOA: Final = struct.pack("!HHI", 6, 1, TTL)
_NS: Final = struct.pack("!HHI", 2, 1, TTL)
_SERVER: Final = b"\x09localhost\x00"
_HOSTMASTER: Final = b"\x0ahostmaster" + _SERVER
_TARGETS: Final = {".": b"\x00\x01\x00", "rpz-passthru.": b"\x00\x0e\x0crpz-passthru\x00"}
_PARCEL: Final = 8_000
"""Bytes of records that are kept together."""
_MADE: Final = "wire"


def records(item: Item) -> tuple[bytes, ...]:
    """The records of a thing in a list."""
    return tuple(record(owner, target) for owner, target in rpz.records(item.listed, LONGEST_ORIGIN) or ())


def passes(record: bytes) -> bool:
    """Whether a record lets a name pass: of those, two things may have the same."""
    return record.endswith(_TARGETS["rpz-passthru."])


def record(owner: str, target: str) -> bytes:
    """One record."""
    labels = b"".join(bytes([len(label)]) + label for label in owner.encode("ascii").split(b"."))
    return labels + _ORIGIN + _CNAME + _TARGETS[target]


def soa(serial: int) -> bytes:
    """The record with which a zone begins and ends."""
    times = struct.pack("!IIIII", serial, REFRESH, REFRESH // 2, 86_400, TTL)
    data = _SERVER + _HOSTMASTER + times
    return _ORIGIN + _SOA + struct.pack("!H", len(data)) + data


def ns() -> bytes:
    """The record that names the zone's server, which every zone must have."""
    return _ORIGIN + _NS + struct.pack("!H", len(_SERVER)) + _SERVER


def parcels(chunk: Chunk) -> tuple[tuple[int, bytes], ...]:
    """The records of a chunk, some together, with how many there are."""
    made = chunk.made.get(_MADE)
    if made is None:
        made = chunk.made[_MADE] = tuple(packed((one for item in chunk.items for one in records(item)), _PARCEL))
    assert isinstance(made, tuple)
    return made


def packed(of: Iterable[bytes], most: int) -> Iterator[tuple[int, bytes]]:
    """Records put together, up to so many bytes at once."""
    held: list[bytes] = []
    size = 0
    for one in of:
        if held and size + len(one) > most:
            yield len(held), b"".join(held)
            held, size = [], 0
        held.append(one)
        size += len(one)
    if held:
        yield len(held), b"".join(held)
