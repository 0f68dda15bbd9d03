"""Sends an exercise's events to a node's gateway, as shippers do: in bulk, with each organisation's own key.

What a sender must do, this does: it sends again what was not acknowledged, under the same name; it waits when the node
says that it is full; and while it waits it makes no new events, so that it holds a bounded number of them.
"""

import asyncio
import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import httpx
import msgspec
import structlog

from watchward.node.exercise.emitted import Emitted
from watchward.node.exercise.keys import Key
from watchward.node.exercise.ledger import Attack, Everyday, Line
from watchward.node.exercise.moment import SECOND

log = structlog.get_logger(__name__)

LARGEST_BULK = 500
"""How many events one request carries at most."""

SENT_AFTER_SECONDS = 4.0
"""How long an organisation's events wait for company before they are sent."""

ATTACK_SENT_AFTER_SECONDS = 0.5
"""The same for one that belongs to a story."""

AT_ONCE = 12
"""How many requests are under way at once."""

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 30.0
_TICK_SECONDS = 0.1
_REPORT_SECONDS = 10.0
_BUSY = (429, 503)
_INDEX = "winlogbeat-8.15.3"


class Book(Protocol):
    """Where the feed writes down what was acknowledged."""

    def write(self, *lines: Line) -> None:
        """Keep these lines."""


@dataclass(slots=True, kw_only=True)
class Counts:
    """What became of the events so far; `behind_seconds` is how late the newest was made."""

    made: int = 0
    accepted: int = 0
    refused: int = 0
    retries: int = 0
    behind_seconds: float = 0.0


@dataclass(slots=True, kw_only=True)
class _Waiting:
    """Events of one organisation that wait for company, and by when they must go."""

    events: list[tuple[str, Emitted]] = field(default_factory=list)
    due: float = float("inf")


