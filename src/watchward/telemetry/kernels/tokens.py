"""JSON objects, a line each, straight into dictionary codes by column and row.

The reader knows exactly one way to be right: whatever it does not understand completely it hands to the plain decoder.
"""

from numba import int64, njit, uint64

from watchward.telemetry.kernels.dates import iso
from watchward.telemetry.kernels.loads import (
    backslashes,
    byte_at,
    controls,
    lowest_bit,
    quotes,
    short_escapes,
    word_at,
)
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
from watchward.telemetry.kernels.texts import ABSENT, ESCAPED, LIST, NO_ROOM, PLAIN, four_hex, interned

_QUOTE, _BACKSLASH, _COMMA, _COLON, _MINUS = 0x22, 0x5C, 0x2C, 0x3A, 0x2D
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = 0x7B, 0x7D, 0x5B, 0x5D
_ZERO, _NINE, _DOT = 0x30, 0x39, 0x2E
_BROKEN = -1
_U = 0x75
_ODD = 0xAAAAAAAAAAAAAAAA
_BLOCK = 0xFFFFFFFF
_DEEPEST = 60
_LONGEST_NUMBER = 18
_NATIVE = 9

# What a list holds besides strings, whole numbers and truth values.
_HAS_OBJECT, _HAS_OTHER = 1, 2


@njit(cache=True, nogil=True, inline="always")
def _space(data, at):
    while byte_at(data, at) == 0x20 or byte_at(data, at) == 0x09 or byte_at(data, at) == 0x0D:
        at += 1
    return at


@njit(cache=True, nogil=True)
def string(data, at):
    r"""The closing quote of the string that begins here (or _BROKEN); its escapes: 1 for any, 2 more for `\u0041`."""
    escapes = 0
    carried = uint64(0)  # set where the block before ended in the backslash of an escape
    while True:
        quote, backslash, control = quotes(data, at), backslashes(data, at), controls(data, at)
        if (backslash | carried) == uint64(0):
            stops = quote | control
        else:
            # Which bytes a backslash escapes, told for runs of backslashes of any length by one subtraction.
            starting = backslash & ~carried
            series = (((starting << uint64(1)) | uint64(_ODD)) - starting) ^ uint64(_ODD)
            escaped = series ^ (backslash | carried)
            carried = (escaped >> uint64(32)) & uint64(1)
            stops = (quote & ~escaped) | control
            inside = (stops & (~stops + uint64(1))) - uint64(1) if stops != uint64(0) else uint64(_BLOCK)
            if backslash & inside != uint64(0):
                escapes |= 1
            odd = escaped & inside & uint64(_BLOCK) & ~short_escapes(data, at)
            while odd != uint64(0):
                place = at + lowest_bit(odd)
                point = four_hex(data, place + 1) if byte_at(data, place) == _U else -1
                if point < 0:
                    return _BROKEN, escapes
                if 0x20 <= point < 0x80:
                    escapes |= 2
                odd &= odd - uint64(1)
        if stops != uint64(0):
            first = lowest_bit(stops)
            ends = (control >> uint64(first)) & uint64(1) == uint64(0)
            return (at + first if ends else _BROKEN), escapes
        at += 32


@njit(cache=True, nogil=True)
def number(data, at):
    """Where a number ends, and whether it is whole and written plainly; _BROKEN where it is none."""
    start = at
    if byte_at(data, at) == _MINUS:
        at += 1
    first = byte_at(data, at)
    if first < _ZERO or first > _NINE:
        return _BROKEN, False
    at += 1
    if first != _ZERO:
        while _ZERO <= byte_at(data, at) <= _NINE:
            at += 1
    elif _ZERO <= byte_at(data, at) <= _NINE:
        return _BROKEN, False
    whole = not (first == _ZERO and byte_at(data, start) == _MINUS) and at - start < 4000
    if byte_at(data, at) == _DOT:
        whole = False
        at += 1
        if byte_at(data, at) < _ZERO or byte_at(data, at) > _NINE:
            return _BROKEN, False
        while _ZERO <= byte_at(data, at) <= _NINE:
            at += 1
    if byte_at(data, at) == 0x65 or byte_at(data, at) == 0x45 or at - start > 300:
        return _BROKEN, False  # rare, and may be too great for a float: the plain decoder reads it
    return at, whole


