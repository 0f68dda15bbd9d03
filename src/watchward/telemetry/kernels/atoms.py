"""Looking for any of many short texts in a lot of text, by a group of four bytes in every few places."""

from numba import uint32, uint64

from watchward.telemetry.kernels.compiled import inlined, inner_loop
from watchward.telemetry.kernels.loads import byte_at, four_at, word_at
from watchward.telemetry.kernels.texts import hides, may_fold


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
def find_atoms(data, starts, ends, stride, width, bits, groups, firsts, nexts, atoms, begins, lengths, marks, found):
    """For each range of text the marks, together, of the atoms in it.

    They are found by groups of `width` bytes, whose hashes have so many bits.

    `groups` has a bit for each hash; `firsts` leads from a hash to the first of its groups, `nexts` to the others. The
    group `g` stands at the place `g % stride` of the atom `g // stride`.
    """
    mask = uint64((1 << (8 * width)) - 1)
    for row in range(len(starts)):
        start, end = starts[row], ends[row]
        last = end - width
        marked = uint64(0)
        at = start
        while at <= last:
            hashed = group_hash(group_at(data, at, end, width), mask, bits)
            if groups[hashed >> uint64(5)] & (uint32(1) << uint32(hashed & uint64(31))):
                group = firsts[hashed]
                while group >= 0:
                    atom = group // stride
                    begin = at - group % stride
                    if begin >= start and _is_there(data, begin, end, atoms, begins[atom], lengths[atom]):
                        marked |= marks[atom]
                    group = nexts[group]
            at += stride
        found[row] = marked


@inner_loop
def find_hiding(data, starts, ends, found):
    """Which ranges of JSON text may hide an atom behind escapes."""
    for row in range(len(starts)):
        found[row] = hides(data, starts[row], ends[row])


@inner_loop
def find_folding(data, starts, ends, found):
    """Which ranges of text may have a letter that, without its case, is one of ASCII's."""
    for row in range(len(starts)):
        at, end = starts[row], ends[row] - 1
        found[row] = False
        while at < end:
            if at + 8 <= end and word_at(data, at) & uint64(0x8080808080808080) == uint64(0):
                at += 8
                continue
            if may_fold(data, at):
                found[row] = True
                break
            at += 1
