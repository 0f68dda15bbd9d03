"""All texts that rules look for in one field, found in one pass over a value.

A value is read three ways, over the same classes of bytes: an Aho-Corasick automaton finds what it contains, a tree of
prefixes what it starts with and equals, a tree of reversed suffixes what it ends with. ASCII letters are folded on the
way; a value with other letters is folded before (`detect.texts.values.fold`). The loops are in `detect.kernels`. Where
the texts are so many that a tree would take too much memory, they are found as `detect.texts.crowd` says.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from watchward.detect.kernels.arrays import Bytes, Finder, Ints, Longs, Tree
from watchward.detect.kernels.texts import insert_keys, lay_out, link_suffixes, scan_contains, scan_ends, scan_starts
from watchward.detect.sigma.ir import How, Text
from watchward.detect.texts import crowd
from watchward.detect.texts.crowd import Keys, Lookup, Whole
from watchward.detect.texts.values import fold

MOST_CELLS = 1 << 24
"""The most moves that the tree of one kind of texts may have, each of 4 bytes; beyond, it is a crowd."""

_UPPER = range(ord("A"), ord("Z") + 1)


Found = tuple[Ints, Ints]
"""Pairs, as two arrays of one length: of values and facts, for example."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Automaton:
    """What rules look for in one field, over classes of bytes.

    Args:
        classes: each byte's class.
        contains: the Aho-Corasick automaton.
        starts: prefixes, and whole keys; `~fact` is a fact of a value that ends there.
        ends: reversed suffixes.
        crowds: looks up texts that are too many for a tree.
        whole: the texts of which `contains` has only a piece.
        empty: the facts of the empty value.
        careful: a key has a letter outside ASCII that has a case.

    """

    classes: Bytes
    contains: Finder
    starts: Tree
    ends: Tree
    crowds: Sequence[Lookup]
    whole: Whole | None
    empty: Ints
    careful: bool

    def facts(self, data: Bytes, first: Longs, seen: Ints) -> Found:
        """Which facts hold of which values (folded where not ASCII), as pairs in the order of the values.

        `seen` has two lines with a place for each fact, for the automaton's own notes.
        """
        found = []
        if len(self.contains.facts):
            within = pairs(scan_contains, len(first), data, first, self.classes, self.contains, seen)
            found.append(within if self.whole is None else self.whole.held(data, first, within))
        if len(self.starts.facts):
            found.append(pairs(scan_starts, len(first), data, first, self.classes, self.starts))
        if len(self.ends.facts):
            found.append(pairs(scan_ends, len(first), data, first, self.classes, self.ends))
        found += [crowd.facts(data, first) for crowd in self.crowds]
        if len(self.empty):
            nothing = np.flatnonzero(first[1:] == first[:-1]).astype(np.int32)
            found.append((np.repeat(nothing, len(self.empty)), np.tile(self.empty, len(nothing))))
        return in_order(found)


def pairs(kernel: Callable[..., int], expected: int, *arguments: object) -> Found:
    """The pairs that a loop finds, however many there are."""
    room = max(1024, 2 * expected)
    while True:
        left, right = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
        size = kernel(*arguments, left, right)
        if size <= room:
            return left[:size], right[:size]
        room = size


def in_order(found: Sequence[Found]) -> Found:
    """Several lists of pairs as one, by the first of each pair."""
    left = np.concatenate([np.empty(0, dtype=np.int32), *(pair[0] for pair in found)])
    right = np.concatenate([np.empty(0, dtype=np.int32), *(pair[1] for pair in found)])
    order = np.argsort(left, kind="stable")
    return left[order], right[order]


