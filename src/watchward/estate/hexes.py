"""Where each integrated care board lies on a map of hexagons, all of one size.

On a true map London is a dot and the emptiest county the largest patch; here each board is one hexagon, near its
neighbours. England's boards lie as `hexes.csv` draws them, before and after the mergers of April 2026; any others, such
as those of the exercise sector, lie region by region.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import ceil, sqrt


@dataclass(frozen=True, slots=True, order=True)
class Hex:
    """One hexagon, its points up and down. Those of odd rows lie half a width further to the right."""

    row: int
    column: int

    @property
    def centre(self) -> tuple[float, float]:
        """Across and down, in widths of a hexagon; rows lie three quarters of a hexagon's height apart.

        >>> Hex(1, 0).centre
        (0.5, 0.866)

        """
        return self.column + self.row % 2 / 2, round(self.row * sqrt(3) / 2, 3)


def layout(boards: Mapping[str, str]) -> dict[str, Hex]:
    """Where each board lies, no two in one place.

    Args:
        boards: the code of each board, and that of its region.

    >>> layout({"X-I1": "X-R1", "X-I2": "X-R1", "X-I3": "X-R1"})["X-I3"]
    Hex(row=1, column=0)

    """
    for drawn in _drawn().values():
        if boards and boards.keys() <= drawn.keys():
            return {code: drawn[code] for code in boards}
    return _by_region(boards)


@cache
def _drawn() -> dict[str, dict[str, Hex]]:
    found: dict[str, dict[str, Hex]] = {}
    text = (files("watchward.estate") / "hexes.csv").read_text("utf-8")
    for line in csv.DictReader(text.splitlines()):
        found.setdefault(line["edition"], {})[line["code"]] = Hex(int(line["row"]), int(line["column"]))
    return found


def _by_region(boards: Mapping[str, str]) -> dict[str, Hex]:
    """Each region a block of hexagons, the blocks side by side in rows."""
    regions: dict[str, list[str]] = {}
    for code in sorted(boards, key=lambda code: (len(code), code)):
        regions.setdefault(boards[code], []).append(code)
    side = ceil(sqrt(max(map(len, regions.values()), default=0)))
    across = ceil(sqrt(len(regions)))
    step = side + 1 + side % 2  # an even number of rows, so that each block is drawn as the first is
    return {
        code: Hex(place // across * step + at // side, place % across * (side + 1) + at % side)
        for place, (_, codes) in enumerate(sorted(regions.items()))
        for at, code in enumerate(codes)
    }
