"""Kills a node's gateway and projector at chosen moments, and says between which of their steps each kill fell."""

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.gateways import GatewayProcess
from watchward.lake import frames, journal, segments
from watchward.lake.journal import Position
from watchward.lake.merge import merge
from watchward.node.home import Home

PATIENCE_SECONDS = 20.0
"""How long a moment to kill at is waited for; without it the kill comes all the same."""


class Fell(StrEnum):
    """What a kill left behind."""

    IN_A_SEGMENT = "a segment half written"
    BEFORE_THE_ENTRY = "a segment without its journal entry"
    IN_AN_ENTRY = "a journal entry half written"
    BEFORE_PROJECTION = "an entry that is not projected"
    ELSEWHERE = "nothing half done"


def start_projector(home: Home) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "watchward", "serve", "projector", "--home", str(home.path)]
    with (home.path / "projector.log").open("ab") as output:
        return subprocess.Popen(command, stdout=output, stderr=output)  # noqa: S603 - our own program


def asked(home: Home, sql: str) -> int | str:
    """A value from the node's database; 0 while it is not there yet."""
    try:
        with closing(sqlite3.connect(f"file:{home.database}?mode=ro", uri=True, timeout=10)) as database:
            found: tuple[int | str | None, ...] | None = database.execute(sql).fetchone()
            return (found and found[0]) or 0
    except sqlite3.OperationalError:
        return 0


def projected(home: Home) -> int:
    """The number of the last entry that the projector has taken into the database."""
    kept = asked(home, "SELECT position FROM detect_projection")
    place = Position.parse(str(kept or "")).places.get("g1")
    return place.sequence if place else 0


@dataclass
class Node:
    """A gateway and a projector on one home, to be killed and started again."""

    home: Home
    chance: random.Random
    gateway: GatewayProcess = field(init=False)
    projector: subprocess.Popen[bytes] = field(init=False)
    fell: Counter[Fell] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.gateway = GatewayProcess(home=self.home)
        self.gateway.start()
        self.projector = start_projector(self.home)

    def kill_something(self) -> None:
        """One kill, at a moment that chance chooses, and the start that follows it."""
        self.chance.choice(
            (
                lambda: self._kill_gateway(lambda: time.sleep(self.chance.uniform(0.0, 0.6))),
                lambda: self._kill_gateway(self._until(self._files(".partial"))),
                lambda: self._kill_gateway(self._until(self._files(".parquet"))),
                lambda: self._kill_gateway(self._until(self._files(".parquet"))),
                lambda: self._kill_gateway(self._until(self._journal_size)),
                self._kill_projector,
                self._kill_projector,
            )
        )()
        if self.chance.random() < 0.2:
            merge(self.home.lake, self.home.journal, fewest=4)

    def _kill_gateway(self, wait: Callable[[], None]) -> None:
        wait()
        self.gateway.kill()
        self.fell[self._left_by_gateway()] += 1
        self.gateway.start()

    def _kill_projector(self) -> None:
        self._until(lambda: projected(self.home))()
        self._until(self._journal_size)()
        time.sleep(self.chance.uniform(0.0, 0.03))
        self.projector.kill()
        self.projector.wait()
        behind = projected(self.home) < journal.last_sequence(self.home.journal / "g1")
        self.fell[Fell.BEFORE_PROJECTION if behind else Fell.ELSEWHERE] += 1
        self.projector = start_projector(self.home)

    def _left_by_gateway(self) -> Fell:
        entries = journal.last_sequence(self.home.journal / "g1")
        newest = max(self.home.journal.glob("g1/*.journal"), default=None)
        if any(one.first > entries for one in segments.everything(self.home.lake)):
            return Fell.BEFORE_THE_ENTRY
        if list(self.home.lake.rglob("g1-*.partial")):
            return Fell.IN_A_SEGMENT
        if newest and newest.stat().st_size > max((one.end for one in frames.scan(newest)), default=len(frames.MAGIC)):
            return Fell.IN_AN_ENTRY
        return Fell.ELSEWHERE

    def _until(self, look: Callable[[], object]) -> Callable[[], None]:
        """Wait until what is looked at changes."""

        def wait() -> None:
            before, deadline = look(), time.monotonic() + PATIENCE_SECONDS
            while look() in (before, None) and time.monotonic() < deadline:
                time.sleep(0.0002)

        return wait

    def _files(self, suffix: str) -> Callable[[], object]:
        """The newest file of that kind; None where there is none."""

        def look() -> object:
            names = (name for _, _, names in os.walk(segments.events_folder(self.home.lake)) for name in names)
            return max((name for name in names if name.endswith(suffix)), default=None)

        return look

    def _journal_size(self) -> object:
        return sum(file.stat().st_size for file in self.home.journal.glob("g1/*.journal"))
