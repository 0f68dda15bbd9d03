"""Care that is displaced, taken in elsewhere, lost and late, in one world after another."""

from typing import NamedTuple

import numpy as np

from watchward.harm.kernels.arrays import Bytes, Floats, Graph, Ints, Longs
from watchward.harm.kernels.flow import settle
from watchward.telemetry.kernels.compiled import inlined, loop

NEAR, FAR, SPARE, DEFERRABLE, CATCH_UP = range(5)
"""Columns of what a kind of service has, as `parameters.table.CARE` orders them."""

DISPLACED, ABSORBED, LOST, DELAY, WAITING = range(5)
"""Columns of what becomes of care."""


class Cells(NamedTuple):
    """Services that are alike in all but their size: on which thing they hang, and where they stand."""

    thing: Ints
    kind: Ints
    pool: Ints
    week: Ints
    act: Ints
    weekly: Floats


class Pools(NamedTuple):
    """Those who may take each other's patients: of what kind, within a board or not, and of which region (-1: none).

    Care of a pool that nothing has hit lies between `first[pool]` and `first[pool + 1]`.
    """

    kind: Ints
    board: Bytes
    region: Ints
    first: Longs
    week: Ints
    act: Ints
    weekly: Floats


class Flow(NamedTuple):
    """What `settle` reads: the graph in order, circles, and by thing which own capacity it has."""

    graph: Graph
    ends: Ints
    circles: Bytes
    own_of: Ints
    own: Floats


class World(NamedTuple):
    """The numbers of all worlds: needs (world, need, 4), care (world, kind, 12), the size of each activity, `apart`."""

    needs: Floats
    care: Floats
    size: Floats
    apart: Floats


@inlined
def hands(need: Floats, by_hand: Floats, buffer: Floats) -> None:
    """What goes on by hand in each hour, and the buffers, of all needs."""
    for one in range(need.shape[0]):
        buffer[one] = need[one, 0]
        floor = need[one, 1]
        manual = max(floor, need[one, 2])
        for t in range(by_hand.shape[1]):
            by_hand[one, t] = floor + (manual - floor) * (1.0 - np.exp(-(t + 0.5) / need[one, 3]))


@inlined
def taken(displaced: float, share: float, free: float) -> float:
    """How much of what is displaced others take."""
    return min(share * displaced, free)


@loop
def work_out(
    flow: Flow,
    cells: Cells,
    pools: Pools,
    regions: int,
    world: World,
    weeks: Floats,
    begins: int,
    out: Floats,
    hourly: Floats,
    capacity: Floats,
    line: Floats,
    takes: Floats,
) -> None:
    """Everything by the hour, in each world: `out` (world, cell, column) and `hourly` displaced (world, kind, hour).

    Of the first world also `capacity` (thing, hour), `line` (column, kind, hour) and what each pool `takes`.
    """
    hours = capacity.shape[1]
    c = np.empty_like(capacity)
    by_hand = np.empty((world.needs.shape[1], hours))
    buffer = np.empty(world.needs.shape[1])
    scratch = np.empty((3, max(hours, capacity.shape[0], len(flow.graph.provider)) + 1))
    displaced = np.zeros(len(cells.thing))
    waiting = np.zeros(len(cells.thing))
    size = np.zeros(len(cells.thing))
    whole = np.zeros(len(pools.kind))
    free = np.zeros(len(pools.kind))
    keep = np.zeros(len(pools.kind))
    far_whole = np.zeros(regions)
    far_free = np.zeros(regions)
    far_keep = np.zeros(regions)
    ready = np.zeros((len(pools.kind), weeks.shape[0]))
    for s in range(world.needs.shape[0]):
        hands(world.needs[s], by_hand, buffer)
        for one in range(capacity.shape[0]):
            for t in range(hours):
                c[one, t] = flow.own[flow.own_of[one], t]
        settle(flow.graph, capacity.shape[0], flow.ends, flow.circles, by_hand, buffer, c, scratch, world.apart[s])
        ready[:, :] = 0.0
        for pool in range(len(pools.kind)):
            for at in range(pools.first[pool], pools.first[pool + 1]):
                ready[pool, pools.week[at]] += pools.weekly[at] * world.size[s, pools.act[at]]
        for cell in range(len(cells.thing)):
            waiting[cell] = 0.0
            size[cell] = cells.weekly[cell] * world.size[s, cells.act[cell]]
        for t in range(hours):
            hour = (begins + t) % weeks.shape[1]
            for pool in range(len(pools.kind)):
                whole[pool] = 0.0
                free[pool] = 0.0
                for week in range(weeks.shape[0]):
                    if ready[pool, week] > 0.0:
                        free[pool] += ready[pool, week] * weeks[week, hour]
            for cell in range(len(cells.thing)):
                activity = size[cell] * weeks[cells.week[cell], hour]
                left = c[cells.thing[cell], t]
                displaced[cell] = activity * (1.0 - left)
                whole[cells.pool[cell]] += displaced[cell]
                if left == 1.0:
                    free[cells.pool[cell]] += activity
            far_whole[:] = 0.0
            far_free[:] = 0.0
            for pool in range(len(pools.kind)):
                kind = pools.kind[pool]
                free[pool] *= world.care[s, kind, SPARE]
                took = 0.0
                if pools.board[pool]:
                    took = taken(whole[pool], world.care[s, kind, NEAR], free[pool])
                keep[pool] = 1.0 - took / whole[pool] if whole[pool] > 0.0 else 1.0
                free[pool] -= took
                if s == 0:
                    takes[pool] += took
                if pools.region[pool] >= 0:
                    far_whole[pools.region[pool]] += whole[pool] - took
                    far_free[pools.region[pool]] += free[pool]
            for pool in range(len(pools.kind)):
                region = pools.region[pool]
                if region >= 0:
                    took = taken(far_whole[region], world.care[s, pools.kind[pool], FAR], far_free[region])
                    far_keep[region] = 1.0 - took / far_whole[region] if far_whole[region] > 0.0 else 1.0
                    if s == 0 and took > 0.0:
                        takes[pool] += took * free[pool] / far_free[region]
            for cell in range(len(cells.thing)):
                kind = cells.kind[cell]
                pool = cells.pool[cell]
                stays = displaced[cell] * keep[pool]
                if pools.region[pool] >= 0:
                    stays *= far_keep[pools.region[pool]]
                late = world.care[s, kind, DEFERRABLE] * stays
                extra = world.care[s, kind, CATCH_UP] * weeks[cells.week[cell], hour]
                ready_for = size[cell] * c[cells.thing[cell], t] * extra
                if s == 0:
                    line[DISPLACED, kind, t] += displaced[cell]
                    line[ABSORBED, kind, t] += displaced[cell] - stays
                    line[LOST, kind, t] += stays - late
                    line[WAITING, kind, t] += waiting[cell]
                out[s, cell, DISPLACED] += displaced[cell]
                out[s, cell, ABSORBED] += displaced[cell] - stays
                out[s, cell, LOST] += stays - late
                out[s, cell, DELAY] += waiting[cell] / 24.0
                hourly[s, kind, t] += displaced[cell]
                waiting[cell] += late - min(waiting[cell], ready_for)
        for cell in range(len(cells.thing)):
            out[s, cell, WAITING] = waiting[cell]
            if waiting[cell] > 0.0:
                rate = world.care[s, cells.kind[cell], CATCH_UP] * size[cell] / weeks.shape[1]
                out[s, cell, DELAY] += waiting[cell] ** 2 / (2.0 * rate) / 24.0
        if s == 0:
            capacity[:, :] = c
