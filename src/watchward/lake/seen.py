"""Which events have been received already: exact, compact, and bounded by a time.

The identifiers are kept in slices, each a hash table with open addressing over two arrays: the first half of every
identifier, which a look-up reads, and the second half, which it reads only where the first agrees. A full slice is
closed and a larger one begun, and a slice whose newest event is older than the window is dropped whole. Nothing is
ever moved, so no batch waits for a table to grow. Where the memory allowed does not hold the window, the oldest slices
go before their time: then `reach` says how far back every event is recognised still.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from watchward.telemetry.kernels.compiled import loop

WINDOW = timedelta(hours=24)
MOST_BYTES = 1 << 30
_SMALLEST, _LARGEST = 1 << 16, 1 << 24
_SLICES = 8
"""The memory allowed holds at least so many slices, so that one that is dropped takes little of the window along."""

_SLOT_BYTES = 16
_FULL = 0.6
_SLICE_AGE = timedelta(hours=1)

Halves = NDArray[np.uint64]


@dataclass(slots=True, kw_only=True)
class _Slice:
    low: Halves
    high: Halves
    used: int
    opened_at: float
    newest_at: float

    @classmethod
    def empty(cls, capacity: int, now: float) -> "_Slice":
        low, high = np.zeros(capacity, np.uint64), np.zeros(capacity, np.uint64)
        return cls(low=low, high=high, used=0, opened_at=now, newest_at=now)

    @property
    def room(self) -> int:
        return int(len(self.low) * _FULL) - self.used


class Seen:
    """The identifiers received within the window. The time is a monotonic one: setting the clock forgets nothing."""

    def __init__(
        self,
        *,
        window: timedelta = WINDOW,
        most_bytes: int = MOST_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._window = window.total_seconds()
        self._most_bytes = most_bytes
        self._largest = _largest_slice(most_bytes)
        self._forgot_at: float | None = None
        self._monotonic = monotonic
        self._slices = [_Slice.empty(_SMALLEST, monotonic())]

    def __len__(self) -> int:
        return sum(one.used for one in self._slices)

    @property
    def bytes(self) -> int:
        """The memory that it takes."""
        return sum(len(one.low) for one in self._slices) * _SLOT_BYTES

    @property
    def reach(self) -> timedelta:
        """How far back every event is recognised: the window, or less where memory did not hold it."""
        since = self._window if self._forgot_at is None else self._monotonic() - self._forgot_at
        return timedelta(seconds=min(self._window, since))

    def new(self, identifiers: pa.Array) -> NDArray[np.bool_]:
        """Which of these have not been received before; of several that are equal, the first counts as new."""
        low, high = _halves(identifiers)
        known = np.zeros(len(low), np.bool_)
        for one in self._slices:
            _look_up(one.low, one.high, low, high, known)
        _repeats(low, high, known)
        fresh: NDArray[np.bool_] = ~known
        return fresh

    def add(self, identifiers: pa.Array) -> None:
        """Remember these, which are new, from now on."""
        low, high = _halves(identifiers)
        now = self._monotonic()
        self._slices = [one for one in self._slices if now - one.newest_at <= self._window] or self._slices[-1:]
        while len(low):
            active = self._active(now)
            count = min(active.room, len(low))
            _insert(active.low, active.high, low[:count], high[:count])
            active.used += count
            active.newest_at = now
            low, high = low[count:], high[count:]

    def _active(self, now: float) -> _Slice:
        active = self._slices[-1]
        full = active.room <= 0
        if not full and now - active.opened_at < _SLICE_AGE.total_seconds():
            return active
        capacity = min(self._largest, len(active.low) * 2) if full else max(_SMALLEST, len(active.low) // 2)
        while self._slices and self.bytes + capacity * _SLOT_BYTES > self._most_bytes:
            self._forgot_at = self._slices.pop(0).newest_at
        fresh = _Slice.empty(capacity, now)
        self._slices.append(fresh)
        return fresh


def _largest_slice(most_bytes: int) -> int:
    """The slots of the largest slice that some memory allows: a power of two."""
    slots = max(_SMALLEST, most_bytes // _SLOT_BYTES // _SLICES)
    return min(_LARGEST, 1 << (slots.bit_length() - 1))


def _halves(identifiers: pa.Array) -> tuple[Halves, Halves]:
    """Both halves of each identifier; zero marks an empty slot, so a first half of zero becomes one."""
    if not len(identifiers):
        return np.zeros(0, np.uint64), np.zeros(0, np.uint64)
    both = np.frombuffer(identifiers.buffers()[1], np.uint64)
    both = both[identifiers.offset * 2 : (identifiers.offset + len(identifiers)) * 2].reshape(-1, 2)
    low = np.ascontiguousarray(both[:, 0])
    low[low == 0] = 1
    return low, np.ascontiguousarray(both[:, 1])


@loop
def _look_up(
    low: Halves,
    high: Halves,
    wanted_low: Halves,
    wanted_high: Halves,
    known: NDArray[np.bool_],
) -> None:
    mask = np.uint64(len(low) - 1)
    for i in range(len(wanted_low)):
        slot = wanted_low[i] & mask
        while low[slot] != 0:
            if low[slot] == wanted_low[i] and high[slot] == wanted_high[i]:
                known[i] = True
                break
            slot = (slot + np.uint64(1)) & mask


@loop
def _insert(low: Halves, high: Halves, new_low: Halves, new_high: Halves) -> None:
    mask = np.uint64(len(low) - 1)
    for i in range(len(new_low)):
        slot = new_low[i] & mask
        while low[slot] != 0:
            slot = (slot + np.uint64(1)) & mask
        low[slot] = new_low[i]
        high[slot] = new_high[i]


@loop
def _repeats(low: Halves, high: Halves, known: NDArray[np.bool_]) -> None:
    """Mark each identifier that an earlier one of the same batch equals."""
    capacity = 16
    while capacity < 2 * len(low):
        capacity *= 2
    table = np.full(capacity, -1, np.int64)
    mask = np.uint64(capacity - 1)
    for i in range(len(low)):
        slot = low[i] & mask
        while table[slot] >= 0:
            other = table[slot]
            if low[other] == low[i] and high[other] == high[i]:
                known[i] = True
                break
            slot = (slot + np.uint64(1)) & mask
        else:
            table[slot] = i
