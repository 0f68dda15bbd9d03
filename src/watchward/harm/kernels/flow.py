"""What remains of each thing, hour by hour."""

from typing import NamedTuple

from watchward.harm.kernels.arrays import NEARLY, ROUNDS, SETTLED, Bytes, Floats, Graph, Ints
from watchward.telemetry.kernels.compiled import inlined, loop

HALF, STEEP = 12, 13
"""Columns of what a kind of service has, as `parameters.table.CARE` orders them."""


class Joining(NamedTuple):
    """How what is short comes to one capacity, in one world.

    `kind` is by thing: its kind of service, less than 0 for what is none; `care` has what each kind of service decides
    by (ADR 0172). `apart` says how needs add up (ADR 0178).
    """

    kind: Ints
    care: Floats
    apart: float


@inlined
def kept(stock: float, left: float, buffer: float) -> float:
    """A stock after an hour in which its provider had so much left."""
    stock += left if left == 1.0 else left - 1.0
    return min(max(stock, 0.0), buffer)


@inlined
def together(least: float, others: float, apart: float) -> float:
    """What is left where several needs are short: the least of them, times what the others take from it."""
    return least if others == 1.0 or apart == 0.0 else least * others**apart


@inlined
def kept_up(possible: float, one: int, joining: Joining) -> float:
    """What is done of what would be possible: of planned work a part is called off."""
    kind = joining.kind[one]
    if kind < 0 or possible <= 0.0 or possible >= 1.0:
        return possible
    half = joining.care[kind, HALF]
    if half <= 0.0:
        return possible
    return possible / (1.0 + ((1.0 - possible) * half / (possible * (1.0 - half))) ** joining.care[kind, STEEP])


@inlined
def supplied(graph: Graph, group: int, buffer: Floats, c: Floats, supply: Floats) -> None:
    """How much of what it should give a group gives, in every hour."""
    hours = c.shape[1]
    for t in range(hours):
        supply[t] = graph.rest[group]
    for edge in range(graph.members[group], graph.members[group + 1]):
        provider = graph.provider[edge]
        share = graph.share[edge]
        stock = buffer[graph.need[edge]]
        if provider < 0:
            for t in range(hours):
                supply[t] += share
            continue
        for t in range(hours):
            left = c[provider, t]
            supply[t] += share * min(1.0, left + stock)
            stock = kept(stock, left, buffer[graph.need[edge]])


@inlined
def passed_on(graph: Graph, group: int, t: int, by_hand: Floats, supply: float) -> float:
    """What a group lets its consumer do in an hour, by hand where too little comes; 1 where nothing is short."""
    if supply >= 1.0 - NEARLY:
        return 1.0
    hand = 0.0
    for edge in range(graph.members[group], graph.members[group + 1]):
        hand = max(hand, by_hand[graph.need[edge], t])
    return supply + (1.0 - supply) * hand


@inlined
def alone(
    graph: Graph, one: int, by_hand: Floats, buffer: Floats, c: Floats, joining: Joining, scratch: Floats
) -> None:
    """The capacity of a thing that stands in no circle, all hours in one go; its own capacity stands in `c` already."""
    hours = c.shape[1]
    supply = scratch[0]
    least = scratch[1]
    others = scratch[2]
    for t in range(hours):
        least[t] = 1.0
        others[t] = 1.0
    for group in range(graph.groups[one], graph.groups[one + 1]):
        supplied(graph, group, buffer, c, supply)
        for t in range(hours):
            passed = passed_on(graph, group, t, by_hand, supply[t])
            others[t] *= max(passed, least[t])
            least[t] = min(passed, least[t])
    for t in range(hours):
        possible = together(least[t], others[t], joining.apart)
        c[one, t] = min(c[one, t], kept_up(possible, one, joining))
        if c[one, t] >= 1.0 - NEARLY:
            c[one, t] = 1.0


