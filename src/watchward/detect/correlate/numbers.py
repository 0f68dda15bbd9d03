"""Numbers as correlations calculate with them: sums are exact, so that no order of events changes them."""

import math
from collections.abc import Iterable, Sequence

from watchward.detect.texts.values import number

LARGEST = 10**15
"""Greater numbers, and smaller than its negative, do not count: they are names, not amounts."""

MICRO = 1_000_000


def amount(text: str) -> float:
    """The number that a value is, or NaN where it is none that counts.

    >>> amount("0x10"), amount("-1.5"), amount("ward 7")
    (16.0, -1.5, nan)

    """
    found = number(text)
    return float(found) if found is not None and abs(found) <= LARGEST else math.nan


def parts(value: float) -> tuple[int, int]:
    """The whole part of a number, and what is above it in millionths."""
    whole = math.floor(value)
    return whole, round((value - whole) * MICRO)


def total(values: Iterable[float]) -> float:
    """The sum, exact to the millionth of each value."""
    split = [parts(value) for value in values]
    return float(sum(whole for whole, _ in split)) + float(sum(micro for _, micro in split)) / MICRO


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The percentile of values in order, between two of them in proportion.

    >>> percentile([1.0, 2.0, 3.0, 4.0], 50)
    2.5

    """
    rank = percent / 100.0 * (len(ordered) - 1)
    below = math.floor(rank)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (rank - below)
