"""What correlations hold, on disk: one file, replaced whole, with the place in the journal up to which it speaks."""

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from watchward.lake.frames import sync_folder
from watchward.lake.journal import Position

FILE = "correlations.state"
_VERSION = 2
_WITHOUT_SUM = 1
"""The version before, which bore no checksum behind it."""


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
    content = msgspec.msgpack.encode([_VERSION, str(state.position), state.correlator, state.where])
    draft = folder / f"{FILE}.new"
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    with draft.open("wb") as file:
        file.write(content)
        file.write(sha256(content).digest())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / FILE)
    sync_folder(folder)


def read(folder: Path) -> State | None:
    """The state on disk; None where there is none that can be read."""
    try:
        content = memoryview((folder / FILE).read_bytes())
        end = max(0, len(content) - sha256().digest_size)
        is_whole = sha256(content[:end]).digest() == content[end:]
        version, position, correlator, where = msgspec.msgpack.decode(content[:end] if is_whole else content)
        if version != (_VERSION if is_whole else _WITHOUT_SUM):
            return None
        return State(position=Position.parse(position), correlator=correlator, where=where)
    except (OSError, msgspec.MsgspecError, ValueError, TypeError):
        return None
