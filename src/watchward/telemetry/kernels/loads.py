"""Reading many bytes of a buffer at once, and hashing them.

A reader of many bytes may look up to 32 bytes past the range that it is asked about: buffers carry `PADDING` bytes of
slack.
"""

from llvmlite import ir
from numba import types, uint64
from numba.core import cgutils
from numba.extending import intrinsic

from watchward.telemetry.kernels.compiled import inner_loop

PADDING = 64
"""The slack that a buffer needs behind its last byte."""

_BYTE = ir.IntType(8)
_WIDTH = 32
_QUOTE, _BACKSLASH, _SPACE, _NEWLINE = 0x22, 0x5C, 0x20, 0x0A


def _pointer(context, builder, signature, args):
    array = context.make_array(signature.args[0])(context, builder, args[0])
    return builder.gep(builder.bitcast(array.data, _BYTE.as_pointer()), [args[1]])


@intrinsic
def word_at(typingctx, data, at):
    """Eight bytes as a little-endian word."""

    def generate(context, builder, signature, args):
        address = builder.bitcast(_pointer(context, builder, signature, args), ir.IntType(64).as_pointer())
        return builder.load(address, align=1)

    return types.uint64(data, types.intp), generate


@intrinsic
def four_at(typingctx, data, at):
    """Four bytes as a little-endian word, and nothing of what follows them."""

    def generate(context, builder, signature, args):
        address = builder.bitcast(_pointer(context, builder, signature, args), ir.IntType(32).as_pointer())
        return builder.zext(builder.load(address, align=1), ir.IntType(64))

    return types.uint64(data, types.intp), generate


@intrinsic
def byte_at(typingctx, data, at):
    """One byte as a number, without the check for a negative place that plain indexing makes."""

    def generate(context, builder, signature, args):
        byte = builder.load(_pointer(context, builder, signature, args))
        return builder.zext(byte, ir.IntType(64))

    return types.int64(data, types.intp), generate


@intrinsic
def put_four(typingctx, data, at, value):
    """Write a number into four bytes."""

    def generate(context, builder, signature, args):
        address = builder.bitcast(_pointer(context, builder, signature, args), ir.IntType(32).as_pointer())
        builder.store(args[2], address, align=1)
        return context.get_dummy_value()

    return types.void(data, types.intp, types.int32), generate


@intrinsic
def copied(typingctx, target, at, source, start, length):
    """Copy bytes from one buffer to another; returns the place behind them."""

    def generate(context, builder, signature, args):
        to = context.make_array(signature.args[0])(context, builder, args[0])
        begin = context.make_array(signature.args[2])(context, builder, args[2])
        cgutils.raw_memcpy(builder, builder.gep(to.data, [args[1]]), builder.gep(begin.data, [args[3]]), args[4], 1)
        return builder.add(args[1], args[4])

    return types.intp(target, types.intp, source, types.intp, types.intp), generate


@intrinsic
def copied_block(typingctx, target, at, source, start):
    """Copy 32 bytes from one buffer to another."""

    def generate(context, builder, signature, args):
        to = context.make_array(signature.args[0])(context, builder, args[0])
        begin = context.make_array(signature.args[2])(context, builder, args[2])
        vector = ir.VectorType(_BYTE, _WIDTH).as_pointer()
        block = builder.load(builder.bitcast(builder.gep(begin.data, [args[3]]), vector), align=1)
        builder.store(block, builder.bitcast(builder.gep(to.data, [args[1]]), vector), align=1)
        return context.get_dummy_value()

    return types.void(target, types.intp, source, types.intp), generate


def _splat(value):
    return ir.Constant(ir.VectorType(_BYTE, _WIDTH), [value] * _WIDTH)


def _mask(builder, hits):
    return builder.zext(builder.bitcast(hits, ir.IntType(_WIDTH)), ir.IntType(64))


def _vector(context, builder, signature, args):
    address = builder.bitcast(_pointer(context, builder, signature, args), ir.VectorType(_BYTE, _WIDTH).as_pointer())
    return builder.load(address, align=1)


@intrinsic
def quotes(typingctx, data, at):
    """Which of 32 bytes are quotes."""

    def generate(context, builder, signature, args):
        bytes_ = _vector(context, builder, signature, args)
        return _mask(builder, builder.icmp_unsigned("==", bytes_, _splat(_QUOTE)))

    return types.uint64(data, types.intp), generate


