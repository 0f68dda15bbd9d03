"""How a thing that fails comes back, as people write it: `supplier/records@24:50,72:100`."""

import re
from itertools import pairwise
from typing import Final

from watchward.harm import hour
from watchward.harm.errors import HarmError

Steps = tuple[tuple[int, float], ...]
"""From which hour of a scenario what share (0 to 1) of a thing's own capacity is left."""

LOST: Final[Steps] = ((0, 0.0),)
"""Wholly, from the first hour, and for as long as it is looked at."""

MOST: Final = 50
_ADVICE: Final = (
    "Write from when how much works again, in order, such as 24h 50%, 3d 100%; 0h 30% where a part never failed."
)
# An identifier may itself end like RXX/ward-pc@7 or RXX/scanner@10.0.0.1: only hours with a share are a recovery.
_NAMED: Final = re.compile(r"(?P<thing>.+)@(?P<steps>\d+[hd: ][\dhd:%,;. ]*)", re.IGNORECASE | re.ASCII)
_STEP: Final = re.compile(
    r"(?P<count>\d{1,5})(?:\s*(?P<unit>[hd])\s*:?\s*|\s*:\s*|\s+)(?P<share>\d{1,3}(?:\.\d)?)\s*%?",
    re.IGNORECASE | re.ASCII,
)
_DAY: Final = 24


def named(text: str) -> tuple[str, Steps]:
    """The thing that somebody names, and how it comes back; one that is named alone does not.

    >>> named("supplier/records@24:50,72:100")
    ('supplier/records', ((0, 0.0), (24, 0.5), (72, 1.0)))
    >>> named("RXX/network")
    ('RXX/network', ((0, 0.0),))

    Raises:
        HarmError: what stands behind the @ makes no sense.

    """
    found = _NAMED.fullmatch(text)
    return (found["thing"], read(found["steps"])) if found else (text, LOST)


def read(text: str) -> Steps:
    """How somebody says that a thing comes back; nothing said is not at all.

    What is not said of the first hour is that all is lost in it.

    >>> read("0h 30%, 2d 100%")
    ((0, 0.3), (48, 1.0))

    Raises:
        HarmError: hours are not in order, shares are none, or it is written otherwise.

    """
    steps = [_step(part) for part in re.split(r"[,;]", text) if part.strip()]
    if len(steps) > MOST:
        raise HarmError(f"A recovery in {len(steps)} steps is too long.", advice=f"Give {MOST} steps at most.")
    if not steps or steps[0][0]:
        steps.insert(0, LOST[0])
    if any(before >= after for (before, _), (after, _) in pairwise(steps)):
        raise HarmError(f"The hours of “{text[:80]}” are not in order.", advice=_ADVICE)
    return tuple(steps)


def _step(text: str) -> tuple[int, float]:
    found = _STEP.fullmatch(text.strip())
    if found is None or float(found["share"]) > 100:  # noqa: PLR2004 - per cent
        raise HarmError(f"“{text.strip()[:80]}” says not how a thing comes back.", advice=_ADVICE)
    hours = int(found["count"]) * (_DAY if (found["unit"] or "").casefold() == "d" else 1)
    return hours, round(float(found["share"]) * 10) / 1000


def written(thing: str, steps: Steps) -> str:
    """The same as an address or a command names it; `named` reads it.

    >>> written("RXX/network", read("1d 50%"))
    'RXX/network@24:50'

    """
    said = ",".join(f"{start}:{_per_cent(share)}" for start, share in _said(steps))
    return f"{thing}@{said}" if said else thing


def typed(steps: Steps) -> str:
    """Steps as people type them; empty for a thing that does not come back.

    >>> typed(read("1d 50%,72:100"))
    '24h 50%, 72h 100%'

    """
    return ", ".join(f"{start}h {_per_cent(share)}%" for start, share in _said(steps))


def _said(steps: Steps) -> Steps:
    """The steps that have to be said: that all is lost at first is taken for granted."""
    return steps[1:] if steps[0] == LOST[0] else steps


def words(steps: Steps) -> str:
    """How it comes back, in words; empty for a thing that does not.

    >>> words(read("24h 50%, 3d 100%"))
    '50% back after 1 day, all back after 3 days'
    >>> words(read("0h 30%")), words(read("0h 100%, 12h 0%"))
    ('30% left', 'lost after 12 hours')

    """
    first = steps[0][1]
    said = [f"{_per_cent(first)}% left"] if 0 < first < 1 else []
    for (_, before), (start, share) in pairwise(steps):
        after = f"after {hour.lasting(start)}"
        if share > before:
            said.append(f"{'all' if share == 1 else _per_cent(share) + '%'} back {after}")
        elif share < before:
            said.append(f"down to {_per_cent(share)}% {after}" if share else f"lost {after}")
    return ", ".join(said)


def _per_cent(share: float) -> str:
    return f"{round(share * 100, 1):g}"
