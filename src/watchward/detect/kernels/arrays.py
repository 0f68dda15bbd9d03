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
    """States, each with its parent and the class of the byte that leads from there to it; 0 is the root.

    The facts of a state lie in `facts` between `first[state]` and `first[state + 1]`.
    """

    parent: Ints
    kind: Bytes
    first: Ints
    facts: Ints


class Finder(NamedTuple):
    """An Aho-Corasick automaton: a tree whose states are in the order of their depth, each with a number besides.

    Those from the number `quiet` on end a key, or their suffix does: by these numbers `link` leads to the longest such
    suffix (0: none), and the facts of a state lie in `facts` between `first[number]` and `first[number + 1]`.
    """

    parent: Ints
    kind: Bytes
    number: Ints
    quiet: int
    link: Ints
    first: Ints
    facts: Ints


class Branches(NamedTuple):
    """The trees of all columns without their moves, one after another: a column's begins where `begins` says."""

    begins: Longs
    parent: Ints
    kind: Bytes


class Trees(NamedTuple):
    """The trees of all columns, one after another: in `moves` from `moves_at` on, in `first` from `first_at` on.

    A state has one line of moves, with one place for each class of bytes.
    """

    moves: Ints
    moves_at: Longs
    first: Ints
    first_at: Longs
    facts: Ints


class Finders(NamedTuple):
    """The automata of all columns, one after another, as in `Trees`; `first` and `link` have a place for each state.

    In `moves` a state is named by where its line begins: by its number times the length of a line, so that a step is
    one addition and one look-up. States from `telling` on, as `moves` names them, have facts. `reach` is the length of
    the longest key, 0 for none.
    """

    moves: Moves
    moves_at: Longs
    telling: Moves
    reach: Ints
    link: Ints
    first: Ints
    first_at: Longs
    facts: Ints


class Texts(NamedTuple):
    """What rules look for in the texts of all columns, over `kinds` classes of bytes.

    The facts of the empty text are in `empty` between `empty_first[column]` and the next; `every` is the column's fact
    that there is a value or none, or -1.
    """

    classes: Bytes
    kinds: Longs
    contains: Finders
    starts: Trees
    ends: Trees
    empty_first: Ints
    empty: Ints
    every: Ints


class Sown(NamedTuple):
    """What `Texts` are laid out from: a tenth of their size.

    Args:
        texts: with everything but the moves.
        number: the number of each state of `contains`.

    """

    texts: Texts
    contains: Branches
    number: Ints
    starts: Branches
    ends: Branches


class Fields(NamedTuple):
    """The field columns of a batch where they lie in memory, each place counted as `fields.MEMORY` does.

    `codes` is the place of the first row's code. Where `valid` is not negative, a bitmap lies there that says which
    rows have a value, of which `offset` is the first row's bit. The dictionary has `size` texts, at `texts` as the
    numbers from `begins` on say.
    """

    codes: Longs
    valid: Longs
    offset: Longs
    begins: Longs
    texts: Longs
    size: Longs


class Spans(NamedTuple):
    """Texts where they lie in memory."""

    begins: Longs
    ends: Longs


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

    def of(self, fact: int) -> Ints:
        """What one fact points at."""
        return self.points_at[self.first[fact] : self.first[fact + 1]]


class Routes(NamedTuple):
    """What is looked at in the rows of each log source.

    The rules in `always` need no anchor. In the columns of `columns`, a predicate points at the rules in `points_at`
    between `first[source, predicate]` and `first[source, predicate + 1]`. `reads` has all columns that some rule reads.
    """

    always_first: Ints
    always: Ints
    column_first: Ints
    columns: Ints
    first: Ints
    points_at: Ints
    reads_first: Ints
    reads: Ints


class Known(NamedTuple):
    """The sets of predicates that hold of values, by their numbers: sorted, in `predicates` from `first` to `end`."""

    first: Ints
    end: Ints
    predicates: Ints


class Values(NamedTuple):
    """A batch by the numbers of its values.

    `sources` has each row's log source, or -1 where no rule reads it. `slots` gives for each of the plan's columns its
    field in `fields`, or -1 where the batch has no such column; then `nulls` has the number for no value. `numbers` is
    the place of each field's line of numbers, one for each code.
    """

    memory: Bytes
    fields: Fields
    slots: Ints
    numbers: Longs
    nulls: Ints
    sources: Ints
