"""The patterns that are looked for now, on disk: one file, replaced whole, which all who look notice at once."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from watchward.base.errors import BadSetupError
from watchward.base.files import put_whole, turn
from watchward.intel.exact.standing import Counts, Standings
from watchward.intel.live.pattern import Pattern

CURRENT: Final = "current.msgpack"
MOST: Final = 20_000
"""Patterns that a node looks for at once; each costs memory and time with every value that is new."""

_LOCK: Final = "turn.lock"
"""Only one process at a time writes."""

Version = tuple[object, object]
"""What changes whenever the file does."""


class _File(msgspec.Struct, frozen=True, kw_only=True):
    version: int = 1
    patterns: list[Pattern]


def publish(folder: Path, patterns: Iterable[Pattern]) -> int:
    """Make some patterns all that is looked for; return how many there are of them, the last of each id."""
    with turn(folder / _LOCK):
        return _replace(folder, {one.id: one for one in patterns})


def change(folder: Path, added: Iterable[Pattern] = (), removed: Iterable[str] = ()) -> tuple[str, ...]:
    """Look for some patterns more, and for some (their ids) no longer; the ids for which there was no room.

    A pattern takes the place of an earlier one with its id. When this returns, it is on disk.
    """
    with turn(folder / _LOCK):
        before = {one.id: one for one in read(folder)}
        gone, new = set(removed), {one.id: one for one in added}
        held = {key: one for key, one in before.items() if key not in gone or key in new}
        known = {key: one for key, one in new.items() if key in held}
        room = max(0, MOST - len(held))
        fresh = [one for key, one in new.items() if key not in held]
        held |= known | {one.id: one for one in fresh[:room]}
        if held != before:
            _replace(folder, held)
        return tuple(one.id for one in fresh[room:])


def read(folder: Path) -> tuple[Pattern, ...]:
    """The patterns that are looked for; none where nobody has published any.

    Raises:
        BadSetupError: the file that says so is damaged.

    """
    try:
        return tuple(msgspec.msgpack.decode((folder / CURRENT).read_bytes(), type=_File).patterns)
    except FileNotFoundError:
        return ()
    except msgspec.MsgspecError as error:
        raise BadSetupError(
            f"{folder / CURRENT} is damaged: {error}.",
            advice="Remove it, and have the indicators published again: watchward intel publish.",
        ) from error


def counting(folder: Path) -> tuple[Pattern, ...]:
    """The patterns that are looked for, as their sources stand: what is on trial says so, what counts not is left out.

    Raises:
        BadSetupError: the file that says so is damaged.

    """
    every, standing = read(folder), Standings(folder).now
    if not standing:
        return every
    stands = [(one, standing.of(one.brought)) for one in every]
    return tuple(
        replace(one, trial=True) if counts is Counts.TRIAL else one
        for one, counts in stands
        if counts is not Counts.NOT
    )


def version_of(folder: Path) -> Version:
    """What changes whenever the patterns do, or how their sources stand."""
    try:
        status = (folder / CURRENT).stat()
    except OSError:
        return None, Standings(folder).version
    return (status.st_ino, status.st_mtime_ns, status.st_size), Standings(folder).version


def _replace(folder: Path, patterns: dict[str, Pattern]) -> int:
    put_whole(folder / CURRENT, msgspec.msgpack.encode(_File(patterns=list(patterns.values()))))
    return len(patterns)
