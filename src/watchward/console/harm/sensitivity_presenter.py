"""How it is put to people which numbers move an answer most."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import urlencode

from watchward.console.harm import charts
from watchward.console.harm.number_presenter import EVERYTHING, about, named
from watchward.console.harm.presenters import figure
from watchward.console.harm.what_if_presenter import WhatIfPresenter
from watchward.harm.parameters.table import Table
from watchward.harm.sensitivity import Swing

_SHOWN: Final = 15
_NOTHING: Final = 0.005
"""What moves harm by less than this share of the estimate from end to end is not shown."""


@dataclass(frozen=True, kw_only=True)
class MovingPresenter:
    """One number, and how far it moves harm for the patients of `place` (a code; empty for everybody)."""

    swing: Swing
    bar: charts.Bar
    table: Table
    place: str

    @property
    def name(self) -> str:
        """What the number is, in words."""
        return moving(self.swing.key, self.table)

    @property
    def basis(self) -> str:
        """What it rests on."""
        one = self.table.parameters.get(self.swing.key)
        return one.basis.value if one else "the map"

    @property
    def range(self) -> str:
        """From where to where it was moved; empty for what is no parameter."""
        one = self.table.parameters.get(self.swing.key)
        return f"{figure(one.low)} to {figure(one.high)} {one.unit}" if one else "its 90% range"

    @property
    def address(self) -> str:
        """Its row in the table of numbers as they hold there; empty where it has none."""
        if self.swing.key not in self.table.parameters:
            return ""
        given = {"text": self.swing.key} | ({"organisation": self.place} if self.place else {})
        return f"{urlencode(given, safe='/')}#{self.swing.key}"

    @property
    def low(self) -> str:
        """Harm where it is at its low end."""
        return figure(self.swing.low)

    @property
    def high(self) -> str:
        """Harm where it is at its high end."""
        return figure(self.swing.high)

    @property
    def width(self) -> str:
        """By how much it moves harm in all."""
        return figure(self.swing.width)


@dataclass(frozen=True, kw_only=True)
class SwingsPresenter:
    """Which numbers move the harm of a what-if, the most first.

    Args:
        what_if: the what-if.
        swings: how far each number moves it.
        table: the numbers.

    """

    what_if: WhatIfPresenter
    swings: Sequence[Swing]
    table: Table

    @cached_property
    def counting(self) -> list[Swing]:
        """Those that move it enough to speak of."""
        return [one for one in self.swings if one.width > _NOTHING * one.estimate]

    @cached_property
    def _drawn(self) -> tuple[float, list[charts.Bar]]:
        return charts.tornado(self.counting[:_SHOWN])

    @property
    def middle(self) -> float:
        """Where the estimate stands in the picture, across from 0 to 1000."""
        return self._drawn[0]

    @cached_property
    def rows(self) -> list[MovingPresenter]:
        """The numbers that move it most."""
        pairs = zip(self.counting, self._drawn[1], strict=False)
        place = self.what_if.asked.organisation
        return [MovingPresenter(swing=swing, bar=bar, table=self.table, place=place) for swing, bar in pairs]

    @property
    def ends(self) -> tuple[str, str]:
        """The harm at the left and at the right end of the picture."""
        found = [end for one in self.counting[:_SHOWN] for end in (one.low, one.high, one.estimate)]
        return figure(min(found)), figure(max(found))

    @property
    def finding(self) -> str:
        """What the page found, in one sentence."""
        if not self.rows:
            return "No single number moves this answer"
        first = self.rows[0]
        low, high = sorted((first.swing.low, first.swing.high))
        return f"{first.name} moves this answer most: between {figure(low)} and {figure(high)}"

    @property
    def others(self) -> str:
        """How many numbers count, and how many hardly do."""
        shown, counting, whole = len(self.rows), len(self.counting), len(self.swings)
        rest = f" {counting - shown:,} more move it by more than half a per cent." if counting > shown else ""
        return f"{whole:,} numbers stand behind this answer; these {shown} move it most.{rest}"


def moving(key: str, table: Table) -> str:
    """What moves an answer, in words: a number as its row of the table has it, or the size of a service."""
    one = table.parameters.get(key)
    if one is None:
        place, service = key.replace("_", " ").split("/")[-2:]
        return f"Size of {service} at each {place}"
    name = named(one)
    of = about(key)
    return name if of == EVERYTHING else f"{of}: {name[0].lower()}{name[1:]}"
