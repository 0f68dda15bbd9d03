"""All texts of a field, found in one pass over a value; and which values have letters outside ASCII."""

import numpy as np

from watchward.detect.kernels.arrays import Bytes, Finder, Ints, Longs, Moves, Tree
from watchward.telemetry.kernels.compiled import loop, spliced
from watchward.telemetry.kernels.loads import word_at
from watchward.telemetry.kernels.texts import may_fold

LONG = 200
"""Values of so many bytes, on average, are read two at a time."""


@loop
def insert_keys(data: Bytes, first: Longs, classes: Bytes, moves: Ints, nodes: Ints) -> int:
    """Grow a tree by keys; writes each key's last state to `nodes` and returns how many states there are."""
    states = 1
    for key in range(len(first) - 1):
        state = 0
        for at in range(first[key], first[key + 1]):
            kind = classes[data[at]]
            following = moves[state, kind]
            if following == 0:
                following = states
                moves[state, kind] = following
                states += 1
            state = following
        nodes[key] = state
    return states


@loop
def link_suffixes(moves: Ints, first: Ints, link: Ints, order: Ints) -> int:
    """Make an Aho-Corasick automaton of a tree: every move is filled in, and `link` leads to suffixes with facts.

    Writes the states to `order` so that those come last that have facts, of their own or by `link`, and returns how
    many others there are.
    """
    states, kinds = moves.shape
    fall = np.zeros(states, dtype=np.int32)
    queue = np.empty(states, dtype=np.int32)
    queue[0] = 0
    head, tail = 0, 1
    while head < tail:
        state = queue[head]
        head += 1
        suffix = fall[state]
        link[state] = suffix if first[suffix + 1] > first[suffix] else link[suffix]
        for kind in range(kinds):
            following = moves[state, kind]
            if following != 0:
                fall[following] = moves[suffix, kind] if state != 0 else 0
                queue[tail] = following
                tail += 1
            else:
                moves[state, kind] = moves[suffix, kind]
    quiet = 0
    for place in range(states):
        state = queue[place]
        if link[state] == 0 and first[state + 1] == first[state]:
            order[quiet] = state
            quiet += 1
    telling = quiet
    for place in range(states):
        state = queue[place]
        if link[state] != 0 or first[state + 1] > first[state]:
            order[telling] = state
            telling += 1
    return quiet


@loop
def lay_out(moves: Ints, order: Ints, number: Ints, out: Moves) -> None:
    """The moves of the states in this order, in one line, where `number` has each state's place in it."""
    kinds = moves.shape[1]
    for place in range(len(order)):
        for kind in range(kinds):
            out[place * kinds + kind] = number[moves[order[place], kind]] * kinds


@loop
def scan_starts(data: Bytes, first: Longs, classes: Bytes, tree: Tree, left: Ints, right: Ints) -> int:
    """Which values begin with which keys (facts) or equal them (`~fact`): pairs in the order of the values."""
    moves, begins, facts = tree.moves, tree.first, tree.facts
    size, room = 0, len(left)
    for value in range(len(first) - 1):
        state = 0
        end = first[value + 1]
        for at in range(first[value], end):
            state = moves[state, classes[data[at]]]
            if state == 0:
                break
            for place in range(begins[state], begins[state + 1]):
                fact = facts[place]
                if fact < 0:
                    if at + 1 < end:
                        continue
                    fact = ~fact
                if size < room:
                    left[size], right[size] = value, fact
                size += 1
    return size


@loop
def scan_ends(data: Bytes, first: Longs, classes: Bytes, tree: Tree, left: Ints, right: Ints) -> int:
    """Which values end with which keys, which the tree holds reversed: pairs in the order of the values."""
    moves, begins, facts = tree.moves, tree.first, tree.facts
    size, room = 0, len(left)
    for value in range(len(first) - 1):
        state = 0
        for at in range(first[value + 1] - 1, first[value] - 1, -1):
            state = moves[state, classes[data[at]]]
            if state == 0:
                break
            for place in range(begins[state], begins[state + 1]):
                if size < room:
                    left[size], right[size] = value, facts[place]
                size += 1
    return size


@loop
def scan_contains(
    data: Bytes, first: Longs, classes: Bytes, finder: Finder, seen: Ints, left: Ints, right: Ints
) -> int:
    """Which values contain which keys: pairs, each once; `seen` has two lines, with a place for each fact.

    A step must wait for the one before it to have been looked up. Where values are long, two are therefore read side by
    side, one of each half: the processor waits for both at once. Numbers without a sign spare a test of each index.
    """
    moves, telling = finder.moves, np.uint32(finder.quiet * finder.kinds)
    seen[:] = -1
    size, count = 0, len(first) - 1
    half = 0
    if first[count] - first[0] >= LONG * count:
        half = np.searchsorted(first, (first[0] + first[count]) // 2)
    value, other = 0, half
    at, other_at = np.uint64(first[value]), np.uint64(first[other])
    state = other_state = np.uint32(0)
    while value < half and other < count:
        room, other_room = np.uint64(first[value + 1]) - at, np.uint64(first[other + 1]) - other_at
        steps = min(room, other_room)
        for step in range(steps):
            state = moves[state + classes[data[at + step]]]
            other_state = moves[other_state + classes[data[other_at + step]]]
            if state >= telling:
                size = told(finder, state, value, seen[0], left, right, size)
            if other_state >= telling:
                size = told(finder, other_state, other, seen[1], left, right, size)
        at += steps
        other_at += steps
        if room == steps:
            value += 1
            state = np.uint32(0)
        if other_room == steps:
            other += 1
            other_state = np.uint32(0)
    lane, end = 0, half
    if value >= half:
        lane, value, end, at, state = 1, other, count, other_at, other_state
    while value < end:
        stop = np.uint64(first[value + 1])
        while at < stop:
            state = moves[state + classes[data[at]]]
            at += np.uint64(1)
            if state >= telling:
                size = told(finder, state, value, seen[lane], left, right, size)
        value += 1
        state = np.uint32(0)
    return size


@spliced
def told(finder: Finder, state: int, value: int, seen: Ints, left: Ints, right: Ints, size: int) -> int:
    """Write the facts of a state that were not yet seen in this value; how many pairs there are then."""
    found = np.int64(state) // finder.kinds
    while found != 0:
        for place in range(finder.first[found], finder.first[found + 1]):
            fact = finder.facts[place]
            if seen[fact] != value:
                seen[fact] = value
                if size < len(left):
                    left[size], right[size] = value, fact
                size += 1
        found = finder.link[found]
    return size


@loop
def outside_ascii(data: Bytes, first: Longs, out: Bytes) -> None:
    """Which values have a letter outside ASCII."""
    for value in range(len(first) - 1):
        every, end = np.uint64(0), first[value + 1]
        for at in range(first[value], end - 7, 8):
            every |= word_at(data, at)
        for at in range(max(first[value], end - 7), end):
            every |= np.uint64(data[at])
        out[value] = (every & np.uint64(0x8080808080808080)) != 0


@loop
def folding_into_ascii(data: Bytes, first: Longs, out: Bytes) -> None:
    """Which of the marked values may have a letter that is one of ASCII's when folded; the others are unmarked."""
    for value in range(len(first) - 1):
        if out[value] == 0:
            continue
        out[value] = 0
        for at in range(first[value], first[value + 1] - 1):
            if data[at] >= 0xC3 and may_fold(data, at):  # the least of the first bytes that are looked for
                out[value] = 1
                break
