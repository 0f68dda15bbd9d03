"""When windows end: the groups of closed conditions by the moment from which these may be asked."""

import numpy as np

from watchward.detect.correlate.rows import Whole, Words

_MUCH = 1 / 4
"""What is new is put among what is there when it is this part of it."""


class Dues:
    """Moments (microseconds) and groups, sorted by moment, in parts of which each is smaller than the one before."""

    def __init__(self) -> None:
        self._parts: list[tuple[Whole, Words]] = []

    def add(self, at: Whole, keys: Words) -> None:
        """Keep some more."""
        if not len(at):
            return
        self._put(at, keys)
        while len(self._parts) > 1 and len(self._parts[-1][0]) > _MUCH * len(self._parts[-2][0]):
            (one, ones), (other, others) = self._parts[-2:]
            del self._parts[-2:]
            self._put(np.concatenate([one, other]), np.concatenate([ones, others]))

    def until(self, moment: int) -> list[Words]:
        """Take out the groups of all that lies before a moment."""
        found = []
        for number, (at, keys) in enumerate(self._parts):
            place = int(np.searchsorted(at, moment))
            found.append(keys[:place])
            self._parts[number] = at[place:], keys[place:]
        self._parts = [part for part in self._parts if len(part[0])]
        return found

    def _put(self, at: Whole, keys: Words) -> None:
        # The stable sort merges two parts, each in order, in one pass.
        order = np.argsort(at, kind="stable")
        self._parts.append((at[order], keys[order]))
