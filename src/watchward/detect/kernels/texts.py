"""All texts of a field, found in one pass over a value; and which values have letters outside ASCII."""

import numpy as np

from watchward.detect.kernels.arrays import Bytes, Ints, Longs, Moves
from watchward.telemetry.kernels.compiled import loop
from watchward.telemetry.kernels.loads import word_at
from watchward.telemetry.kernels.texts import may_fold


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
