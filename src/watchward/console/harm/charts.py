"""Pictures of harm, as numbers for the templates to draw: no script and no style is needed.

Every picture has its figures as a table besides, so nothing hangs on seeing it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from watchward.estate.hexes import layout
from watchward.harm import hour
from watchward.harm.kernels.arrays import Floats
from watchward.harm.sensitivity import Swing

_TALL: Final = 100.0
_MOST_POINTS: Final = 336
_SIZE: Final = 56.0
_SHADES: Final = 4
_ACROSS: Final = 1000.0


@dataclass(frozen=True, kw_only=True)
class Line:
    """What remains of a kind of service over time.

    Args:
        name: the kind.
        path: the area below the line, in a box that is as wide as the hours and 100 high.
        hours: how many.
        finding: what it shows, in words.

    """

    name: str
    path: str
    hours: int
    finding: str


def line(name: str, remaining: Floats, begins: int) -> Line:
    """The line of one kind of service."""
    hours = len(remaining)
    step = max(1, -(-hours // _MOST_POINTS))
    points = [f"{at},{_TALL * (1 - float(left)):.1f}" for at, left in enumerate(remaining) if at % step == 0]
    last = f"{hours},{_TALL * (1 - float(remaining[-1])):.1f}"
    path = f"M0,{_TALL:.0f} L{' L'.join([*points, last])} L{hours},{_TALL:.0f} Z"
    low = int(remaining.argmin())
    finding = f"down to {remaining[low]:.0%} {_when(low, begins)}, {remaining[-1]:.0%} at the end"
    return Line(name=name, path=path, hours=hours, finding=finding)


def _when(at: int, begins: int) -> str:
    return f"in hour {at + 1} ({hour.words(begins + at)})"


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One number of a tornado: how far it moves harm to either side of the estimate.

    Args:
        low: where its low end leads, across, 0 to 1000.
        high: where its high end leads.

    """

    low: float
    high: float

    @property
    def start(self) -> float:
        """The left end of the bar."""
        return min(self.low, self.high)

    @property
    def wide(self) -> float:
        """How wide it is; never so narrow that it cannot be seen."""
        return max(abs(self.high - self.low), 2.0)


def tornado(swings: Sequence[Swing]) -> tuple[float, list[Bar]]:
    """Where the estimate stands, across from 0 to 1000, and the bar of each number."""
    if not swings:
        return 0.0, []
    ends = [end for one in swings for end in (one.low, one.high, one.estimate)]
    least, most = min(ends), max(ends)
    scale = _ACROSS / (most - least) if most > least else 0.0
    bars = [Bar(low=round((one.low - least) * scale, 1), high=round((one.high - least) * scale, 1)) for one in swings]
    return round((swings[0].estimate - least) * scale, 1), bars


@dataclass(frozen=True, kw_only=True)
class Hexagon:
    """One board on the map of hexagons.

    Args:
        code: the board.
        name: as people read it.
        points: its corners.
        x: the middle of it, across.
        y: the middle of it, down.
        shade: 0 (no harm) to 4 (most): drawn as colour and as pattern.
        value: its harm, in words.

    """

    code: str
    name: str
    points: str
    x: float
    y: float
    shade: int
    value: str


@dataclass(frozen=True, kw_only=True)
class HexMap:
    """Boards as hexagons, each near its neighbours."""

    hexagons: tuple[Hexagon, ...]
    width: float
    height: float


def hex_map(
    boards: Mapping[str, str], harm: Mapping[str, float], names: Mapping[str, str], figure: Mapping[str, str]
) -> HexMap:
    """A map of boards.

    Args:
        boards: the code of each board, and that of its region.
        harm: the harm at each.
        names: their names.
        figure: their harm in words.

    """
    placed = layout(boards)
    most = max(harm.values(), default=0.0)
    hexagons = []
    for code, place in sorted(placed.items()):
        across, down = place.centre
        x, y = (across + 0.5) * _SIZE, (down + 0.6) * _SIZE
        share = harm.get(code, 0.0) / most if most else 0.0
        hexagons.append(
            Hexagon(
                code=code,
                name=names.get(code, code),
                points=_corners(x, y),
                x=round(x, 1),
                y=round(y + 4, 1),
                shade=0 if share <= 0 else min(_SHADES, 1 + int(share * _SHADES)),
                value=figure.get(code, "0"),
            )
        )
    width = max((one.x for one in hexagons), default=0.0) + _SIZE
    return HexMap(hexagons=tuple(hexagons), width=width, height=max((one.y for one in hexagons), default=0.0) + _SIZE)


def _corners(x: float, y: float) -> str:
    """A hexagon with its points up and down, a little smaller than its place."""
    half, tall = _SIZE * 0.48, _SIZE * 0.555
    corners: Sequence[tuple[float, float]] = (
        (0, -tall), (half, -tall / 2), (half, tall / 2), (0, tall), (-half, tall / 2), (-half, -tall / 2),
    )  # fmt: skip
    return " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