@njit(cache=True, nogil=True)
def literal(data, at):
    """Where `true`, `false` or `null` ends; _BROKEN where it is none of them."""
    if (
        byte_at(data, at) == 0x74
        and byte_at(data, at + 1) == 0x72
        and byte_at(data, at + 2) == 0x75
        and byte_at(data, at + 3) == 0x65
    ):
        return at + 4
    if (
        byte_at(data, at) == 0x6E
        and byte_at(data, at + 1) == 0x75
        and byte_at(data, at + 2) == 0x6C
        and byte_at(data, at + 3) == 0x6C
    ):
        return at + 4
    if (
        byte_at(data, at) == 0x66
        and byte_at(data, at + 1) == 0x61
        and byte_at(data, at + 2) == 0x6C
        and byte_at(data, at + 3) == 0x73
        and byte_at(data, at + 4) == 0x65
    ):
        return at + 5
    return _BROKEN


@njit(cache=True, nogil=True)
def scalar(data, at):
    """Where a string, number, truth value or null ends, and whether it is a number that is not whole."""
    byte = byte_at(data, at)
    if byte == _QUOTE:
        end, _ = string(data, at + 1)
        return (end + 1 if end >= 0 else _BROKEN), False
    if byte == _MINUS or _ZERO <= byte <= _NINE:
        end, whole = number(data, at)
        return end, not whole
    return literal(data, at), False


@njit(cache=True, nogil=True)
def nested(data, at, stack, depth):
    """Where the object or list that begins here ends, and what a list holds; _BROKEN where it is not well formed."""
    base = depth
    holds = 0
    listing = byte_at(data, at) == _OPEN_LIST
    stack[depth] = byte_at(data, at)
    at += 1
    expect_value = True  # or, in an object, a name
    fresh = True
    while True:
        at = _space(data, at)
        byte = byte_at(data, at)
        inside_list = stack[depth] == _OPEN_LIST
        if (byte == _CLOSE_LIST and inside_list) or (byte == _CLOSE and not inside_list):
            if expect_value and not fresh:
                return _BROKEN, holds
            at += 1
            if depth == base:
                return at, holds
            depth -= 1
            expect_value = False
            fresh = False
            continue
        if not expect_value:
            if byte != _COMMA:
                return _BROKEN, holds
            expect_value = True
            fresh = False
            at += 1
            continue
        if not inside_list:
            if byte != _QUOTE:
                return _BROKEN, holds
            at, _ = string(data, at + 1)
            if at < 0:
                return _BROKEN, holds
            at = _space(data, at + 1)
            if byte_at(data, at) != _COLON:
                return _BROKEN, holds
            at = _space(data, at + 1)
            byte = byte_at(data, at)
        if byte in (_OPEN, _OPEN_LIST):
            if listing and depth == base:
                holds |= _HAS_OBJECT if byte == _OPEN else _HAS_OTHER
            depth += 1
            if depth >= _DEEPEST:
                return _BROKEN, holds
            stack[depth] = byte
            fresh = True
            at += 1
            continue
        at, other = scalar(data, at)
        if at < 0:
            return _BROKEN, holds
        if other and depth == base:
            holds |= _HAS_OTHER
        expect_value = False
        fresh = False


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
def _hides(data, start, end):
    r"""Whether there is a `\u` escape."""
    for at in range(start, end - 1):
        if byte_at(data, at) == _BACKSLASH and byte_at(data, at + 1) == 0x75:
            return True
    return False


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
    at = _space(data, at)
    if byte_at(data, at) != _OPEN:
        return SLOW
    at += 1
    status = DONE
    depth = 0
    parent = root
    stack[0] = root
    while True:
        at = _space(data, at)
        byte = byte_at(data, at)
        if byte == _CLOSE:
            at += 1
            if depth == 0:
                break
            depth -= 1
            parent = stack[depth]
            at = _space(data, at)
            if byte_at(data, at) == _COMMA:
                at = _space(data, at + 1)
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
        at = _space(data, at + 1)
        if byte_at(data, at) != _COLON:
            return SLOW
        at = _space(data, at + 1)
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
            look = _space(data, at + 1)
            if byte_at(data, look) == _CLOSE:
                at = look + 1
                silent = True
            elif path >= 0:
                if paths[path, FLAGS] & SLOW_OBJECT:
                    return SLOW
                depth += 1
                if depth >= _DEEPEST:
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
                if holds & _HAS_OBJECT and (paths[path, FLAGS] & SLOW_LIST or paths[path, COLUMN] != UNMAPPED):
                    return SLOW
                if holds & _HAS_OTHER and paths[path, COLUMN] != UNMAPPED:
                    return SLOW
            how = LIST
            if _hides(data, start, at):
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
        at = _space(data, at)
        if byte_at(data, at) == _COMMA:
            at = _space(data, at + 1)
            if byte_at(data, at) != _QUOTE:
                return SLOW
        elif byte_at(data, at) != _CLOSE:
            return SLOW
    if _space(data, at) < end:
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
