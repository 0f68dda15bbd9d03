r"""The event's own time, in whatever form its sender writes it.

A time without a zone is read as UTC. What cannot be a time, or lies outside 1970 to 2200, is no time.

>>> parse("2020-10-18 10:56:18.799") == parse("2020-10-18T12:56:18.7990000+02:00") == parse(1603018578799)
True
>>> parse("Mar 1, 2026 1:02:03 PM") == parse("2026-03-01T13:02:03Z")
True
>>> parse("yesterday") is None
True

"""

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 7_258_118_400_000_000  # 2200-01-01, in µs
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?)? ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}),? (\d{1,2}):(\d\d):(\d\d) ([AP])M", re.ASCII)
_NAMED_MONTH = re.compile(r"([A-Z][a-z]{2}) (\d{1,2}), (\d{4}),? (\d{1,2}:\d\d:\d\d [AP]M)", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_JSON_DATE = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/", re.ASCII)
_NUMBER = re.compile(r"\d{1,20}(?:\.\d{1,12})?", re.ASCII)

# The size of a number says its unit: seconds until the year 5138, milliseconds, microseconds, then Windows file time
# (100 ns since 1601, which is 1.16e17 to 1.9e17 for 1970 to 2200) and nanoseconds since 1970.
_SECONDS, _MILLISECONDS, _MICROSECONDS, _FILE_TIME = 1e11, 1e14, 1e16, 5e17
_FILE_TIME_EPOCH = 11_644_473_600_000_000  # from 1601 to 1970, in µs


def parse(value: str | float) -> int | None:
    """Microseconds since 1970, or None where the value is no time."""
    text = value.strip() if isinstance(value, str) else repr(value)
    micros = _from_text(text)
    return micros if micros is not None and 0 < micros < _LATEST else None


def _from_text(text: str) -> int | None:
    if (match := _ISO.fullmatch(text)) is not None:
        return _from_iso(match)
    if _NUMBER.fullmatch(text):
        return _from_number(text)
    if (match := _JSON_DATE.fullmatch(text)) is not None:
        return int(match[1]) * 1000
    if (match := _NAMED_MONTH.fullmatch(text)) is not None and match[1] in _MONTHS:
        text = f"{_MONTHS.index(match[1]) + 1}/{match[2]}/{match[3]} {match[4]}"
    if (match := _AMERICAN.fullmatch(text)) is not None:
        return _from_american(match)
    return None


def _from_iso(match: re.Match[str]) -> int | None:
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), min(int(second or 0), 59), tzinfo=UTC
        )
        shift = _zone(zone)
    except ValueError:
        return None
    return (moment - _EPOCH - shift) // timedelta(microseconds=1) + int((fraction or "0")[:6].ljust(6, "0"))


def _zone(zone: str | None) -> timedelta:
    if zone in (None, "Z", "UTC"):
        return timedelta()
    digits = zone[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 15 or minutes > 59:  # noqa: PLR2004 - no zone is further from UTC
        raise ValueError(zone)
    shift = timedelta(hours=hours, minutes=minutes)
    return -shift if zone.startswith("-") else shift


def _from_american(match: re.Match[str]) -> int | None:
    month, day, year, hour, minute, second = (int(part) for part in match.groups()[:6])
    try:
        moment = datetime(year, month, day, hour % 12 + (12 if match[7] == "P" else 0), minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _from_number(text: str) -> int:
    whole, _, fraction = text.partition(".")
    number = int(whole)
    if number < _SECONDS:
        return number * 1_000_000 + int(fraction[:6].ljust(6, "0"))
    if number < _MILLISECONDS:
        return number * 1000 + int(fraction[:3].ljust(3, "0"))
    if number < _MICROSECONDS:
        return number
    return number // 10 - _FILE_TIME_EPOCH if number < _FILE_TIME else number // 1000
