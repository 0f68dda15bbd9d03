"""JSON objects, a line each, straight into dictionary codes by column and row.

The reader knows exactly one way to be right: whatever it does not understand completely it hands to the plain decoder.
"""

from numba import int64, njit, uint64

from watchward.telemetry.kernels.dates import iso
from watchward.telemetry.kernels.loads import byte_at, word_at
from watchward.telemetry.kernels.syntax import DEEPEST, HAS_OBJECT, HAS_OTHER, literal, nested, number, space, string
from watchward.telemetry.kernels.tables import (
    COLUMN,
    DONE,
    ENTRIES,
    ENTRY_COUNT,
    FIRST_ENTRY,
    FLAGS,
    FULL,
    HELD,
    HIDING,
    KEPT,
    LINES,
    MOMENT,
    NO_TIME,
    NUMBERED,
    OWNER,
    RANK,
    SLOT,
    SLOTS,
    SLOW,
    SLOW_LIST,
    SLOW_OBJECT,
    STAMP,
    STATUS,
    TIME,
    UNKNOWN,
    UNKNOWNS,
    UNMAPPED,
)
from watchward.telemetry.kernels.texts import ABSENT, ESCAPED, LIST, NO_ROOM, PLAIN, hides, interned

_QUOTE, _BACKSLASH, _COMMA, _COLON, _MINUS = 0x22, 0x5C, 0x2C, 0x3A, 0x2D
_OPEN, _CLOSE, _OPEN_LIST = 0x7B, 0x7D, 0x5B
_ZERO, _NINE = 0x30, 0x39
_LONGEST_NUMBER = 18


@njit(cache=True, nogil=True, forceinline=True)
def key_hash(seeds, data, parent, start, end):
    """The hash of a name inside an object."""
    found = seeds[2] ^ (uint64(parent + 1) * uint64(0xC2B2AE3D27D4EB4F)) ^ (uint64(end - start) << uint64(32))
    at = start
    while at < end:
        word = word_at(data, at)
        if at + 8 > end:
            word &= (uint64(1) << uint64(8 * (end - at))) - uint64(1)
        found = (found ^ word) * uint64(0xD6E8FEB86659FD93)
        found ^= found >> uint64(32)
        at += 8
    found = (found ^ seeds[3]) * uint64(0xA0761D6478BD642F)
    return found ^ (found >> uint64(29))


@njit(cache=True, nogil=True)
def _path(seeds, keys, data, parent, start, end):
    """The path of a name inside an object, or -1 where it was never seen."""
    one = key_hash(seeds, data, parent, start, end)
    mask = uint64(keys.shape[0] - 1)
    place = one & mask
    while keys[place, 1] != uint64(0):
        if keys[place, 0] == one:
            return int64(keys[place, 1]) - 1
        place = (place + uint64(1)) & mask
    return -1


@njit(cache=True, nogil=True, forceinline=True)
def _keep(entries, counters, path, start, end):
    """Note a value for `unmapped`; False where there is no room."""
    at = counters[ENTRIES]
    if at >= entries.shape[0]:
        return False
    entries[at, 0] = path
    entries[at, 1] = start
    entries[at, 2] = end
    counters[ENTRIES] = at + 1
    return True


@njit(cache=True, nogil=True, forceinline=True)
def _put(columns, codes, counters, row, column, code):
    slot = columns[column, SLOT]
    if slot < 0:
        slot = counters[SLOTS]
        counters[SLOTS] = slot + 1
        columns[column, SLOT] = slot
        for other in range(codes.shape[1]):
            codes[slot, other] = -1
    codes[slot, row] = code


@njit(cache=True, nogil=True)
def _number_value(data, start, end):
    """A record number, or -1 where it is none."""
    if end - start > _LONGEST_NUMBER or end == start:
        return -1
    value = 0
    for at in range(start, end):
        byte = byte_at(data, at)
        if byte < _ZERO or byte > _NINE:
            return -1
        value = value * 10 + (byte - _ZERO)
    return value


