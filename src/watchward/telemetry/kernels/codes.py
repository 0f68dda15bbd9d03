"""The codes of a column, made to count only the texts that it uses."""

import numpy as np
from numpy.typing import NDArray

from watchward.telemetry.kernels.compiled import loop

Codes = NDArray[np.int32]


@loop
def renumbered(codes: Codes, valid: NDArray[np.uint8], place: Codes, found: Codes, used: Codes) -> int:
    """Number the codes of a column in the order in which they first appear; return how many there are.

    Args:
        codes: a code for each row.
        valid: a bit for each row that has one; empty where every row has.
        place: room for a number for each code; -1 throughout, before and afterwards.
        found: receives the new code of each row.
        used: receives the old code of each new one.

    """
    count = 0
    for row in range(len(codes)):
        if len(valid) and not (valid[row >> 3] >> (row & 7)) & 1:
            found[row] = 0
            continue
        code = codes[row]
        number = place[code]
        if number < 0:
            number = count
            place[code] = number
            used[number] = code
            count += 1
        found[row] = number
    for number in range(count):
        place[used[number]] = -1
    return count
