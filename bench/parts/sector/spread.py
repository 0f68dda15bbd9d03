"""How a block reaches 40,000 organisations, by delays that were measured between a few real nodes.

The nation tells regions, regions tell boards, boards tell organisations; each has a node of its own. A message takes a
measured delay over each link, drawn anew. A parent tells its children one after the other, in any order, and spends the
measured processor time on each. Some nodes of every level are away when it begins; each comes back after a time of its
own, asks at once, and is asked by its children within the longest pause that they make between two tries.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.float64]

LONGEST_PAUSE: Final = 90.0
"""What a child waits at most between two tries to reach its parent (`pauses`: 60 seconds and a half)."""

AWAY_FOR: Final = 3_600.0
"""How long a node is away on average: an assumption. Times are exponential, so that what is left is too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How many nodes each level has; each is spread evenly over the level above."""

    levels: tuple[int, ...] = (1, 7, 36, 40_000)

    def parents(self, level: int) -> NDArray[np.int64]:
        """The parent of each node of a level, by its number in the level above."""
        return np.arange(self.levels[level]) * self.levels[level - 1] // self.levels[level]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delays:
    """What was measured, in seconds; one of each is drawn where something happens.

    Args:
        begun: from the button until the first node has stored it.
        up: from there until the node above has stored it.
        down: from there until a node below has stored it.
        last: from there until the control answers with the block.
        each: the processor time that a parent spends on telling one child.

    """

    begun: Seconds
    up: Seconds
    down: Seconds
    last: Seconds
    each: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """Which nodes are away when it begins.

    Args:
        share: of the nodes of organisations, from 0 to 1.
        above: of the nodes of each level above them, likewise.
        mean: seconds until one comes back, on average.

    """

    share: float = 0.0
    above: float = 0.0
    mean: float = AWAY_FOR


def spread(shape: Shape, delays: Delays, away: Away, *, seed: int, seen_below: bool = False) -> Seconds:
    """When each organisation is protected, in seconds after the button.

    With the same seed the same delays are drawn, and whoever is away stays so when more are.

    Args:
        shape: the tree of nodes.
        delays: what was measured.
        away: who is away.
        seed: of what is drawn.
        seen_below: whether the first organisation shares it, or the nation decides it.

    """
    drawn = _Drawn(shape, delays, away, seed)
    depth = len(shape.levels)
    above = drawn.climbed() if seen_below else {0: drawn.begun}
    stored = np.array([above[0]])
    for level in range(1, depth):
        stored = drawn.told(level, stored)
        if level in above:  # where the message came from, it is there already
            stored[0] = min(stored[0], above[level])
    return stored + drawn.last


def reached(times: Seconds, shares: Seconds) -> Seconds:
    """After how many seconds each share of the organisations is protected."""
    ordered = np.sort(times)
    places = np.ceil(np.asarray(shares) * len(ordered)).astype(int) - 1
    return ordered[np.clip(places, 0, len(ordered) - 1)]


class _Drawn:
    """All that chance decides, drawn level by level so that it is the same whoever is away."""

    def __init__(self, shape: Shape, delays: Delays, away: Away, seed: int) -> None:
        chance = np.random.default_rng(seed)
        self._shape, self._each = shape, delays.each
        self.begun = float(chance.choice(delays.begun))
        shares = [*(away.above for _ in shape.levels[1:]), away.share]
        self._back = [_back(chance, count, share, away.mean) for count, share in zip(shape.levels, shares, strict=True)]
        self._down = [chance.choice(delays.down, count) for count in shape.levels]
        self._up = [float(chance.choice(delays.up)) for _ in shape.levels]
        self._pause = [chance.uniform(0, LONGEST_PAUSE, count) for count in shape.levels]
        self._place = [_turns(chance, shape, level) for level in range(len(shape.levels))]
        self.last = chance.choice(delays.last, shape.levels[-1])

    def climbed(self) -> dict[int, float]:
        """When the first node of each level has it, on the way up from the first organisation, which is not away."""
        lowest = len(self._shape.levels) - 1
        self._back[lowest][0] = 0.0
        found = {lowest: self.begun}
        for level in range(lowest - 1, -1, -1):
            found[level] = max(found[level + 1], self._found(level, level + 1)[0]) + self._up[level]
        return found

    def told(self, level: int, stored_above: Seconds) -> Seconds:
        """When each node of a level has stored what its parent tells."""
        parents = self._shape.parents(level)
        turn = stored_above[parents] + self._place[level] * self._each
        ready = np.maximum(turn, self._found(level - 1, level))
        return np.maximum(ready, self._back[level]) + self._down[level]

    def _found(self, above: int, level: int) -> Seconds:
        """From when on each node of a level can reach its parent: soon after that came back, if it was away."""
        back = self._back[above][self._shape.parents(level)]
        return np.where(back > 0, back + self._pause[level], 0.0)


def _back(chance: np.random.Generator, count: int, share: float, mean: float) -> Seconds:
    """When each of some nodes is back; 0 where it never was away."""
    drawn, left = chance.random(count), chance.exponential(1.0, count)
    return np.where(drawn < share, left * mean, 0.0)


def _turns(chance: np.random.Generator, shape: Shape, level: int) -> Seconds:
    """Which of its parent's children each node of a level is told as, from 0."""
    count = shape.levels[level]
    if level == 0:
        return np.zeros(count)
    parents, drawn = shape.parents(level), chance.random(count)
    order = np.lexsort((drawn, parents))
    firsts = np.searchsorted(parents, parents[order])
    turns = np.empty(count)
    turns[order] = np.arange(count) - firsts
    return turns
