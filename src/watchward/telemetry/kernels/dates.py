"""The most usual way to write a time, read from bytes."""

from watchward.telemetry.kernels.compiled import inlined, inner_loop
from watchward.telemetry.kernels.loads import byte_at
from watchward.telemetry.kernels.tables import NO_TIME

_ZERO, _NINE, _DOT, _COMMA, _COLON = 0x30, 0x39, 0x2E, 0x2C, 0x3A
_T, _SPACE, _Z, _PLUS, _DASH = 0x54, 0x20, 0x5A, 0x2B, 0x2D
_LATEST = 7_258_118_400_000_000


@inlined
def _two(data, at):
    tens, ones = byte_at(data, at), byte_at(data, at + 1)
    if tens < _ZERO or tens > _NINE or ones < _ZERO or ones > _NINE:
        return -10_000
    return (tens - _ZERO) * 10 + (ones - _ZERO)


@inner_loop
def days_from_epoch(year, month, day):
    """Days from 1970-01-01 in the Gregorian calendar."""
    shifted = year - (1 if month <= 2 else 0)
    era = shifted // 400
    year_of_era = shifted - era * 400
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468


@inlined
def _day(data, at):
    """Days from 1970-01-01 of a date written `2020-10-18`, in the years from 1970 on; NO_TIME where it is none."""
    if byte_at(data, at + 4) != _DASH or byte_at(data, at + 7) != _DASH:
        return NO_TIME
    year = _two(data, at) * 100 + _two(data, at + 2)
    month, day = _two(data, at + 5), _two(data, at + 8)
    if year < 1970 or month < 1 or month > 12 or day < 1 or day > 31:
        return NO_TIME
    if day > 28:
        leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
        if month == 2 and day > (29 if leap else 28):
            return NO_TIME
        if day == 31 and (month == 4 or month == 6 or month == 9 or month == 11):
            return NO_TIME
    return days_from_epoch(year, month, day)


@inlined
def _second(data, at):
    """Seconds from midnight of a time written `10:56:18`; NO_TIME where it is none."""
    if byte_at(data, at + 2) != _COLON or byte_at(data, at + 5) != _COLON:
        return NO_TIME
    hour, minute, second = _two(data, at), _two(data, at + 3), _two(data, at + 6)
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or second < 0 or second > 59:
        return NO_TIME
    return (hour * 60 + minute) * 60 + second


@inlined
def _fraction(data, at, end):
    """Microseconds of the fraction of a second that may begin here, and where it ends; NO_TIME where it is wrong."""
    if at >= end or (byte_at(data, at) != _DOT and byte_at(data, at) != _COMMA):
        return 0, at
    at += 1
    micros, digits = 0, 0
    while at < end and _ZERO <= byte_at(data, at) <= _NINE:
        if digits < 6:
            micros = micros * 10 + (byte_at(data, at) - _ZERO)
        digits += 1
        at += 1
    if digits == 0 or digits > 12:
        return NO_TIME, at
    while digits < 6:
        micros *= 10
        digits += 1
    return micros, at


@inlined
def _zone(data, at, end):
    """Minutes by which the time zone that fills the rest is ahead of UTC, 0 for none; NO_TIME where it is wrong."""
    if at == end:
        return 0
    sign = byte_at(data, at)
    if sign == _Z and at + 1 == end:
        return 0
    wide = end - at == 6 and byte_at(data, at + 3) == _COLON
    if (sign != _PLUS and sign != _DASH) or (not wide and end - at != 5):
        return NO_TIME
    hour, minute = _two(data, at + 1), _two(data, at + (4 if wide else 3))
    if hour < 0 or hour > 15 or minute < 0 or minute > 59:
        return NO_TIME
    return hour * 60 + minute if sign == _PLUS else -(hour * 60 + minute)


@inner_loop
def iso(data, start, end):
    """Microseconds since 1970 of `2020-10-18T10:56:18.799Z` and its like; NO_TIME where it is written otherwise."""
    if end - start < 19 or (byte_at(data, start + 10) != _T and byte_at(data, start + 10) != _SPACE):
        return NO_TIME
    day, second = _day(data, start), _second(data, start + 11)
    if day == NO_TIME or second == NO_TIME:
        return NO_TIME
    micros, at = _fraction(data, start + 19, end)
    ahead = _zone(data, at, end)
    if micros == NO_TIME or ahead == NO_TIME:
        return NO_TIME
    moment = (day * 86_400 + second - ahead * 60) * 1_000_000 + micros
    return moment if 0 < moment < _LATEST else NO_TIME
