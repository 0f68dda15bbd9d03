"""The harm of losing each of many things, one after another, in the median world."""

from watchward.harm.kernels.arrays import Floats, Ints, Lists, Order
from watchward.harm.kernels.flow import Joining, settle
from watchward.harm.kernels.graph import take_out
from watchward.harm.kernels.losses import (
    HIT,
    LOST,
    NOT_HIT,
    Found,
    Median,
    Near,
    Room,
    Served,
    Touched,
    Whole,
)
from watchward.harm.kernels.worlds import CATCH_UP, DEFERRABLE, FAR, NEAR, SPARE, staying, taken
from watchward.telemetry.kernels.compiled import inlined, loop

BY_LOSS, BY_MOVE, BY_DAY, SPLIT = 5, 6, 7, 8
"""Further columns of what a kind of service has, as `parameters.table.CARE` orders them."""


@inlined
def spread(lists: Lists, out: Ints, size: int, local: Ints) -> int:
    """Add to the first `size` of `out` all that is reached from them and is not hit yet; -1 if there is no room."""
    at = 0
    while at < size:
        one = out[at]
        at += 1
        for place in range(lists.first[one], lists.first[one + 1]):
            to = lists.of[place]
            if local[to] == NOT_HIT:
                if size == len(out):
                    return -1
                local[to] = HIT
                out[size] = to
                size += 1
    return size


@inlined
def hit_by(whole: Whole, thing: int, room: Room) -> tuple[int, int]:
    """What is hit where a thing is lost: so many fail with it, so many are hit in all; -1 if they are too many."""
    room.hit[0] = thing
    room.local[thing] = HIT
    lost = spread(whole.carried, room.hit, 1, room.local)
    size = -1
    if lost > 0:
        for at in range(lost):
            room.local[room.hit[at]] = LOST
        size = spread(whole.consumers, room.hit, lost, room.local)
    if size < 0:
        for at in range(len(room.hit)):
            room.local[room.hit[at]] = NOT_HIT
    return lost, size


@loop
def put_in_order(order: Order, hit: Ints, places: Ints) -> None:
    """Things with their providers before them."""
    for at in range(len(hit)):
        places[at] = order.place[hit[at]]
    places.sort()
    for at in range(len(hit)):
        hit[at] = order.things[places[at]]


@inlined
def lay_out(order: Order, kind: Ints, size: int, room: Room) -> None:
    """Number what is hit, and say what remains of each by its own failure and where its circle ends."""
    for at in range(size):
        left = 0.0 if room.local[room.hit[at]] == LOST else 1.0
        room.local[room.hit[at]] = at
        room.kind[at] = kind[room.hit[at]]
        for t in range(room.c.shape[1]):
            room.c[at, t] = left
    at = 0
    while at < size:
        end = at + 1
        room.circles[at] = order.around[room.hit[at]]
        while end < size and order.circle[room.hit[end]] == order.circle[room.hit[at]]:
            end += 1
        room.ends[at] = end
        at = end


@inlined
def touch(one: int, loss: int, count: int, all_of: Touched) -> int:
    """Add a pool or region to those that a loss touches, once; how many they are."""
    if all_of.last[one] == loss:
        return count
    all_of.last[one] = loss
    all_of.which[count] = one
    return count + 1


@inlined
def find_care(served: Served, near: Near, loss: int, size: int, room: Room) -> tuple[int, int, int]:
    """The services that are hit, their pools and regions: how many of each. Marks of what is hit are taken away."""
    services = 0
    pools = 0
    regions = 0
    for at in range(size):
        one = served.service_of[room.hit[at]]
        room.local[room.hit[at]] = NOT_HIT
        if one < 0:
            continue
        room.service[services] = one
        room.row[services] = at
        room.waiting[services] = 0.0
        for column in range(4):
            room.sums[services, column] = 0.0
        services += 1
        pools = touch(served.pool[one], loss, pools, room.near)
        if near.region[served.pool[one]] >= 0:
            regions = touch(near.region[served.pool[one]], loss, regions, room.far)
    return services, pools, regions


@inlined
def open_up(all_of: Touched, count: int, free: Floats, hour: int) -> None:
    """What pools or regions could take in an hour where nothing fails."""
    for at in range(count):
        all_of.displaced[all_of.which[at]] = 0.0
        all_of.free[all_of.which[at]] = free[all_of.which[at], hour]


@inlined
def displace(served: Served, median: Median, hour: int, t: int, services: int, room: Room) -> None:
    """Care that cannot happen in an hour; who is hit takes nobody in."""
    for at in range(services):
        one = room.service[at]
        activity = served.weekly[one] * median.weeks[served.week[one], hour]
        left = room.c[room.row[at], t]
        room.displaced[at] = activity * (1.0 - left)
        room.near.displaced[served.pool[one]] += room.displaced[at]
        if left != 1.0:
            room.near.free[served.pool[one]] -= activity * median.care[served.kind[one], SPARE]


