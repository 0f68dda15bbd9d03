"""From the bytes of a JSON value to the text that it says, and from that to its code in a column's dictionary."""

from numba import int64, uint64

from watchward.telemetry.kernels.compiled import inlined, inner_loop
from watchward.telemetry.kernels.loads import backslashes, byte_at, copied, copied_block, hashed, lowest_bit
from watchward.telemetry.kernels.tables import GENERATION, LONG, NEWS, SCRATCH, SIZE

# How a value is written; SILENT is null or an empty object, ODD a number that is not a whole one written plainly.
PLAIN, ESCAPED, LIST, SILENT, ODD = 0, 1, 2, 3, 4

ABSENT, NO_ROOM = -2, -3

_BACKSLASH, _QUOTE, _U = 0x5C, 0x22, 0x75
_MARK = 0x1E


@inlined
def hex_digit(byte):
    """The value of a hexadecimal digit, or -1."""
    if 0x30 <= byte <= 0x39:
        return byte - 0x30
    if 0x41 <= byte <= 0x46:
        return byte - 0x37
    if 0x61 <= byte <= 0x66:
        return byte - 0x57
    return -1


@inner_loop
def four_hex(data, at):
    """The number that four hexadecimal digits write, or -1."""
    value = 0
    for place in range(at, at + 4):
        digit = hex_digit(byte_at(data, place))
        if digit < 0:
            return -1
        value = value * 16 + digit
    return value


@inlined
def is_atomic(point):
    """Whether a character may stand in an atom (`telemetry.atoms`), letter case apart."""
    letter = 0x61 <= (point | 0x20) <= 0x7A
    return letter or 0x30 <= point <= 0x3A or point in (0x20, 0x2D, 0x2E, 0x5F) or is_folding(point)


@inlined
def is_folding(point):
    """Whether a character outside ASCII is one of ASCII's, or several, without its letter case.

    There are few: the long s, the sign of kelvin, sharp s, ligatures and some letters with marks.
    """
    marked = 0x1E96 <= point <= 0x1E9A or point in (0x0130, 0x0149, 0x01F0)
    return marked or 0xFB00 <= point <= 0xFB06 or point in (0x00DF, 0x017F, 0x1E9E, 0x212A)


@inlined
def may_fold(data, at):
    """Whether a character that folds into ASCII may begin at this byte: told by the first two bytes of its UTF-8."""
    two = (byte_at(data, at) << 8) | byte_at(data, at + 1)
    return two in (0xC39F, 0xC4B0, 0xC589, 0xC5BF, 0xC7B0, 0xE1BA, 0xE284, 0xEFAC)


@inner_loop
def hides(data, start, end):
    r"""Whether JSON text writes a character that may stand in an atom, or fold into one, as `\u0061`."""
    at = start
    while at < end - 5:
        if at + 32 <= end:
            found = backslashes(data, at)
            at += lowest_bit(found) if found != uint64(0) else 32
            if found == uint64(0) or at >= end - 5:
                continue
        if byte_at(data, at) == _BACKSLASH and byte_at(data, at + 1) == _U and is_atomic(four_hex(data, at + 2)):
            return True
        at += 1
    return False


@inner_loop
def _put_point(point, out, at):
    if point < 0x80:
        out[at] = point
        return at + 1
    if point < 0x800:
        out[at] = 0xC0 | (point >> 6)
        out[at + 1] = 0x80 | (point & 0x3F)
        return at + 2
    if point < 0x10000:
        out[at] = 0xE0 | (point >> 12)
        out[at + 1] = 0x80 | ((point >> 6) & 0x3F)
        out[at + 2] = 0x80 | (point & 0x3F)
        return at + 3
    out[at] = 0xF0 | (point >> 18)
    out[at + 1] = 0x80 | ((point >> 12) & 0x3F)
    out[at + 2] = 0x80 | ((point >> 6) & 0x3F)
    out[at + 3] = 0x80 | (point & 0x3F)
    return at + 4


@inner_loop
def unescaped(data, start, end, out, at):
    """Write the text of a JSON string's inside; half a surrogate pair becomes the replacement character."""
    place = start
    while True:
        found = backslashes(data, place)
        copied_block(out, at, data, place)
        ahead = lowest_bit(found) if found != uint64(0) else 32
        if place + ahead >= end:
            return at + end - place
        at += ahead
        place += ahead
        if found == uint64(0):
            continue
        kind = byte_at(data, place + 1)
        place += 2
        if kind == _U:
            point = four_hex(data, place)
            place += 4
            if 0xD800 <= point < 0xE000:
                low = -1
                if (
                    point < 0xDC00
                    and place + 6 <= end
                    and byte_at(data, place) == _BACKSLASH
                    and byte_at(data, place + 1) == _U
                ):
                    low = four_hex(data, place + 2)
                if 0xDC00 <= low < 0xE000:
                    point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00)
                    place += 6
                else:
                    point = 0xFFFD
            at = _put_point(point, out, at)
        else:
            if kind == 0x6E:
                kind = 0x0A
            elif kind == 0x74:
                kind = 0x09
            elif kind == 0x72:
                kind = 0x0D
            elif kind == 0x62:
                kind = 0x08
            elif kind == 0x66:
                kind = 0x0C
            out[at] = kind
            at += 1


