"""The rows of a batch by the numbers of their values."""

import numpy as np

from watchward.detect.kernels.arrays import Bytes, Ints, Longs
from watchward.telemetry.kernels.compiled import loop

DIFFERS, SAME, UNSURE = 0, 1, 2
"""What became of a comparison of two values; outside ASCII and with lists, it must be made elsewhere."""

_LIST_MARK = 0x1E


@loop
def gather(codes: Ints, valid: Bytes, offset: int, table: Ints, out: Ints) -> None:
    """The number of each row's value: `table[code + 1]`, and `table[0]` where the bitmap `valid` says there is none."""
    if len(valid) == 0:
        for row in range(len(codes)):
            out[row] = table[codes[row] + 1]
        return
    for row in range(len(codes)):
        bit = row + offset
        there = (valid[bit >> 3] >> (bit & 7)) & 1
        out[row] = table[codes[row] + 1] if there else table[0]


@loop
def number_sources(codes: Ints, sizes: Longs, out: Ints) -> Longs:
    """Number the distinct combinations of three codes in the order of their first rows, and give each row its number.

    Args:
        codes: three lines, each code shifted by one, so that 0 stands for none.
        sizes: one more than the largest code of each line.
        out: the number for each row.

    Returns:
        For each number, a row that has the combination.

    """
    numbers = np.full(sizes[0] * sizes[1] * sizes[2], -1, dtype=np.int32)
    examples = np.empty(64, dtype=np.int64)
    count = 0
    for row in range(len(out)):
        key = (np.int64(codes[0, row]) * sizes[1] + codes[1, row]) * sizes[2] + codes[2, row]
        if numbers[key] < 0:
            if count == len(examples):
                wider = np.empty(2 * count, dtype=np.int64)
                wider[:count] = examples
                examples = wider
            numbers[key] = count
            examples[count] = row
            count += 1
        out[row] = numbers[key]
    return examples[:count]


@loop
def same(
    data: Bytes,
    first: Longs,
    codes: Ints,
    other_data: Bytes,
    other_first: Longs,
    other_codes: Ints,
    starts: bool,  # noqa: FBT001
    ends: bool,  # noqa: FBT001
    out: Bytes,
) -> None:
    """Whether two values of a row, in any letter case, are the same; a code below zero is no value.

    Or the first starts with the other, or ends with it, or (both) contains it.
    """
    for row in range(len(out)):
        out[row] = DIFFERS
        if codes[row] < 0 or other_codes[row] < 0:
            continue
        begin, end = first[codes[row]], first[codes[row] + 1]
        other_begin, other_end = other_first[other_codes[row]], other_first[other_codes[row] + 1]
        if not (is_plain(data, begin, end) and is_plain(other_data, other_begin, other_end)):
            out[row] = UNSURE
            continue
        length, room = other_end - other_begin, end - begin
        if length > room or (length < room and not starts and not ends):
            continue
        lowest = begin if starts or not ends else end - length
        highest = begin if starts and not ends else end - length
        for at in range(lowest, highest + 1):
            if same_bytes(data, at, other_data, other_begin, length):
                out[row] = SAME
                break


@loop
def is_plain(data: Bytes, begin: int, end: int) -> bool:
    """Whether a value is ASCII and no list."""
    every = np.uint8(0)
    for at in range(begin, end):
        every |= data[at]
    return every < 128 and (begin == end or data[begin] != _LIST_MARK)


@loop
def same_bytes(data: Bytes, at: int, other: Bytes, other_at: int, length: int) -> bool:
    """Whether two stretches of ASCII are the same in any letter case."""
    for place in range(length):
        mine, theirs = data[at + place], other[other_at + place]
        if mine != theirs and (mine ^ theirs != 32 or not 97 <= mine | 32 <= 122):
            return False
    return True