@inlined
def take_in(near: Near, care: Floats, hour: int, pools: int, room: Room) -> None:
    """What pools take in within their boards, and regions of what their boards could not."""
    for at in range(pools):
        pool = room.near.which[at]
        region = near.region[pool]
        displaced = room.near.displaced[pool]
        free = max(0.0, room.near.free[pool])
        took = taken(displaced, care[near.kind[pool], NEAR], free) if near.board[pool] else 0.0
        room.near.stays[pool] = staying(displaced, took)
        if region >= 0:
            room.far.displaced[region] += displaced - took
            room.far.free[region] -= near.free[pool, hour] - (free - took)
    for at in range(pools):
        pool = room.near.which[at]
        region = near.region[pool]
        if region >= 0:
            displaced = room.far.displaced[region]
            took = taken(displaced, care[near.kind[pool], FAR], max(0.0, room.far.free[region]))
            room.far.stays[region] = staying(displaced, took)


@inlined
def become(served: Served, near: Near, median: Median, hour: int, t: int, services: int, room: Room) -> None:
    """What becomes of displaced care in an hour: it is taken in, lost or late."""
    for at in range(services):
        one = room.service[at]
        care = median.care[served.kind[one]]
        displaced = room.displaced[at]
        stays = displaced * room.near.stays[served.pool[one]]
        if near.region[served.pool[one]] >= 0:
            stays *= room.far.stays[near.region[served.pool[one]]]
        late = care[DEFERRABLE] * stays
        seen = served.weekly[one] * median.weeks[served.week[one], hour] * room.c[room.row[at], t] * care[CATCH_UP]
        room.sums[at, 0] += displaced
        room.sums[at, 1] += displaced - stays
        room.sums[at, 2] += stays - late
        room.sums[at, 3] += room.waiting[at] / 24.0
        room.waiting[at] += late - min(room.waiting[at], seen)


@inlined
def add_up(served: Served, median: Median, loss: int, services: int, room: Room, found: Found) -> None:
    """The sums of a loss over its services, and the patients harmed."""
    for at in range(services):
        one = room.service[at]
        rates = median.care[served.kind[one]]
        sums = room.sums[at]
        if room.waiting[at] > 0.0:
            rate = rates[CATCH_UP] * served.weekly[one] / median.weeks.shape[1]
            sums[3] += room.waiting[at] ** 2 / (2.0 * rate) / 24.0
        for column in range(4):
            found.care[loss, column] += sums[column]
        by_move = (1.0 - rates[DEFERRABLE]) * rates[BY_LOSS] * rates[BY_MOVE]
        patients = sums[2] * rates[BY_LOSS] + sums[1] * by_move + sums[3] * rates[BY_DAY]
        for severity in range(found.harmed.shape[1]):
            found.harmed[loss, severity] += patients * rates[SPLIT + severity]
        organisation = served.organisation[one]
        if sums[0] > 0.0 and room.organisation[organisation] != loss:
            room.organisation[organisation] = loss
            found.organisations[loss] += 1


@loop
def lose_each(
    things: Ints,
    whole: Whole,
    served: Served,
    near: Near,
    median: Median,
    begins: int,
    room: Room,
    found: Found,
) -> None:
    """Lose each of `things` wholly, from hour `begins` of the week for as many hours as there is room for."""
    joining = Joining(room.kind, median.care, median.apart)
    for loss in range(len(things)):
        lost, size = hit_by(whole, things[loss], room)
        if size < 0:
            found.organisations[loss] = -1
            continue
        for at in range(lost):
            for sensitivity in range(median.records.shape[1]):
                found.records[loss, sensitivity] += median.records[room.hit[at], sensitivity]
        put_in_order(whole.order, room.hit[:size], room.places[:size])
        lay_out(whole.order, whole.kind, size, room)
        take_out(whole.graph, room.hit[:size], room.local, room.graph)
        settle(room.graph, size, room.ends, room.circles, median.by_hand, median.buffer, room.c, room.scratch, joining)
        services, pools, regions = find_care(served, near, loss, size, room)
        for t in range(room.c.shape[1]):
            hour = (begins + t) % median.weeks.shape[1]
            open_up(room.near, pools, near.free, hour)
            open_up(room.far, regions, near.far_free, hour)
            displace(served, median, hour, t, services, room)
            take_in(near, median.care, hour, pools, room)
            become(served, near, median, hour, t, services, room)
        add_up(served, median, loss, services, room, found)
