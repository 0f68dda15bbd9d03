"""Moments as whole microseconds since 1970, and as STIX and TAXII write them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from watchward.base.errors import BadInputError

_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_TEXT: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", re.ASCII)
_DIGITS: Final = 6


def micros(moment: datetime) -> int:
    """The microseconds of a moment.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC))
    1000005

    """
    return (moment - _START) // _MICROSECOND


def moment(at: int) -> datetime:
    """The moment of some microseconds."""
    return _START + timedelta(microseconds=at)


def written(at: int) -> str:
    """The text of a moment, always with six digits, so that texts are in the order of their moments.

    >>> written(1_000_005)
    '1970-01-01T00:00:01.000005Z'

    """
    return moment(at).isoformat(timespec="microseconds").replace("+00:00", "Z")


def read(text: str) -> int:
    """The microseconds that a text says, with or without a fraction of a second; finer digits are left out.

    >>> read("1970-01-01T00:00:01Z"), read("1970-01-01T00:00:01.5Z")
    (1000000, 1500000)

    Raises:
        BadInputError: it is no moment in UTC.

    """
    found = _TEXT.fullmatch(text)
    try:
        whole = datetime.fromisoformat(f"{found[1]}+00:00") if found else None
    except ValueError:
        whole = None
    if found is None or whole is None:
        raise BadInputError(
            f"{text[:60]!r} is not a moment.", advice="Write it in UTC, such as 2026-03-01T09:00:00.000000Z."
        )
    fraction = (found[2] or "")[:_DIGITS].ljust(_DIGITS, "0")
    return micros(whole) + int(fraction)
