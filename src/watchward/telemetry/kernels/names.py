"""From a name and the object that it stands in to the number of its path."""

from numba import int64, uint64

from watchward.telemetry.kernels.compiled import inlined, inner_loop
from watchward.telemetry.kernels.loads import word_at


@inlined
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


@inner_loop
def path_of(seeds, keys, data, parent, start, end):
    """The path of a name inside an object, or -1 where it was never seen."""
    one = key_hash(seeds, data, parent, start, end)
    mask = uint64(keys.shape[0] - 1)
    place = one & mask
    while keys[place, 1] != uint64(0):
        if keys[place, 0] == one:
            return int64(keys[place, 1]) - 1
        place = (place + uint64(1)) & mask
    return -1
