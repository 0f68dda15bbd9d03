"""SipHash: the hash of a text under a key, such that nobody without the key can make two texts collide."""

from numba import uint64

from watchward.telemetry.kernels.compiled import inlined, inner_loop


@inlined
def _rotated(word, by):
    return uint64((word << uint64(by)) | (word >> uint64(64 - by)))


@inlined
def sip_round(v0, v1, v2, v3):
    """One round of SipHash."""
    v0 += v1
    v1 = _rotated(v1, 13) ^ v0
    v0 = _rotated(v0, 32)
    v2 += v3
    v3 = _rotated(v3, 16) ^ v2
    v0 += v3
    v3 = _rotated(v3, 21) ^ v0
    v2 += v1
    v1 = _rotated(v1, 17) ^ v2
    v2 = _rotated(v2, 32)
    return v0, v1, v2, v3


@inlined
def _rounds(v0, v1, v2, v3, count):
    for _ in range(count):
        v0, v1, v2, v3 = sip_round(v0, v1, v2, v3)
    return v0, v1, v2, v3


@inner_loop
def siphash_128(key, names, found):
    """SipHash-2-4, 128 bits, of each row of words: two words a row."""
    for row in range(names.shape[0]):
        v0 = key[0] ^ uint64(0x736F6D6570736575)
        v1 = key[1] ^ uint64(0x646F72616E646F6D) ^ uint64(0xEE)
        v2 = key[0] ^ uint64(0x6C7967656E657261)
        v3 = key[1] ^ uint64(0x7465646279746573)
        for at in range(names.shape[1]):
            v3 ^= names[row, at]
            v0, v1, v2, v3 = _rounds(v0, v1, v2, v3, 2)
            v0 ^= names[row, at]
        last = uint64((names.shape[1] * 8) & 0xFF) << uint64(56)
        v3 ^= last
        v0, v1, v2, v3 = _rounds(v0, v1, v2, v3, 2)
        v0 ^= last
        v2 ^= uint64(0xEE)
        v0, v1, v2, v3 = _rounds(v0, v1, v2, v3, 4)
        found[row, 0] = v0 ^ v1 ^ v2 ^ v3
        v1 ^= uint64(0xDD)
        v0, v1, v2, v3 = _rounds(v0, v1, v2, v3, 4)
        found[row, 1] = v0 ^ v1 ^ v2 ^ v3
