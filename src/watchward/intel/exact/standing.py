"""Sources of which nothing counts, or nothing is told: a small file beside a set, noticed with the next batch.

A source may have brought a million indicators. Each says by which sources it came, so that all of them stop counting at
once, without one row of the set being written anew (ADR 0241).
"""

from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import Final

import msgspec
import structlog

from watchward.base.files import put_whole

log = structlog.get_logger()

FILE: Final = "standing.json"


class Counts(Enum):
    """What becomes of what an indicator matches."""

    FULLY = "fully"
    TRIAL = "trial"
    """It is counted, and nobody is told."""
    NOT = "not"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The sources, by their keys, that are on trial, and those that were withdrawn."""

    trial: frozenset[str] = frozenset()
    withdrawn: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.trial or self.withdrawn)

    def of(self, brought: str) -> Counts:
        """How much counts what some sources brought (their keys, joined by commas): as much as the best of them does.

        >>> Standing(trial=frozenset({"1"}), withdrawn=frozenset({"2"})).of("1,2")
        <Counts.TRIAL: 'trial'>

        """
        keys = set(brought.split(",")) if brought else set()
        if not keys or not keys <= self.trial | self.withdrawn:
            return Counts.FULLY
        return Counts.TRIAL if keys & self.trial else Counts.NOT


def write(folder: Path, *, trial: Iterable[str], withdrawn: Iterable[str]) -> None:
    """Say how sources stand; when this returns, it is on disk."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    said = Standing(trial=frozenset(trial), withdrawn=frozenset(withdrawn))
    put_whole(folder / FILE, msgspec.json.encode(said, order="deterministic"))


class Standings:
    """How the sources of a set stand now."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._version: tuple[int, int] | None = None
        self._now = Standing()

    @property
    def now(self) -> Standing:
        """As the file says it; where that cannot be read, as it said before."""
        version = self.version
        if version != self._version:
            self._version = version
            try:
                self._now = msgspec.json.decode(self._file.read_bytes(), type=Standing)
            except FileNotFoundError:
                self._now = Standing()
            except (OSError, msgspec.MsgspecError) as error:
                log.error("standing_unreadable", file=str(self._file), reason=str(error))  # noqa: TRY400 - the reason is all there is to say
        return self._now

    @property
    def version(self) -> tuple[int, int] | None:
        """What changes whenever the file does."""
        try:
            status = self._file.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns
