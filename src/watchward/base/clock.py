"""Time comes in from outside, so that a test can hold the clock."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present moment, in UTC and aware of it."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.fromtimestamp(time.time(), tz=UTC)


@dataclass(slots=True, kw_only=True)
class HeldClock:
    """A clock that moves only when told to: for tests and for replays.

    >>> clock = HeldClock(at=datetime(2026, 3, 1, tzinfo=UTC))
    >>> clock.advance(timedelta(minutes=5))
    >>> clock.now().minute
    5

    """

    at: datetime

    def now(self) -> datetime:
        """The moment at which the clock is held."""
        return self.at

    def advance(self, by: timedelta) -> None:
        """Move the clock on."""
        self.at += by