@inlined
def supplied_at(graph: Graph, group: int, t: int, c: Floats, stock: Floats) -> float:
    """How much of what it should give a group of things in a circle gives in an hour."""
    supply = graph.rest[group]
    for edge in range(graph.members[group], graph.members[group + 1]):
        provider = graph.provider[edge]
        left = 1.0 if provider < 0 else c[provider, t]
        supply += graph.share[edge] * min(1.0, left + stock[edge])
    return supply


@inlined
def left_of(
    graph: Graph, one: int, t: int, by_hand: Floats, c: Floats, stock: Floats, left: float, joining: Joining
) -> float:
    """What is left of a thing of a circle in an hour, of what was left of it the round before."""
    least = 1.0
    others = 1.0
    for group in range(graph.groups[one], graph.groups[one + 1]):
        passed = passed_on(graph, group, t, by_hand, supplied_at(graph, group, t, c, stock))
        if graph.inside[group]:
            # What comes round is a shortage that is counted already: the least of it, never a product.
            left = min(left, passed)
        else:
            others *= max(passed, least)
            least = min(passed, least)
    left = min(left, kept_up(together(least, others, joining.apart), one, joining))
    return 1.0 if left >= 1.0 - NEARLY else left


@inlined
def go_round(
    graph: Graph,
    begin: int,
    end: int,
    t: int,
    by_hand: Floats,
    c: Floats,
    stock: Floats,
    new: Floats,
    joining: Joining,
) -> None:
    """The capacities of a circle in an hour: the greatest that fit together, from what each has by its own failures."""
    for one in range(begin, end):
        new[one] = c[one, t]
    for _ in range(ROUNDS):
        moved = 0.0
        for one in range(begin, end):
            # The least of what it had the round before: rounds only go down, so its own capacity is in it.
            left = left_of(graph, one, t, by_hand, c, stock, new[one], joining)
            moved = max(moved, new[one] - left)
            new[one] = left
        for one in range(begin, end):
            c[one, t] = new[one]
        if moved <= SETTLED:
            break


@inlined
def around(
    graph: Graph,
    begin: int,
    end: int,
    by_hand: Floats,
    buffer: Floats,
    c: Floats,
    stock: Floats,
    new: Floats,
    joining: Joining,
) -> None:
    """The capacities of a circle, hour by hour; own capacities stand in `c` already."""
    first = graph.members[graph.groups[begin]]
    last = graph.members[graph.groups[end]]
    for edge in range(first, last):
        stock[edge] = buffer[graph.need[edge]]
    for t in range(c.shape[1]):
        go_round(graph, begin, end, t, by_hand, c, stock, new, joining)
        for edge in range(first, last):
            provider = graph.provider[edge]
            if provider >= 0:
                stock[edge] = kept(stock[edge], c[provider, t], buffer[graph.need[edge]])


@inlined
def gone(c: Floats, begin: int, end: int) -> bool:
    """Whether nothing is left of some things at any time: then nothing more can be taken from them."""
    for one in range(begin, end):
        for t in range(c.shape[1]):
            if c[one, t] > 0.0:
                return False
    return True


@loop
def settle(
    graph: Graph,
    count: int,
    ends: Ints,
    circles: Bytes,
    by_hand: Floats,
    buffer: Floats,
    c: Floats,
    scratch: Floats,
    joining: Joining,
) -> None:
    """Fill the capacities `c` of things that stand in order; `c` comes with what each has by its own failures.

    `ends[one]` is where the circle ends that begins at `one`; `circles[one]` whether it is one. `scratch` is three
    rows, as long as there are hours, things and members.
    """
    end = 0
    for one in range(count):
        if one < end:
            continue
        end = ends[one]
        if gone(c, one, end):
            continue
        if circles[one]:
            around(graph, one, end, by_hand, buffer, c, scratch[2], scratch[0], joining)
        else:
            alone(graph, one, by_hand, buffer, c, joining, scratch)
