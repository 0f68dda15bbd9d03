"""The inner loops of detection, compiled to machine code by numba, without the interpreter's lock.

Each takes numpy arrays and knows nothing of rules. Those that find pairs write as many as fit into two arrays that they
are given, and return how many there are: arrays that grow inside a loop would make it ten times slower.

The machine code is kept beside this file or, where that folder cannot be written, in the account's cache folder
(numba's `NUMBA_CACHE_DIR` names another).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]


class Tree(NamedTuple):
    """States, and the moves between them: one row a state, one column a class of bytes; 0 is the root.

    The facts of a state lie in `facts` between `first[state]` and `first[state + 1]`.
    """

    moves: Ints
    first: Ints
    facts: Ints


class Skips(NamedTuple):
    """Words to be found by skipping, by the kinds of two neighbouring bytes.

    `shortest` holds one number: the length by which all words are looked for. `skip[kind, kind]` says how far no such
    part of a word can end; where it is 0, the words in `numbers` from `first` on may stand. `data` holds the words,
    each from `begins` on.
    """

    shortest: Longs
    folded: Bytes
    kinds: Bytes
    skip: Bytes
    first: Ints
    numbers: Ints
    data: Bytes
    begins: Ints


class Programs(NamedTuple):
    """The steps of many formulas; `entry` says where each begins, and a step below zero ends it (-1: it holds)."""

    entry: Ints
    fact: Ints
    if_so: Ints
    if_not: Ints


class Anchors(NamedTuple):
    """What each fact points at: `points_at` between `first[fact]` and `first[fact + 1]`."""

    first: Ints
    points_at: Ints


class Routes(NamedTuple):
    """What is looked at in the rows of each log source.

    The rules in `always` need no anchor. In the columns of `columns`, a predicate points at the rules in `points_at`
    between `first[source, predicate]` and `first[source, predicate + 1]`.
    """

    always_first: Ints
    always: Ints
    column_first: Ints
    columns: Ints
    first: Ints
    points_at: Ints


class Known(NamedTuple):
    """The predicates that hold of each numbered value: sorted, in `predicates` from `first` to `end`."""

    first: Ints
    end: Ints
    predicates: Ints


class Values(NamedTuple):
    """A batch by the numbers of its values.

    `sources` has each row's log source, or -1 where no rule reads it. `slots` gives for each of the plan's columns its
    line in `numbers`, or -1 where the batch has no such column; then `nulls` has the number for no value.
    """

    numbers: Ints
    slots: Ints
    nulls: Ints
    sources: Ints


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def link_suffixes(moves: Ints, first: Ints, link: Ints) -> None:
    """Make an Aho-Corasick automaton of a tree: every move is filled in, and `link` leads to suffixes with facts."""
    states, kinds = moves.shape
    fall = np.zeros(states, dtype=np.int32)
    queue = np.empty(states, dtype=np.int32)
    head = tail = 0
    for kind in range(kinds):
        if moves[0, kind] != 0:
            queue[tail] = moves[0, kind]
            tail += 1
    while head < tail:
        state = queue[head]
        head += 1
        suffix = fall[state]
        link[state] = suffix if first[suffix + 1] > first[suffix] else link[suffix]
        for kind in range(kinds):
            following = moves[state, kind]
            if following != 0:
                fall[following] = moves[suffix, kind]
                queue[tail] = following
                tail += 1
            else:
                moves[state, kind] = moves[suffix, kind]


@njit(cache=True, nogil=True)
def scan_starts(data: Bytes, first: Longs, classes: Bytes, tree: Tree, left: Ints, right: Ints) -> int:  # noqa: PLR0913, PLR0917
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


@njit(cache=True, nogil=True)
def scan_ends(data: Bytes, first: Longs, classes: Bytes, tree: Tree, left: Ints, right: Ints) -> int:  # noqa: PLR0913, PLR0917
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


@njit(cache=True, nogil=True)
def scan_contains(  # noqa: PLR0913, PLR0917
    data: Bytes, first: Longs, classes: Bytes, tree: Tree, link: Ints, seen: Ints, left: Ints, right: Ints
) -> int:
    """Which values contain which keys: pairs in the order of the values, each once.

    `link` leads from a state to its longest proper suffix with facts (0: none); `seen` has a place for each fact.
    """
    moves, begins, facts = tree.moves, tree.first, tree.facts
    size, room = 0, len(left)
    seen[:] = -1
    for value in range(len(first) - 1):
        state = 0
        for at in range(first[value], first[value + 1]):
            state = moves[state, classes[data[at]]]
            found = state
            while found != 0:
                for place in range(begins[found], begins[found + 1]):
                    fact = facts[place]
                    if seen[fact] != value:
                        seen[fact] = value
                        if size < room:
                            left[size], right[size] = value, fact
                        size += 1
                found = link[found]
    return size


@njit(cache=True, nogil=True)
def scan_words(data: Bytes, first: Longs, words: Skips, left: Ints, right: Ints) -> int:
    """Which values hold which words: pairs in the order of the values, one for each place."""
    back = words.shortest[0] - 1
    kinds, skip, begins, numbers = words.kinds, words.skip, words.first, words.numbers
    size, room = 0, len(left)
    for value in range(len(first) - 1):
        at, end = first[value] + back, first[value + 1]
        while at < end:
            block = np.int64(kinds[data[at - 1]]) * 64 + kinds[data[at]]
            if skip[block] > 0:
                at += skip[block]
                continue
            for place in range(begins[block], begins[block + 1]):
                if word_stands(data, at - back, end, words, numbers[place]):
                    if size < room:
                        left[size], right[size] = value, numbers[place]
                    size += 1
            at += 1
    return size


@njit(cache=True, nogil=True)
def word_stands(data: Bytes, at: int, end: int, words: Skips, number: int) -> bool:
    """Whether a word begins at this place, in whatever letter case."""
    begin, length = words.begins[number], words.begins[number + 1] - words.begins[number]
    if at + length > end:
        return False
    for byte in range(length):  # noqa: SIM110 - numba has no all() of a generator
        if words.folded[data[at + byte]] != words.data[begin + byte]:
            return False
    return True


@njit(cache=True, nogil=True)
def decide(first: Longs, facts: Ints, anchors: Anchors, programs: Programs, left: Ints, right: Ints) -> int:  # noqa: PLR0913, PLR0917
    """Which predicates hold of which values, as pairs in the order of the values.

    Only those are looked at of whose anchors a fact holds.
    """
    begins, points_at = anchors.first, anchors.points_at
    entry, asked, if_so, if_not = programs.entry, programs.fact, programs.if_so, programs.if_not
    size, room = 0, len(left)
    fact_seen = np.full(len(begins) - 1, -1, dtype=np.int32)
    seen = np.full(len(entry), -1, dtype=np.int32)
    for value in range(len(first) - 1):
        for at in range(first[value], first[value + 1]):
            fact_seen[facts[at]] = value
        for at in range(first[value], first[value + 1]):
            fact = facts[at]
            for place in range(begins[fact], begins[fact + 1]):
                predicate = points_at[place]
                if seen[predicate] == value:
                    continue
                seen[predicate] = value
                step = entry[predicate]
                while step >= 0:
                    step = if_so[step] if fact_seen[asked[step]] == value else if_not[step]
                if step == -1:
                    if size < room:
                        left[size], right[size] = value, predicate
                    size += 1
    return size


@njit(cache=True, nogil=True)
def contains_number(numbers: Ints, begin: int, end: int, wanted: int) -> bool:
    """Whether a sorted stretch of numbers holds one."""
    while end - begin > 8:  # noqa: PLR2004 - from here on, looking at each is quicker
        middle = (begin + end) // 2
        if numbers[middle] <= wanted:
            begin = middle
        else:
            end = middle
    for at in range(begin, end):  # noqa: SIM110 - numba has no any() of a generator
        if numbers[at] == wanted:
            return True
    return False


@njit(cache=True, nogil=True)
def rule_holds(rule: int, row: int, batch: Values, known: Known, programs: Programs, column_of: Ints) -> bool:  # noqa: PLR0913, PLR0917
    """Whether a row meets a rule, by its program."""
    step = programs.entry[rule]
    while step >= 0:
        predicate = programs.fact[step]
        column = column_of[predicate]
        slot = batch.slots[column]
        value = batch.nulls[column] if slot < 0 else batch.numbers[slot, row]
        so = contains_number(known.predicates, known.first[value], known.end[value], predicate)
        step = programs.if_so[step] if so else programs.if_not[step]
    return bool(step == -1)


@njit(cache=True, nogil=True)
def match(  # noqa: C901, PLR0913, PLR0917 - the one loop over rows
    batch: Values,
    known: Known,
    routes: Routes,
    programs: Programs,
    column_of: Ints,
    hits: Longs,
    left: Ints,
    right: Ints,
) -> int:
    """Which rows meet which rules, as pairs by row.

    For each row: first the rules that need no anchor, then those at which the values of its columns point. `hits`
    counts how often each predicate was met, which tells the rare from the frequent.
    """
    numbers, slots, nulls, sources = batch.numbers, batch.slots, batch.nulls, batch.sources
    value_first, value_end, predicates = known.first, known.end, known.predicates
    route, points_at = routes.first, routes.points_at
    size, room = 0, len(left)
    seen = np.full(len(programs.entry), -1, dtype=np.int32)
    for row in range(len(sources)):
        source = sources[row]
        if source < 0:
            continue
        for place in range(routes.always_first[source], routes.always_first[source + 1]):
            rule = routes.always[place]
            if rule_holds(rule, row, batch, known, programs, column_of):
                if size < room:
                    left[size], right[size] = row, rule
                size += 1
        for place in range(routes.column_first[source], routes.column_first[source + 1]):
            column = routes.columns[place]
            slot = slots[column]
            value = nulls[column] if slot < 0 else numbers[slot, row]
            for at in range(value_first[value], value_end[value]):
                predicate = predicates[at]
                hits[predicate] += 1
                for candidate in range(route[source, predicate], route[source, predicate + 1]):
                    rule = points_at[candidate]
                    if seen[rule] == row:
                        continue
                    seen[rule] = row
                    if rule_holds(rule, row, batch, known, programs, column_of):
                        if size < room:
                            left[size], right[size] = row, rule
                        size += 1
    return size


@njit(cache=True, nogil=True)
def gather(codes: Ints, valid: Bytes, offset: int, table: Ints, out: Ints) -> None:
    """The number of each row's value: `table[code + 1]`, and `table[0]` where the bitmap `valid` says there is none."""
    if len(valid) == 0:
        for row in range(len(codes)):
            out[row] = table[codes[row] + 1]
        return
    for row in range(len(codes)):
        bit = row + offset
        there = (valid[bit >> 3] >> (bit & 7)) & 1
        out[row] = table[codes[row] + 1] if there else table[0]


