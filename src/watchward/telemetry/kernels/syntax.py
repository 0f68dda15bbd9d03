"""The grammar of JSON, strictly: where a value ends, and whether it is well formed."""

from numba import uint64

from watchward.telemetry.kernels.compiled import inlined, inner_loop
from watchward.telemetry.kernels.loads import backslashes, byte_at, controls, four_at, lowest_bit, quotes, short_escapes
from watchward.telemetry.kernels.texts import four_hex, is_atomic

_QUOTE, _BACKSLASH, _COMMA, _COLON, _MINUS = 0x22, 0x5C, 0x2C, 0x3A, 0x2D
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = 0x7B, 0x7D, 0x5B, 0x5D
_ZERO, _NINE, _DOT, _U = 0x30, 0x39, 0x2E, 0x75
_TRUE, _NULL, _FALS, _E = (int.from_bytes(word, "little") for word in (b"true", b"null", b"fals", b"e"))
_ODD = 0xAAAAAAAAAAAAAAAA
_BLOCK = 0xFFFFFFFF

BROKEN = -1
DEEPEST = 60

# What a list holds besides strings, whole numbers and truth values.
HAS_OBJECT, HAS_OTHER = 1, 2


@inlined
def space(data, at):
    while byte_at(data, at) == 0x20 or byte_at(data, at) == 0x09 or byte_at(data, at) == 0x0D:
        at += 1
    return at


@inner_loop
def string(data, at):
    r"""The closing quote of the string that begins here (or BROKEN); its escapes: 1 for any, 2 for a hidden atom.

    Half a surrogate pair counts as broken: JSON can say it, most readers refuse it, and the plain decoder replaces it.
    """
    escapes = 0
    half = -1  # where the second half of a surrogate pair must stand
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
                low = 0xDC00 <= point < 0xE000
                if point < 0 or low != (place == half) or (half >= 0 and not low):
                    return BROKEN, escapes
                half = place + 6 if 0xD800 <= point < 0xDC00 else -1
                if is_atomic(point):
                    escapes |= 2
                odd &= odd - uint64(1)
        if stops != uint64(0):
            first = lowest_bit(stops)
            ends = (control >> uint64(first)) & uint64(1) == uint64(0) and half < 0
            return (at + first if ends else BROKEN), escapes
        at += 32


@inner_loop
def number(data, at):
    """Where a number ends, and whether it is whole and written plainly; BROKEN where it is none."""
    start = at
    if byte_at(data, at) == _MINUS:
        at += 1
    first = byte_at(data, at)
    if first < _ZERO or first > _NINE:
        return BROKEN, False
    at += 1
    if first != _ZERO:
        while _ZERO <= byte_at(data, at) <= _NINE:
            at += 1
    elif _ZERO <= byte_at(data, at) <= _NINE:
        return BROKEN, False
    whole = not (first == _ZERO and byte_at(data, start) == _MINUS) and at - start < 4000
    if byte_at(data, at) == _DOT:
        whole = False
        at += 1
        if byte_at(data, at) < _ZERO or byte_at(data, at) > _NINE:
            return BROKEN, False
        while _ZERO <= byte_at(data, at) <= _NINE:
            at += 1
    if byte_at(data, at) == 0x65 or byte_at(data, at) == 0x45 or at - start > 300:
        return BROKEN, False  # rare, and may be too great for a float: the plain decoder reads it
    return at, whole


@inner_loop
def literal(data, at):
    """Where `true`, `false` or `null` ends; BROKEN where it is none of them."""
    word = four_at(data, at)
    if word == uint64(_TRUE) or word == uint64(_NULL):
        return at + 4
    return at + 5 if word == uint64(_FALS) and byte_at(data, at + 4) == _E else BROKEN


@inner_loop
def scalar(data, at):
    """Where a string, number, truth value or null ends, and whether it is a number that is not whole."""
    byte = byte_at(data, at)
    if byte == _QUOTE:
        end, _ = string(data, at + 1)
        return (end + 1 if end >= 0 else BROKEN), False
    if byte == _MINUS or _ZERO <= byte <= _NINE:
        end, whole = number(data, at)
        return end, not whole
    return literal(data, at), False


@inlined
def named(data, at):
    """Where a name ends that begins at this quote, what it escapes, and where its value begins; BROKEN without one."""
    if byte_at(data, at) != _QUOTE:
        return BROKEN, 0, at
    end, escapes = string(data, at + 1)
    if end < 0:
        return BROKEN, 0, at
    colon = space(data, end + 1)
    if byte_at(data, colon) != _COLON:
        return BROKEN, 0, at
    return end, escapes, space(data, colon + 1)


@inner_loop
def nested(data, at, stack, depth):
    """Where the object or list that begins here ends, and what a list holds; BROKEN where it is not well formed."""
    base = depth
    holds = 0
    listing = byte_at(data, at) == _OPEN_LIST
    stack[depth] = byte_at(data, at)
    at += 1
    expect_value = True  # or, in an object, a name
    fresh = True
    while True:
        at = space(data, at)
        byte = byte_at(data, at)
        inside_list = stack[depth] == _OPEN_LIST
        if (byte == _CLOSE_LIST and inside_list) or (byte == _CLOSE and not inside_list):
            if expect_value and not fresh:
                return BROKEN, holds
            at += 1
            if depth == base:
                return at, holds
            depth -= 1
            expect_value = False
            fresh = False
            continue
        if not expect_value:
            if byte != _COMMA:
                return BROKEN, holds
            expect_value = True
            fresh = False
            at += 1
            continue
        if not inside_list:
            end, _, at = named(data, at)
            if end < 0:
                return BROKEN, holds
            byte = byte_at(data, at)
        if byte in (_OPEN, _OPEN_LIST):
            if listing and depth == base:
                holds |= HAS_OBJECT if byte == _OPEN else HAS_OTHER
            depth += 1
            if depth >= DEEPEST:
                return BROKEN, holds
            stack[depth] = byte
            fresh = True
            at += 1
            continue
        at, other = scalar(data, at)
        if at < 0:
            return BROKEN, holds
        if other and depth == base:
            holds |= HAS_OTHER
        expect_value = False
        fresh = False
