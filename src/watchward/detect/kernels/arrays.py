"""What the inner loops read: plain arrays, and tuples of them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]
Moves = NDArray[np.uint32]
Shorts = NDArray[np.int16]


class Tree(NamedTuple):
    """States, and the moves between them: one row a state, one column a class of bytes; 0 is the root.

    The facts of a state lie in `facts` between `first[state]` and `first[state + 1]`.
    """

    moves: Ints
    first: Ints
    facts: Ints


class Finder(NamedTuple):
    """An Aho-Corasick automaton, laid out for reading: a step is one addition and one look-up.

    In `moves` a state is named by where its line begins: by its number times `kinds`, the length of a line. Those from
    the number `quiet` on end a key, or their suffix does: `link` leads to the longest such suffix (0: none). The facts
    of a state lie in `facts` between `first[number]` and `first[number + 1]`.
    """

    moves: Moves
    kinds: int
    quiet: int
    link: Ints
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


class Patterns(NamedTuple):
    """Wildcards: what stands between two `*` is a piece, and each symbol of a piece one character.

    The pieces of a pattern lie between `first[pattern]` and `first[pattern + 1]`, the symbols of a piece between
    `begins[piece]` and `begins[piece + 1]`: a byte, or `ANY` for any character. `cased` patterns heed letter case.
    """

    first: Ints
    begins: Ints
    symbols: Shorts
    cased: Bytes


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
