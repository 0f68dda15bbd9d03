"""What holds in the windows of groups of events, as ADR 0120 says: one pass over each group, in order of time."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from watchward.detect.kernels.arrays import Longs
from watchward.telemetry.kernels.compiled import inlined, inner_loop

COUNT, DIFFERENT, SUM, AVERAGE, RANKED, MET, ALTERNATIVES, ORDERED = range(8)
"""What is measured: events, different values, a sum, an average, a percentile, how many rules were met, which, and
which in their order."""

GT, GTE, LT, LTE, EQ, NEQ = range(6)

LONG_AGO = -(1 << 62)

LIMB = 1 << 20
MICRO = 1_000_000

# Sums of a window, each exact in 64 bits: events, different values, the parts of whole numbers, millionths, and so on.
EVENTS, VALUES, UPPER, LOWER, MILLIONTHS, AMOUNTS, RULES, SUMS = range(8)


class Asked(NamedTuple):
    """What each of some correlations asks: what it measures, and the numbers that this is compared with.

    Of `relations` and `numbers`, the first `bounds` hold of a correlation; its alternatives lie from `first_term` to
    `end_term`.
    """

    family: Longs
    is_open: NDArray[np.bool_]
    timespan: Longs
    percent: NDArray[np.float64]
    bounds: Longs
    relations: Longs
    numbers: NDArray[np.float64]
    first_term: Longs
    end_term: Longs


class Terms(NamedTuple):
    """Alternatives: the rules that each needs, those that it denies, and the needed ones in their order, then -1."""

    needs: NDArray[np.bool_]
    denies: NDArray[np.bool_]
    chains: NDArray[np.int8]


@inlined
def same_event(rows, one, other):
    at, hi, lo = rows[0], rows[1], rows[2]
    return at[one] == at[other] and hi[one] == hi[other] and lo[one] == lo[other]


@inlined
def place_of(table, mask, value):
    """The place of a value in a table of values, 0 being free."""
    place = value & mask
    while table[place] != np.uint64(0) and table[place] != value:
        place = (place + np.uint64(1)) & mask
    return place


@inlined
def rank_of(ordered, count, amount):
    """How many of the first amounts are less."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if ordered[middle] < amount:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def rank(ordered, count, amount, by):
    """Put an amount among the first in order, or take it out."""
    at = rank_of(ordered, count, amount)
    if by == 1:
        for place in range(count, at, -1):
            ordered[place] = ordered[place - 1]
        ordered[at] = amount
    else:
        for place in range(at, count - 1):
            ordered[place] = ordered[place + 1]


