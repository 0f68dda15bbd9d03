"""What the inner loops read: plain arrays, and tuples of them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]

NEARLY = 1e-9
SETTLED = 1e-12
ROUNDS = 1000


class Lists(NamedTuple):
    """Lists of numbers, one for each thing: those of `one` lie in `of` between `first[one]` and `first[one + 1]`."""

    first: Longs
    of: Ints


class Graph(NamedTuple):
    """What needs what: each thing has groups of dependencies, each group has members.

    The groups of a thing lie between `groups[thing]` and `groups[thing + 1]`, the members of a group between
    `members[group]` and `members[group + 1]`. What the members do not fill together stands in `rest`; `inside` is 1
    where a member stands in one circle with the consumer.
    """

    groups: Longs
    members: Longs
    rest: Floats
    inside: Bytes
    provider: Ints
    need: Ints
    share: Floats


def empty(things: int, groups: int, members: int) -> Graph:
    """Room for the graph of so many things, in which they have so many groups and those so many members."""
    return Graph(
        groups=np.zeros(things + 1, dtype=np.int64),
        members=np.zeros(groups + 1, dtype=np.int64),
        rest=np.zeros(groups),
        inside=np.zeros(groups, dtype=np.uint8),
        provider=np.zeros(members, dtype=np.int32),
        need=np.zeros(members, dtype=np.int32),
        share=np.zeros(members),
    )


class Order(NamedTuple):
    """Providers before consumers: `things` in that order, the place of each, and which stand in a circle.

    `circle[thing]` is the number of its circle; things of one circle stand together. `around[thing]` is 1 where it
    depends on itself, by itself or through others.
    """

    things: Ints
    place: Ints
    circle: Ints
    around: Bytes
