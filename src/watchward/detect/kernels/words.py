"""Words anywhere in a text, found by skipping."""

import numpy as np

from watchward.detect.kernels.arrays import Bytes, Ints, Longs, Skips
from watchward.telemetry.kernels.compiled import loop


@loop
def scan_words(data: Bytes, first: Longs, words: Skips, left: Ints, right: Ints) -> int:
    """Which values hold which words: pairs in the order of the values, one for each place."""
    back = words.shortest[0] - 1
    kinds, skip, begins, numbers = words.kinds, words.skip, words.first, words.numbers
    size, room = 0, len(left)
    for value in range(len(first) - 1):
        at, end = first[value] + back, first[value + 1]
        while at < end:
            block = np.int64(kinds[data[at - 1]]) * 64 + kinds[data[at]]
            if skip[block] > 0:
                at += skip[block]
                continue
            for place in range(begins[block], begins[block + 1]):
                if word_stands(data, at - back, end, words, numbers[place]):
                    if size < room:
                        left[size], right[size] = value, numbers[place]
                    size += 1
            at += 1
    return size


@loop
def word_stands(data: Bytes, at: int, end: int, words: Skips, number: int) -> bool:
    """Whether a word begins at this place, in whatever letter case."""
    begin, length = words.begins[number], words.begins[number + 1] - words.begins[number]
    if at + length > end:
        return False
    for byte in range(length):  # numba has no all() of a generator
        if words.folded[data[at + byte]] != words.data[begin + byte]:
            return False
    return True


@loop
def spelt_out(data: Bytes, first: Longs, out: Bytes) -> None:
    """Which JSON texts spell a plain letter as a code or a stroke with a backslash."""
    for value in range(len(first) - 1):
        at, end = first[value], first[value + 1] - 1
        while at < end:
            if data[at] != 0x5C:  # a backslash
                at += 1
                continue
            if data[at + 1] in {0x75, 0x2F}:
                out[value] = 1
                break
            at += 2
