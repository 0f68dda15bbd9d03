"""Values known by a keyed hash."""

import numpy as np

from watchward.detect.kernels.arrays import Bytes, Ints, Longs, Spans, Words
from watchward.telemetry.kernels.compiled import inlined, inner_loop, loop
from watchward.telemetry.kernels.loads import word_at
from watchward.telemetry.kernels.siphash import sip_round


@inlined
def digest(data, begin, end, key0, key1):  # type: ignore[no-untyped-def]  # compiled for whatever array it is given
    """SipHash-1-3 of a text: with a secret key, so that no sender can make two values collide; never 0."""
    v0 = key0 ^ np.uint64(0x736F6D6570736575)
    v1 = key1 ^ np.uint64(0x646F72616E646F6D)
    v2 = key0 ^ np.uint64(0x6C7967656E657261)
    v3 = key1 ^ np.uint64(0x7465646279746573)
    length = end - begin
    for at in range(begin, end - 7, 8):
        word = word_at(data, at)
        v3 ^= word
        v0, v1, v2, v3 = sip_round(v0, v1, v2, v3)
        v0 ^= word
    word = np.uint64(length & 255) << np.uint64(56)
    for byte in range(length & 7):
        word |= np.uint64(data[end - (length & 7) + byte]) << np.uint64(8 * byte)
    v3 ^= word
    v0, v1, v2, v3 = sip_round(v0, v1, v2, v3)
    v0 ^= word
    v2 ^= np.uint64(255)
    for _ in range(3):
        v0, v1, v2, v3 = sip_round(v0, v1, v2, v3)
    word = v0 ^ v1 ^ v2 ^ v3
    return word if word != np.uint64(0) else np.uint64(1)


@inner_loop
def digest_values(data: Bytes, first: Longs, key0: np.uint64, key1: np.uint64, out: Words) -> None:
    """The digest of each value of a column."""
    for value in range(len(first) - 1):
        out[value] = digest(data, first[value], first[value + 1], key0, key1)


@inner_loop
def digest_spans(memory: Bytes, spans: Spans, columns: Ints, key0: np.uint64, key1: np.uint64, out: Words) -> None:
    """The digest of each text as a value of its column: the same text of another column has another."""
    for value in range(len(columns)):
        whose = key0 ^ (np.uint64(columns[value]) << np.uint64(32))
        out[value] = digest(memory, spans.begins[value], spans.ends[value], whose, key1)


@loop
def look_up(digests: Words, keys: Words, numbers: Ints, out: Ints) -> int:
    """The number kept for each digest, or -1; how many have none. The table's size is a power of two."""
    mask = np.uint64(len(keys) - 1)
    missing = 0
    for value in range(len(digests)):
        place = digests[value] & mask
        while keys[place] != np.uint64(0) and keys[place] != digests[value]:
            place = (place + np.uint64(1)) & mask
        if keys[place] == np.uint64(0):
            out[value] = -1
            missing += 1
        else:
            out[value] = numbers[place]
    return missing


@inlined
def blended(key, word):  # type: ignore[no-untyped-def]  # compiled for the words it is given
    """A digest with one more word in it."""
    word = key * np.uint64(0x9E3779B97F4A7C15) + word
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@loop
def mixed(columns: Words, out: Words) -> None:
    """One digest for each row of several columns, which are the lines of an array; their order matters."""
    for row in range(columns.shape[1]):
        key = np.uint64(columns.shape[0] + 1)
        for column in range(columns.shape[0]):
            key = blended(key, columns[column, row])
        out[row] = key


@loop
def keep(digests: Words, found: Ints, keys: Words, numbers: Ints) -> int:
    """Keep a number for each digest; how many were not there before. The table must have room."""
    mask = np.uint64(len(keys) - 1)
    added = 0
    for value in range(len(digests)):
        if digests[value] == np.uint64(0):
            continue
        place = digests[value] & mask
        while keys[place] != np.uint64(0) and keys[place] != digests[value]:
            place = (place + np.uint64(1)) & mask
        if keys[place] == np.uint64(0):
            keys[place] = digests[value]
            added += 1
        numbers[place] = found[value]
    return added
