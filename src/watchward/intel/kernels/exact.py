"""Finding, among the values of a batch, those that a large set of indicators may hold.

A value is taken apart as its field asks, each text that it gives is digested, and the digest looked for in the layers
of a set where they lie in memory. What is found here is then confirmed elsewhere: these loops may find too much, never
too little. Values that need more thought than bytes (letters outside ASCII, lists, IPv6) are only named.
"""

from typing import NamedTuple

from numba import int32, int64, uint8, uint64

from watchward.detect.kernels.arrays import Longs, Words
from watchward.detect.kernels.fields import UNSEEN, code_at
from watchward.detect.kernels.hashing import digest
from watchward.telemetry.kernels.compiled import inlined, inner_loop
from watchward.telemetry.kernels.loads import byte_at, four_at, put_four, word_at

ASKED = -2
"""In place of a code's verdict: it is asked for."""

DOMAIN, HOST, TEXT, ADDRESS, URL, WHOLE, EXACT, LAST, KEY, DIGESTS, COMMAND = (1 << bit for bit in range(11))
"""What is looked for of a value: a name with those above it; the host of a URL; names and addresses in a text; an
address; a URL; the whole of it in small letters, or as it is; the last part of a path; a key with those above it;
digests in a text; the program of a command, of which bytes do not tell."""

_LOWERED = DOMAIN | HOST | TEXT | ADDRESS | URL | WHOLE | LAST | KEY | DIGESTS

LONGEST = 4096
"""Bytes of a value that these loops take apart themselves."""

SCRATCH = LONGEST + 64

_LIST = 0x1E
_DOT, _COLON, _SLASH, _BACKSLASH, _AT, _OPEN, _ZERO, _NINE = 0x2E, 0x3A, 0x2F, 0x5C, 0x40, 0x5B, 0x30, 0x39
_QUESTION, _HASH, _PERCENT, _DASH, _UNDERSCORE = 0x3F, 0x23, 0x25, 0x2D, 0x5F
_CAPITAL_A, _CAPITAL_Z, _A, _F, _Z, _CASE = 0x41, 0x5A, 0x61, 0x66, 0x7A, 0x20
_BROKEN = -1


class Layers(NamedTuple):
    """The layers of a set where they lie in memory, each place counted as `detect.fields.MEMORY` does.

    `digests` has the place of the sorted digests of each, of which there are `rows`; `filters` that of its filter, of
    one bit more than `masks`. `keys` are the two words of the digests' key. `lengths` has a bit for each length of an
    IPv4 network in any of them.
    """

    digests: Longs
    rows: Longs
    filters: Longs
    masks: Words
    keys: Words
    lengths: Words


class Found(NamedTuple):
    """Room for what is found: which value, in which layer, at which row."""

    value: Longs
    layer: Longs
    row: Longs


@inner_loop
def unasked(memory, fields, which, lines, rows, left, right):
    """The values of some fields of which no verdict is known: pairs of field and code, each once."""
    size = 0
    for place in range(len(which)):
        field = which[place]
        line, valid, offset = lines[field], fields.valid[field], fields.offset[field]
        row = 0
        while row < rows:
            bit = offset + row
            if valid >= 0 and bit & 7 == 0 and byte_at(memory, valid + (bit >> 3)) == 0:
                row += 8  # eight rows without a value
                continue
            code = code_at(memory, fields, field, row)
            row += 1
            if code >= 0 and int32(four_at(memory, line + 4 * code)) == UNSEEN:
                put_four(memory, line + 4 * code, int32(ASKED))
                left[size], right[size] = field, code
                size += 1
    return size


@inner_loop
def rows_met(memory, fields, field, line, rows, left, right):
    """The rows whose values of a field have a verdict above none, with the verdicts."""
    size = 0
    for row in range(rows):
        code = code_at(memory, fields, field, row)
        if code >= 0:
            verdict = int32(four_at(memory, line + 4 * code))
            if verdict > 0:
                left[size], right[size] = row, verdict
                size += 1
    return size


@inlined
def _probed(memory, layers, word, value, found, size):
    """Look for a digest in every layer."""
    for layer in range(len(layers.rows)):
        one, two = word & layers.masks[layer], (word >> uint64(32)) & layers.masks[layer]
        place = layers.filters[layer]
        if (byte_at(memory, place + int64(one >> uint64(3))) >> int64(one & uint64(7))) & 1 == 0:
            continue
        if (byte_at(memory, place + int64(two >> uint64(3))) >> int64(two & uint64(7))) & 1 == 0:
            continue
        digests, rows = layers.digests[layer], layers.rows[layer]
        low, high = int64(0), rows
        while low < high:
            middle = (low + high) >> 1
            if word_at(memory, digests + 8 * middle) < word:
                low = middle + 1
            else:
                high = middle
        while low < rows and word_at(memory, digests + 8 * low) == word:
            if size < len(found.value):
                found.value[size], found.layer[size], found.row[size] = value, layer, low
            size += 1
            low += 1
    return size


