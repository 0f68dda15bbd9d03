r"""Which documents may hold some texts, told from their bytes alone, before they are decoded.

An atom is a run of letters, digits and a few marks that no JSON writer escapes, so that it stands in the bytes of a
document as it stands in the value, letter case apart. A document that writes such a character as an escape, `\u0061`,
or has one of the few letters outside ASCII that fold into ASCII's, may hide any of them: it counts as holding all.
"""

import re
from collections.abc import Mapping

import numpy as np

from watchward.telemetry.decoded import Integers
from watchward.telemetry.kernels.atoms import find_atoms, find_hiding
from watchward.telemetry.kernels.tables import Array

MARKS = 64
"""How many marks there are: bits of a word."""

SHORTEST = 6
"""The shortest atom; the longer all of them are, the less of a text is looked at."""

_GROUP = 4
_LONG = 6
"""Where an atom is shorter, groups are too: else hardly any place could be skipped."""

_MOST_STRIDE = 12
_FEWEST_BITS, _MOST_BITS = 14, 24
_RUNS = re.compile(r"[a-z0-9 ._:-]+")


def atom_of(text: str) -> str | None:
    """The atom by which a text can be looked for; None where it has none.

    >>> atom_of("kerberos::golden"), atom_of('"x"')
    ('kerberos::golden', None)

    """
    runs = _RUNS.findall(text.lower()) if text.isascii() else []
    longest: str = max(runs, key=len, default="")
    return longest if len(longest) >= SHORTEST else None


def hiding(data: Array, starts: Integers, ends: Integers) -> Array:
    """Which ranges of JSON text may hide an atom behind escapes."""
    found = np.zeros(len(starts), np.bool_)
    find_hiding(data, starts, ends, found)
    return found


class Atoms:
    """Atoms, each with the marks (bits) that it sets where it is found.

    A text is looked at in every `stride`-th place only: an atom has that many groups of four bytes (fewer where an atom
    is shorter) to be found by, one for each way in which the places may fall on it.
    """

    def __init__(self, marks: Mapping[str, int]) -> None:
        encoded = [atom.encode() for atom in marks]
        shortest = min((len(atom) for atom in encoded), default=_MOST_STRIDE)
        self._width = min(shortest, _GROUP if shortest >= _LONG else _GROUP - 1)
        self._stride = min(shortest - self._width + 1, _MOST_STRIDE)
        self._atoms = np.frombuffer(b"".join(encoded) + bytes(1), np.uint8)
        self._lengths = np.array([len(atom) for atom in encoded], np.int64)
        self._begins = np.cumsum(self._lengths) - self._lengths
        self._marks = np.array(list(marks.values()), np.uint64)
        self._bits = min(max((8 * self._stride * len(encoded)).bit_length(), _FEWEST_BITS), _MOST_BITS)
        self._groups = np.zeros(1 << self._bits, np.uint8)
        self._firsts = np.full(1 << self._bits, -1, np.int32)
        self._nexts = np.full(self._stride * len(encoded), -1, np.int32)
        for number, atom in enumerate(encoded):
            for place in range(self._stride):
                self._add(self._stride * number + place, atom[place : place + self._width])

    def _add(self, group: int, four: bytes) -> None:
        folded = (int.from_bytes(four, "little") | 0x20202020) & ((1 << 8 * self._width) - 1)
        hashed = ((folded * 0x9E3779B1) >> 8) & ((1 << self._bits) - 1)
        self._groups[hashed] = 1
        self._nexts[group] = self._firsts[hashed]
        self._firsts[hashed] = group

    def within(self, data: Array, starts: Integers, ends: Integers) -> tuple[Array, Array]:
        """For each range of some bytes the marks of the atoms in it, as bits; and which may hold any of them unseen.

        An atom hides in letters such as the long s, which are ASCII's when folded.
        """
        found, hidden = np.zeros(len(starts), np.uint64), np.zeros(len(starts), np.bool_)
        if len(self._lengths):
            lists = self._groups, self._firsts, self._nexts, self._atoms, self._begins, self._lengths, self._marks
            find_atoms(data, starts, ends, self._stride, self._width, self._bits, *lists, found, hidden)
        return found, hidden
