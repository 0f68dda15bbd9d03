"""Looking for any of many short texts in a lot of text, by a group of four bytes in every few places."""

from numba import int64, uint64

from watchward.telemetry.kernels.compiled import inlined, inner_loop
from watchward.telemetry.kernels.loads import byte_at, four_at, word_at
from watchward.telemetry.kernels.texts import hides, may_fold

_HIGH = uint64(0x8080808080808080)
_BLOCK = 8


@inlined
def group_at(data, at, end, width):
    """The group of bytes, of at most four, that begins here; nothing is read beyond the text."""
    if at + 4 <= end:
        return four_at(data, at)
    group = uint64(0)
    for place in range(width):
        group |= uint64(byte_at(data, at + place)) << uint64(8 * place)
    return group


@inlined
def group_hash(four, mask, bits):
    """The hash of a group of bytes, letter case apart."""
    folded = (four | uint64(0x20202020)) & mask
    return ((folded * uint64(0x9E3779B1)) >> uint64(8)) & uint64((1 << bits) - 1)


@inner_loop
def _is_there(data, at, end, atoms, begin, length):
    if at + length > end:
        return False
    for place in range(length):
        byte = byte_at(data, at + place)
        if 0x41 <= byte <= 0x5A:
            byte |= 0x20
        if byte != byte_at(atoms, begin + place):
            return False
    return True


@inner_loop
def _marks_at(data, start, at, end, hashed, stride, firsts, nexts, atoms, begins, lengths, marks):
    """The marks of the atoms of which a group with this hash stands here, and all the rest around it."""
    marked = uint64(0)
    group = firsts[hashed]
    while group >= 0:
        atom = group // stride
        begin = at - group % stride
        if begin >= start and _is_there(data, begin, end, atoms, begins[atom], lengths[atom]):
            marked |= marks[atom]
        group = nexts[group]
    return marked


@inlined
def _quiet_blocks(data, at, end, stride, mask, bits, groups):
    """The place up to which no group is one of an atom; a block of them is looked at before anything is decided."""
    while at + (_BLOCK - 1) * stride + 4 <= end:
        there = int64(0)
        for place in range(_BLOCK):
            there |= byte_at(groups, group_hash(four_at(data, at + place * stride), mask, bits))
        if there:
            break
        at += _BLOCK * stride
    return at


@inner_loop
def find_atoms(
    data, starts, ends, stride, width, bits, groups, firsts, nexts, atoms, begins, lengths, marks, found, odd
):
    """For each range of text the marks, together, of the atoms in it, and whether letters in it may fold into ASCII's.

    Atoms are found by groups of `width` bytes, whose hashes have so many bits.

    `groups` says of each hash whether there is one; `firsts` leads from a hash to the first of its groups, `nexts` to
    the others. The group `g` stands at the place `g % stride` of the atom `g // stride`.
    """
    mask = uint64((1 << (8 * width)) - 1)
    for row in range(len(starts)):
        start, end = starts[row], ends[row]
        odd[row] = _folds(data, start, end)
        marked = uint64(0)
        at = start
        while at <= end - width:
            at = _quiet_blocks(data, at, end, stride, mask, bits, groups)
            for _ in range(_BLOCK):
                if at > end - width:
                    break
                hashed = group_hash(group_at(data, at, end, width), mask, bits)
                if byte_at(groups, hashed):
                    marked |= _marks_at(
                        data, start, at, end, hashed, stride, firsts, nexts, atoms, begins, lengths, marks
                    )
                at += stride
        found[row] = marked


@inlined
def _folds(data, start, end):
    """Whether a text may have a letter that, without its case, is one of ASCII's."""
    at = start
    while at < end - 1:
        if at + 32 <= end and (
            word_at(data, at) | word_at(data, at + 8) | word_at(data, at + 16) | word_at(data, at + 24)
        ) & _HIGH == uint64(0):
            at += 32
        elif at + 8 <= end and word_at(data, at) & _HIGH == uint64(0):
            at += 8
        elif may_fold(data, at):
            return True
        else:
            at += 1
    return False


@inner_loop
def find_hiding(data, starts, ends, found):
    """Which ranges of JSON text may hide an atom behind escapes."""
    for row in range(len(starts)):
        found[row] = hides(data, starts[row], ends[row])
