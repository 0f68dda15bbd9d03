"""Care that is displaced, taken in elsewhere, lost and late, in one world after another."""

from typing import NamedTuple

import numpy as np

from watchward.harm.kernels.arrays import Bytes, Floats, Graph, Ints, Longs
from watchward.harm.kernels.flow import Joining, settle
from watchward.telemetry.kernels.compiled import inlined, loop

NEAR, FAR, SPARE, DEFERRABLE, CATCH_UP = range(5)
"""Columns of what a kind of service has, as `parameters.table.CARE` orders them."""

KEEPS_RECORDS, PLAIN = -1, -2
"""What stands in place of a kind of service for a system that keeps records, and for anything else."""

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
    """What `settle` reads: the graph in order, circles, and by thing its kind and which own capacity it has."""

    graph: Graph
    ends: Ints
    circles: Bytes
    kind: Ints
    own_of: Ints
    own: Floats


class World(NamedTuple):
    """The numbers of all worlds: needs (world, need, 4), care (world, kind, 14), the size of each activity.

    `joint` has how needs add up, how long typing takes and what it takes up (world, 3).
    """

    needs: Floats
    care: Floats
    size: Floats
    joint: Floats


class Taking(NamedTuple):
    """Room to work in, by pool or region: care displaced, what could be taken in and is, and the share that stays."""

    displaced: Floats
    free: Floats
    took: Floats
    stays: Floats


class Room(NamedTuple):
    """Room to work in, written over in each world.

    `c` is what remains (thing, hour); `by_hand` and `buffer` are those of needs, `scratch` is what `settle` wants;
    `size`, `displaced` and `waiting` are by cell; `near` is by pool and `far` by region; `ready` is the ordinary care
    of a pool that nothing has hit (pool, week).
    """

    c: Floats
    by_hand: Floats
    buffer: Floats
    scratch: Floats
    size: Floats
    displaced: Floats
    waiting: Floats
    near: Taking
    far: Taking
    ready: Floats


class Told(NamedTuple):
    """What comes out: `out` (world, cell, column) and `hourly` displaced (world, kind, hour).

    Of the first world also `capacity` (thing, hour), `line` (column, kind, hour) and what each pool `takes`.
    """

    out: Floats
    hourly: Floats
    capacity: Floats
    line: Floats
    takes: Floats


def room_for(flow: Flow, cells: Cells, pools: Pools, regions: int, needs: int, weeks: int) -> Room:
    """Room for all that `work_out` notes of one world."""
    things, hours = len(flow.own_of), flow.own.shape[1]
    near, far = (Taking(*(np.zeros(count) for _ in Taking._fields)) for count in (len(pools.kind), regions))
    return Room(
        c=np.empty((things, hours)),
        by_hand=np.empty((needs, hours)),
        buffer=np.empty(needs),
        scratch=np.empty((3, max(hours, things, len(flow.graph.provider)) + 1)),
        size=np.zeros(len(cells.thing)),
        displaced=np.zeros(len(cells.thing)),
        waiting=np.zeros(len(cells.thing)),
        near=near,
        far=far,
        ready=np.zeros((len(pools.kind), weeks)),
    )


@inlined
def hands(need: Floats, by_hand: Floats, buffer: Floats) -> None:
    """What goes on by hand in each hour, and the buffers, of all needs."""
    for one in range(need.shape[0]):
        buffer[one] = need[one, 0]
        floor = need[one, 1]
        manual = max(floor, need[one, 2])
        unlearnt = np.exp(-0.5 / need[one, 3])
        an_hour = np.exp(-1.0 / need[one, 3])
        for t in range(by_hand.shape[1]):
            by_hand[one, t] = floor + (manual - floor) * (1.0 - unlearnt)
            unlearnt *= an_hour


@inlined
def taken(displaced: float, share: float, free: float) -> float:
    """How much of what is displaced others take."""
    return min(share * displaced, free)


@inlined
def staying(displaced: float, took: float) -> float:
    """The share of what is displaced that nobody takes."""
    return 1.0 - took / displaced if displaced > 0.0 else 1.0


@inlined
def make_ready(cells: Cells, pools: Pools, sizes: Floats, room: Room) -> None:
    """How large care is in one world: of each cell, and of what nothing has hit in each pool."""
    for pool in range(len(pools.kind)):
        for week in range(room.ready.shape[1]):
            room.ready[pool, week] = 0.0
        for at in range(pools.first[pool], pools.first[pool + 1]):
            room.ready[pool, pools.week[at]] += pools.weekly[at] * sizes[pools.act[at]]
    for cell in range(len(cells.thing)):
        room.waiting[cell] = 0.0
        room.size[cell] = cells.weekly[cell] * sizes[cells.act[cell]]


@inlined
def come_back(own: Floats, kind: int, typing: float, drag: float, out: Floats) -> None:
    """Of what use a thing is by its own failures: while records on paper are typed into it, less than is left of it."""
    paper = 0.0
    for t in range(len(out)):
        out[t] = own[t] * (1.0 - drag * min(1.0, paper)) if kind == KEEPS_RECORDS else own[t]
        paper = max(0.0, paper + typing * (1.0 - own[t]) - own[t])


@inlined
def remain(flow: Flow, care: Floats, joint: Floats, room: Room) -> None:
    """What remains of each thing in one world."""
    for one in range(room.c.shape[0]):
        come_back(flow.own[flow.own_of[one]], flow.kind[one], joint[1], joint[2], room.c[one])
    joining = Joining(flow.kind, care, joint[0])
    settle(
        flow.graph, room.c.shape[0], flow.ends, flow.circles, room.by_hand, room.buffer, room.c, room.scratch, joining
    )