@inner_loop
def probe(memory, layers, words, found):
    """Where each of some digests stands in the layers; how many pairs that makes, which may be more than fit."""
    size = int64(0)
    for value in range(len(words)):
        size = _probed(memory, layers, words[value], value, found, size)
    return size


@inner_loop
def _text(memory, layers, data, begin, end, value, found, size):
    """Look for one text of a value."""
    if begin < end:
        size = _probed(memory, layers, digest(data, begin, end, layers.keys[0], layers.keys[1]), value, found, size)
    return size


@inlined
def _is_digit(byte):
    return byte >= _ZERO and byte <= _NINE


@inlined
def _is_small(byte):
    return byte >= _A and byte <= _Z


@inner_loop
def _quad(data, begin, end):
    """An IPv4 address in four decimal numbers as a number, or -1."""
    if end - begin < 7 or end - begin > 15:
        return int64(-1)
    number, part, digits, parts = int64(0), int64(0), 0, 0
    for at in range(begin, end):
        byte = int64(data[at])
        if _is_digit(byte):
            if digits > 0 and part == 0:
                return int64(-1)
            part = 10 * part + byte - _ZERO
            digits += 1
            if part > 255:
                return int64(-1)
        elif byte == _DOT and digits > 0:
            number, part, digits, parts = (number << 8) | part, int64(0), 0, parts + 1
        else:
            return int64(-1)
    return (number << 8) | part if digits > 0 and parts == 3 else int64(-1)


