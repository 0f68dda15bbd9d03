"""Walks over what depends on what: what is reached, in which order, and what is alike."""

import numpy as np

from watchward.harm.kernels.arrays import Bytes, Graph, Ints, Lists, Longs, Order, Words
from watchward.telemetry.kernels.compiled import inlined, loop


@loop
def reach(lists: Lists, start: Ints, mark: Bytes, out: Ints) -> int:
    """Everything that is reached from `start`, itself included, in `out`; `mark` must be 0 and is left set for it."""
    size = 0
    for one in start:
        if mark[one] == 0:
            mark[one] = 1
            out[size] = one
            size += 1
    at = 0
    while at < size:
        one = out[at]
        at += 1
        for place in range(lists.first[one], lists.first[one + 1]):
            to = lists.of[place]
            if mark[to] == 0:
                mark[to] = 1
                out[size] = to
                size += 1
    return size


@loop
def listed(keys: Ints, values: Ints, out: Lists) -> None:
    """Put values in the lists of their keys, in the order in which they come; `out.first` must be 0."""
    for key in keys:
        out.first[key] += 1
    for key in range(1, len(out.first)):
        out.first[key] += out.first[key - 1]
    for at in range(len(keys) - 1, -1, -1):
        out.first[keys[at]] -= 1
        out.of[out.first[keys[at]]] = values[at]


@loop
def in_order(members: Lists, consumers: Lists, waiting: Longs, queue: Ints, things: Ints) -> None:
    """Things with their providers before them, by circle: Kahn's way over the circles.

    `members` are the things of each circle, `consumers` the circles that need it, and `waiting` for how many it waits.
    """
    size = 0
    for circle in range(len(waiting)):
        if waiting[circle] == 0:
            queue[size] = circle
            size += 1
    head = 0
    out = 0
    while head < size:
        circle = queue[head]
        head += 1
        for place in range(members.first[circle], members.first[circle + 1]):
            things[out] = members.of[place]
            out += 1
        for place in range(consumers.first[circle], consumers.first[circle + 1]):
            waiting[consumers.of[place]] -= 1
            if waiting[consumers.of[place]] == 0:
                queue[size] = consumers.of[place]
                size += 1


@inlined
def mixed(word: np.uint64) -> np.uint64:
    """A word stirred until each bit of it hangs on all of them (the finaliser of SplitMix64)."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@inlined
def signature(graph: Graph, weight: Words, one: int, own: np.uint64, colour: Words) -> np.uint64:
    """What a thing looks like: its own failure, and what it needs of things that look how; order does not matter."""
    whole = mixed(own + np.uint64(0x9E3779B97F4A7C15))
    for group in range(graph.groups[one], graph.groups[one + 1]):
        part = np.uint64(0)
        touched = False
        for edge in range(graph.members[group], graph.members[group + 1]):
            seen = colour[graph.provider[edge]]
            touched |= seen != 0
            part += mixed(weight[edge] + mixed(seen))
        if touched:
            whole += mixed(part)
    return mixed(whole) | np.uint64(1)


@loop
def paint(graph: Graph, weight: Words, order: Order, things: Ints, own: Words, colour: Words) -> None:
    """Give alike things the same colour, 0 for what is not affected; `things` are affected and in order.

    `own` says by thing how it fails itself. In a circle colours are refined until there are no more of them.
    """
    at = 0
    while at < len(things):
        one = things[at]
        if order.around[one] == 0:
            colour[one] = signature(graph, weight, one, own[one], colour)
            at += 1
            continue
        end = at
        while end < len(things) and order.circle[things[end]] == order.circle[one]:
            colour[things[end]] = mixed(own[things[end]] + np.uint64(7)) | np.uint64(1)
            end += 1
        before = 0
        new = np.empty(end - at, dtype=np.uint64)
        while True:
            for place in range(at, end):
                new[place - at] = signature(graph, weight, things[place], colour[things[place]], colour)
            for place in range(at, end):
                colour[things[place]] = new[place - at]
            new.sort()
            kinds = 1
            for place in range(1, end - at):
                kinds += new[place] != new[place - 1]
            if kinds == before:
                break
            before = kinds
        at = end


@loop
def take_out(graph: Graph, things: Ints, local: Ints, out: Graph) -> tuple[int, int]:
    """The graph of `things` alone, groups that nothing has hit left out; a provider that works is -1.

    `local` names things in the new graph, -1 for those that work. Returns how many groups and members there are.
    """
    groups = 0
    edges = 0
    out.groups[0] = 0
    out.members[0] = 0
    for at in range(len(things)):
        one = things[at]
        for group in range(graph.groups[one], graph.groups[one + 1]):
            hit = False
            for edge in range(graph.members[group], graph.members[group + 1]):
                hit |= local[graph.provider[edge]] >= 0
            if not hit:
                continue
            for edge in range(graph.members[group], graph.members[group + 1]):
                out.provider[edges] = local[graph.provider[edge]]
                out.need[edges] = graph.need[edge]
                out.share[edges] = graph.share[edge]
                edges += 1
            out.rest[groups] = graph.rest[group]
            out.inside[groups] = graph.inside[group]
            groups += 1
            out.members[groups] = edges
        out.groups[at + 1] = groups
    return groups, edges


@loop
def sizes(graph: Graph, things: Ints) -> tuple[int, int]:
    """How many groups and members things have."""
    groups = 0
    edges = 0
    for one in things:
        groups += graph.groups[one + 1] - graph.groups[one]
        edges += graph.members[graph.groups[one + 1]] - graph.members[graph.groups[one]]
    return groups, edges


@loop
def add_at(out: Words, at: Ints, word: np.uint64) -> None:
    """Add a word wherever `at` says."""
    for place in at:
        out[place] += word
