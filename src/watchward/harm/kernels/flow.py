"""What remains of each thing, hour by hour."""

from watchward.harm.kernels.arrays import NEARLY, ROUNDS, SETTLED, Bytes, Floats, Graph, Ints
from watchward.telemetry.kernels.compiled import inlined, loop


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
def alone(graph: Graph, one: int, by_hand: Floats, buffer: Floats, c: Floats, apart: float, scratch: Floats) -> None:
    """The capacity of a thing that stands in no circle, all hours in one go; its own capacity stands in `c` already."""
    hours = c.shape[1]
    supply = scratch[0]
    least = scratch[1]
    others = scratch[2]
    for t in range(hours):
        least[t] = 1.0
        others[t] = 1.0
    for group in range(graph.groups[one], graph.groups[one + 1]):
        for t in range(hours):
            supply[t] = graph.rest[group]
        for edge in range(graph.members[group], graph.members[group + 1]):
            provider = graph.provider[edge]
            need = graph.need[edge]
            share = graph.share[edge]
            stock = buffer[need]
            if provider < 0:
                for t in range(hours):
                    supply[t] += share
                continue
            for t in range(hours):
                left = c[provider, t]
                supply[t] += share * min(1.0, left + stock)
                stock = kept(stock, left, buffer[need])
        for t in range(hours):
            if supply[t] < 1.0 - NEARLY:
                hand = 0.0
                for edge in range(graph.members[group], graph.members[group + 1]):
                    hand = max(hand, by_hand[graph.need[edge], t])
                passed = supply[t] + (1.0 - supply[t]) * hand
                others[t] *= max(passed, least[t])
                least[t] = min(passed, least[t])
    for t in range(hours):
        c[one, t] = min(c[one, t], together(least[t], others[t], apart))
        if c[one, t] >= 1.0 - NEARLY:
            c[one, t] = 1.0


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
    apart: float,
) -> None:
    """The capacities of a circle: the greatest that fit together, hour by hour; own capacities stand in `c` already."""
    for edge in range(graph.members[graph.groups[begin]], graph.members[graph.groups[end]]):
        stock[edge] = buffer[graph.need[edge]]
    for t in range(c.shape[1]):
        for one in range(begin, end):
            new[one] = c[one, t]
        for _ in range(ROUNDS):
            moved = 0.0
            for one in range(begin, end):
                # The least of what it had the round before: rounds only go down, so its own capacity is in it.
                found = new[one]
                least = 1.0
                others = 1.0
                for group in range(graph.groups[one], graph.groups[one + 1]):
                    supply = graph.rest[group]
                    hand = 0.0
                    for edge in range(graph.members[group], graph.members[group + 1]):
                        provider = graph.provider[edge]
                        left = 1.0 if provider < 0 else c[provider, t]
                        supply += graph.share[edge] * min(1.0, left + stock[edge])
                        hand = max(hand, by_hand[graph.need[edge], t])
                    if supply < 1.0 - NEARLY:
                        passed = supply + (1.0 - supply) * hand
                        if graph.inside[group]:
                            # What comes round is a shortage that is counted already: the least of it, never a product.
                            found = min(found, passed)
                        else:
                            others *= max(passed, least)
                            least = min(passed, least)
                found = min(found, together(least, others, apart))
                if found >= 1.0 - NEARLY:
                    found = 1.0
                moved = max(moved, new[one] - found)
                new[one] = found
            for one in range(begin, end):
                c[one, t] = new[one]
            if moved <= SETTLED:
                break
        for edge in range(graph.members[graph.groups[begin]], graph.members[graph.groups[end]]):
            provider = graph.provider[edge]
            if provider >= 0:
                stock[edge] = kept(stock[edge], c[provider, t], buffer[graph.need[edge]])


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
    apart: float,
) -> None:
    """Fill the capacities `c` of things that stand in order; `c` comes with what each has by its own failures.

    `apart` says how needs add up (the parameter `joint/apart` of the world; ADR 0178).
    `ends[one]` is where the circle ends that begins at `one`; `circles[one]` whether it is one. `scratch` is three
    rows, as long as there are hours, things and members.
    """
    one = 0
    while one < count:
        end = ends[one]
        if circles[one]:
            around(graph, one, end, by_hand, buffer, c, scratch[2], scratch[0], apart)
        else:
            alone(graph, one, by_hand, buffer, c, apart, scratch)
        one = end
