"""Times as STIX writes them: RFC 3339 in UTC, with any number of digits after the second."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:)(\d\d)(?:\.(\d{1,32}))?Z", re.ASCII)
_LEAP: Final = "60"
_MICROSECONDS: Final = 6
_MILLISECONDS: Final = 3


@lru_cache(maxsize=4096)
def moment(text: str) -> datetime:
    """The time that a text names, cut to the microsecond: a later digit never makes it later.

    >>> moment("2026-03-01T09:00:00.1234569Z").microsecond
    123456

    Raises:
        ValueError: it is no time, or none that there is.

    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError("it is no time such as 2026-03-01T09:00:00.000Z")
    start, second, digits = found.groups()
    part = (digits or "")[:_MICROSECONDS].ljust(_MICROSECONDS, "0")
    try:
        if second == _LEAP:  # which counts as the first moment of what follows
            return datetime.fromisoformat(f"{start}59+00:00") + timedelta(seconds=1)
        return datetime.fromisoformat(f"{start}{second}.{part}+00:00")
    except (ValueError, OverflowError):
        raise ValueError("it is no time that there is") from None


@lru_cache(maxsize=4096)
def exact(text: str) -> str:
    """A time with all its digits in one form: at least milliseconds, and no zeros behind those that count.

    >>> exact("2026-03-01T09:00:00Z"), exact("2026-03-01T09:00:00.12345670000Z")
    ('2026-03-01T09:00:00.000Z', '2026-03-01T09:00:00.1234567Z')

    """
    whole, _, digits = text.removesuffix("Z").partition(".")
    return f"{whole}.{digits.rstrip('0').ljust(_MILLISECONDS, '0')}Z"


def order(text: str) -> str:
    """Something by which times in one form stand in order, however many digits they have."""
    return text.removesuffix("Z").rstrip("0").rstrip(".")


def written(when: datetime) -> str:
    """A time as STIX writes it, to the microsecond where it has any and else to the millisecond.

    >>> written(datetime(2026, 3, 1, 9, tzinfo=UTC))
    '2026-03-01T09:00:00.000Z'

    """
    return exact(when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
