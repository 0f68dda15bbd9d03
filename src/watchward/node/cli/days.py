"""How far back a command looks."""

from typing import Final

from watchward.base.errors import BadInputError

MOST_DAYS: Final = 3_650


def require_days(days: int) -> None:
    """Refuse a number of days that no look back can have.

    Raises:
        BadInputError: it is below one, or above ten years.

    """
    if not 1 <= days <= MOST_DAYS:
        raise BadInputError(f"It cannot look back {days:,} days.", advice=f"Give --days from 1 to {MOST_DAYS:,}.")
