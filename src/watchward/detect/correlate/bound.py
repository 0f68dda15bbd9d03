"""What is given up when memory is short (ADR 0122)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from watchward.detect.correlate.held import Held
from watchward.detect.correlate.rows import Whole, among

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


def give_up(helds: Sequence[Held], most: int, clock: int) -> dict[str, GivenUp]:
    """Where all hold more events than that together, give groups up; return what, by correlation id.

    Windows that ended before `clock` are over.
    """
    if sum(len(held.table) for held in helds) <= most:
        return {}
    sizes = [held.sizes for held in helds]
    share = _share(np.concatenate(sizes), int(most * _LEFT))
    gone: dict[str, GivenUp] = {}
    for held, mine in zip(helds, sizes, strict=True):
        if (mine > share).any():
            gone |= _shrink(held, np.maximum(mine - share, 0), clock)
    return gone


def _share(sizes: np.ndarray[tuple[int], np.dtype[np.int64]], total: int) -> int:
    """The most that each may hold so that all hold no more than a total together."""
    left = total
    for place, size in enumerate(sorted(sizes.tolist())):
        share = left // (len(sizes) - place)
        if size > share:
            return share
        left -= size
    return left


def _shrink(held: Held, events: Whole, clock: int) -> dict[str, GivenUp]:
    """Of each correlation give up at least so many events, in whole groups; return what, by correlation id.

    First go groups with nothing told, then those with few events, then those long quiet, by key.
    """
    rows = held.table.rows
    begins = np.flatnonzero(np.concatenate([[True], rows.key[1:] != rows.key[:-1]]))
    ends = np.append(begins[1:], len(rows))
    keys, sizes, quiet = rows.key[begins], ends - begins, rows.at[ends - 1]
    owners = held.shelf.owner[rows.rule[begins]]
    order = np.lexsort((keys, quiet, sizes, among(keys, np.sort(held.pending.key)), owners))
    gone = np.zeros(len(begins), dtype=np.bool_)
    found: dict[str, GivenUp] = {}
    for owner in np.flatnonzero(events).tolist():
        mine = order[owners[order] == owner]
        mine = mine[: int(np.searchsorted(np.cumsum(sizes[mine]), events[owner])) + 1]
        gone[mine] = True
        correlation = held.shelf.steps[owner].correlation.id
        found[correlation] = GivenUp(groups=len(mine), events=int(sizes[mine].sum()))
    held.hold(rows.take(~np.repeat(gone, sizes)), clock)
    return found
