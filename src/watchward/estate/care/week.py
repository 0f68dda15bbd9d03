"""When in the week care happens: the shape of activity over the 168 hours from Monday midnight.

Shapes, not counts: each sums to one. They are assumptions, drawn from how services are staffed: departments are busiest
from late morning to late evening and on Mondays, clinics work in office hours, rounds are given four times a day.
"""

from functools import cache

from watchward.estate.care.service import Week

HOURS = 168
_DAY = 24
_WORKING_DAYS = 5

_EMERGENCY_DAY = (
    *(2.6, 2.2, 1.9, 1.7, 1.6, 1.7, 2.0, 2.8, 4.2, 5.6, 6.3, 6.4),
    *(6.2, 6.0, 5.8, 5.7, 5.7, 5.7, 5.7, 5.5, 5.1, 4.6, 3.9, 3.1),
)  # fmt: skip
_EMERGENCY_DAYS = (1.08, 1.01, 0.99, 0.98, 0.98, 0.98, 0.98)
_OFFICE_HOURS = range(8, 18)
_ROUND_HOURS = {8: 1.0, 12: 1.0, 17: 1.0, 21: 1.0}
_VISIT_HOURS = {7: 1.5, 8: 2.0, 9: 1.5, 10: 0.8, 12: 1.5, 13: 1.5, 14: 0.6, 17: 1.5, 18: 1.5, 19: 0.8, 20: 1.2, 21: 1.2}


@cache
def shares(week: Week) -> tuple[float, ...]:
    """The share of a week's activity in each hour, from Monday midnight; 168 numbers that sum to one.

    >>> len(shares(Week.OFFICE)), round(sum(shares(Week.OFFICE)), 12), shares(Week.OFFICE)[6 * 24 + 12]
    (168, 1.0, 0.0)

    """
    raw = [_weight(week, hour // _DAY, hour % _DAY) for hour in range(HOURS)]
    total = sum(raw)
    return tuple(one / total for one in raw)


def _weight(week: Week, day: int, hour: int) -> float:
    match week:
        case Week.ALWAYS:
            return 1.0
        case Week.EMERGENCY:
            return _EMERGENCY_DAYS[day] * _EMERGENCY_DAY[hour]
        case Week.OFFICE:
            return float(day < _WORKING_DAYS and hour in _OFFICE_HOURS)
        case Week.ROUNDS:
            return _ROUND_HOURS.get(hour, 0.0)
        case Week.VISITS:
            return _VISIT_HOURS.get(hour, 0.0)
