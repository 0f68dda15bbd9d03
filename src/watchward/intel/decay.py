"""How what is known of an attacker grows old, by kind.

The polynomial of Iklody, Wagener, Dulaunoy, Mokaddem and Wagner, "Decaying Indicators of Compromise" (2018,
arXiv:1803.11052): of what it was worth when last seen, after a time t there is left

    1 - (t / lifetime) ** (1 / speed)

until nothing is left at the end of its lifetime. With a speed of 1 it fades evenly; with a greater one it loses most at
first, and with a smaller one it keeps its worth and drops near the end. Being seen again starts it anew.
"""

import csv
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

from watchward.intel.observable import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """How things of a kind grow old.

    Args:
        lifetime: after which nothing is left.
        speed: the paper's δ, above 0.
        why: the reason for both, in words.

    """

    lifetime: timedelta
    speed: float
    why: str

    def left(self, age: timedelta) -> float:
        """What is left of its worth, from 1 at once (or before) to 0 at the end of its lifetime.

        >>> Decay(lifetime=timedelta(days=100), speed=1, why="").left(timedelta(days=25))
        0.75

        """
        share = age / self.lifetime
        return 1.0 if share <= 0 else 0.0 if share >= 1 else 1.0 - float(share ** (1 / self.speed))

    def ends_at(self, seen_at: datetime, *, below: float = 0.0) -> datetime:
        """When less than this share of its worth will be left, if it is not seen again."""
        return seen_at + self.lifetime * float((1 - below) ** self.speed)

    def curve(self, points: int = 25) -> tuple[tuple[timedelta, float], ...]:
        """The curve to be drawn: ages from 0 to the end of its lifetime, and what is left at each."""
        ages = (self.lifetime * place / (points - 1) for place in range(points))
        return tuple((age, self.left(age)) for age in ages)


def decay(kind: Kind) -> Decay:
    """How things of this kind grow old."""
    return _table()[kind]


@cache
def _table() -> dict[Kind, Decay]:
    text = (files("watchward.intel") / "data" / "decay.csv").read_text(encoding="utf-8")
    return {
        Kind(kind): Decay(
            lifetime=timedelta(days=float(row["lifetime_days"])),
            speed=float(row["speed"]),
            why=row["why"],
        )
        for row in csv.DictReader(text.splitlines())
        for kind in row["kinds"].split()
    }
