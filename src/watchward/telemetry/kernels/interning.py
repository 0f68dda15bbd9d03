"""Codes of values into the rows of a batch: at once, or later when it is known which are asked for."""

from watchward.telemetry.kernels.compiled import inlined, inner_loop
from watchward.telemetry.kernels.tables import LATERS, SLOT, SLOTS
from watchward.telemetry.kernels.texts import NO_ROOM, PLAIN, interned


@inlined
def put(columns, codes, counters, row, column, code):
    slot = columns[column, SLOT]
    if slot < 0:
        slot = counters[SLOTS]
        counters[SLOTS] = slot + 1
        columns[column, SLOT] = slot
        for other in range(codes.shape[1]):
            codes[slot, other] = -1
    codes[slot, row] = code


@inlined
def postponed(later, counters, row, column, start, end, how):
    """Note a value for later; False where there is no room."""
    at = counters[LATERS]
    if at >= later.shape[0]:
        return False
    later[at, 0] = row
    later[at, 1] = 4 * column + how
    later[at, 2] = start
    later[at, 3] = end
    counters[LATERS] = at + 1
    return True


@inner_loop
def take_later(tables, work, data, ids, wanted, first):
    """Take the postponed values that are wanted of the log source (`ids`) of their row, from place `first` on.

    Returns the place at which a table was full, or how many were postponed.
    """
    seeds, _, _, values, value_count, columns = tables
    codes, _, _, news, scratch, _, _, counters, later = work
    for at in range(first, counters[LATERS]):
        row, column, how = later[at, 0], later[at, 1] >> 2, later[at, 1] & 3
        if not wanted[ids[row], column]:
            continue
        start, end = later[at, 2], later[at, 3]
        code = interned(seeds, values, value_count, columns, news, scratch, counters, data, column, start, end, how)
        if code == NO_ROOM:
            return at
        put(columns, codes, counters, row, column, code)
    return counters[LATERS]


@inner_loop
def intern_all(tables, work, data, starts, ends, column, found):
    """The codes of plain texts in a column; returns the place at which a table was full, or how many there are."""
    seeds, _, _, values, value_count, columns = tables
    _, _, _, news, scratch, _, _, counters, _ = work
    for at in range(len(starts)):
        code = interned(
            seeds, values, value_count, columns, news, scratch, counters, data, column, starts[at], ends[at], PLAIN
        )
        if code == NO_ROOM:
            return at
        found[at] = code
    return len(starts)