def build(texts: Mapping[Text, int]) -> Automaton:
    """The automaton for comparisons of one field with texts, by the numbers of their facts.

    Only a text for equality may be empty.
    """
    keys: dict[How, list[tuple[bytes, int]]] = {how: [] for how in How}
    for text, fact in texts.items():
        keys[text.how].append((fold(text.text).encode(errors="surrogatepass"), fact))
    classes = _classes(key for pairs in keys.values() for key, _ in pairs)
    within, whole = _within(keys[How.CONTAINS], classes)
    crowds = []
    for how, looked_up in _CROWDS.items():
        if _is_crowd(keys[how], classes):
            crowds.append(looked_up([(key, fact) for key, fact in keys[how] if key]))
            keys[how] = [(key, fact) for key, fact in keys[how] if not key]
    equal = [(key, ~fact) for key, fact in keys[How.EQUALS] if key]
    return Automaton(
        classes=classes,
        contains=_finder(_tree(within, classes)),
        starts=_tree([*keys[How.STARTS], *equal], classes),
        ends=_tree([(key[::-1], fact) for key, fact in keys[How.ENDS]], classes),
        crowds=crowds,
        whole=whole,
        empty=np.array([fact for key, fact in keys[How.EQUALS] if not key], dtype=np.int32),
        careful=any(_has_cased_outside_ascii(text.text) for text in texts),
    )


_CROWDS: Mapping[How, Callable[[Keys], Lookup]] = {
    How.EQUALS: crowd.whole,
    How.STARTS: crowd.starts,
    How.ENDS: crowd.ends,
}


def _is_crowd(keys: Keys, classes: Bytes) -> bool:
    return sum(len(key) for key, _ in keys) * (int(classes.max()) + 1) > MOST_CELLS


def _within(keys: Keys, classes: Bytes) -> tuple[Keys, Whole | None]:
    """What is looked for within values, and the whole texts where those are pieces."""
    if not _is_crowd(keys, classes):
        return keys, None
    long = {fact: key for key, fact in keys if len(key) > crowd.PIECE}
    return list(crowd.pieces(keys)), Whole(texts=long)


def _has_cased_outside_ascii(text: str) -> bool:
    return not text.isascii() and any(
        not char.isascii() and len({char, char.upper(), char.lower(), char.casefold()}) > 1 for char in text
    )


def _classes(keys: Iterable[bytes]) -> Bytes:
    classes = np.zeros(256, dtype=np.uint8)
    for number, byte in enumerate(sorted(set().union(*keys)), start=1):
        classes[byte] = number
    for upper in _UPPER:
        classes[upper] = classes[upper + 32]
    return classes


def _tree(keys: Sequence[tuple[bytes, int]], classes: Bytes) -> Tree:
    lengths = np.array([0, *(len(key) for key, _ in keys)], dtype=np.int64)
    data = np.frombuffer(b"".join(key for key, _ in keys), dtype=np.uint8)
    moves = np.zeros((int(lengths.sum()) + 1, int(classes.max()) + 1), dtype=np.int32)
    nodes = np.zeros(len(keys), dtype=np.int32)
    states = insert_keys(data, np.cumsum(lengths), classes, moves, nodes)
    order = np.argsort(nodes, kind="stable")
    first = np.searchsorted(nodes[order], np.arange(states + 1)).astype(np.int32)
    facts = np.array([fact for _, fact in keys], dtype=np.int32)[order]
    return Tree(moves=moves[:states].copy(), first=first, facts=facts)


def _finder(tree: Tree) -> Finder:
    states, kinds = tree.moves.shape
    link, order, number = (np.zeros(states, dtype=np.int32) for _ in range(3))
    quiet = link_suffixes(tree.moves, tree.first, link, order)
    number[order] = np.arange(states)
    moves = np.empty(states * kinds, dtype=np.uint32)
    lay_out(tree.moves, order, number, moves)
    held = np.diff(tree.first)[order]
    first = np.cumsum([0, *held]).astype(np.int32)
    facts = tree.facts[np.repeat(tree.first[order] - first[:-1], held) + np.arange(len(tree.facts), dtype=np.int32)]
    return Finder(moves=moves, kinds=kinds, quiet=quiet, link=number[link[order]], first=first, facts=facts)
