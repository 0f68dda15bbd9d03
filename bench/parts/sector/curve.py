"""The share of organisations that are protected over time, as a picture and as a table."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

import numpy as np

from sector.spread import Seconds, reached

SHARES: Final = (0.5, 0.9, 0.94, 0.95, 0.99, 0.999, 1.0)
MOMENTS: Final = (1, 2, 5, 10, 30, 60, 600, 3_600, 14_400)
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 720, 300, 56, 16, 44
_FIRST, _LAST = 0.1, 86_400.0
_COLOURS: Final = ("#005eb8", "#007f3b", "#d5281b")
_DASHES: Final = ("", "6 4")
"""Curves of one kind are alike, and differ in colour."""
_TICKS: Final = {
    0.1: "0.1 s",
    1: "1 s",
    10: "10 s",
    60: "1 min",
    600: "10 min",
    3_600: "1 h",
    21_600: "6 h",
    86_400: "24 h",
}


def table(curves: Mapping[str, Seconds]) -> str:
    """After how long each share is protected, and what share is after how long."""
    lines = [f"{'organisations protected':32}" + "".join(f"{share:>9.1%}" for share in SHARES)]
    for name, times in curves.items():
        lines.append(f"{name:32}" + "".join(f"{_span(at):>9}" for at in reached(times, np.array(SHARES))))
    lines.append("")
    lines.append(f"{'after':32}" + "".join(f"{_span(at):>9}" for at in MOMENTS))
    for name, times in curves.items():
        lines.append(f"{name:32}" + "".join(f"{np.mean(times <= at):>9.2%}" for at in MOMENTS))
    return "\n".join(lines)


def picture(curves: Mapping[str, Seconds], title: str) -> str:
    """The curves as SVG, time on a logarithmic axis."""
    named = f'role="img" aria-label="{escape(title)}" font-family="Arial, sans-serif" font-size="12"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" {named}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        *_axes(),
    ]
    for number, (name, times) in enumerate(curves.items()):
        colour, dash = _COLOURS[number % len(_COLOURS)], _DASHES[number // len(_COLOURS) % len(_DASHES)]
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(f'<polyline points="{_points(times)}" fill="none" stroke="{colour}" stroke-width="2.5"{dashed}/>')
        y = _HEIGHT - _BOTTOM - 14 - 18 * (len(curves) - 1 - number)
        parts.append(
            f'<line x1="430" y1="{y - 4}" x2="462" y2="{y - 4}" stroke="{colour}" stroke-width="2.5"{dashed}/>'
        )
        parts.append(f'<text x="470" y="{y}" fill="#212b32">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _axes() -> Iterable[str]:
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = _y(share)
        yield f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - 10}" y2="{y:.1f}" stroke="#d8dde0"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#212b32">{share:.0%}</text>'
    for at, said in _TICKS.items():
        x = _x(at)
        yield f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{_HEIGHT - _BOTTOM}" stroke="#d8dde0"/>'
        yield f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle" fill="#212b32">{said}</text>'
    yield (
        f'<text x="{(_LEFT + _WIDTH) / 2}" y="{_HEIGHT - 6}" text-anchor="middle" fill="#4c6272">'
        "after the button (logarithmic); share of organisations that are protected</text>"
    )


def _points(times: Seconds) -> str:
    moments = np.geomspace(_FIRST, _LAST, 240)
    shares = np.searchsorted(np.sort(times), moments, side="right") / len(times)
    return " ".join(f"{_x(at):.1f},{_y(share):.1f}" for at, share in zip(moments, shares, strict=True))


def _x(at: float) -> float:
    place = np.log(at / _FIRST) / np.log(_LAST / _FIRST)
    return float(_LEFT + place * (_WIDTH - 24 - _LEFT))


def _y(share: float) -> float:
    return _TOP + (1 - share) * (_HEIGHT - _BOTTOM - _TOP)


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.1f} h"