@intrinsic
def controls(typingctx, data, at):
    """Which of 32 bytes are control characters, which JSON does not allow in a string."""

    def generate(context, builder, signature, args):
        bytes_ = _vector(context, builder, signature, args)
        return _mask(builder, builder.icmp_unsigned("<", bytes_, _splat(_SPACE)))

    return types.uint64(data, types.intp), generate


@intrinsic
def short_escapes(typingctx, data, at):
    """Which of 32 bytes may follow a backslash, `u` apart."""

    def generate(context, builder, signature, args):
        bytes_ = _vector(context, builder, signature, args)
        found = builder.icmp_unsigned("==", bytes_, _splat(_QUOTE))
        for byte in b"\\/bfnrt":
            found = builder.or_(found, builder.icmp_unsigned("==", bytes_, _splat(byte)))
        return _mask(builder, found)

    return types.uint64(data, types.intp), generate


@intrinsic
def backslashes(typingctx, data, at):
    """Which of 32 bytes are backslashes."""

    def generate(context, builder, signature, args):
        bytes_ = _vector(context, builder, signature, args)
        return _mask(builder, builder.icmp_unsigned("==", bytes_, _splat(_BACKSLASH)))

    return types.uint64(data, types.intp), generate


@intrinsic
def newlines(typingctx, data, at):
    """Which of 32 bytes are newlines."""

    def generate(context, builder, signature, args):
        bytes_ = _vector(context, builder, signature, args)
        return _mask(builder, builder.icmp_unsigned("==", bytes_, _splat(_NEWLINE)))

    return types.uint64(data, types.intp), generate


@intrinsic
def lowest_bit(typingctx, word):
    """The place of the lowest bit that is set; the word must have one."""

    def generate(context, builder, signature, args):
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.intp(types.uint64), generate


@intrinsic
def bits_set(typingctx, word):
    """How many bits of a word are set."""

    def generate(context, builder, signature, args):
        return builder.ctpop(args[0])

    return types.intp(types.uint64), generate


@inner_loop
def hashed(data, start, end, seed1, seed2):
    """Two independent words of 64 bits that stand for the bytes of a range.

    Seeds are drawn when the process starts, so that no sender can look for two texts that hash alike.
    """
    length = uint64(end - start)
    one = seed1 ^ (length * uint64(0x9E3779B97F4A7C15))
    two = seed2 + length
    at = start
    while at + 8 <= end:
        word = word_at(data, at)
        one = (one ^ word) * uint64(0xD6E8FEB86659FD93)
        two = (two + word) * uint64(0xA0761D6478BD642F)
        one ^= one >> uint64(32)
        two ^= two >> uint64(29)
        at += 8
    if at < end:
        word = word_at(data, at) & ((uint64(1) << uint64(8 * (end - at))) - uint64(1))
        one = (one ^ word) * uint64(0xD6E8FEB86659FD93)
        two = (two + word) * uint64(0xA0761D6478BD642F)
        one ^= one >> uint64(32)
        two ^= two >> uint64(29)
    one = (one ^ (two >> uint64(31))) * uint64(0xE7037ED1A0B428DB)
    two = (two ^ (one >> uint64(33))) * uint64(0x8EBC6AF09C88C6E3)
    return one ^ (one >> uint64(32)), two ^ (two >> uint64(32))


@inner_loop
def lines(data, size, starts, ends):
    """Where each line of a buffer begins and ends; returns how many there are."""
    count = 0
    begin = 0
    at = 0
    while at < size:
        found = newlines(data, at)
        while found != uint64(0):
            place = at + lowest_bit(found)
            if place >= size:
                break
            starts[count] = begin
            ends[count] = place
            count += 1
            begin = place + 1
            found &= found - uint64(1)
        at += _WIDTH
    if begin < size:
        starts[count] = begin
        ends[count] = size
        count += 1
    return count


@inner_loop
def count_newlines(data, size):
    """How many newlines a buffer holds."""
    count = 0
    at = 0
    while at + _WIDTH <= size:
        count += bits_set(newlines(data, at))
        at += _WIDTH
    while at < size:
        count += byte_at(data, at) == _NEWLINE
        at += 1
    return count


@inner_loop
def blank(data, starts, ends, found):
    """Mark the lines that hold nothing but white space."""
    for row in range(len(found)):
        at = starts[row]
        while at < ends[row] and (byte_at(data, at) == 0x20 or byte_at(data, at) == 0x09 or byte_at(data, at) == 0x0D):
            at += 1
        found[row] = at == ends[row]
