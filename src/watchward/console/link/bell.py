"""How the processes of a node tell each other that something waits for a peer: by a file that only grows.

Whoever waits looks at its length, which costs a microsecond, and reads whom it is for; no table is asked.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from struct import Struct
from typing import Final

from watchward.console.config import current

_KEY: Final = Struct(">q")
_LONGEST: Final = 1 << 20


def bell() -> Path:
    """The file."""
    return current().home / "link" / "bell"


def ring(peers: Iterable[int]) -> None:
    """Say that something waits for some peers, by their keys in the database."""
    told = b"".join(_KEY.pack(peer) for peer in peers)
    path = bell()
    with suppress(FileNotFoundError):  # a node without a home has nobody who waits
        path.parent.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if os.fstat(handle).st_size >= _LONGEST:
                path.unlink(missing_ok=True)  # who looks next finds another file, and reads that from its beginning
                ring(peers)
            else:
                os.write(handle, told)
        finally:
            os.close(handle)


@dataclass(slots=True)
class Ear:
    """Somebody who waits; each hears by itself."""

    _file: tuple[int, int] = (0, 0)
    _read: int = 0
    _begun: bool = field(default=False)

    def rung_for(self) -> frozenset[int] | None:
        """For whom it rang since the last look; None where that cannot be known, and it may be anybody."""
        try:
            found = bell().stat()
        except FileNotFoundError:
            return frozenset()
        before, file = self._file, (found.st_dev, found.st_ino)
        if file == before and found.st_size == self._read:
            return frozenset()
        anybody = bool(before != file)
        with bell().open("rb") as opened:
            opened.seek(0 if anybody else self._read)
            told = opened.read()
        self._file, self._read = file, (0 if anybody else self._read) + len(told)
        if anybody:
            return None
        return frozenset(key for (key,) in _KEY.iter_unpack(told[: len(told) // _KEY.size * _KEY.size]))
