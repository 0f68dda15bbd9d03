"""What hides words from those who look for them."""

from watchward.detect.kernels.arrays import Bytes, Longs
from watchward.telemetry.kernels.compiled import inner_loop
from watchward.telemetry.kernels.loads import backslashes, byte_at, lowest_bit

_BACKSLASH, _U, _STROKE = 0x5C, 0x75, 0x2F


@inner_loop
def spelt_out(data: Bytes, begins: Longs, ends: Longs, out: Bytes) -> None:
    """Which JSON texts spell a plain letter as a code or a stroke with a backslash."""
    for value in range(len(out)):
        at, end = begins[value], ends[value] - 1
        while at < end:
            if at + 32 <= end:
                found = backslashes(data, at)
                at += lowest_bit(found) if found != 0 else 32
                if found == 0:
                    continue
            if byte_at(data, at) != _BACKSLASH:
                at += 1
                continue
            if byte_at(data, at + 1) in (_U, _STROKE):
                out[value] = 1
                break
            at += 2