@inlined
def change(family, rows, scratch, sums, mask, start, row, by):
    """Take a row into the window (`by` 1) or out of it (-1); `start` is its group's first row."""
    _, _, _, pos, value, amount = rows
    table, held, ordered, met = scratch
    first = row == start or not same_event(rows, row, row - 1)
    if family == COUNT:
        sums[EVENTS] += by * first
    elif family == DIFFERENT:
        place = place_of(table, mask, value[row])
        table[place] = value[row]
        sums[VALUES] += by == 1 and held[place] == 0
        held[place] += by
        sums[VALUES] -= by == -1 and held[place] == 0
    elif family in (SUM, AVERAGE):
        if first:
            whole = np.int64(np.floor(amount[row]))
            sums[UPPER] += by * (whole // LIMB)
            sums[LOWER] += by * (whole % LIMB)
            sums[MILLIONTHS] += by * np.int64(np.rint((amount[row] - np.floor(amount[row])) * MICRO))
            sums[AMOUNTS] += by
    elif family == RANKED:
        if first:
            rank(ordered, sums[AMOUNTS], amount[row], by)
            sums[AMOUNTS] += by
    else:
        rule = pos[row]
        sums[RULES] += by == 1 and met[rule] == 0
        met[rule] += by
        sums[RULES] -= by == -1 and met[rule] == 0


@inlined
def measure(family, scratch, sums, percent):
    """The number that is compared."""
    if family == COUNT:
        return float(sums[EVENTS])
    if family == DIFFERENT:
        return float(sums[VALUES])
    if family == MET:
        return float(sums[RULES])
    if family == RANKED:
        ordered = scratch[2]
        rank = percent / 100.0 * (sums[AMOUNTS] - 1)
        below = int(np.floor(rank))
        above = min(below + 1, sums[AMOUNTS] - 1)
        return ordered[below] + (ordered[above] - ordered[below]) * (rank - below)
    total = float(sums[UPPER]) * LIMB + float(sums[LOWER]) + float(sums[MILLIONTHS]) / MICRO
    return total / sums[AMOUNTS] if family == AVERAGE else total


@inlined
def compare(value, asked, one):
    """Whether a value stands to all numbers of a correlation as it asks."""
    for place in range(asked.bounds[one]):
        relation, number = asked.relations[one, place], asked.numbers[one, place]
        if relation == GT:
            holds = value > number
        elif relation == GTE:
            holds = value >= number
        elif relation == LT:
            holds = value < number
        elif relation == LTE:
            holds = value <= number
        elif relation == EQ:
            holds = value == number
        else:
            holds = value != number
        if not holds:
            return False
    return True


@inlined
def chained(asked, one, chains, since, rows, begin, end):
    """Lead chains of rules on by the events of one moment.

    For each alternative and each place in it: when the latest chain up to there began, and its last event; and the
    same for the latest that ends with another event, since an event does not follow itself.
    """
    at, hi, lo, pos = rows[0], rows[1], rows[2], rows[3]
    start, last_hi, last_lo, other = since
    for term in range(asked.first_term[one], asked.end_term[one]):
        for place in range(chains.shape[1]):
            if chains[term, place] < 0:
                break
            for row in range(begin, end):
                if pos[row] != chains[term, place]:
                    continue
                if place == 0:
                    came = at[row]
                elif last_hi[term, place - 1] == hi[row] and last_lo[term, place - 1] == lo[row]:
                    came = other[term, place - 1]
                else:
                    came = start[term, place - 1]
                if last_hi[term, place] == hi[row] and last_lo[term, place] == lo[row]:
                    start[term, place] = max(start[term, place], came)
                elif came > start[term, place]:
                    other[term, place] = start[term, place]
                    start[term, place] = came
                    last_hi[term, place] = hi[row]
                    last_lo[term, place] = lo[row]
                else:
                    other[term, place] = max(other[term, place], came)


@inlined
def one_holds(asked, one, terms, since, met, earliest):
    """Whether one of the alternatives of a correlation holds in a window that begins then."""
    needs, denies, chains = terms
    start = since[0]
    for term in range(asked.first_term[one], asked.end_term[one]):
        fine = True
        for rule in range(needs.shape[1]):
            if (needs[term, rule] and met[rule] == 0) or (denies[term, rule] and met[rule] > 0):
                fine = False
                break
        if fine and asked.family[one] == ORDERED:
            length = 0
            while length < chains.shape[1] and chains[term, length] >= 0:
                length += 1
            fine = length == 0 or start[term, length - 1] >= earliest
        if fine:
            return True
    return False


@inlined
def cleared(asked, one, scratch, since, sums, size):
    """Make ready for a group; returns the mask of the table of values."""
    table, held, _, met = scratch
    family = asked.family[one]
    for place in range(len(sums)):
        sums[place] = 0
    if family == DIFFERENT:
        slots = 4
        while slots < 2 * size:
            slots *= 2
        for place in range(slots):
            table[place] = 0
            held[place] = 0
        return np.uint64(slots - 1)
    if family >= MET:
        for place in range(len(met)):
            met[place] = 0
    if family == ORDERED:
        start, last_hi, last_lo, other = since
        for term in range(asked.first_term[one], asked.end_term[one]):
            for place in range(start.shape[1]):
                start[term, place] = LONG_AGO
                other[term, place] = LONG_AGO
                last_hi[term, place] = 0
                last_lo[term, place] = 0
    return np.uint64(0)


@inlined
def asks(asked, one, rows, end, row, window, clock):
    """Whether a condition is asked at a moment: open ones always, others when no event can join the window any more."""
    over = rows[0][window] + asked.timespan[one]
    return asked.is_open[one] or (rows[0][row] > over if row < end else clock > over)


@inlined
def holds(asked, one, terms, since, scratch, sums, moment):
    """Whether a correlation's condition holds in a window that ends at a moment."""
    if asked.family[one] >= ALTERNATIVES:
        return one_holds(asked, one, terms, since, scratch[3], moment - asked.timespan[one])
    return compare(measure(asked.family[one], scratch, sums, asked.percent[one]), asked, one)


@inner_loop
def evaluate(asked, clock, rows, groups, scratch, terms, since, sums, marks, moments):
    """The moments at which conditions hold in some groups, each of one correlation; returns how many.

    Of each moment: its group, the rows from its first to after its last, and the first row of its window.
    """
    at, count = rows[0], 0
    begins, ends, owners = groups
    for group in range(len(begins)):
        begin, end, one = begins[group], ends[group], owners[group]
        family, timespan = asked.family[one], asked.timespan[one]
        mask = cleared(asked, one, scratch, since, sums, end - begin)
        window = row = begin
        while row < end:
            moment, after = at[row], row
            while after < end and at[after] == moment:
                change(family, rows, scratch, sums, mask, begin, after, 1)
                after += 1
            if family == ORDERED:
                chained(asked, one, terms.chains, since, rows, row, after)
            while at[window] < moment - timespan:
                change(family, rows, scratch, sums, mask, begin, window, -1)
                window += 1
            if (
                moment > marks[group]
                and asks(asked, one, rows, end, after, window, clock)
                and holds(asked, one, terms, since, scratch, sums, moment)
            ):
                moments[count, 0], moments[count, 1], moments[count, 2], moments[count, 3] = group, row, after, window
                count += 1
            row = after
    return count


@inner_loop
def fire(rows, moments, spans, firings, numbers):
    """The firings that moments make; returns how many. `spans` says how long a firing of each group may last.

    Of each firing: its group, its first row, that at which it held first, the row after its last, its last moment's
    first row, and how many events made it. `numbers` says to which firing each moment belongs.
    """
    at = rows[0]
    made = -1
    for moment in range(len(moments)):
        group, row = moments[moment, 0], moments[moment, 1]
        after, window = moments[moment, 2], moments[moment, 3]
        if made < 0 or firings[made, 0] != group or at[row] > at[firings[made, 2]] + spans[group]:
            made += 1
            firings[made, 0] = group
            firings[made, 1] = window
            firings[made, 2] = row
        firings[made, 3] = after
        firings[made, 4] = row
        numbers[moment] = made
    for firing in range(made + 1):
        events = 0
        for row in range(firings[firing, 1], firings[firing, 3]):
            events += row == firings[firing, 1] or not same_event(rows, row, row - 1)
        firings[firing, 5] = events
    return made + 1
