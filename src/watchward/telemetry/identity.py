"""The identifier of an event, derived from its source and from what its sender calls it: never drawn.

An event that its log numbered is called by channel, computer, number and time (the time keeps apart the events of a log
that was cleared and counts anew). So is a row of Defender, by what happened, device, report number and time. One that
the sender's protocol names (`_id` of a bulk request) is called that. Any other is called by the request's body and its
position within it. The name is hashed with SipHash-2-4 to 128 bits, under a key made of the source, so that an
identifier is the same on every node and on every retry.
"""

import hashlib
from typing import Any

import numpy as np

from watchward.telemetry.kernels.siphash import siphash_128

Words = np.ndarray[Any, np.dtype[np.uint64]]

NUMBERED, _POSITIONED, _NAMED = 1, 2, 3
WORDS = 5
"""A name has five words of 64 bits: its kind, and what the event is called."""

CHANNELS = ("Channel", "ActionType")
"""The fields of which the first that an event has stands for the log that numbered it; Defender counts its rows by
device, and what happened keeps apart those of two tables."""

POSITION = 3
"""Which word of a name says the place in the body."""


def digest(text: str) -> int:
    """64 bits that stand for a channel or a computer in a name; 0 for none."""
    if not text:
        return 0
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _halves(data: bytes) -> tuple[int, int]:
    whole = hashlib.blake2b(data, digest_size=16).digest()
    return int.from_bytes(whole[:8], "little"), int.from_bytes(whole[8:], "little")


def source_key(source: str) -> Words:
    """The key under which a source's names are hashed."""
    return np.array(_halves(source.encode()), dtype=np.uint64)


def body_digest(body: bytes) -> tuple[int, int]:
    """What stands for a request's body in the names of its events."""
    return _halves(body)


def numbered(channel: int, computer: int, number: int, observed: int | None) -> tuple[int, ...]:
    """The name of an event that its log numbered; channel and computer by their digests."""
    return NUMBERED, channel, computer, number, observed or 0


def positioned(body: tuple[int, int], position: int) -> tuple[int, ...]:
    """The name of an event that has no other."""
    return _POSITIONED, *body, position, 0


def named(name: str) -> tuple[int, ...]:
    """The name of an event that the sender's protocol names."""
    return _NAMED, *_halves(name.encode()), 0, 0


def identifiers(key: Words, names: Words) -> Words:
    """The identifiers of events from their names, a row each: two words of 64 bits."""
    found: Words = np.empty((len(names), 2), np.uint64)
    siphash_128(key, names, found)
    return found
