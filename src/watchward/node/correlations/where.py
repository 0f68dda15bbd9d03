"""Where in the journal the events lie that correlations hold: what they were is read there when it is asked for."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from watchward.detect.match import Match
from watchward.lake import journal
from watchward.lake.journal import JournalEntry, Position

_PARTS = 24
_REMEMBERED = 64
"""Entries that are kept as they were read."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One entry of the journal: its gateway, its number, its file, and where in the file it can be found."""

    gateway: str
    sequence: int
    file: int
    begin: int


@dataclass(frozen=True, slots=True)
class _Part:
    """Some events by identifier, with their times (microseconds) and the numbers of their entries."""

    ids: NDArray[np.bytes_]
    at: NDArray[np.int64]
    entry: NDArray[np.int64]

    def take(self, places: NDArray[Any]) -> "_Part":
        return _Part(self.ids[places], self.at[places], self.entry[places])


class Where:
    """Where events lie; some 32 bytes each.

    Args:
        journals: the journal's folder.

    """

    def __init__(self, journals: Path) -> None:
        self._journals = journals
        self._spots: dict[int, Spot] = {}
        self._next = 0
        self._parts: list[_Part] = []
        self._read: OrderedDict[Spot, JournalEntry] = OrderedDict()

    def add(self, before: Position, entry: JournalEntry, *, behind: Position, matches: Sequence[Match]) -> None:
        """Remember the events of some matches of an entry, which lies between two positions."""
        if not matches:
            return
        place, previous = behind.places[entry.gateway], before.places.get(entry.gateway)
        begin = previous.offset if previous is not None and previous.file == place.file else 0
        spot = Spot(entry.gateway, entry.sequence, place.file, begin)
        self._remember(spot, entry)
        ids = np.array([bytes.fromhex(match.event_id) for match in matches], dtype="S16")
        at = np.array([journal.microseconds(match.observed_at) for match in matches], dtype=np.int64)
        order = np.argsort(ids, kind="stable")
        self._spots[self._next] = spot
        self._parts.append(_Part(ids[order], at[order], np.full(len(ids), self._next, dtype=np.int64)))
        self._next += 1

    def forget(self, before: int) -> None:
        """Forget events that happened before a moment (microseconds), now and then."""
        if len(self._parts) <= _PARTS:
            return
        whole = self._whole()
        whole = whole.take(np.flatnonzero(whole.at >= before))
        order = np.argsort(whole.ids, kind="stable")
        self._parts = [whole.take(order)]
        alive = set(np.unique(whole.entry).tolist())
        self._spots = {number: spot for number, spot in self._spots.items() if number in alive}

    def look(self, event_ids: Sequence[str], rules: Sequence[str]) -> list[Match]:
        """The matches of some events with some rules, as far as the journal still has them; in order of time."""
        wanted = set(event_ids)
        of = set(rules)
        found = {
            (match.event_id, match.rule_id): match
            for spot in self._spots_of(event_ids)
            if (entry := self._entry(spot)) is not None
            for match in entry.matches
            if match.event_id in wanted and match.rule_id in of
        }
        return sorted(found.values(), key=lambda match: (match.observed_at, match.event_id, match.rule_id))

    def to_plain(self) -> list[Any]:
        """All of it, for keeping."""
        whole = self._whole()
        spots = [[number, one.gateway, one.sequence, one.file, one.begin] for number, one in self._spots.items()]
        return [spots, whole.ids.tobytes(), whole.at.tobytes(), whole.entry.tobytes()]

    @classmethod
    def from_plain(cls, plain: list[Any], journals: Path) -> "Where":
        """What `to_plain` gave."""
        where = cls(journals)
        spots, ids, at, entry = plain
        where._spots = {number: Spot(*rest) for number, *rest in spots}
        where._next = max(where._spots, default=-1) + 1
        part = _Part(
            np.frombuffer(ids, dtype="S16"), np.frombuffer(at, dtype=np.int64), np.frombuffer(entry, dtype=np.int64)
        )
        where._parts = [part.take(np.argsort(part.ids, kind="stable"))]
        return where

    def _whole(self) -> _Part:
        if not self._parts:
            return _Part(np.empty(0, "S16"), np.empty(0, np.int64), np.empty(0, np.int64))
        return _Part(
            np.concatenate([part.ids for part in self._parts]),
            np.concatenate([part.at for part in self._parts]),
            np.concatenate([part.entry for part in self._parts]),
        )

    def _spots_of(self, event_ids: Sequence[str]) -> list[Spot]:
        """The entries in which the events lie; one that was journalled twice is found in each."""
        wanted = np.array([bytes.fromhex(one) for one in event_ids], dtype="S16")
        numbers: set[int] = set()
        for part in self._parts:
            begins = np.searchsorted(part.ids, wanted, side="left")
            ends = np.searchsorted(part.ids, wanted, side="right")
            for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
                numbers.update(part.entry[begin:end].tolist())
        return [self._spots[number] for number in sorted(numbers) if number in self._spots]

    def _entry(self, spot: Spot) -> JournalEntry | None:
        known = self._read.get(spot)
        if known is None:
            known = journal.entry_at(
                self._journals / spot.gateway, file=spot.file, begin=spot.begin, number=spot.sequence
            )
            if known is not None:
                self._remember(spot, known)
        return known

    def _remember(self, spot: Spot, entry: JournalEntry) -> None:
        self._read[spot] = entry
        while len(self._read) > _REMEMBERED:
            self._read.popitem(last=False)
