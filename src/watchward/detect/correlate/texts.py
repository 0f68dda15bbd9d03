"""The texts of values whose digests the rows hold: what a finding shows of its group."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from watchward.detect.correlate.keys import Digests
from watchward.detect.correlate.rows import among

LONGEST = 256
"""Characters of a value that are kept to be shown."""

_PARTS = 24


class Texts:
    """Texts by digest. Of several texts with one digest (letter case), each batch keeps its first."""

    def __init__(self) -> None:
        self._parts: list[tuple[Digests, pa.Array]] = []
        self._rows = 0
        self._least = 1 << 16

    def add(self, digests: Digests, texts: pa.Array) -> None:
        """Keep texts, none of them null."""
        if len(digests):
            order = np.argsort(digests, kind="stable")
            cut = pc.utf8_slice_codeunits(texts.cast(pa.large_string()), 0, LONGEST).take(pa.array(order))
            self._parts.append((digests[order], cut))
            self._rows += len(digests)

    @property
    def is_full(self) -> bool:
        """Whether it is time to leave out what nobody needs any more."""
        return self._rows > self._least or len(self._parts) > _PARTS

    def keep(self, alive: Digests) -> None:
        """Leave out the texts of all other digests; `alive` is sorted."""
        digests = np.concatenate([part for part, _ in self._parts])
        texts = pa.concat_arrays([part for _, part in self._parts])
        order = np.argsort(digests, kind="stable")
        first = order[np.concatenate([[True], digests[order][1:] != digests[order][:-1]])]
        found = digests[first]
        first = first[among(found, alive)]
        self._parts = []
        self._rows = 0
        self.add(digests[first], texts.take(pa.array(first)))
        self._least = max(1 << 16, 2 * self._rows)

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
