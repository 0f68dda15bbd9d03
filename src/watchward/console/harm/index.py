"""Finds things of a map by what people call them, in a few milliseconds however many there are."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from watchward.harm.identifiers import Texts
from watchward.harm.model import KINDS, SORTS, SYSTEMS, Model

_ORDER: Final = ("supplier", "organisation", "system", "service", "equipment")
_PLACE: Final = np.array([_ORDER.index(sort) for sort in SORTS])

Some = NDArray[np.bool_]


class Index:
    """What things are called: their identifiers, what they are, and the names of their organisations.

    Args:
        model: the map.
        names: the names of organisations, by code.

    """

    def __init__(self, model: Model, names: Mapping[str, str]) -> None:
        self._model = model
        self._ids = _lowered(model.ids)
        self._length = pc.binary_length(self._ids).to_numpy()
        self._sort = model.belonging.sort
        self._organisations = np.flatnonzero(self._of("organisation"))
        self._names = _lowered(names.get(model.ids[at], "") for at in self._organisations.tolist())
        self._called = {
            "equipment": _lowered(one.name for one in model.care.equipment),
            "supplier": _lowered(one.name for one in model.care.suppliers),
        }
        self._kinds = {
            "service": [one.label.lower() for one in KINDS],
            "system": [one.label.lower() for one in SYSTEMS],
        }

    def _of(self, sort: str) -> Some:
        found: Some = self._sort == SORTS.index(sort)
        return found

    def say(self, word: str) -> Some:
        """Which things have a word, in small letters, in what they are called."""
        belonging = self._model.belonging
        found = _holding(self._ids, word)
        named = np.zeros(len(found) + 1, dtype=bool)  # the last is for what belongs to nobody
        named[self._organisations] = _holding(self._names, word)
        found |= named[belonging.owner]
        for sort, labels in self._kinds.items():
            holding = np.array([word in label for label in labels])
            found |= self._of(sort) & holding[np.minimum(belonging.kind, len(labels) - 1)]
        for sort, called in self._called.items():
            of = np.flatnonzero(self._of(sort))
            found[of] |= _holding(called, word)[belonging.row[of]]
        return found

    def first(self, some: Some, count: int) -> list[int]:
        """The numbers of the first of some things: by what they are, the shortest identifiers first."""
        at = np.flatnonzero(some)
        order = np.lexsort((at, self._length[at], _PLACE[self._sort[at]]))
        found: list[int] = at[order[:count]].tolist()
        return found


def _lowered(texts: Iterable[str]) -> Any:
    """Texts in small letters, as one column."""
    if isinstance(texts, Texts):
        first, letters = pa.py_buffer(texts.first), pa.py_buffer(texts.letters)
        return pc.utf8_lower(pa.LargeStringArray.from_buffers(len(texts), first, letters))
    return pc.utf8_lower(pa.array(list(texts), type=pa.large_string()))


def _holding(texts: Any, word: str) -> Some:
    found: Some = pc.match_substring(texts, word).to_numpy(zero_copy_only=False).astype(bool)
    return found