@njit(cache=True, nogil=True)
def _special(paths, columns, rows, data, row, path, start, end, stamp):
    """Take a time or a record number; False where the plain decoder must look."""
    rank = paths[path, RANK]
    is_time = paths[path, COLUMN] == TIME
    if is_time:
        if byte_at(data, start) != _QUOTE:
            return False
        value = iso(data, start + 1, end - 1)
        if value == NO_TIME:
            return False
    else:
        inner = 1 if byte_at(data, start) == _QUOTE else 0
        value = _number_value(data, start + inner, end - inner)
        if value < 0:
            return True
    state = columns.shape[0] - (2 if is_time else 1)
    if columns[state, STAMP] == stamp and columns[state, HELD] == rank:
        return False
    if columns[state, STAMP] != stamp or columns[state, HELD] < rank:
        rows[row, MOMENT if is_time else NUMBERED] = value
        columns[state, STAMP] = stamp
        columns[state, HELD] = rank
    return True


@njit(cache=True, nogil=True)
def line(
    seeds,
    keys,
    paths,
    values,
    value_count,
    columns,
    codes,
    rows,
    entries,
    news,
    scratch,
    unknowns,
    stack,
    counters,
    data,
    at,
    end,
    row,
    root,
    keep,
):
    """Read one line into one row; returns what became of it."""
    stamp = counters[LINES] + 1
    counters[LINES] = stamp
    rows[row, MOMENT] = NO_TIME
    rows[row, NUMBERED] = -1
    first_entry = counters[ENTRIES]
    rows[row, FIRST_ENTRY] = first_entry
    rows[row, ENTRY_COUNT] = 0
    at = space(data, at)
    if byte_at(data, at) != _OPEN:
        return SLOW
    at += 1
    status = DONE
    depth = 0
    parent = root
    stack[0] = root
    while True:
        at = space(data, at)
        byte = byte_at(data, at)
        if byte == _CLOSE:
            at += 1
            if depth == 0:
                break
            depth -= 1
            parent = stack[depth]
            at = space(data, at)
            if byte_at(data, at) == _COMMA:
                at = space(data, at + 1)
                if byte_at(data, at) != _QUOTE:
                    return SLOW
            elif byte_at(data, at) != _CLOSE:
                return SLOW
            continue
        if byte != _QUOTE:
            return SLOW
        key = at + 1
        at, escaped = string(data, key)
        if at < 0 or escaped:
            return SLOW
        path = _path(seeds, keys, data, parent, key, at)
        if path < 0:
            unknown = counters[UNKNOWNS]
            if unknown < unknowns.shape[0]:
                unknowns[unknown, 0] = parent
                unknowns[unknown, 1] = key
                unknowns[unknown, 2] = at
                counters[UNKNOWNS] = unknown + 1
            status = UNKNOWN
        at = space(data, at + 1)
        if byte_at(data, at) != _COLON:
            return SLOW
        at = space(data, at + 1)
        start = at
        byte = byte_at(data, at)
        how = PLAIN
        inner = 0
        silent = False  # null, or empty: it fills no field
        usable = True
        if byte == _QUOTE:
            at, escaped = string(data, at + 1)
            if at < 0:
                return SLOW
            at += 1
            inner = 1
            how = ESCAPED if escaped else PLAIN
            if escaped & 2:
                rows[row, HIDING] = 1
        elif byte == _OPEN:
            look = space(data, at + 1)
            if byte_at(data, look) == _CLOSE:
                at = look + 1
                silent = True
            elif path >= 0:
                if paths[path, FLAGS] & SLOW_OBJECT:
                    return SLOW
                depth += 1
                if depth >= DEEPEST:
                    return SLOW
                stack[depth] = path
                parent = path
                at += 1
                continue
            else:
                at, _ = nested(data, at, stack, depth + 1)
                if at < 0:
                    return SLOW
        elif byte == _OPEN_LIST:
            at, holds = nested(data, at, stack, depth + 1)
            if at < 0:
                return SLOW
            if path >= 0:
                if holds & HAS_OBJECT and (paths[path, FLAGS] & SLOW_LIST or paths[path, COLUMN] != UNMAPPED):
                    return SLOW
                if holds & HAS_OTHER and paths[path, COLUMN] != UNMAPPED:
                    return SLOW
            how = LIST
            if hides(data, start, at):
                rows[row, HIDING] = 1
        elif byte == _MINUS or _ZERO <= byte <= _NINE:
            at, usable = number(data, at)
            if at < 0:
                return SLOW
        else:
            at = literal(data, at)
            if at < 0:
                return SLOW
            silent = byte == 0x6E
        if path >= 0:
            column = paths[path, COLUMN]
            if keep and (column < 0 or paths[path, FLAGS] & KEPT) and not _keep(entries, counters, path, start, at):
                return FULL
            if column >= 0:
                if silent:
                    if columns[column, STAMP] == stamp:
                        return SLOW
                elif not usable:
                    return SLOW
                else:
                    rank = paths[path, RANK]
                    held = columns[column, HELD] if columns[column, STAMP] == stamp else -1
                    if held == rank or (held >= 0 and columns[column, OWNER] == path):
                        return SLOW
                    if rank > held:
                        code = interned(
                            seeds,
                            values,
                            value_count,
                            columns,
                            news,
                            scratch,
                            counters,
                            data,
                            column,
                            start + inner,
                            at - inner,
                            how,
                        )
                        if code == NO_ROOM:
                            return FULL
                        if code != ABSENT:
                            columns[column, STAMP] = stamp
                            columns[column, OWNER] = path
                            columns[column, HELD] = rank
                            _put(columns, codes, counters, row, column, code)
            elif column != UNMAPPED:
                plain = how == PLAIN and usable and not silent
                if not plain or not _special(paths, columns, rows, data, row, path, start, at, stamp):
                    return SLOW
        at = space(data, at)
        if byte_at(data, at) == _COMMA:
            at = space(data, at + 1)
            if byte_at(data, at) != _QUOTE:
                return SLOW
        elif byte_at(data, at) != _CLOSE:
            return SLOW
    if space(data, at) < end:
        return SLOW
    rows[row, ENTRY_COUNT] = counters[ENTRIES] - first_entry
    return status


