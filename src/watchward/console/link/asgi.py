"""The parent's side of links on the web: past everything that pages need; who waits holds no thread and no database."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from typing import Final

import structlog
from django.db import Error
from starlette.types import Receive, Scope, Send

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.link import server
from watchward.console.link.bell import Ear
from watchward.console.link.http import Sent, refusal
from watchward.console.messages import Answer, RefusedError, Room, Threads, body_of, send_answer
from watchward.link.wire import LONGEST_MESSAGE

log = structlog.get_logger(__name__)

CLOCK = SystemClock()
_AT_ONCE: Final = 4
_LOOK_SECONDS: Final = 0.02
_SECONDS_TO_COME: Final = 60
_SMALL: Final = 1 << 16
_HEADERS: Final = {"content-type": "application/json", "cache-control": "no-store"}
_UNANSWERED: Final = RefusedError(
    HTTPStatus.SERVICE_UNAVAILABLE, "The node cannot answer now.", advice="It is tried again by itself."
)
_LONGEST: Final = {"/v1/up": LONGEST_MESSAGE, "/v1/down": 1 << 20}

Work = Callable[[Sent], Awaitable[Answer]]

_threads = Threads("link", at_once=_AT_ONCE)
_room = Room(2 * _AT_ONCE, seconds=_SECONDS_TO_COME)
_unsigned = Room(_AT_ONCE, seconds=_SECONDS_TO_COME)
"""For children of earlier versions, whose word for who they are can only be judged when all is read."""

_NEIGHBOURS: Final = {4: 24, 6: 48}
"""How many bits of addresses of the two kinds are the same for what may be one and the same sender."""


@dataclass(slots=True)
class Waiting:
    """The children that wait for something to be told; each has one question open."""

    _events: dict[int, asyncio.Event] = field(default_factory=dict)
    _ear: Ear = field(default_factory=Ear)
    _looking: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def one(self, peer: int) -> AsyncIterator[asyncio.Event]:
        """What is set when something may be there for a peer, or another question of its has come."""
        event = asyncio.Event()
        if (before := self._events.get(peer)) is not None:
            before.set()
        self._events[peer] = event
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield event
        finally:
            if self._events.get(peer) is event:
                del self._events[peer]

    def is_newest(self, peer: int, event: asyncio.Event) -> bool:
        """Whether no other question of a peer has come since."""
        return self._events.get(peer) is event

    async def _look(self) -> None:
        """Look at the bell for as long as anybody waits."""
        while self._events:
            rung = self._ear.rung_for()
            for peer, event in list(self._events.items()):
                if rung is None or peer in rung:
                    event.set()
            await asyncio.sleep(_LOOK_SECONDS)


_waiting = Waiting()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one message."""
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    work = _WORK.get(path, _nothing) if scope["method"] == "POST" else _nothing
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    try:
        answered = await _answered(work, Sent(path=path, headers=headers), receive, by=(scope.get("client") or [""])[0])
    except RefusedError as error:
        answered = refusal(error)
    except BadInputError as error:
        answered = refusal(RefusedError(HTTPStatus.BAD_REQUEST, error.message, advice=error.advice))
    except Error as error:
        log.warning("link_unanswered", reason=str(error), advice="See whether the database answers.")
        answered = refusal(_UNANSWERED)
    await send_answer(send, answered, _HEADERS)


async def _answered(work: Work, sent: Sent, receive: Receive, *, by: str) -> Answer:
    """Read a message and answer it; what may be long is read of known senders alone, and of few at the same time.

    A child whose head is signed has a turn of its own. Any other is who it says it is, as far as anybody knows: those
    have few places among themselves, and one of them at most is of one name, or of neighbouring addresses (`by`).
    """
    if work is not _up or _length(sent) <= _SMALL:
        return await work(replace(sent, body=await body_of(receive, longest=_LONGEST.get(sent.path, _SMALL))))
    claimed = await _threads.run(partial(server.claimed, sent, clock=CLOCK))
    room = _room if claimed.is_signed else _unsigned
    # The neighbourhood first: whoever waits for that holds no name of a child.
    senders = [claimed.node] if claimed.is_signed else [_neighbourhood(by), claimed.node]
    async with room.body(receive, senders=senders, longest=LONGEST_MESSAGE) as body:
        return await work(replace(sent, body=body))


def _neighbourhood(address: str) -> str:
    """The network in which an address stands; the text itself, if it is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    found = getattr(found, "ipv4_mapped", None) or found
    return str(ip_network((found, _NEIGHBOURS[found.version]), strict=False))


def _length(sent: Sent) -> int:
    """How long a message says that it is; without a word it may be of any length."""
    said = sent.headers.get("content-length", "")
    return int(said) if said.isdecimal() else LONGEST_MESSAGE


async def _nothing(sent: Sent) -> Answer:
    raise RefusedError(HTTPStatus.NOT_FOUND, f"{sent.path} is no message of a link.", advice="See docs/adr/0221.")


async def _down(sent: Sent) -> Answer:
    """Answer a question, when there is something to tell or the child has waited long enough."""
    question = await _threads.run(partial(server.ask, sent, clock=CLOCK))
    peer = question.caller.peer.pk
    ends = time.monotonic() + question.asked.wait
    async with _waiting.one(peer) as event:
        while _waiting.is_newest(peer, event):
            event.clear()  # first: what is queued while the database is asked sets it again
            if answered := await _threads.run(partial(server.down, question, clock=CLOCK)):
                return answered
            try:
                await asyncio.wait_for(event.wait(), ends - time.monotonic())
            except TimeoutError:
                break
    return await _threads.run(partial(server.nothing, question, clock=CLOCK))


async def _join(sent: Sent) -> Answer:
    return await _threads.run(partial(server.join, sent, clock=CLOCK))


async def _up(sent: Sent) -> Answer:
    return await _threads.run(partial(server.up, sent, clock=CLOCK))


async def _key(sent: Sent) -> Answer:
    return await _threads.run(partial(server.rotate, sent, clock=CLOCK))


_WORK: Final = {"/v1/join": _join, "/v1/up": _up, "/v1/down": _down, "/v1/key": _key}
