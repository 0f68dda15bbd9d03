"""The harm of losing each of many things, one after another, in the median world."""

from typing import NamedTuple

import numpy as np

from watchward.harm.kernels.arrays import Bytes, Floats, Graph, Ints, Lists, Order
from watchward.harm.kernels.flow import settle
from watchward.harm.kernels.graph import sizes, take_out
from watchward.harm.kernels.worlds import CATCH_UP, DEFERRABLE, FAR, NEAR, SPARE, taken
from watchward.telemetry.kernels.compiled import inlined, loop

BY_LOSS, BY_MOVE, BY_DAY, SPLIT = 5, 6, 7, 8
"""Further columns of what a kind of service has, as `parameters.table.CARE` orders them."""


class Whole(NamedTuple):
    """A model as the loops read it."""

    graph: Graph
    order: Order
    carried: Lists
    consumers: Lists


class Served(NamedTuple):
    """Services: which one each thing is (-1: none), and by service where it stands, how large it is, and whose."""

    service_of: Ints
    kind: Ints
    pool: Ints
    week: Ints
    weekly: Floats
    organisation: Ints


class Near(NamedTuple):
    """Pools by number: kind, within a board or not, region; and room by hour of the week, of pools and of regions."""

    kind: Ints
    board: Bytes
    region: Ints
    free: Floats
    far_free: Floats


class Found(NamedTuple):
    """What comes out, by thing that is lost.

    `care`: displaced, absorbed, lost (units), delay (patient-days). `harmed`: patients by severity. `records`: those
    that lie in what is lost. `organisations`: at how many care is displaced, -1 where too much is hit to be worked out.
    """

    care: Floats
    harmed: Floats
    records: Floats
    organisations: Ints


@inlined
def spread(lists: Lists, out: Ints, size: int, local: Ints) -> int:
    """Add to the first `size` of `out` all that is reached from them; -1 if there is no room; `local` is -2 for it."""
    at = 0
    while at < size:
        one = out[at]
        at += 1
        for place in range(lists.first[one], lists.first[one + 1]):
            to = lists.of[place]
            if local[to] == -1:
                if size == len(out):
                    return -1
                local[to] = -2
                out[size] = to
                size += 1
    return size


