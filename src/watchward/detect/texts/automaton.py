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
from watchward.detect.kernels.arrays import (
    Branches,
    Bytes,
    Finder,
    Finders,
    Ints,
    Longs,
    Sown,
    Texts,
    Tree,
    Trees,
)
from watchward.detect.kernels.learning import within
from watchward.detect.kernels.texts import fill_moves, insert_keys, link_suffixes
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
        return grown(together([self], [None]))


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
        contains=_finder(sought, classes),
        starts=_tree([*keys[How.STARTS], *equal], classes)[0],
        ends=_tree([(key[::-1], fact) for key, fact in keys[How.ENDS]], classes)[0],
        crowds=crowds,
        whole=whole,
        empty=np.array([fact for key, fact in keys[How.EQUALS] if not key], dtype=np.int32),
        careful=any(_has_cased_outside_ascii(text.text) for text in texts),
        reach=max((len(key) for key, _ in sought), default=0),
    )


def without_pieces(known: Automaton) -> Automaton:
    """An automaton that looks for no pieces of texts: these are found by `crowded`."""
    return known if known.whole is None else replace(known, contains=_finder([], known.classes), reach=0)


def together(automata: Sequence[Automaton], every: Sequence[int | None]) -> Sown:
    """The automata of all columns as one; `every` has the fact of each column that there is a value, or none."""
    kinds = np.array([int(each.classes.max()) + 1 for each in automata], dtype=np.int64)
    contains, starts, ends = ([getattr(each, name) for each in automata] for name in ("contains", "starts", "ends"))
    return Sown(
        texts=Texts(
            classes=np.concatenate([np.empty(0, dtype=np.uint8), *(each.classes for each in automata)]),
            kinds=kinds,
            contains=_finders(contains, [each.reach for each in automata], kinds),
            starts=_trees(starts, kinds),
            ends=_trees(ends, kinds),
            empty_first=np.cumsum([0, *(len(each.empty) for each in automata)]).astype(np.int32),
            empty=_joined([each.empty for each in automata]),
            every=np.array([-1 if fact is None else fact for fact in every], dtype=np.int32),
        ),
        contains=_branches(contains),
        number=_joined([each.number for each in contains]),
        starts=_branches(starts),
        ends=_branches(ends),
    )


def grown(sown: Sown) -> Texts:
    """The automata, with the moves of all states laid out."""
    texts = sown.texts
    moves = np.zeros(_room(sown.contains, texts.kinds), dtype=np.uint32)
    fill_moves(sown.contains, sown.number, texts.kinds, texts.contains.moves_at, moves)
    return texts._replace(
        contains=texts.contains._replace(moves=moves),
        starts=texts.starts._replace(moves=_moves(sown.starts, texts.kinds, texts.starts.moves_at)),
        ends=texts.ends._replace(moves=_moves(sown.ends, texts.kinds, texts.ends.moves_at)),
    )


def _moves(branches: Branches, kinds: Longs, moves_at: Longs) -> Ints:
    """The moves of trees, from each parent to its children."""
    moves = np.zeros(_room(branches, kinds), dtype=np.int32)
    sizes = np.diff(branches.begins)
    column = np.repeat(np.arange(len(kinds)), sizes)
    state = np.arange(len(column)) - branches.begins[column]
    place = moves_at[column] + branches.parent * kinds[column] + branches.kind
    moves[place[state > 0]] = state[state > 0]
    return moves


def _room(branches: Branches, kinds: Longs) -> int:
    return int((np.diff(branches.begins) * kinds).sum())


def _branches(trees: Sequence[Tree] | Sequence[Finder]) -> Branches:
    return Branches(
        begins=np.cumsum([0, *(len(tree.parent) for tree in trees)]),
        parent=_joined([tree.parent for tree in trees]),
        kind=np.concatenate([np.empty(0, dtype=np.uint8), *(tree.kind for tree in trees)]),
    )


def _finders(finders: Sequence[Finder], reach: Sequence[int], kinds: Longs) -> Finders:
    first, first_at = _firsts([each.first for each in finders])
    return Finders(
        moves=np.empty(0, dtype=np.uint32),
        moves_at=_places([len(each.parent) for each in finders], kinds),
        telling=np.array([each.quiet for each in finders] * kinds, dtype=np.uint32),
        reach=np.array(reach, dtype=np.int32),
        link=_joined([np.append(each.link, np.int32(0)) for each in finders]),
        first=first,
        first_at=first_at,
        facts=_joined([each.facts for each in finders]),
    )


def _trees(trees: Sequence[Tree], kinds: Longs) -> Trees:
    first, first_at = _firsts([tree.first for tree in trees])
    return Trees(
        moves=np.empty(0, dtype=np.int32),
        moves_at=_places([len(tree.parent) for tree in trees], kinds),
        first=first,
        first_at=first_at,
        facts=_joined([tree.facts for tree in trees]),
    )


def _firsts(lines: Sequence[Ints]) -> tuple[Ints, Longs]:
    """Lines of places, as places in what they point at laid end to end, and where each begins."""
    begins = np.cumsum([0, *(int(line[-1]) for line in lines)])
    return _joined([line + np.int32(begin) for line, begin in zip(lines, begins, strict=False)]), _places(
        [len(line) for line in lines]
    )


def _joined(lines: Sequence[Ints]) -> Ints:
    return np.concatenate([np.empty(0, dtype=np.int32), *lines])


def _places(lengths: Sequence[int], times: Longs | int = 1) -> Longs:
    """Where each of some lines begins that lie end to end."""
    ends = np.cumsum(np.array(lengths, dtype=np.int64) * times)
    return np.concatenate([np.zeros(1, dtype=np.int64), ends])[: len(lengths)]


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


def _tree(keys: Sequence[tuple[bytes, int]], classes: Bytes) -> tuple[Tree, Ints]:
    """The tree of some keys, and its moves: one line a state, one place in it for each class of bytes."""
    lengths = np.array([0, *(len(key) for key, _ in keys)], dtype=np.int64)
    data = np.frombuffer(b"".join(key for key, _ in keys), dtype=np.uint8)
    room = int(lengths.sum()) + 1
    moves = np.zeros((room, int(classes.max()) + 1), dtype=np.int32)
    parent, kind, nodes = np.zeros(room, np.int32), np.zeros(room, np.uint8), np.zeros(len(keys), np.int32)
    states = insert_keys(data, np.cumsum(lengths), classes, moves, nodes, parent, kind)
    order = np.argsort(nodes, kind="stable")
    first = np.searchsorted(nodes[order], np.arange(states + 1)).astype(np.int32)
    facts = np.array([fact for _, fact in keys], dtype=np.int32)[order]
    return Tree(parent=parent[:states], kind=kind[:states], first=first, facts=facts), moves[:states]


def _finder(keys: Sequence[tuple[bytes, int]], classes: Bytes) -> Finder:
    tree, moves = _tree(keys, classes)
    states = len(moves)
    link, queue, order, number, depth = np.zeros((5, states), dtype=np.int32)
    quiet = link_suffixes(moves, tree.first, link, queue, order)
    number[order] = depth[queue] = np.arange(states)
    held = np.diff(tree.first)[order]
    first = np.cumsum([0, *held]).astype(np.int32)
    return Finder(
        parent=depth[tree.parent[queue]],
        kind=tree.kind[queue],
        number=number[queue],
        quiet=quiet,
        link=number[link[order]],
        first=first,
        facts=tree.facts[np.repeat(tree.first[order] - first[:-1], held) + np.arange(len(tree.facts), dtype=np.int32)],
    )
