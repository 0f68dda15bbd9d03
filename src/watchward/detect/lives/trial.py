"""How a rule's trial went, and what its measured noise suggests (ADR 0137)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

THOUSAND: Final = 1_000
FEW_A_DAY: Final = 1.0
"""So many alerts a day are never too many, however small the site is."""

FLOOD: Final = 20.0
"""A rule so many times as loud as it may be is better switched off than looked at."""


class Suggestion(StrEnum):
    """What to do with a rule on trial."""

    PROMOTE = "promote"
    KEEP = "keep"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What a rule on trial would have raised.

    Args:
        matches: events that it met.
        alerts: what these would have made after the usual collapse of repeats.
        days: how long it was counted, in days.
        devices: the devices that were watched.

    """

    matches: int
    alerts: int
    days: float
    devices: int

    @property
    def alerts_a_day(self) -> float:
        """Alerts a day at this node."""
        return self.alerts / max(1.0, self.days)

    @property
    def per_thousand(self) -> float:
        """Alerts a day for each 1,000 devices.

        >>> Noise(matches=900, alerts=60, days=10.0, devices=3_000).per_thousand
        2.0

        """
        return self.alerts_a_day * THOUSAND / max(1, self.devices)

    def is_loud(self, most: float) -> bool:
        """Whether it is louder than a rule may be.

        Args:
            most: alerts a day for each 1,000 devices.

        """
        return self.alerts_a_day > FEW_A_DAY and self.per_thousand > most


def counted_days(since: datetime, now: datetime) -> float:
    """For how long a rule has been counted, in days; what began less than a day ago counts as a day.

    >>> counted_days(datetime(2026, 3, 1, 12), datetime(2026, 3, 4))
    2.5

    """
    return max(1.0, (now - since) / timedelta(days=1))


def suggested(noise: Noise, *, most: float, over: bool) -> Suggestion:
    """What to do with a rule on trial.

    Args:
        noise: what it would have raised.
        most: how many alerts a day for each 1,000 devices a rule may raise.
        over: whether its trial has lasted as long as it should.

    """
    if noise.is_loud(most * FLOOD):
        return Suggestion.OFF
    return Suggestion.PROMOTE if over and not noise.is_loud(most) else Suggestion.KEEP


def is_over(until: datetime | None, now: datetime) -> bool:
    """Whether a trial has lasted as long as it should."""
    return until is None or now >= until


def since(day: date, days: int) -> date:
    """The first of some days that end with one."""
    return day - timedelta(days=days - 1)