@loop
def lose_each(
    things: Ints,
    whole: Whole,
    served: Served,
    near: Near,
    care: Floats,
    records: Floats,
    weeks: Floats,
    begins: int,
    by_hand: Floats,
    buffer: Floats,
    apart: float,
    most: int,
    found: Found,
) -> None:
    """Lose each of `things` wholly for as many hours as `by_hand` has; no more than `most` others may be hit."""
    hours = by_hand.shape[1]
    local = np.full(len(whole.order.place), -1, dtype=np.int32)
    hit = np.empty(most, dtype=np.int32)
    room = 16
    out = Graph(
        groups=np.zeros(most + 1, dtype=np.int64),
        members=np.zeros(room + 1, dtype=np.int64),
        rest=np.zeros(room),
        inside=np.zeros(room, dtype=np.uint8),
        provider=np.zeros(room, dtype=np.int32),
        need=np.zeros(room, dtype=np.int32),
        share=np.zeros(room),
    )
    ends = np.empty(most, dtype=np.int32)
    circles = np.empty(most, dtype=np.uint8)
    c = np.empty((most, hours))
    scratch = np.empty((3, max(hours, most) + 1))
    service = np.empty(most, dtype=np.int32)
    row = np.empty(most, dtype=np.int32)
    pools = np.empty(len(near.kind), dtype=np.int32)
    regions = np.empty(len(near.far_free), dtype=np.int32)
    seen_pool = np.full(len(near.kind), -1, dtype=np.int64)
    seen_region = np.full(len(near.far_free), -1, dtype=np.int64)
    seen_organisation = np.full(len(local), -1, dtype=np.int64)
    need_pool = np.zeros(len(near.kind))
    free_pool = np.zeros(len(near.kind))
    keep_pool = np.zeros(len(near.kind))
    need_region = np.zeros(len(near.far_free))
    free_region = np.zeros(len(near.far_free))
    keep_region = np.zeros(len(near.far_free))
    displaced = np.zeros(most)
    waiting = np.zeros(most)
    sums = np.zeros((most, 4))
    for which in range(len(things)):
        hit[0] = things[which]
        local[things[which]] = -2
        size = spread(whole.carried, hit, 1, local)
        own = size
        if size > 0:
            for at in range(size):
                for sensitivity in range(records.shape[1]):
                    found.records[which, sensitivity] += records[hit[at], sensitivity]
            size = spread(whole.consumers, hit, size, local)
        if size < 0:
            found.organisations[which] = -1
            found.records[which, :] = 0.0
            for at in range(most):
                local[hit[at]] = -1
            continue
        for at in range(own):
            displaced[at] = whole.order.place[hit[at]]  # kept aside, to know them again after sorting
        places = np.empty(size, dtype=np.int32)
        for at in range(size):
            places[at] = whole.order.place[hit[at]]
        places.sort()
        for at in range(size):
            hit[at] = whole.order.things[places[at]]
            local[hit[at]] = at
            c[at, :] = 1.0
            service[at] = 0
        for at in range(own):
            lost = local[whole.order.things[int(displaced[at])]]
            c[lost, :] = 0.0
        group_count, edge_count = sizes(whole.graph, hit[:size])
        if max(group_count, edge_count) > room:
            room = 2 * max(group_count, edge_count)
            out = Graph(
                groups=np.zeros(most + 1, dtype=np.int64),
                members=np.zeros(room + 1, dtype=np.int64),
                rest=np.zeros(room),
                inside=np.zeros(room, dtype=np.uint8),
                provider=np.zeros(room, dtype=np.int32),
                need=np.zeros(room, dtype=np.int32),
                share=np.zeros(room),
            )
            scratch = np.empty((3, max(hours, most, room) + 1))
        take_out(whole.graph, hit[:size], local, out)
        at = 0
        while at < size:
            end = at + 1
            circles[at] = whole.order.around[hit[at]]
            while end < size and whole.order.circle[hit[end]] == whole.order.circle[hit[at]]:
                end += 1
            ends[at] = end
            at = end
        settle(out, size, ends, circles, by_hand, buffer, c, scratch, apart)
        services = 0
        pool_count = 0
        region_count = 0
        for at in range(size):
            one = served.service_of[hit[at]]
            local[hit[at]] = -1
            if one < 0:
                continue
            service[services] = one
            row[services] = at
            waiting[services] = 0.0
            sums[services, :] = 0.0
            services += 1
            pool = served.pool[one]
            if seen_pool[pool] != which:
                seen_pool[pool] = which
                pools[pool_count] = pool
                pool_count += 1
                region = near.region[pool]
                if region >= 0 and seen_region[region] != which:
                    seen_region[region] = which
                    regions[region_count] = region
                    region_count += 1
        if services == 0:
            continue
        for t in range(hours):
            hour = (begins + t) % weeks.shape[1]
            for at in range(pool_count):
                need_pool[pools[at]] = 0.0
                free_pool[pools[at]] = near.free[pools[at], hour]
            for at in range(region_count):
                need_region[regions[at]] = 0.0
                free_region[regions[at]] = near.far_free[regions[at], hour]
            for at in range(services):
                one = service[at]
                activity = served.weekly[one] * weeks[served.week[one], hour]
                left = c[row[at], t]
                displaced[at] = activity * (1.0 - left)
                need_pool[served.pool[one]] += displaced[at]
                if left != 1.0:
                    free_pool[served.pool[one]] -= activity * care[served.kind[one], SPARE]
            for at in range(pool_count):
                pool = pools[at]
                free = max(0.0, free_pool[pool])
                took = taken(need_pool[pool], care[near.kind[pool], NEAR], free) if near.board[pool] else 0.0
                keep_pool[pool] = 1.0 - took / need_pool[pool] if need_pool[pool] > 0.0 else 1.0
                if near.region[pool] >= 0:
                    need_region[near.region[pool]] += need_pool[pool] - took
                    free_region[near.region[pool]] -= near.free[pool, hour] - (free - took)
            for at in range(pool_count):
                region = near.region[pools[at]]
                if region >= 0:
                    took = taken(need_region[region], care[near.kind[pools[at]], FAR], max(0.0, free_region[region]))
                    keep_region[region] = 1.0 - took / need_region[region] if need_region[region] > 0.0 else 1.0
            for at in range(services):
                one = service[at]
                kind = served.kind[one]
                stays = displaced[at] * keep_pool[served.pool[one]]
                if near.region[served.pool[one]] >= 0:
                    stays *= keep_region[near.region[served.pool[one]]]
                late = care[kind, DEFERRABLE] * stays
                seen = served.weekly[one] * weeks[served.week[one], hour] * c[row[at], t] * care[kind, CATCH_UP]
                sums[at, 0] += displaced[at]
                sums[at, 1] += displaced[at] - stays
                sums[at, 2] += stays - late
                sums[at, 3] += waiting[at] / 24.0
                waiting[at] += late - min(waiting[at], seen)
        for at in range(services):
            one = service[at]
            rates = care[served.kind[one]]
            if waiting[at] > 0.0:
                rate = rates[CATCH_UP] * served.weekly[one] / weeks.shape[1]
                sums[at, 3] += waiting[at] ** 2 / (2.0 * rate) / 24.0
            for column in range(4):
                found.care[which, column] += sums[at, column]
            by_move = (1.0 - rates[DEFERRABLE]) * rates[BY_LOSS] * rates[BY_MOVE]
            patients = sums[at, 2] * rates[BY_LOSS] + sums[at, 1] * by_move + sums[at, 3] * rates[BY_DAY]
            for severity in range(found.harmed.shape[1]):
                found.harmed[which, severity] += patients * rates[SPLIT + severity]
            if sums[at, 0] > 0.0 and seen_organisation[served.organisation[one]] != which:
                seen_organisation[served.organisation[one]] = which
                found.organisations[which] += 1
