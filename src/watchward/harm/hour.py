"""Hours of the week in words, as people name them when they say when a failure begins."""

import re

from watchward.estate.care.week import HOURS
from watchward.harm.errors import HarmError

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SAID = re.compile(
    r"\s*(?P<day>[a-z]{2,9})\.?\s*(?:(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?)?\s*", re.IGNORECASE | re.ASCII
)
_DAY = 24


def read(text: str) -> int:
    """The hour of the week that somebody names, 0 (Monday midnight) to 167.

    >>> read("Mon 09:00"), read("sunday 23"), read("Wed")
    (9, 167, 48)

    Raises:
        HarmError: it is none.

    """
    found = _SAID.fullmatch(text)
    days = [at for at, day in enumerate(DAYS) if found and day.casefold().startswith(found["day"].casefold())]
    if found is None or len(days) != 1 or int(found["hour"] or 0) >= _DAY or int(found["minute"] or 0):
        raise HarmError(
            f"{text!r} is no hour of the week.", advice='Write a day and a whole hour, such as "Mon 09:00".'
        )
    return days[0] * _DAY + int(found["hour"] or 0)


def words(hour: int) -> str:
    """An hour of the week in words.

    >>> words(9), words(167)
    ('Mon 09:00', 'Sun 23:00')

    """
    day, of_day = divmod(hour % HOURS, _DAY)
    return f"{DAYS[day][:3]} {of_day:02}:00"


def lasting(hours: int) -> str:
    """How long something lasts, in the unit that people would use.

    >>> lasting(1), lasting(24), lasting(36), lasting(336)
    ('1 hour', '1 day', '36 hours', '14 days')

    """
    if hours % _DAY:
        return f"{hours:,} hour{'' if hours == 1 else 's'}"
    return f"{hours // _DAY:,} day{'' if hours == _DAY else 's'}"
