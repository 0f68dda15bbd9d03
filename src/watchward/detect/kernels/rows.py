"""The rows of a batch by the numbers of their values."""

import numpy as np
from numba import njit

from watchward.detect.kernels.arrays import Bytes, Ints, Longs


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
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
