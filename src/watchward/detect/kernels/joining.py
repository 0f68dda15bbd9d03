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
        # Both tables are in order, so the place is near the one before: it is looked for in leaps that double.
        step = 1
        while low + step < len(old[0]) and before(old, low + step, new, row) < 0:
            low += step
            step *= 2
        high = min(low + step, len(old[0]))
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


@inner_loop
def spans_of(keys, wanted, begins, ends):
    """Where in a table each of some keys, which are in order, begins and ends."""
    low = 0
    for number in range(len(wanted)):
        key, step = wanted[number], 1
        while low + step < len(keys) and keys[low + step] < key:
            low += step
            step *= 2
        high = min(low + step, len(keys))
        while low < high:
            middle = (low + high) // 2
            if keys[middle] < key:
                low = middle + 1
            else:
                high = middle
        begins[number] = low
        while low < len(keys) and keys[low] == key:
            low += 1
        ends[number] = low
