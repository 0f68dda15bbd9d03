"""From matches to the rows that correlations read: one pass over a batch, for all correlations of a shelf."""

import numpy as np

from watchward.detect.kernels.hashing import blended
from watchward.telemetry.kernels.compiled import inlined, inner_loop

NOTHING, VALUES, EVENT = range(3)
"""What different things are counted: none, the values of fields, or events."""

ONE = np.uint64(1)


@inlined
def is_whole(wanted, counted, values, row, groups):
    """Whether an event has every field of the group and every one that is counted; 0 stands for none."""
    for place in range(1, 1 + groups):
        if values[wanted[place], row] == np.uint64(0):
            return False
    for place in range(len(counted)):
        if counted[place] >= 0 and values[counted[place], row] == np.uint64(0):
            return False
    return True


@inlined
def value_of(how, counted, values, row, hi, lo):
    """What is counted where different things are: never 0, which stands for nothing."""
    if how == NOTHING:
        return np.uint64(0)
    if how == EVENT:
        return max(blended(blended(np.uint64(3), hi), lo), ONE)
    length = 0
    while length < len(counted) and counted[length] >= 0:
        length += 1
    found = np.uint64(length + 1)
    for place in range(length):
        found = blended(found, values[counted[place], row])
    return max(found, ONE)


@inner_loop
def rows_of(matches, reads, inputs, values, amounts, groups, columns):
    """Write a row for each match and each input that reads its rule and for which it counts; returns how many.

    The inputs that read a rule lie between `first[rule]` and `first[rule + 1]`. Of each input: the lines of `values`
    that are told (organisation, group, carried) and that are counted (then -1), and the line of `amounts` or -1.
    """
    rules, at, ids = matches
    first, readers = reads
    told, counted, number, how, salts = inputs
    keys, times, his, los, places, counted_as, numbers, rests, shown = columns
    width, count = told.shape[1], 0
    for row in range(len(rules)):
        for place in range(first[rules[row]], first[rules[row] + 1]):
            one = readers[place]
            if not is_whole(told[one], counted[one], values, row, groups):
                continue
            amount = amounts[number[one], row] if number[one] >= 0 else 0.0
            if np.isnan(amount):
                continue
            hi, lo = ids[row, 0], ids[row, 1]
            value = value_of(how[one], counted[one], values, row, hi, lo)
            key, rest = np.uint64(groups + 2), blended(np.uint64(width + 2), value)
            for column in range(width):
                word = values[told[one, column], row]
                shown[column, count] = word
                rest = blended(rest, word)
                if column <= groups:
                    key = blended(key, word)
            keys[count], times[count], his[count], los[count] = key ^ salts[one], at[row], hi, lo
            places[count], counted_as[count], numbers[count], rests[count] = one, value, amount, rest
            count += 1
    return count
