"""What is given up when memory is short (ADR 0122)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from watchward.detect.correlate.held import Held
from watchward.detect.correlate.rows import among

MOST_EVENTS = 2_000_000
"""Events that correlations hold together unless a site says otherwise."""

BYTES_OF_EVENT = 100
"""How much memory an event takes, roughly."""

_LEFT = 0.9
"""How much of that is left when something is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """What one correlation gave up: groups whole, with all their events."""

    groups: int = 0
    events: int = 0

    def __add__(self, other: "GivenUp") -> "GivenUp":
        return GivenUp(groups=self.groups + other.groups, events=self.events + other.events)


def give_up(helds: Sequence[Held], most: int) -> dict[str, GivenUp]:
    """Where all hold more events than that together, give groups up; return what, by correlation id."""
    sizes = np.array([len(held.table) for held in helds], dtype=np.int64)
    if sizes.sum() <= most:
        return {}
    share = _share(sizes, int(most * _LEFT))
    return {
        held.step.correlation.id: _shrink(held, int(size) - share)
        for held, size in zip(helds, sizes, strict=True)
        if size > share
    }


def _share(sizes: np.ndarray[tuple[int], np.dtype[np.int64]], total: int) -> int:
    """The most that each may hold so that all hold no more than a total together."""
    left = total
    for place, size in enumerate(sorted(sizes.tolist())):
        share = left // (len(sizes) - place)
        if size > share:
            return share
        left -= size
    return left


def _shrink(held: Held, events: int) -> GivenUp:
    """Give up at least so many events: of groups with nothing told, then with few events, then long quiet, by key."""
    rows = held.rows
    begins = np.flatnonzero(np.concatenate([[True], rows.key[1:] != rows.key[:-1]]))
    ends = np.append(begins[1:], len(rows))
    keys, sizes, quiet = rows.key[begins], ends - begins, rows.at[ends - 1]
    order = np.lexsort((keys, quiet, sizes, among(keys, np.sort(held.pending.key))))
    count = int(np.searchsorted(np.cumsum(sizes[order]), events)) + 1
    gone = np.zeros(len(begins), dtype=np.bool_)
    gone[order[:count]] = True
    held.table.put(rows.take(~np.repeat(gone, sizes)))
    return GivenUp(groups=int(gone.sum()), events=int(sizes[gone].sum()))
