"""Very many texts for one field, such as a list of a hundred thousand known bad hashes.

A tree of them all would take gigabytes. What a value equals, starts or ends with is therefore looked up among them by
its length; what it contains is found by a short piece of each text, the one that the fewest others have too, and then
compared whole.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from watchward.detect.kernels.arrays import Bytes, Ints, Longs

PIECE = 10
"""The length of a piece, in bytes; a shorter text is its own piece."""

_PLACES = 8
"""At so many places of a text a piece is tried."""

Keys = Sequence[tuple[bytes, int]]
"""Texts, folded, each with the number of its fact."""


def pieces(keys: Keys) -> Iterator[tuple[bytes, int]]:
    """A piece of each text, with its fact."""
    tried = [_tried(key) for key, _ in keys]
    known = Counter(piece for its in tried for piece in its)
    for (_, fact), its in zip(keys, tried, strict=True):
        yield min(its, key=known.__getitem__), fact


def _tried(key: bytes) -> list[bytes]:
    last = len(key) - PIECE
    if last <= 0:
        return [key]
    return list(dict.fromkeys(key[last * place // _PLACES :][:PIECE] for place in range(_PLACES, -1, -1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What values equal, start or end with, by length.

    Args:
        cut: what of a value is compared: so many bytes.
        texts: for each length, the facts of each text.

    """

    cut: Callable[[bytes, int], bytes]
    texts: Mapping[int, Mapping[bytes, Sequence[int]]]

    def facts(self, data: Bytes, first: Longs) -> tuple[Ints, Ints]:
        """Which facts hold of which values (folded where not ASCII): pairs in the order of the values."""
        values, found = list[int](), list[int]()
        text, begins = data[first[0] : first[-1]].tobytes().lower(), (first - first[0]).tolist()
        for value in range(len(begins) - 1):
            whole = text[begins[value] : begins[value + 1]]
            for length, texts in self.texts.items():
                if length <= len(whole) and (its := texts.get(self.cut(whole, length))):
                    values += [value] * len(its)
                    found += its
        return np.array(values, dtype=np.int32), np.array(found, dtype=np.int32)


def _by_length(keys: Keys) -> dict[int, dict[bytes, list[int]]]:
    texts: dict[int, dict[bytes, list[int]]] = defaultdict(lambda: defaultdict(list))
    for key, fact in keys:
        texts[len(key)][key].append(fact)
    return {length: dict(of) for length, of in texts.items()}


def whole(keys: Keys) -> Lookup:
    """Looks up what values equal: all texts are under the length 0, since only one can be met."""
    texts: dict[bytes, list[int]] = defaultdict(list)
    for key, fact in keys:
        texts[key].append(fact)
    return Lookup(cut=lambda value, _: value, texts={0: dict(texts)})


def starts(keys: Keys) -> Lookup:
    """Looks up what values start with."""
    return Lookup(cut=lambda value, length: value[:length], texts=_by_length(keys))


def ends(keys: Keys) -> Lookup:
    """Looks up what values end with."""
    return Lookup(cut=lambda value, length: value[len(value) - length :], texts=_by_length(keys))


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """The texts of which only a piece is looked for, by fact."""

    texts: Mapping[int, bytes]

    def held(self, data: Bytes, first: Longs, found: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
        """Those of some pairs of values and facts in which the value contains the whole text."""
        texts, begins = self.texts, first.tolist()
        keep = np.ones(len(found[0]), dtype=bool)
        for place, (value, fact) in enumerate(zip(*map(np.ndarray.tolist, found), strict=True)):
            if fact in texts:
                keep[place] = texts[fact] in data[begins[value] : begins[value + 1]].tobytes().lower()
        return found[0][keep], found[1][keep]
