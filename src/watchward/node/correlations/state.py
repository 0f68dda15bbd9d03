"""What correlations hold, on disk: one file, replaced whole, with the place in the journal up to which it speaks."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from watchward.lake.frames import sync_folder
from watchward.lake.journal import Position

FILE = "correlations.state"
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What correlations held behind one position of the journal.

    Args:
        position: up to where the journal was read.
        correlator: what `detect.correlate.saved` wrote.
        where: what `Where.to_plain` gave.

    """

    position: Position
    correlator: bytes
    where: list[Any]


def write(folder: Path, state: State) -> None:
    """Put a state on disk in the place of the one before; whatever happens, one of the two is there whole.

    Raises:
        OSError: the disk refused it; the one before is still there.

    """
    plain = [_VERSION, str(state.position), state.correlator, state.where]
    draft = folder / f"{FILE}.new"
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    with draft.open("wb") as file:
        file.write(msgspec.msgpack.encode(plain))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / FILE)
    sync_folder(folder)


def read(folder: Path) -> State | None:
    """The state on disk; None where there is none that can be read."""
    try:
        version, position, correlator, where = msgspec.msgpack.decode((folder / FILE).read_bytes())
        if version != _VERSION:
            return None
        return State(position=Position.parse(position), correlator=correlator, where=where)
    except (OSError, msgspec.MsgspecError, ValueError, TypeError):
        return None
