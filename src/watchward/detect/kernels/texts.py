"""All texts of a field, found in one pass over a value; and which values have letters outside ASCII."""

import numpy as np

from watchward.detect.kernels.arrays import Branches, Bytes, Ints, Longs, Moves
from watchward.telemetry.kernels.compiled import loop
from watchward.telemetry.kernels.loads import word_at
from watchward.telemetry.kernels.texts import may_fold


@loop
def insert_keys(data: Bytes, first: Longs, classes: Bytes, moves: Ints, nodes: Ints, parent: Ints, kinds: Bytes) -> int:
    """Grow a tree by keys, and return how many states there are.

    Writes each key's last state to `nodes`, and how each state is reached: from its parent by a class of bytes.
    """
    states = 1
    for key in range(len(first) - 1):
        state = 0
        for at in range(first[key], first[key + 1]):
            kind = classes[data[at]]
            following = moves[state, kind]
            if following == 0:
                following = states
                moves[state, kind] = following
                parent[following], kinds[following] = state, kind
                states += 1
            state = following
        nodes[key] = state
    return states


@loop
def link_suffixes(moves: Ints, first: Ints, link: Ints, queue: Ints, order: Ints) -> int:
    """Make an Aho-Corasick automaton of a tree: every move is filled in, and `link` leads to suffixes with facts.

    Writes the states to `queue` by their depth, and to `order` so that those come last that have facts, of their own or
    by `link`; returns how many others there are.
    """
    states, kinds = moves.shape
    fall = np.zeros(states, dtype=np.int32)
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
def fill_moves(branches: Branches, number: Ints, kinds: Longs, moves_at: Longs, moves: Moves) -> None:
    """The moves of the automata of all columns; `moves` are zero at first.

    A state's line is that of its longest suffix, but for the moves to its children. Both are there when it is a state's
    turn: states come by their depth, and first all of one depth are put into the lines of their parents.
    """
    fall = np.zeros(len(branches.parent), dtype=np.int64)
    for column in range(len(kinds)):
        root, end, size, base = branches.begins[column], branches.begins[column + 1], kinds[column], moves_at[column]
        level = root + 1
        while level < end:
            following = level
            while following < end and root + branches.parent[following] < level:
                parent, kind = root + branches.parent[following], branches.kind[following]
                if parent != root:
                    fall[following] = moves[base + fall[parent] + kind]
                moves[base + number[parent] * size + kind] = number[following] * size
                following += 1
            for state in range(level, following):
                line, suffix = base + number[state] * size, base + fall[state]
                for kind in range(size):
                    moves[line + kind] = moves[suffix + kind]
            level = following


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
