"""What every control is to block now, followed as it is decided and as time goes on."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from watchward.base.clock import Clock
from watchward.base.errors import BadSetupError
from watchward.lists.controls import Control, Controls
from watchward.lists.decided import Decided, Key
from watchward.lists.published import Reader, alone
from watchward.lists.view import View, next_view

log = structlog.get_logger()

_ALL: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A list as it is held now, and when it changed last."""

    view: View
    at: datetime


class Lists:
    """The lists of all controls: one for all that see the same, whatever organisation they are of.

    Nothing here waits, so that whoever asks between two refreshes sees one state.
    """

    def __init__(self, published: Path, controls: Controls, *, clock: Clock) -> None:
        self._reader = Reader(published)
        self._controls = controls
        self._clock = clock
        self._decided = Decided()
        self._held: dict[frozenset[str], Held] = {_ALL: Held(view=View(), at=clock.now())}
        self._damaged = False

    @property
    def edition(self) -> int:
        """The number of the newest edition that counts here."""
        return self._decided.edition

    @property
    def refused(self) -> int:
        """How many things are blocked by somebody's word and may never be."""
        return len(self._decided.refused)

    @property
    def views(self) -> tuple[View, ...]:
        """Every list that anybody reads."""
        return tuple(held.view for held in self._held.values())

    def of(self, control: Control) -> Held:
        """What a control is to block."""
        return self._held.get(self._codes(control)) or self._held[_ALL]

    def refresh(self) -> bool:
        """Let what was decided since, and what is due by now, count; return whether any list may be another."""
        now = self._clock.now()
        touched = self._news(now) | self._decided.due(now)
        return self._follow(touched, now)

    def follow_controls(self) -> bool:
        """Hold a list for each control there is now; return whether any list may be another."""
        return self._follow(set(), self._clock.now())

    def _news(self, now: datetime) -> set[Key]:
        """What is touched by what was decided since; nothing where that cannot be read, and what was goes on."""
        try:
            if self._reader.moved():
                edition, publication = self._reader.everything()
                found = self._decided.replace(edition, publication, now)
            else:
                found = set()
                for change in self._reader.news():
                    found |= self._decided.apply(change, now)
        except FileNotFoundError:  # another base has just taken its place: the next look finds it
            return set()
        except (BadSetupError, OSError) as error:
            if not self._damaged:
                log.exception("blocks_unreadable", reason=str(error))
            self._damaged = True
            return set()
        self._damaged = False
        return found

    def _follow(self, touched: Collection[Key], now: datetime) -> bool:
        wanted = {_ALL, *map(self._codes, self._controls.all)}
        if not touched and wanted == self._held.keys():
            return False
        held = {codes: self._next(codes, touched, now) for codes in sorted(wanted, key=len)}
        changed = held != self._held
        self._held = held
        return changed

    def _next(self, codes: frozenset[str], touched: Collection[Key], now: datetime) -> Held:
        before = self._held.get(codes)
        if before is None:  # it is what all have, but for what holds only there
            before, touched = self._held[_ALL], {*touched, *self._decided.only_for(codes)}
        view = next_view(before.view, self._decided, touched, codes, now)
        return before if view is before.view else Held(view=view, at=now)

    def _codes(self, control: Control) -> frozenset[str]:
        """Those of its organisations for which something holds that does not hold for all."""
        its = (*control.within, alone(control.organisation))
        return frozenset(code for code in its if code in self._decided.codes)
