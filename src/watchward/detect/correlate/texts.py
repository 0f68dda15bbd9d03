"""The texts of values whose digests the rows hold: what a finding shows of its group."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from watchward.detect.correlate.keys import Digests
from watchward.detect.correlate.rows import among

LONGEST = 256
"""Characters of a value that are kept to be shown."""

_FEW = 1 << 16
"""Texts that may be kept without asking whether anybody needs them."""

_MUCH = 1 / 16
"""A part is put into the one before when it is this part of it, or of `_LEAST`."""

_LEAST = 4096


class Texts:
    """Texts by digest, in parts of which each is far smaller than the one before. Of one digest, the first is kept."""

    def __init__(self) -> None:
        self._parts: list[tuple[Digests, pa.Array]] = []
        self._least = _FEW

    def add(self, digests: Digests, texts: pa.Array) -> None:
        """Keep texts, none of them null; those that are kept already stay."""
        for known, _ in self._parts:
            fresh = ~among(digests, known)
            if not fresh.all():
                digests, texts = digests[fresh], texts.filter(pa.array(fresh))
        if not len(digests):
            return
        self._put(digests, pc.utf8_slice_codeunits(texts.cast(pa.large_string()), 0, LONGEST))
        while len(self._parts) > 1 and len(self._parts[-1][0]) > _MUCH * max(len(self._parts[-2][0]), _LEAST):
            (old, olds), (new, news) = self._parts[-2:]
            del self._parts[-2:]
            self._put(np.concatenate([old, new]), pa.concat_arrays([olds, news]))

    def _put(self, digests: Digests, texts: pa.Array) -> None:
        """Add a part; of several texts with one digest, the first."""
        order = np.argsort(digests, kind="stable")
        ordered = digests[order]
        first = np.concatenate([[True], ordered[1:] != ordered[:-1]])
        self._parts.append((ordered[first], texts.take(pa.array(order[first]))))

    def __len__(self) -> int:
        return sum(len(digests) for digests, _ in self._parts)

    @property
    def is_full(self) -> bool:
        """Whether it is time to leave out what nobody needs any more."""
        return len(self) > self._least

    def keep(self, alive: Digests) -> None:
        """Leave out the texts of all other digests; `alive` is sorted."""
        digests, texts = self.to_arrays()
        wanted = among(digests, alive)
        self._parts = []
        self.add(digests[wanted], texts.filter(pa.array(wanted)))
        self._least = max(_FEW, 2 * len(self))

    def of(self, digests: Digests) -> list[str]:
        """The text of each digest; empty where it is not kept."""
        found: list[str | None] = [None] * len(digests)
        waiting = np.arange(len(digests))
        for known, texts in self._parts:
            places = np.searchsorted(known, digests[waiting])
            inside = places < len(known)
            inside[inside] = known[places[inside]] == digests[waiting][inside]
            for place, text in zip(
                waiting[inside].tolist(), texts.take(pa.array(places[inside])).to_pylist(), strict=True
            ):
                found[place] = text
            waiting = waiting[~inside]
            if not len(waiting):
                break
        return [text or "" for text in found]

    def to_arrays(self) -> tuple[Digests, pa.Array]:
        """All of them, for keeping."""
        if not self._parts:
            return np.empty(0, dtype=np.uint64), pa.array([], pa.large_string())
        return np.concatenate([part for part, _ in self._parts]), pa.concat_arrays([part for _, part in self._parts])