@inlined
def displace(cells: Cells, weeks: Floats, hour: int, t: int, room: Room) -> None:
    """Care that cannot happen in an hour, and the ordinary care of those in each pool that could take some."""
    for pool in range(room.ready.shape[0]):
        room.near.displaced[pool] = 0.0
        room.near.free[pool] = 0.0
        for week in range(room.ready.shape[1]):
            if room.ready[pool, week] > 0.0:
                room.near.free[pool] += room.ready[pool, week] * weeks[week, hour]
    for cell in range(len(cells.thing)):
        activity = room.size[cell] * weeks[cells.week[cell], hour]
        left = room.c[cells.thing[cell], t]
        room.displaced[cell] = activity * (1.0 - left)
        room.near.displaced[cells.pool[cell]] += room.displaced[cell]
        if left == 1.0:
            room.near.free[cells.pool[cell]] += activity


@inlined
def take_in(pools: Pools, care: Floats, near: Taking, far: Taking) -> None:
    """What each pool takes in within its board, and each region of what its boards could not."""
    for region in range(len(far.free)):
        far.displaced[region] = 0.0
        far.free[region] = 0.0
    for pool in range(len(pools.kind)):
        near.free[pool] *= care[pools.kind[pool], SPARE]
        near.took[pool] = 0.0
        if pools.board[pool]:
            near.took[pool] = taken(near.displaced[pool], care[pools.kind[pool], NEAR], near.free[pool])
        near.stays[pool] = staying(near.displaced[pool], near.took[pool])
        near.free[pool] -= near.took[pool]
        if pools.region[pool] >= 0:
            far.displaced[pools.region[pool]] += near.displaced[pool] - near.took[pool]
            far.free[pools.region[pool]] += near.free[pool]
    for pool in range(len(pools.kind)):
        region = pools.region[pool]
        if region >= 0:
            far.took[region] = taken(far.displaced[region], care[pools.kind[pool], FAR], far.free[region])
            far.stays[region] = staying(far.displaced[region], far.took[region])


@inlined
def note_takers(pools: Pools, near: Taking, far: Taking, takes: Floats) -> None:
    """What each pool takes in, of its own board and by its part of the room in its region."""
    for pool in range(len(pools.kind)):
        takes[pool] += near.took[pool]
    for pool in range(len(pools.kind)):
        region = pools.region[pool]
        if region >= 0 and far.took[region] > 0.0:
            takes[pool] += far.took[region] * near.free[pool] / far.free[region]


@inlined
def become(
    cells: Cells,
    pools: Pools,
    care: Floats,
    weeks: Floats,
    hour: int,
    t: int,
    s: int,
    room: Room,
    told: Told,
) -> None:
    """What becomes of the care that each cell displaces in an hour: it is taken in, lost or late."""
    for cell in range(len(cells.thing)):
        kind = cells.kind[cell]
        pool = cells.pool[cell]
        displaced = room.displaced[cell]
        stays = displaced * room.near.stays[pool]
        if pools.region[pool] >= 0:
            stays *= room.far.stays[pools.region[pool]]
        late = care[kind, DEFERRABLE] * stays
        if s == 0:
            told.line[DISPLACED, kind, t] += displaced
            told.line[ABSORBED, kind, t] += displaced - stays
            told.line[LOST, kind, t] += stays - late
            told.line[WAITING, kind, t] += room.waiting[cell]
        told.out[s, cell, DISPLACED] += displaced
        told.out[s, cell, ABSORBED] += displaced - stays
        told.out[s, cell, LOST] += stays - late
        told.out[s, cell, DELAY] += room.waiting[cell] / 24.0
        told.hourly[s, kind, t] += displaced
        extra = care[kind, CATCH_UP] * weeks[cells.week[cell], hour]
        ready_for = room.size[cell] * room.c[cells.thing[cell], t] * extra
        room.waiting[cell] += late - min(room.waiting[cell], ready_for)


@inlined
def work_off(cells: Cells, care: Floats, hours_of_week: int, room: Room, out: Floats) -> None:
    """What still waits when all works again, and the delay until it is done."""
    for cell in range(len(cells.thing)):
        waiting = room.waiting[cell]
        out[cell, WAITING] = waiting
        if waiting > 0.0:
            rate = care[cells.kind[cell], CATCH_UP] * room.size[cell] / hours_of_week
            out[cell, DELAY] += waiting**2 / (2.0 * rate) / 24.0


@inlined
def copy(what: Floats, out: Floats) -> None:
    """A table copied; for `out[:] = what`, numba would compile five seconds of error messages."""
    for one in range(what.shape[0]):
        for t in range(what.shape[1]):
            out[one, t] = what[one, t]


@loop
def work_out(
    flow: Flow,
    cells: Cells,
    pools: Pools,
    world: World,
    weeks: Floats,
    begins: int,
    room: Room,
    told: Told,
) -> None:
    """Everything by the hour, in each world, from hour `begins` of the week on."""
    for s in range(world.needs.shape[0]):
        care = world.care[s]
        hands(world.needs[s], room.by_hand, room.buffer)
        remain(flow, care, world.joint[s], room)
        make_ready(cells, pools, world.size[s], room)
        for t in range(room.c.shape[1]):
            hour = (begins + t) % weeks.shape[1]
            displace(cells, weeks, hour, t, room)
            take_in(pools, care, room.near, room.far)
            if s == 0:
                note_takers(pools, room.near, room.far, told.takes)
            become(cells, pools, care, weeks, hour, t, s, room, told)
        work_off(cells, care, weeks.shape[1], room, told.out[s])
        if s == 0:
            copy(room.c, told.capacity)