async def until_answered(client: httpx.AsyncClient, key: Key) -> None:
    """Wait until the gateway answers at all."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            if (await client.get("/", headers=_headers(key))).is_success:
                return
        except httpx.TransportError as error:
            log.info("gateway_does_not_answer_yet", reason=str(error))
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 2.0)


@dataclass(kw_only=True)
class Feed:
    """Sends events at their own times.

    Args:
        client: speaks to the gateway; its base address is the gateway's.
        keys: each organisation's key.
        book: where acknowledged attacks are written down.
        run: what the names of this run's events begin with, so that no other run's are the same.
        now: the time, in seconds since 1970.

    """

    client: httpx.AsyncClient
    keys: Mapping[str, Key]
    book: Book
    run: str
    now: Callable[[], float]
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        """Make what a request needs."""
        self._waiting: dict[str, _Waiting] = {}
        self._everyday = 0
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._headers = {code: _headers(key) for code, key in self.keys.items()}

    async def send(self, events: Iterator[Emitted]) -> None:
        """Send every event at its time, and return when the last is acknowledged."""
        reported = self.now()
        upcoming = next(events, None)
        while upcoming is not None:
            now = self.now()
            while upcoming is not None and upcoming.at <= now * SECOND:
                self._put(upcoming, now)
                if self.counts.made % LARGEST_BULK == 0:
                    await self._go(self.now())
                upcoming = next(events, None)
            await self._go(now)
            if upcoming is not None:
                self.counts.behind_seconds = max(0.0, self.now() - upcoming.at / SECOND)
            if now - reported >= _REPORT_SECONDS:
                reported = now
                self._report()
            await asyncio.sleep(_TICK_SECONDS)
        await self._go(float("inf"))
        await asyncio.gather(*self._tasks)
        self._report()

    async def give_up(self) -> None:
        """End the requests that are under way: what was not acknowledged does not count."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _put(self, emitted: Emitted, now: float) -> None:
        self.counts.made += 1
        name = f"{self.run}-{self.counts.made:x}"
        waiting = self._waiting.setdefault(emitted.site.record.code, _Waiting())
        waiting.events.append((name, emitted))
        patience = ATTACK_SENT_AFTER_SECONDS if emitted.label else SENT_AFTER_SECONDS
        waiting.due = min(waiting.due, now + patience)

    async def _go(self, now: float) -> None:
        """Send what is due, and wait while as much is under way as may be."""
        ready = [
            code for code, waiting in self._waiting.items() if waiting.due <= now or len(waiting.events) >= LARGEST_BULK
        ]
        for code in ready:
            events = self._waiting.pop(code).events
            for at in range(0, len(events), LARGEST_BULK):
                await self._slots.acquire()
                task = asyncio.create_task(self._deliver(code, events[at : at + LARGEST_BULK]))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _deliver(self, code: str, events: list[tuple[str, Emitted]]) -> None:
        """Send until every event is acknowledged or refused for good."""
        pause = FIRST_PAUSE_SECONDS
        try:
            while events:
                asked, again = await self._attempt(code, events)
                if again:
                    self.counts.retries += 1
                    await asyncio.sleep(max(asked, pause))
                    pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                events = again
        finally:
            self._slots.release()

    async def _attempt(self, code: str, events: list[tuple[str, Emitted]]) -> tuple[float, list[tuple[str, Emitted]]]:
        """One request; what must be sent again, and after how many seconds the node asks for it."""
        try:
            answer = await self.client.post("/_bulk", content=_body(events), headers=self._headers[code])
        except httpx.TransportError as error:
            log.warning("gateway_did_not_answer", organisation=code, reason=repr(error))
            return 0.0, events
        if answer.status_code in _BUSY:
            return _retry_after(answer), events
        if not answer.is_success:
            self.counts.refused += len(events)
            log.error("gateway_refused", organisation=code, status=answer.status_code, answer=answer.text[:200])
            return 0.0, []
        statuses = _statuses(answer.content, len(events))
        taken = [event for event, status in zip(events, statuses, strict=True) if status < 300 or status == 409]  # noqa: PLR2004
        again = [event for event, status in zip(events, statuses, strict=True) if status in _BUSY]
        self.counts.refused += len(events) - len(taken) - len(again)
        self._acknowledged(code, taken)
        return 0.0, again

    def _acknowledged(self, code: str, events: list[tuple[str, Emitted]]) -> None:
        self.counts.accepted += len(events)
        source = self.keys[code].source
        attacks = [
            Attack(label=e.label, organisation=code, source=source, name=name, at=e.at, document=e.document)
            for name, e in events
            if e.label
        ]
        self._everyday += len(events) - len(attacks)
        if attacks:
            self.book.write(*(Line(attack=attack) for attack in attacks))

    def note_everyday(self) -> None:
        """Write down how many everyday events were acknowledged since the last time."""
        if self._everyday:
            self.book.write(Line(everyday=Everyday(events=self._everyday)))
            self._everyday = 0

    def _report(self) -> None:
        self.note_everyday()
        log.info(
            "exercise_sent",
            made=self.counts.made,
            accepted=self.counts.accepted,
            refused=self.counts.refused,
            retries=self.counts.retries,
            behind_seconds=round(self.counts.behind_seconds, 1),
        )


def _headers(key: Key) -> dict[str, str]:
    secret = base64.b64encode(f"{key.key_id}:{key.secret}".encode()).decode()
    return {"Authorization": f"ApiKey {secret}", "Content-Type": "application/x-ndjson"}


def _body(events: list[tuple[str, Emitted]]) -> bytes:
    lines = (f'{{"create":{{"_index":"{_INDEX}","_id":"{name}"}}}}\n{event.document}\n' for name, event in events)
    return "".join(lines).encode()


def _retry_after(answer: httpx.Response) -> float:
    try:
        return min(float(answer.headers.get("Retry-After", "0")), LONGEST_PAUSE_SECONDS)
    except ValueError:  # a date: wait as long as this would anyway
        return 0.0


class _Outcome(msgspec.Struct):
    status: int


class _Answer(msgspec.Struct):
    errors: bool = False
    items: list[dict[str, _Outcome]] = msgspec.field(default_factory=list)


def _statuses(content: bytes, count: int) -> list[int]:
    """What became of each event, as HTTP statuses."""
    answer = msgspec.json.decode(content, type=_Answer)
    if not answer.errors:
        return [201] * count
    return [next(iter(item.values())).status for item in answer.items]
