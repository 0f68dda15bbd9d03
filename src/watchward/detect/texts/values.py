"""How one text is compared with one value: the meaning that the reference and the plan share.

Letter case is ignored by comparing folded texts. Folding is Unicode's, so a text with letters outside ASCII meets its
other case too.
"""

import ipaddress
import re
from datetime import UTC, datetime

from watchward.detect.sigma.ir import Order, Part

_NUMBER = re.compile(r"-?[0-9]{1,40}|-?[0-9]{1,40}\.[0-9]{1,40}(?:e[+-]?[0-9]{1,3})?|0x[0-9a-f]{1,32}", re.IGNORECASE)
_MILLISECONDS = 10**11
"""Counts since the epoch from here on are milliseconds: as seconds they would lie after the year 5000."""


def fold(text: str) -> str:
    """A text without its letter case.

    >>> fold("CAFÉ") == fold("café")
    True

    """
    return text.lower() if text.isascii() else text.casefold()


def number(text: str) -> float | None:
    """The number that a value is, or None.

    >>> number("4688"), number("0x1F"), number("-1.5"), number("1e3"), number("")
    (4688, 31, -1.5, None, None)

    """
    if not _NUMBER.fullmatch(text):
        return None
    if text[:2] in {"0x", "0X"}:
        return int(text, 16)
    return float(text) if "." in text else int(text)


def in_order(value: float, order: Order, bound: float) -> bool:
    """Whether a value stands so to a bound."""
    match order:
        case Order.EQUAL:
            return value == bound
        case Order.LESS:
            return value < bound
        case Order.AT_MOST:
            return value <= bound
        case Order.MORE:
            return value > bound
        case Order.AT_LEAST:
            return value >= bound


def address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a value is, or None; an IPv4 address in IPv6's clothes is the IPv4 address.

    >>> str(address("::ffff:10.0.0.1")), address("ward-7")
    ('10.0.0.1', None)

    """
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found


_ISO_LETTERS = str.maketrans("wz", "WZ")
"""What `datetime` reads only as capitals; the letter between date and time may be any."""


def moment(text: str) -> datetime | None:
    """The time that a value is: ISO 8601, or a count of seconds or milliseconds since 1970; UTC where it says nothing.

    Its letters may be small, as RFC 3339 permits.

    >>> moment("2026-03-01t14:05:00.123456789z").hour, moment("1772373900").hour, moment("noon")
    (14, 14, None)

    """
    if (count := number(text)) is not None:
        try:
            return datetime.fromtimestamp(count / 1000 if abs(count) >= _MILLISECONDS else count, tz=UTC)
        except (ValueError, OverflowError, OSError):
            return None
    try:
        found = datetime.fromisoformat(text.translate(_ISO_LETTERS))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def part_of(when: datetime, part: Part) -> int:
    """One part of a time; weeks are counted as ISO 8601 does."""
    match part:
        case Part.MINUTE:
            return when.minute
        case Part.HOUR:
            return when.hour
        case Part.DAY:
            return when.day
        case Part.WEEK:
            return when.isocalendar().week
        case Part.MONTH:
            return when.month
        case Part.YEAR:
            return when.year


def same(value: str, other: str, *, starts: bool, ends: bool) -> bool:
    """Whether a value equals another, begins with it, ends with it, or (both) contains it, in any letter case."""
    mine, theirs = fold(value), fold(other)
    match starts, ends:
        case False, False:
            return mine == theirs
        case True, False:
            return mine.startswith(theirs)
        case False, True:
            return mine.endswith(theirs)
        case _:
            return theirs in mine


def fits(text: str, pieces: tuple[tuple[str, ...], ...]) -> bool:
    """Whether a whole text fits the pieces of a wildcard, in time that grows with their lengths and never explodes.

    >>> fits("abxc", (("a", "c"),)), fits("abxc", (("", "b"), ("c",)))
    (False, True)

    """
    first, *rest = pieces
    at = _fit(text, first, 0)
    if at < 0 or not rest:
        return at == len(text)
    *middle, last = rest
    for piece in middle:
        found = _find(text, piece, at)
        if found < 0:
            return False
        at = found
    start = len(text) - _width(last)
    return start >= at and _fit(text, last, start) == len(text)


def _width(piece: tuple[str, ...]) -> int:
    return sum(map(len, piece)) + len(piece) - 1


def _fit(text: str, piece: tuple[str, ...], at: int) -> int:
    """Where the piece ends if it stands at this place, else -1."""
    if at + _width(piece) > len(text):
        return -1
    for number_, run in enumerate(piece):
        at += number_ > 0
        if not text.startswith(run, at):
            return -1
        at += len(run)
    return at


def _find(text: str, piece: tuple[str, ...], at: int) -> int:
    """Where the piece's first occurrence from this place on ends, or -1."""
    skip = len(piece[0])
    lead, before = next(((run, sum(map(len, piece[:n])) + n) for n, run in enumerate(piece) if run), ("", skip))
    place = text.find(lead, at + before)
    while place >= 0:
        end = _fit(text, piece, place - before)
        if end >= 0:
            return end
        place = text.find(lead, place + 1) if lead else (place + 1 if place < len(text) else -1)
    return -1
