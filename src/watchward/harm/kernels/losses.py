"""What is read, worked in and written while one thing after another is lost."""

from typing import NamedTuple

import numpy as np

from watchward.harm.kernels.arrays import Bytes, Floats, Graph, Ints, Lists, Order, empty

NOT_HIT, HIT, LOST = -1, -2, -3
"""What stands for a thing in place of its number among what is hit."""


class Whole(NamedTuple):
    """A model as the loops read it; `kind` is that of `flow.Joining`, by thing."""

    kind: Ints
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


class Median(NamedTuple):
    """The median world: what kinds of services have (kind, number), and by need what goes on by hand, and buffers.

    `records` are by thing and sensitivity, `weeks` by week and hour; how needs add up is `apart`.
    """

    care: Floats
    records: Floats
    weeks: Floats
    by_hand: Floats
    buffer: Floats
    apart: float


class Found(NamedTuple):
    """What comes out, by thing that is lost.

    `care`: displaced, absorbed, lost (units), delay (patient-days). `harmed`: patients by severity. `records`: those
    that lie in what is lost. `organisations`: at how many care is displaced, -1 where too much is hit to be worked out.
    """

    care: Floats
    harmed: Floats
    records: Floats
    organisations: Ints


class Touched(NamedTuple):
    """Pools or regions that a loss touches: which, by which loss each was touched last, and what is displaced there.

    `free` is what they could take of it, and `stays` the share that nobody takes.
    """

    which: Ints
    last: Ints
    displaced: Floats
    free: Floats
    stays: Floats


class Room(NamedTuple):
    """Room to work in, written over with each loss.

    `local` is the number of each thing among what is hit, `hit` those things, `places` theirs in the model's order;
    `graph`, `ends`, `circles`, `kind`, `c` (thing, hour) and `scratch` are what `settle` wants. Services that are hit
    are `service`, on the rows `row` of `c`, and have `displaced`, `waiting` and `sums` (displaced, absorbed, lost,
    delay); `organisation` is the last loss that displaced care there.
    """

    local: Ints
    hit: Ints
    places: Ints
    graph: Graph
    ends: Ints
    circles: Bytes
    kind: Ints
    c: Floats
    scratch: Floats
    service: Ints
    row: Ints
    displaced: Floats
    waiting: Floats
    sums: Floats
    near: Touched
    far: Touched
    organisation: Ints


def room_for(whole: Whole, near: Near, hours: int, most: int) -> Room:
    """Room for losses that hit no more than `most` things."""
    things, groups, members = len(whole.order.place), len(whole.graph.rest), len(whole.graph.provider)
    return Room(
        local=np.full(things, NOT_HIT, dtype=np.int32),
        hit=np.empty(most, dtype=np.int32),
        places=np.empty(most, dtype=np.int32),
        graph=empty(most, groups, members),
        ends=np.empty(most, dtype=np.int32),
        circles=np.empty(most, dtype=np.uint8),
        kind=np.empty(most, dtype=np.int32),
        c=np.empty((most, hours)),
        scratch=np.empty((3, max(hours, most, members) + 1)),
        service=np.empty(most, dtype=np.int32),
        row=np.empty(most, dtype=np.int32),
        displaced=np.zeros(most),
        waiting=np.zeros(most),
        sums=np.zeros((most, 4)),
        near=touched(len(near.kind)),
        far=touched(len(near.far_free)),
        organisation=np.full(things, NOT_HIT, dtype=np.int32),
    )


def touched(count: int) -> Touched:
    """So many pools or regions, none of them touched."""
    which, last = np.empty(count, dtype=np.int32), np.full(count, -1, dtype=np.int32)
    return Touched(which=which, last=last, displaced=np.zeros(count), free=np.zeros(count), stays=np.zeros(count))
