"""How much may wait in the node at once: beyond that, senders are asked to come again later."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from watchward.gateway.delivery import BusyError

CAPACITY_BYTES = 256 << 20
LEAST_FREE_BYTES = 1 << 30

_LOOK_EVERY_SECONDS = 1.0


class Intake:
    """Counts the bytes that wait, and looks at the disk now and then."""

    def __init__(
        self,
        *,
        folder: Path,
        capacity_bytes: int = CAPACITY_BYTES,
        least_free_bytes: int = LEAST_FREE_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._capacity = capacity_bytes
        self._least_free = least_free_bytes
        self._monotonic = monotonic
        self._looked_at = -_LOOK_EVERY_SECONDS
        self._free = 0
        self.waiting_bytes = 0

    @property
    def free_bytes(self) -> int:
        """What is free on the disk that holds the lake, as of a moment ago."""
        now = self._monotonic()
        if now - self._looked_at >= _LOOK_EVERY_SECONDS:
            self._looked_at = now
            self._free = shutil.disk_usage(self._folder).free
        return self._free

    @property
    def full(self) -> bool:
        """Whether senders are being asked to come again later."""
        return self.free_bytes < self._least_free or self.waiting_bytes >= self._capacity

    def take(self, size: int) -> None:
        """Make room for some bytes, or say that there is none.

        Raises:
            BusyError: too much waits already, or the disk is nearly full.

        """
        if self.free_bytes < self._least_free:
            raise BusyError("the node's disk is nearly full", retry_after=60, status=503)
        if self.waiting_bytes and self.waiting_bytes + size > self._capacity:
            raise BusyError("the node has as much waiting as it can hold", retry_after=1, status=429)
        self.waiting_bytes += size

    def give_back(self, size: int) -> None:
        """Free the room again."""
        self.waiting_bytes -= size