@inner_loop
def listed(data, start, end, out, at):
    """Write the items of a checked list of scalars, with marks where there are several; -1 where there is none."""
    begin = at
    count = 0
    place = start + 1
    while place < end - 1:
        byte = byte_at(data, place)
        if byte in (0x20, 0x09, 0x0A, 0x0D, 0x2C):
            place += 1
            continue
        stop = place + 1
        if byte == _QUOTE:
            while byte_at(data, stop) != _QUOTE:
                stop += 2 if byte_at(data, stop) == _BACKSLASH else 1
            out[at] = _MARK
            at = unescaped(data, place + 1, stop, out, at + 1)
            stop += 1
            count += 1
        else:
            while stop < end - 1 and byte_at(data, stop) not in (0x20, 0x09, 0x0A, 0x0D, 0x2C):
                stop += 1
            if byte != 0x6E:  # null says nothing
                out[at] = _MARK
                at += 1
                for inner in range(place, stop):
                    out[at] = byte_at(data, inner)
                    at += 1
                count += 1
        place = stop
    if count == 1:
        for inner in range(begin, at - 1):
            out[inner] = out[inner + 1]
        at -= 1
    return at if count else -1


@inlined
def _find(values, one, two, whose):
    """The place of a value in the table, or where it would go."""
    mask = uint64(values.shape[0] - 1)
    place = one & mask
    while values[place, 3] != uint64(0):
        if values[place, 0] == one and values[place, 1] == two and values[place, 2] == whose:
            break
        place = (place + uint64(1)) & mask
    return place


@inlined
def _remember(values, value_count, place, one, two, whose, code):
    values[place, 0] = one
    values[place, 1] = two
    values[place, 2] = whose
    values[place, 3] = uint64(code + 1)
    value_count[0] += 1


@inlined
def _new(columns, news, counters, column, start, length):
    """A new text at the end of the scratch: the code that it gets."""
    code = columns[column, SIZE]
    columns[column, SIZE] = code + 1
    at = counters[NEWS]
    news[at, 0] = column
    news[at, 1] = start
    news[at, 2] = length
    counters[NEWS] = at + 1
    counters[SCRATCH] = start + length
    return code


@inner_loop
def _learn(
    seeds, values, value_count, columns, news, scratch, counters, data, column, start, end, how, one, two, whose
):
    """The code of a value that is not in the table as it is written."""
    begin = counters[SCRATCH]
    room = (
        begin + (end - start) + 64 <= len(scratch)
        and counters[NEWS] < news.shape[0]
        and (value_count[0] + 2) * 2 < values.shape[0]
    )
    if not room:
        return NO_ROOM
    if how == PLAIN:
        stop = copied(scratch, begin, data, start, end - start)
    elif how == ESCAPED:
        stop = unescaped(data, start, end, scratch, begin)
    else:
        stop = listed(data, start, end, scratch, begin)
        if stop < 0:
            return ABSENT
    if columns[column, LONG]:
        return _new(columns, news, counters, column, begin, stop - begin)
    if how == PLAIN:
        code = _new(columns, news, counters, column, begin, stop - begin)
        _remember(values, value_count, _find(values, one, two, whose), one, two, whose, code)
        return code
    # It is written in a special way: its plain text may be known already.
    plain_one, plain_two = hashed(scratch, begin, stop, seeds[0] ^ whose, seeds[1])
    place = _find(values, plain_one, plain_two, whose)
    code = int64(values[place, 3]) - 1
    if code < 0:
        code = _new(columns, news, counters, column, begin, stop - begin)
        _remember(values, value_count, place, plain_one, plain_two, whose, code)
    _remember(values, value_count, _find(values, one, two, whose), one, two, whose, code)
    return code


@inlined
def interned(seeds, values, value_count, columns, news, scratch, counters, data, column, start, end, how):
    """The code of a value in its column's dictionary: ABSENT where it says nothing, NO_ROOM where a table is full."""
    one, two = uint64(0), uint64(0)
    whose = (uint64(column) << uint64(32)) | uint64(columns[column, GENERATION])
    if not columns[column, LONG]:
        one, two = hashed(data, start, end, seeds[0] ^ whose, seeds[1] + uint64(how))
        place = _find(values, one, two, whose)
        if values[place, 3] != uint64(0):
            return int64(values[place, 3]) - 1
    return _learn(
        seeds, values, value_count, columns, news, scratch, counters, data, column, start, end, how, one, two, whose
    )