@inlined
def _put(scratch, at, number):
    """Write a number of up to three decimals; the place behind it."""
    if number >= 100:
        scratch[at] = uint8(_ZERO + number // 100)
        at += 1
    if number >= 10:
        scratch[at] = uint8(_ZERO + number // 10 % 10)
        at += 1
    scratch[at] = uint8(_ZERO + number % 10)
    return at + 1


@inner_loop
def _networks(memory, layers, address, scratch, value, found, size):
    """Look for the networks around an IPv4 address."""
    lengths = layers.lengths[0]
    for length in range(33):
        if (lengths >> uint64(length)) & uint64(1) == uint64(0):
            continue
        first = (address >> (32 - length)) << (32 - length)
        at = _put(scratch, 0, (first >> 24) & 255)
        for shift in range(16, -1, -8):
            scratch[at] = _DOT
            at = _put(scratch, at + 1, (first >> shift) & 255)
        scratch[at] = _SLASH
        at = _put(scratch, at + 1, length)
        size = _text(memory, layers, scratch, 0, at, value, found, size)
    return size


@inner_loop
def _host(memory, layers, data, begin, end, scratch, value, found, size):
    """Look for an address with the networks around it, or a name with those above it."""
    if end > begin and data[end - 1] == _DOT:
        end -= 1
    address = _quad(data, begin, end)
    if address >= 0:
        size = _text(memory, layers, data, begin, end, value, found, size)
        return _networks(memory, layers, address, scratch, value, found, size)
    size = _text(memory, layers, data, begin, end, value, found, size)
    for at in range(begin, end - 1):
        if data[at] == _DOT:
            size = _text(memory, layers, data, at + 1, end, value, found, size)
    return size


@inlined
def _begin_of_host(data, size):
    """Where the host of a URL begins: behind `://`, else with the text."""
    for at in range(size - 2):
        if data[at] == _COLON and data[at + 1] == _SLASH and data[at + 2] == _SLASH:
            return at + 3
    return 0


@inner_loop
def _host_in(data, size):
    """Where the host that a URL or `host:port` names begins and ends; the end is -1 where bytes do not tell."""
    begin = _begin_of_host(data, size)
    end = begin
    while end < size and not (
        data[end] == _SLASH or data[end] == _QUESTION or data[end] == _HASH or data[end] == _BACKSLASH
    ):
        end += 1
    for at in range(end - 1, begin - 1, -1):
        if data[at] == _AT:
            begin = at + 1
            break
    if begin < end and data[begin] == _OPEN:
        return begin, int64(_BROKEN)
    colons, first = 0, end
    for at in range(end - 1, begin - 1, -1):
        if data[at] == _COLON:
            colons, first = colons + 1, at
    return (begin, int64(first)) if colons < 2 else (begin, int64(_BROKEN))


@inner_loop
def _plain_url(data, size):
    """Whether a URL in small letters up to its path is normal but for its default port: the end of its host, or -1.

    That is for `http` and `https`, a plain host and port, and nothing that would have to be escaped or resolved.
    """
    at = int64(0)
    if size < 8 or not (data[0] == 0x68 and data[1] == 0x74 and data[2] == 0x74 and data[3] == 0x70):
        return int64(_BROKEN)
    at = 5 if data[4] == 0x73 else 4
    if not (data[at] == _COLON and data[at + 1] == _SLASH and data[at + 2] == _SLASH):
        return int64(_BROKEN)
    begin = at + 3
    end = begin
    while end < size and (
        _is_small(data[end])
        or _is_digit(data[end])
        or data[end] == _DOT
        or data[end] == _DASH
        or data[end] == _UNDERSCORE
    ):
        end += 1
    if end == begin or data[end - 1] == _DOT:
        return int64(_BROKEN)
    for at in range(end, size):
        byte = data[at]
        if byte <= 0x20 or byte >= 0x7F or byte in (_PERCENT, _HASH):
            return int64(_BROKEN)
        if byte == _SLASH and at + 1 < size and data[at + 1] == _DOT:
            return int64(_BROKEN)
    return int64(end) if data[size - 1] != _QUESTION else int64(_BROKEN)


@inner_loop
def _url(memory, layers, span, data, scratch, value, found, size):
    """Look for a URL in its normal form; -1 where bytes do not tell it.

    `data` holds the value in small letters, `scratch` is room to write in.
    """
    begin, end = span
    length = end - begin
    host = _plain_url(data, length)
    if host < 0:
        return int64(_BROKEN)
    path = host
    if path < length and data[path] == _COLON:
        path += 1
        while path < length and _is_digit(data[path]):
            path += 1
        secure = data[4] == 0x73
        if path == host + 1 or data[host + 1] == _ZERO or path > host + 6:
            return int64(_BROKEN)
        if (not secure and path == host + 3 and data[host + 1] == 0x38 and data[host + 2] == 0x30) or (
            secure and path == host + 4 and data[host + 1] == 0x34 and data[host + 2] == 0x34 and data[host + 3] == 0x33
        ):
            kept = host
        else:
            kept = path
    else:
        kept = host
    if path < length and data[path] != _SLASH and data[path] != _QUESTION:
        return int64(_BROKEN)
    for at in range(kept):
        scratch[at] = data[at]
    at = kept
    if path == length or data[path] == _QUESTION:
        scratch[at] = _SLASH
        at += 1
    for place in range(path, length):
        scratch[at] = uint8(byte_at(memory, begin + place))
        at += 1
    return _text(memory, layers, scratch, 0, at, value, found, size)


@inlined
def _is_of_name(byte):
    return _is_small(byte) or _is_digit(byte) or byte in (_DOT, _DASH, _UNDERSCORE, _COLON)


@inner_loop
def _in_text(memory, layers, data, length, scratch, value, found, size):
    """Look for the names and addresses in a text; -1 where bytes do not tell."""
    at = int64(0)
    while at < length:
        if not _is_of_name(data[at]):
            at += 1
            continue
        begin, colons = at, 0
        while at < length and _is_of_name(data[at]):
            colons += data[at] == _COLON
            at += 1
        if colons == 0:
            size = _host(memory, layers, data, begin, at, scratch, value, found, size)
        elif colons > 1 or data[at - 1] != _COLON:  # not such as `type:`
            return int64(_BROKEN)
    return size


@inner_loop
def _digests(memory, layers, data, length, value, found, size):
    """Look for each run of hexadecimal digits as long as a digest."""
    at = int64(0)
    while at < length:
        if not (_is_digit(data[at]) or _is_small(data[at])):
            at += 1
            continue
        begin, hexadecimal = at, True
        while at < length and (_is_digit(data[at]) or _is_small(data[at])):
            hexadecimal = hexadecimal and (_is_digit(data[at]) or data[at] <= _F)
            at += 1
        run = at - begin
        if hexadecimal and (run == 32 or run == 40 or run == 64 or run == 128):
            size = _text(memory, layers, data, begin, at, value, found, size)
    return size


@inner_loop
def _key(memory, layers, data, length, value, found, size):
    """Look for a registry key and those above it; -1 where it may be spelt otherwise in its normal form."""
    if length > 0 and (data[0] == _BACKSLASH or (length > 3 and data[2] == 0x65 and data[3] == 0x79)):
        return int64(_BROKEN)  # \REGISTRY\…, HKEY_…
    if length > 22 and data[2] == 0x6C and data[12] == 0x63 and data[19] == 0x73 and _is_digit(data[22]):
        return int64(_BROKEN)  # HKLM\SYSTEM\ControlSet001
    for at in range(length):
        if data[at] == _BACKSLASH:
            size = _text(memory, layers, data, 0, at, value, found, size)
    return _text(memory, layers, data, 0, length, value, found, size)


@inlined
def _lowered(memory, begin, length, data):
    """Copy a value in small letters; whether all of it is in ASCII."""
    every = int64(0)
    for at in range(length):
        byte = byte_at(memory, begin + at)
        every |= byte
        data[at] = uint8(byte | _CASE) if byte >= _CAPITAL_A and byte <= _CAPITAL_Z else uint8(byte)
    return every < 0x80


@inlined
def _is_dressed(data, begin, end):
    """Whether an address in a text may have more about it than its digits: a port, a zone, brackets, or be of IPv6."""
    for at in range(begin, end):  # numba has no any() of a generator
        if data[at] == _COLON or data[at] == _OPEN or data[at] == _PERCENT:
            return True
    return False


@inlined
def _last(data, length):
    """Where the last part of a path begins."""
    for at in range(length - 1, -1, -1):
        if data[at] == _BACKSLASH or data[at] == _SLASH:
            return at + 1
    return 0


@inner_loop
def _names(memory, layers, role, data, length, scratch, value, found, size):
    """Look for addresses and names; -1 where bytes do not tell."""
    if role & ADDRESS:
        if _is_dressed(data, 0, length):
            return int64(_BROKEN)
        address = _quad(data, 0, length)
        if address >= 0:
            size = _text(memory, layers, data, 0, length, value, found, size)
            size = _networks(memory, layers, address, scratch, value, found, size)
    if role & DOMAIN:
        size = _host(memory, layers, data, 0, length, scratch, value, found, size)
    if role & HOST:
        begin, end = _host_in(data, length)
        if end < 0 or _is_dressed(data, begin, end):
            return int64(_BROKEN)
        size = _host(memory, layers, data, begin, end, scratch, value, found, size)
    if role & TEXT:
        size = _in_text(memory, layers, data, length, scratch, value, found, size)
    return size


@inner_loop
def _others(memory, layers, role, data, length, value, found, size):
    """Look for the whole of a value, its last part, or the digests in it."""
    if role & WHOLE:
        size = _text(memory, layers, data, 0, length, value, found, size)
        if data[length - 1] == _DOT:
            size = _text(memory, layers, data, 0, length - 1, value, found, size)
    if role & LAST:
        size = _text(memory, layers, data, _last(data, length), length, value, found, size)
    if role & DIGESTS:
        size = _digests(memory, layers, data, length, value, found, size)
    return size


@inlined
def _one(memory, layers, role, span, room, value, found, size):
    """Look for all that one value may hold; -1 where bytes do not tell."""
    begin, end = span
    data, scratch = room
    length = end - begin
    if length > LONGEST or role & COMMAND or byte_at(memory, begin) == _LIST:
        return int64(_BROKEN)
    if not _lowered(memory, begin, length, data):
        return int64(_BROKEN)
    if role & EXACT:
        size = _text(memory, layers, memory, begin, end, value, found, size)
    size = _others(memory, layers, role, data, length, value, found, size)
    size = _names(memory, layers, role, data, length, scratch, value, found, size)
    if size >= 0 and role & URL:
        size = _url(memory, layers, span, data, scratch, value, found, size)
    if size >= 0 and role & KEY:
        size = _key(memory, layers, data, length, value, found, size)
    return size


@inner_loop
def search(memory, layers, roles, spans, data, scratch, found, slow):
    """Look for what some values hold, each as its role asks.

    `slow` marks the values that bytes do not tell enough of; nothing is found of them. Returns how many pairs were
    found, which may be more than there is room for.
    """
    size = int64(0)
    for value in range(len(roles)):
        begin, end = spans.begins[value], spans.ends[value]
        slow[value] = 0
        if begin == end:
            continue
        after = _one(memory, layers, roles[value], (begin, end), (data, scratch), value, found, size)
        if after < 0:
            slow[value] = 1
        else:
            size = after
    return size