@njit(cache=True, nogil=True)
def read_rows(tables, work, data, starts, ends, pending, first, root, keep):
    """Read documents into the pending rows, from place `first` on; returns where a table was full, or their number.

    `root` is the path under which a document's names lie: 0, or that of documents of this program's own making.
    """
    seeds, keys, paths, values, value_count, columns = tables
    codes, rows, entries, news, scratch, unknowns, stack, counters = work
    for place in range(first, len(pending)):
        row = pending[place]
        if rows[row, STATUS] == SLOW:
            continue
        entries_before = counters[ENTRIES]
        status = line(
            seeds,
            keys,
            paths,
            values,
            value_count,
            columns,
            codes,
            rows,
            entries,
            news,
            scratch,
            unknowns,
            stack,
            counters,
            data,
            starts[place],
            ends[place],
            row,
            root,
            keep,
        )
        if status != DONE:
            counters[ENTRIES] = entries_before
            rows[row, ENTRY_COUNT] = 0
            for slot in range(counters[SLOTS]):
                codes[slot, row] = -1
        if status == FULL:
            return place
        rows[row, STATUS] = status
    return len(pending)


@njit(cache=True, nogil=True)
def intern_all(tables, work, data, starts, ends, column, found):
    """The codes of plain texts in a column; returns the place at which a table was full, or how many there are."""
    seeds, _, _, values, value_count, columns = tables
    _, _, _, news, scratch, _, _, counters = work
    for at in range(len(starts)):
        code = interned(
            seeds, values, value_count, columns, news, scratch, counters, data, column, starts[at], ends[at], PLAIN
        )
        if code == NO_ROOM:
            return at
        found[at] = code
    return len(starts)
