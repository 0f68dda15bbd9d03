"""Rows of two sorted tables as one."""

from numba import njit


@njit(cache=True, nogil=True)
def before(key, at, hi, lo, rule, one, other_key, other_at, other_hi, other_lo, other_rule, other):
    """How a row of one table stands to a row of another: negative before, 0 the same, positive after."""
    if key[one] != other_key[other]:
        return -1 if key[one] < other_key[other] else 1
    if at[one] != other_at[other]:
        return -1 if at[one] < other_at[other] else 1
    if hi[one] != other_hi[other]:
        return -1 if hi[one] < other_hi[other] else 1
    if lo[one] != other_lo[other]:
        return -1 if lo[one] < other_lo[other] else 1
    return int(rule[one]) - int(other_rule[other])


@njit(cache=True, nogil=True)
def join(old, new, keep, order):
    """The order of both tables' rows as one: `n` is the old table's row, `~n` the new one's; returns how many.

    Old rows that are not to be kept are left out, and new rows that are there already. Each table has a row once.
    """
    key, at, hi, lo, rule = old
    new_key, new_at, new_hi, new_lo, new_rule = new
    here = there = count = 0
    while here < len(key) or there < len(new_key):
        if here < len(key) and not keep[here]:
            here += 1
            continue
        if there == len(new_key):
            stands = -1
        elif here == len(key):
            stands = 1
        else:
            stands = before(key, at, hi, lo, rule, here, new_key, new_at, new_hi, new_lo, new_rule, there)
        if stands <= 0:
            order[count] = here
            here += 1
            there += stands == 0
        else:
            order[count] = ~there
            there += 1
        count += 1
    return count
