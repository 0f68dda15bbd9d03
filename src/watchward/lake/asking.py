"""What is still to be looked for in the events that are kept, as folders: asked in one process, done in another."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from watchward.base.clock import Clock
from watchward.base.files import put_whole, turn
from watchward.intel.exact import folder as folders
from watchward.intel.exact.entry import Entry
from watchward.intel.live import folder as live
from watchward.intel.live.pattern import Pattern
from watchward.lake import journal

DAYS: Final = 30
"""How far back new indicators are looked for, where nobody says otherwise."""

_ASKED: Final = "asked.json"
_SET: Final = "set"
_PATTERNS: Final = "patterns"
_TRIES: Final = "tries"
_LOCK: Final = ".turn"
"""Only one process at a time asks, or begins what was asked."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One set of new indicators.

    Args:
        id: its name; names sort by when they were asked.
        at: when that was.
        since: events before that are of no interest.
        position: how far the journal had come: what gateways matched by themselves since is found there.
        settled: gateways are not about to look for the same, so that nothing need be waited for.

    """

    id: str
    at: datetime
    since: datetime
    position: str
    settled: bool = False


def ask(  # noqa: PLR0913 - what, where, and how
    looks: Path,
    entries: Iterable[Entry],
    *,
    patterns: Iterable[Pattern] = (),
    journals: Path,
    clock: Clock,
    days: int = DAYS,
    settled: bool = False,
) -> str:
    """Have the worker look for some new indicators in what the lake keeps; return the name of what was asked.

    They join what waits already, if that is not begun: all that waits then takes one reading of the lake.

    Ask first, and append to the set that gateways look for right after: then no event is missed between the two.

    Args:
        looks: the folder in a node's home of what is still to be looked for.
        entries: the indicators that name exact values.
        patterns: those that ask for more.
        journals: the node's match journal.
        clock: tells when it is asked.
        days: how far back to look, by when events happened.
        settled: gateways will not look for them, or have for a while.

    """
    now = clock.now()
    with turn(looks / _LOCK):
        if not settled and (last := _not_begun(looks)):
            folders.append(set_of(last), entries)
            live.change(patterns_of(last), patterns)
            put_whole(last / _ASKED, msgspec.json.encode(msgspec.structs.replace(read(last), at=now)))
            return last.name
        return _asked(looks, entries, patterns, journals=journals, now=now, days=days, settled=settled)


def _not_begun(looks: Path) -> Path | None:
    """What waits, if nobody has come to it, and whoever does will wait for gateways as what is asked now would.

    That it looks from an earlier place of the journal, and as far back as was asked then, does no harm.
    """
    left = (one for one in waiting(looks) if not (one / _TRIES).exists() and not read(one).settled)
    return next(left, None)


def _asked(  # noqa: PLR0913 - as `ask`
    looks: Path,
    entries: Iterable[Entry],
    patterns: Iterable[Pattern],
    *,
    journals: Path,
    now: datetime,
    days: int,
    settled: bool,
) -> str:
    name = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(6)}"
    asked = Asked(
        id=name, at=now, since=now - timedelta(days=days), position=str(journal.end(journals)), settled=settled
    )
    draft = looks / f".{name}"
    folders.publish(draft / _SET, entries)
    live.publish(draft / _PATTERNS, patterns)
    put_whole(draft / _ASKED, msgspec.json.encode(asked))
    draft.rename(looks / name)
    return name


def waiting(looks: Path) -> list[Path]:
    """What waits, in the order in which it was asked."""
    found = looks.iterdir() if looks.is_dir() else ()
    return sorted(folder for folder in found if not folder.name.startswith(".") and (folder / _ASKED).is_file())


def read(folder: Path) -> Asked:
    """What is asked in a folder."""
    return msgspec.json.decode((folder / _ASKED).read_bytes(), type=Asked)


def set_of(folder: Path) -> Path:
    """Where the indicators lie that are asked for."""
    return folder / _SET


def patterns_of(folder: Path) -> Path:
    """Where those lie whose patterns are more than exact values."""
    return folder / _PATTERNS


def tried(folder: Path) -> int:
    """How often it was begun, this time included; from the first time on nothing joins it."""
    file = folder / _TRIES
    with turn(folder.parent / _LOCK):
        count = 1 + (len(file.read_bytes()) if file.exists() else 0)
        file.write_bytes(b"." * count)
    return count


def give_up(folder: Path) -> None:
    """Leave it undone: it waits no longer, and people may look at it."""
    folder.rename(folder.with_name(f".{folder.name}"))
