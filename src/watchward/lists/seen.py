"""What each control has read, and when: kept in a small file that the console's pages read."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from watchward.base.files import put_whole

FILE: Final = "seen.json"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The last time that a control read a form.

    Args:
        at: when.
        address: from where.
        edition: the newest edition that was decided then.
        entries: how many blocks it was told; None where it had them already.
        serial: the serial of the zone that it has since then; None where it is no zone.

    """

    at: datetime
    address: str
    edition: int
    entries: int | None = None
    serial: int | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a control stands.

    Args:
        changed_at: when its list changed last.
        blocks: how many blocks its list holds.
        serial: the serial of its zone; None where it has none.
        reads: what it read last, by the name of the form (`zone` for a transfer).

    """

    changed_at: datetime
    blocks: int
    serial: int | None = None
    reads: dict[str, Reading] = {}

    @property
    def last(self) -> Reading | None:
        """What it read last of all."""
        return max(self.reads.values(), key=lambda one: one.at, default=None)

    @property
    def holds_now(self) -> bool:
        """Whether it has read its list since that changed last."""
        return self.last is not None and self.last.at >= self.changed_at


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the server of lists tells of itself and of each control, by its id."""

    at: datetime
    edition: int
    refused: int = 0
    controls: dict[str, Standing] = {}


def read(folder: Path) -> Told | None:
    """What the server of lists told last; None where it never ran or what it told is damaged."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Told)
    except (OSError, msgspec.MsgspecError):
        return None


class Seen:
    """Keeps what controls read, and writes it down at most once a second."""

    def __init__(self, folder: Path, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._monotonic = monotonic
        self._written_at = -1.0
        self._due = False
        before = read(folder)
        self._reads: dict[str, dict[str, Reading]] = (
            {name: dict(one.reads) for name, one in before.controls.items()} if before else {}
        )

    def add(self, control: str, form: str, reading: Reading) -> None:
        """Keep that a control has read a form."""
        entries = reading.entries
        before = self._reads.setdefault(control, {}).get(form)
        if entries is None and before is not None:
            reading = msgspec.structs.replace(reading, entries=before.entries)
        self._reads[control][form] = reading
        self._due = True

    def moved(self) -> None:
        """Have it written because lists changed."""
        self._due = True

    def reads(self, control: str) -> Mapping[str, Reading]:
        """What a control has read."""
        return self._reads.get(control, {})

    def write(self, told: Callable[[dict[str, dict[str, Reading]]], Told], known: Iterable[str]) -> None:
        """Write it down, if there is anything new and the last time is a second ago."""
        now = self._monotonic()
        if not self._due or now - self._written_at < 1:
            return
        kept = set(known)
        self._reads = {name: one for name, one in self._reads.items() if name in kept}
        self._due, self._written_at = False, now
        put_whole(self._folder / FILE, msgspec.json.encode(told(self._reads)))
