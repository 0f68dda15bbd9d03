"""What texts leave behind: a bit for the hash of every four neighbouring bytes, letter case apart."""

import numpy as np
from numba import uint8, uint64

from watchward.detect.kernels.arrays import Bytes, Ints, Longs
from watchward.telemetry.kernels.compiled import inlined, inner_loop
from watchward.telemetry.kernels.loads import four_at

BITS = 20
"""Hashes are numbers of so many bits: few of them are the same for different bytes even in long texts."""

GROUP = 4


@inlined
def group_hash(data, at):  # type: ignore[no-untyped-def]  # compiled for whatever array it is given
    """The hash of four bytes, letter case apart."""
    folded = four_at(data, at) | uint64(0x20202020)
    return (folded * uint64(0x9E3779B1) >> uint64(12)) & uint64((1 << BITS) - 1)


@inner_loop
def note_groups(data: Bytes, first: Longs, codes: Ints, owners: Ints, noted: Ints, bits: Bytes) -> None:
    """Set the bits of all groups in the texts that some rows have by their codes, a line of `bits` for each owner.

    `noted` has a place for each text, in which stands its last owner: most texts have one, and are read once.
    """
    for row in range(len(codes)):
        code, owner = codes[row], owners[row]
        if code < 0 or noted[code] == owner:
            continue
        noted[code] = owner
        for at in range(first[code], first[code + 1] - (GROUP - 1)):
            hashed = group_hash(data, at)
            bits[owner, hashed >> uint64(3)] |= uint8(uint64(1) << (hashed & uint64(7)))


@inner_loop
def hash_groups(data: Bytes, out: Longs) -> None:
    """The hashes of all groups in one text."""
    for at in range(len(out)):
        out[at] = np.int64(group_hash(data, at))
