"""Play an exercise against the node whose home it is given, or into files."""

import asyncio
import signal
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import httpx
import msgspec

from watchward.base.clock import SystemClock
from watchward.node.certificate import certificate_for
from watchward.node.config import Config
from watchward.node.exercise import keys, stories
from watchward.node.exercise.feed import AT_ONCE, Feed, until_answered
from watchward.node.exercise.ledger import Ledger, Run
from watchward.node.exercise.moment import SECOND, microseconds
from watchward.node.exercise.prepare import prepare, sector_of
from watchward.node.exercise.programme import Programme
from watchward.node.wiring import migrate, start_django

LEDGER = "ledger.ndjson"
A_MONDAY_MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""When an exercise that is written to files begins, unless told otherwise."""

_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What someone asks of an exercise.

    Args:
        rate: everyday events a second.
        stories: the keys of the stories; none means all.
        seed: chooses everything that chance decides.
        speed: how many times faster than in life the stories go.
        every: how many seconds after one story the next begins.
        seconds: how long it lasts; 0 means until it is stopped.

    """

    rate: float = 300.0
    stories: Sequence[str] = ()
    seed: int = 1
    speed: float = 30.0
    every: float = 120.0
    seconds: float = 0.0


def run(config: Config, wish: Wish, *, sector: str | None = None) -> None:
    """Send an exercise to the node with these settings, until it is over or someone stops it."""
    prepared = keys.load(config.layout)
    if prepared is None or (sector is not None and sector != prepared.sector):
        start_django(config)
        migrate(config)
        prepared = prepare(config, sector=sector)
    with suppress(asyncio.CancelledError):
        asyncio.run(_run(config, wish, prepared))


async def _run(config: Config, wish: Wish, prepared: keys.Prepared) -> None:
    authority = certificate_for(config, clock=SystemClock()).authority
    trust = ssl.create_default_context(cafile=str(authority) if authority else None)
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx.AsyncClient(
        base_url=config.gateway_url, verify=trust, limits=limits, timeout=_TIMEOUT_SECONDS, trust_env=False
    ) as client:
        _stop_when_asked()
        await until_answered(client, prepared.keys[0])
        start = int(time.time() * SECOND)
        programme = _programme(wish, prepared.sector, prepared.seed, start)
        book = Ledger(keys.folder(config.layout) / LEDGER, _plan(programme, prepared.sector))
        feed = Feed(client=client, keys=prepared.by_organisation, book=book, run=f"{start:x}", now=time.time)
        events = programme.until(start + int(wish.seconds * SECOND)) if wish.seconds else programme.events()
        try:
            await feed.send(events)
        finally:
            await feed.give_up()
            feed.note_everyday()
            book.close()


def _stop_when_asked() -> None:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)


def _programme(wish: Wish, sector: str, sector_seed: int, start: int) -> Programme:
    return Programme(
        sector=sector_of(sector, seed=sector_seed),
        stories=tuple(stories.find(wish.stories)),
        start=start,
        rate=wish.rate,
        seed=wish.seed,
        speed=wish.speed,
        every=wish.every,
    )


def _plan(programme: Programme, sector: str) -> Run:
    return Run(
        start=programme.start,
        sector=sector,
        seed=programme.seed,
        rate=programme.rate,
        speed=programme.speed,
        everyday_per_day=programme.everyday().events_per_day / programme.sector.size.devices,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written to files."""

    events: int
    attacks: int
    files: int


def write(folder: Path, wish: Wish, *, sector: str = "default", start: datetime = A_MONDAY_MORNING) -> Written:
    """Write an exercise's events as NDJSON, one file an organisation, and `labels.ndjson` with what was attacked where.

    The same wish, sector and start write the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    programme = _programme(wish, sector, wish.seed, microseconds(start))
    lines: dict[str, int] = {}
    events = attacks = 0
    files = _Files(folder)
    labels = (folder / "labels.ndjson").open("wb")
    with files, labels:
        for emitted in programme.until(programme.start + int(wish.seconds * SECOND)):
            name = f"{emitted.site.record.code}.ndjson"
            lines[name] = lines.get(name, 0) + 1
            files.add(name, emitted.document)
            events += 1
            if emitted.label:
                attacks += 1
                at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=emitted.at)
                line = {"file": name, "line": lines[name], "label": emitted.label, "at": at.isoformat()}
                labels.write(msgspec.json.encode(line) + b"\n")
    return Written(events=events, attacks=attacks, files=len(lines))


class _Files:
    """Many files that grow, few of them open: a large sector has more organisations than a process may open files."""

    _HELD = 20_000

    def __init__(self, folder: Path) -> None:
        self._folder, self._lines, self._count = folder, dict[str, list[str]](), 0
        self._begun: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._empty()

    def add(self, name: str, line: str) -> None:
        self._lines.setdefault(name, []).append(line)
        self._count += 1
        if self._count >= self._HELD:
            self._empty()

    def _empty(self) -> None:
        for name, lines in self._lines.items():
            with (self._folder / name).open("ab" if name in self._begun else "wb") as file:
                file.write(("\n".join(lines) + "\n").encode())
            self._begun.add(name)
        self._lines, self._count = {}, 0
