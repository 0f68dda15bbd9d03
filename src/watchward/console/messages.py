"""Messages of HTTP that programs send this node, past everything that pages need: how one comes, and is answered."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, TypeVar
from weakref import WeakValueDictionary

from django.db import Error, connection
from starlette.types import Receive, Send

from watchward.base.errors import WatchwardError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a message is answered."""

    body: bytes = b"{}"
    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusedError(WatchwardError):
    """A message that is not taken, with the status of HTTP that says why.

    Args:
        status: of HTTP.
        message: what is wrong.
        advice: the next step.
        headers: what goes with the status.

    """

    def __init__(
        self, status: HTTPStatus, message: str, *, advice: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message, advice=advice)
        self.status = status
        self.headers = headers or {}


class Threads:
    """The threads of one server that work with the database, each with a connection of its own.

    Args:
        name: of the server.
        at_once: how many there are.

    """

    def __init__(self, name: str, *, at_once: int) -> None:
        self._pool: Final = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix=name)

    async def run(self, work: Callable[[], T]) -> T:
        """Do some work in one of them."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, _with_database, work)


def _with_database(work: Callable[[], T]) -> T:
    """Work in a thread that keeps its connection, unless it is one of a pool's or has failed."""
    try:
        return work()
    except Error:
        connection.close()
        raise
    finally:
        if connection.vendor != "sqlite":
            connection.close()


class Room:
    """Room for the long messages that a server holds at the same time; what waits for it holds nearly no memory.

    Args:
        messages: so many are held, from their first byte until they are answered.
        seconds: so long a message may take to come, so that no slow sender keeps the room.
        waiting: so many messages of one sender are held or wait.

    """

    def __init__(self, messages: int, *, seconds: float, waiting: int = 100) -> None:
        self._room: Final = asyncio.Semaphore(messages)
        self._turns: Final[WeakValueDictionary[object, asyncio.Lock]] = WeakValueDictionary()
        self._seconds: Final = seconds
        self._most: Final = waiting
        self._waiting: Final[Counter[object]] = Counter()

    @asynccontextmanager
    async def body(self, receive: Receive, *, senders: Sequence[object], longest: int) -> AsyncIterator[bytes]:
        """What was sent; of one sender one message after the other, so that none takes the room of all.

        Args:
            receive: gives it, part by part.
            senders: by what its sender is known: of each, one message is read at a time.
            longest: so many bytes it may have.

        Raises:
            RefusedError: it is longer than so many bytes, took too long, or its sender went away or has too many.

        """
        turns = [(one, self._turns.setdefault(one, asyncio.Lock())) for one in senders]
        async with AsyncExitStack() as held:
            for sender, turn in turns:
                await held.enter_async_context(self._place(sender))
                await held.enter_async_context(turn)
            await held.enter_async_context(self._room)
            try:
                async with asyncio.timeout(self._seconds):
                    body = await body_of(receive, longest=longest)
            except TimeoutError as error:
                raise RefusedError(
                    HTTPStatus.REQUEST_TIMEOUT,
                    f"It took longer than {self._seconds:,.0f} seconds to come.",
                    advice="Send less at once.",
                ) from error
            yield body

    @asynccontextmanager
    async def _place(self, sender: object) -> AsyncIterator[None]:
        """A place among the messages of a sender that wait."""
        if self._waiting[sender] >= self._most:
            raise RefusedError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{self._most:,} messages of the same sender wait already.",
                advice="Send one message after the other, and this one again in a minute.",
                headers={"Retry-After": "60"},
            )
        self._waiting[sender] += 1
        try:
            yield
        finally:
            self._waiting[sender] -= 1
            if not self._waiting[sender]:
                del self._waiting[sender]


async def body_of(receive: Receive, *, longest: int) -> bytes:
    """What was sent, read no further than it may be long.

    Raises:
        RefusedError: it is longer than so many bytes, or its sender went away.

    """
    parts: list[bytes] = []
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise RefusedError(HTTPStatus.BAD_REQUEST, "The message ended too early.", advice="Send it again.")
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        more = message.get("more_body", False)
        if length > longest:
            raise too_long(longest)
    return b"".join(parts)


def too_long(longest: int) -> RefusedError:
    """What is said of a message of more than so many bytes."""
    return RefusedError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"It is longer than {longest:,} bytes.", advice="Send less at once."
    )


async def send_answer(send: Send, answered: Answer, headers: Mapping[str, str]) -> None:
    """Send an answer, with its own headers over those of every answer of its server (their names in lower case)."""
    own = {name.lower(): value for name, value in answered.headers.items()}
    told = {**headers, **own, "content-length": str(len(answered.body))}
    await send(
        {
            "type": "http.response.start",
            "status": int(answered.status),
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told.items()],
        }
    )
    await send({"type": "http.response.body", "body": answered.body})
