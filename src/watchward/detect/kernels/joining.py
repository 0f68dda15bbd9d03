"""Rows of two sorted tables as one."""

from numba import njit


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def join(old, new, keep, order):
    """The order of both tables' rows as one: `n` is the old table's row, `~n` the new one's; returns how many.

    Old rows that are not to be kept are left out, and new rows that are there already. Each table has a row once.
    """
    olds, news = len(old[0]), len(new[0])
    here = there = count = 0
    while here < olds or there < news:
        if here < olds and not keep[here]:
            here += 1
            continue
        if there == news:
            stands = -1
        elif here == olds:
            stands = 1
        else:
            stands = before(old, here, new, there)
        if stands <= 0:
            order[count] = here
            here += 1
            there += stands == 0
        else:
            order[count] = ~there
            there += 1
        count += 1
    return count
