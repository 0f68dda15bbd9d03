"""Where the rows of one sorted table belong in another."""

from watchward.telemetry.kernels.compiled import inlined, inner_loop


@inlined
def before(old, one, new, other):
    """How a row of one table stands to a row of another: negative before, 0 the same, positive after."""
    key, at, hi, lo, rule, amount, rest = old
    new_key, new_at, new_hi, new_lo, new_rule, new_amount, new_rest = new
    if key[one] != new_key[other]:
        return -1 if key[one] < new_key[other] else 1
    if at[one] != new_at[other]:
        return -1 if at[one] < new_at[other] else 1
    if hi[one] != new_hi[other]:
        return -1 if hi[one] < new_hi[other] else 1
    if lo[one] != new_lo[other]:
        return -1 if lo[one] < new_lo[other] else 1
    if rule[one] != new_rule[other]:
        return -1 if rule[one] < new_rule[other] else 1
    if amount[one] != new_amount[other]:
        return -1 if amount[one] < new_amount[other] else 1
    if rest[one] != new_rest[other]:
        return -1 if rest[one] < new_rest[other] else 1
    return 0


@inner_loop
def places_of(old, new, places, fresh):
    """Before which of the old rows each new one belongs, and whether it is not there yet; returns how many are not."""
    count = low = 0
    for row in range(len(new[0])):
        high = len(old[0])
        while low < high:
            middle = (low + high) // 2
            if before(old, middle, new, row) < 0:
                low = middle + 1
            else:
                high = middle
        places[row] = low
        fresh[row] = low == len(old[0]) or before(old, low, new, row) != 0
        count += fresh[row]
    return count
