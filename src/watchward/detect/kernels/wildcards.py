"""Wildcards, fitted to the bytes of a value."""

import numpy as np

from watchward.detect.kernels.arrays import Bytes, Ints, Longs, Patterns
from watchward.telemetry.kernels.compiled import loop

ANY = 256
"""The symbol of a pattern that stands for any one character."""

FAILS, FITS, OUTSIDE_ASCII = 0, 1, 2
"""What became of a pair; outside ASCII, a character is not a byte, and the pair must be looked at elsewhere."""


@loop
def fit(data: Bytes, first: Longs, patterns: Patterns, at: Ints, asked: Ints, out: Bytes) -> None:
    """Whether values fit patterns: pairs in the order of the values. The time is at most the product of lengths."""
    value, plain = np.int32(-1), True
    for pair in range(len(at)):
        if at[pair] != value:
            value = at[pair]
            every = np.uint8(0)
            for place in range(first[value], first[value + 1]):
                every |= data[place]
            plain = every < 128
        if plain:
            out[pair] = FITS if fits(data, first[value], first[value + 1], patterns, asked[pair]) else FAILS
        else:
            out[pair] = OUTSIDE_ASCII


@loop
def fits(data: Bytes, begin: int, end: int, patterns: Patterns, pattern: int) -> bool:
    """Whether a value fits a pattern: the first and last pieces stand at its ends, the others between, in order."""
    cased = patterns.cased[pattern] != 0
    piece, last = patterns.first[pattern], patterns.first[pattern + 1] - 1
    at = begin + patterns.begins[piece + 1] - patterns.begins[piece]
    if at > end or not stands(data, begin, patterns, piece, cased):
        return False
    if piece == last:
        return at == end
    tail = end - (patterns.begins[last + 1] - patterns.begins[last])
    for middle in range(piece + 1, last):
        length = patterns.begins[middle + 1] - patterns.begins[middle]
        while at + length <= tail and not stands(data, at, patterns, middle, cased):
            at += 1
        at += length
    return at <= tail and stands(data, tail, patterns, last, cased)


@loop
def stands(data: Bytes, at: int, patterns: Patterns, piece: int, cased: bool) -> bool:  # noqa: FBT001
    """Whether a piece stands at this place."""
    begin = patterns.begins[piece]
    for place in range(begin, patterns.begins[piece + 1]):
        symbol = patterns.symbols[place]
        byte = data[at + place - begin]
        if not cased and 65 <= byte <= 90:
            byte += np.uint8(32)
        if symbol != byte and symbol != ANY:
            return False
    return True
