"""Times as events write them; all in UTC, from microseconds since 1970."""

from datetime import UTC, datetime
from functools import lru_cache

from watchward.node.exercise.template import Values

SECOND = 1_000_000
"""Microseconds in a second."""


@lru_cache(maxsize=4096)
def _second(second: int) -> tuple[str, str]:
    moment = datetime.fromtimestamp(second, tz=UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S"), moment.strftime("%Y-%m-%d %H:%M:%S")


def stamp(values: Values, at: int, record: int) -> None:
    """Set the time and the record number of the event that comes next."""
    second, rest = divmod(at, SECOND)
    iso, spaced = _second(second)
    thousandths = f".{rest // 1000:03d}"
    values["iso"] = f"{iso}{thousandths}Z"
    values["created"] = f"{_second(second + 1)[0]}{thousandths}Z"
    values["utc"] = spaced + thousandths
    values["local"] = spaced
    values["iso_seconds"] = iso
    values["record"] = str(record)


def hour_of(at: int) -> tuple[int, bool]:
    """The hour of the day in the time at which people there work (UTC), and whether it is a weekend."""
    moment = datetime.fromtimestamp(at // SECOND, tz=UTC)
    return moment.hour, moment.weekday() >= 5  # noqa: PLR2004 - Saturday


def microseconds(moment: datetime) -> int:
    """A moment as events' clocks count it.

    >>> microseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000

    """
    return round(moment.timestamp() * SECOND)
