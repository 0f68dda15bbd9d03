"""The most usual way to write a time, read from bytes."""

from watchward.telemetry.kernels.compiled import inlined, inner_loop
from watchward.telemetry.kernels.loads import byte_at
from watchward.telemetry.kernels.tables import NO_TIME

_ZERO, _NINE = 0x30, 0x39
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


@inner_loop
def iso(data, start, end):
    """Microseconds since 1970 of `2020-10-18T10:56:18.799Z` and its like; NO_TIME where it is written otherwise."""
    if end - start < 19 or byte_at(data, start + 4) != 0x2D or byte_at(data, start + 7) != 0x2D:
        return NO_TIME
    if byte_at(data, start + 13) != 0x3A or byte_at(data, start + 16) != 0x3A:
        return NO_TIME
    if byte_at(data, start + 10) != 0x54 and byte_at(data, start + 10) != 0x20:
        return NO_TIME
    year = _two(data, start) * 100 + _two(data, start + 2)
    month, day = _two(data, start + 5), _two(data, start + 8)
    hour, minute, second = _two(data, start + 11), _two(data, start + 14), _two(data, start + 17)
    if year < 1970 or month < 1 or month > 12 or day < 1 or day > 31 or hour < 0 or hour > 23:
        return NO_TIME
    if minute < 0 or minute > 59 or second < 0 or second > 59:
        return NO_TIME
    if day > 28:
        leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
        if month == 2 and day > (29 if leap else 28):
            return NO_TIME
        if day == 31 and (month == 4 or month == 6 or month == 9 or month == 11):
            return NO_TIME
    at = start + 19
    micros = 0
    if at < end and (byte_at(data, at) == 0x2E or byte_at(data, at) == 0x2C):
        at += 1
        digits = 0
        while at < end and _ZERO <= byte_at(data, at) <= _NINE:
            if digits < 6:
                micros = micros * 10 + (byte_at(data, at) - _ZERO)
            digits += 1
            at += 1
        if digits == 0 or digits > 12:
            return NO_TIME
        while digits < 6:
            micros *= 10
            digits += 1
    shift = 0
    if at < end:
        sign = byte_at(data, at)
        if sign == 0x5A and at + 1 == end:
            at = end
        elif sign == 0x2B or sign == 0x2D:
            wide = end - at == 6 and byte_at(data, at + 3) == 0x3A
            if not wide and end - at != 5:
                return NO_TIME
            zone_hour, zone_minute = _two(data, at + 1), _two(data, at + (4 if wide else 3))
            if zone_hour < 0 or zone_hour > 15 or zone_minute < 0 or zone_minute > 59:
                return NO_TIME
            shift = zone_hour * 60 + zone_minute
            if sign == 0x2D:
                shift = -shift
        else:
            return NO_TIME
    minutes = (days_from_epoch(year, month, day) * 24 + hour) * 60 + minute - shift
    moment = (minutes * 60 + second) * 1_000_000 + micros
    return moment if 0 < moment < _LATEST else NO_TIME