@njit(cache=True, nogil=True)
def number_sources(codes: Ints, sizes: Longs, out: Ints) -> Longs:
    """Number the distinct combinations of three codes in the order of their first rows, and give each row its number.

    Args:
        codes: three lines, each code shifted by one, so that 0 stands for none.
        sizes: one more than the largest code of each line.
        out: the number for each row.

    Returns:
        For each number, a row that has the combination.

    """
    numbers = np.full(sizes[0] * sizes[1] * sizes[2], -1, dtype=np.int32)
    examples = np.empty(64, dtype=np.int64)
    count = 0
    for row in range(len(out)):
        key = (np.int64(codes[0, row]) * sizes[1] + codes[1, row]) * sizes[2] + codes[2, row]
        if numbers[key] < 0:
            if count == len(examples):
                wider = np.empty(2 * count, dtype=np.int64)
                wider[:count] = examples
                examples = wider
            numbers[key] = count
            examples[count] = row
            count += 1
        out[row] = numbers[key]
    return examples[:count]


@njit(cache=True, nogil=True)
def outside_ascii(data: Bytes, first: Longs, out: Bytes) -> None:
    """Which values have a letter outside ASCII."""
    for value in range(len(first) - 1):
        every = np.uint8(0)
        for at in range(first[value], first[value + 1]):
            every |= data[at]
        out[value] = every >> 7


