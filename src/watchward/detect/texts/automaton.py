"""All texts that rules look for in one field, found in one pass over a value.

A value is read three ways, over the same classes of bytes: an Aho-Corasick automaton finds what it contains, a tree of
prefixes what it starts with and equals, a tree of reversed suffixes what it ends with. ASCII letters are folded on the
way; a value with other letters is folded before (`detect.texts.values.fold`). The loops are in `detect.kernels`. Where
the texts are so many that a tree would take too much memory, they are found as `detect.texts.crowd` says.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from watchward.detect.columns import buffers
from watchward.detect.fields import MEMORY, spans_in
from watchward.detect.kernels.arrays import Bytes, Finder, Finders, Ints, Longs, Texts, Tree, Trees
from watchward.detect.kernels.learning import within
from watchward.detect.kernels.texts import insert_keys, lay_out, link_suffixes
from watchward.detect.sigma.ir import How, Text
from watchward.detect.texts import crowd
from watchward.detect.texts.crowd import Keys, Lookup, Whole
from watchward.detect.texts.values import fold

MOST_CELLS = 1 << 25
"""The most moves that the tree of one kind of texts may have, each of 4 bytes; beyond, it is a crowd."""

_UPPER = range(ord("A"), ord("Z") + 1)


Found = tuple[Ints, Ints]
"""Pairs, as two arrays of one length: of values and facts, for example."""


@dataclass(frozen=True, kw_only=True)
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
        reach: the length of the longest key that `contains` has.

    """

    classes: Bytes
    contains: Finder
    starts: Tree
    ends: Tree
    crowds: Sequence[Lookup]
    whole: Whole | None
    empty: Ints
    careful: bool
    reach: int

    @property
    def is_crowded(self) -> bool:
        """Whether some texts must be looked for elsewhere than in the automaton."""
        return bool(self.crowds) or self.whole is not None

    def crowded(self, values: pa.StringArray) -> Found:
        """Which facts about texts that are too many hold of which values (folded), as pairs."""
        data, first = buffers(values)
        found = [crowd.facts(data, first) for crowd in self.crowds]
        if self.whole is not None:
            room = max(self.contains.facts.tolist(), default=0) + 1
            notes = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
            pieces = pairs(within, len(values), MEMORY, spans_in(values), self._alone, *notes)
            found.append(self.whole.held(data, first, pieces))
        return in_order(found)

    @cached_property
    def _alone(self) -> Texts:
        return together([self], [None])


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
    sought, whole = _within(keys[How.CONTAINS], classes)
    crowds = []
    for how, looked_up in _CROWDS.items():
        if _is_crowd(keys[how], classes):
            crowds.append(looked_up([(key, fact) for key, fact in keys[how] if key]))
            keys[how] = [(key, fact) for key, fact in keys[how] if not key]
    equal = [(key, ~fact) for key, fact in keys[How.EQUALS] if key]
    return Automaton(
        classes=classes,
        contains=_finder(_tree(sought, classes)),
        starts=_tree([*keys[How.STARTS], *equal], classes),
        ends=_tree([(key[::-1], fact) for key, fact in keys[How.ENDS]], classes),
        crowds=crowds,
        whole=whole,
        empty=np.array([fact for key, fact in keys[How.EQUALS] if not key], dtype=np.int32),
        careful=any(_has_cased_outside_ascii(text.text) for text in texts),
        reach=max((len(key) for key, _ in sought), default=0),
    )


def without_pieces(known: Automaton) -> Automaton:
    """An automaton that looks for no pieces of texts: these are found by `crowded`."""
    return known if known.whole is None else replace(known, contains=_finder(_tree([], known.classes)), reach=0)


def together(automata: Sequence[Automaton], every: Sequence[int | None]) -> Texts:
    """The automata of all columns as one; `every` has the fact of each column that there is a value, or none."""
    return Texts(
        classes=np.concatenate([np.empty(0, dtype=np.uint8), *(each.classes for each in automata)]),
        kinds=np.array([each.contains.kinds for each in automata], dtype=np.int64),
        contains=_finders(automata),
        starts=_trees([each.starts for each in automata]),
        ends=_trees([each.ends for each in automata]),
        empty_first=np.cumsum([0, *(len(each.empty) for each in automata)]).astype(np.int32),
        empty=_joined([each.empty for each in automata]),
        every=np.array([-1 if fact is None else fact for fact in every], dtype=np.int32),
    )


def _finders(automata: Sequence[Automaton]) -> Finders:
    finders = [each.contains for each in automata]
    first, first_at = _firsts([each.first for each in finders])
    return Finders(
        moves=np.concatenate([np.empty(0, dtype=np.uint32), *(each.moves for each in finders)]),
        moves_at=_places([each.moves for each in finders]),
        telling=np.array([each.quiet * each.kinds for each in finders], dtype=np.uint32),
        reach=np.array([each.reach for each in automata], dtype=np.int32),
        link=_joined([np.append(each.link, np.int32(0)) for each in finders]),
        first=first,
        first_at=first_at,
        facts=_joined([each.facts for each in finders]),
    )


def _trees(trees: Sequence[Tree]) -> Trees:
    first, first_at = _firsts([tree.first for tree in trees])
    moves = [tree.moves.reshape(-1) for tree in trees]
    return Trees(
        moves=_joined(moves),
        moves_at=_places(moves),
        first=first,
        first_at=first_at,
        facts=_joined([tree.facts for tree in trees]),
    )


def _firsts(lines: Sequence[Ints]) -> tuple[Ints, Longs]:
    """Lines of places, as places in what they point at laid end to end, and where each begins."""
    begins = np.cumsum([0, *(int(line[-1]) for line in lines)])
    return _joined([line + np.int32(begin) for line, begin in zip(lines, begins, strict=False)]), _places(lines)


def _joined(lines: Sequence[Ints]) -> Ints:
    return np.concatenate([np.empty(0, dtype=np.int32), *lines])


def _places(lines: Sequence[np.ndarray]) -> Longs:
    return np.cumsum([0, *map(len, lines)])[: len(lines)].astype(np.int64)


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