@njit(cache=True, nogil=True)
def folding_into_ascii(data: Bytes, first: Longs, out: Bytes) -> None:
    """Which of the marked values may have a letter that, without its case, is one of ASCII's; the others are unmarked.

    There are few: the long s, the sign of kelvin, sharp s, ligatures and some letters with marks. They are told by the
    first two bytes of their UTF-8.
    """
    for value in range(len(first) - 1):
        if out[value] == 0:
            continue
        out[value] = 0
        for at in range(first[value], first[value + 1] - 1):
            if data[at] >= 0xC3:  # noqa: PLR2004 - the least of the first bytes below
                two = (np.int64(data[at]) << 8) | data[at + 1]
                if two in {0xC39F, 0xC4B0, 0xC589, 0xC5BF, 0xC7B0, 0xE1BA, 0xE284, 0xEFAC}:
                    out[value] = 1
                    break


@njit(cache=True, nogil=True)
def spelt_out(data: Bytes, first: Longs, out: Bytes) -> None:
    """Which JSON texts spell a plain letter as a code or a stroke with a backslash."""
    for value in range(len(first) - 1):
        at, end = first[value], first[value + 1] - 1
        while at < end:
            if data[at] != 0x5C:  # noqa: PLR2004 - a backslash
                at += 1
                continue
            if data[at + 1] in {0x75, 0x2F}:
                out[value] = 1
                break
            at += 2
