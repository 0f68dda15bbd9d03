"""The TAXII server on the web: past everything that pages need, and each request in a thread with the database."""

import asyncio
import gzip
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Final, TypeVar
from urllib.parse import parse_qsl

import structlog
from django.db import Error, connection
from starlette.types import Receive, Scope, Send

from watchward.base.clock import SystemClock
from watchward.console.taxii import resources, server
from watchward.console.taxii.http import MEDIA_TYPE, Answer, RefusedError, Request, told
from watchward.console.taxii.negotiating import takes_gzip

log = structlog.get_logger(__name__)

T = TypeVar("T")
CLOCK = SystemClock()
AT_ONCE: Final = 4
_WORTH_PACKING: Final = 1024
_QUICKLY: Final = 1
_HEADERS: Final = (
    (b"content-type", MEDIA_TYPE.encode()),
    (b"cache-control", b"no-store"),
    (b"vary", b"accept, accept-encoding, authorization"),
    (b"x-content-type-options", b"nosniff"),
)

_threads = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="taxii")


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    request = Request(
        method=scope["method"],
        path=scope["path"].removeprefix(scope.get("root_path", "")),
        query=_query(scope["query_string"]),
        headers=headers,
    )
    try:
        if request.method == "POST":
            # Who asks is known before anything that they send is read.
            await _in_thread(lambda: server.admit(request))
            request = Request(
                method=request.method,
                path=request.path,
                query=request.query,
                headers=headers,
                body=await _body(receive),
            )
        answered = await _in_thread(lambda: server.answer(request, clock=CLOCK))
        if len(answered.body) > _WORTH_PACKING and takes_gzip(headers.get("accept-encoding", "")):
            answered = await asyncio.get_running_loop().run_in_executor(_threads, _packed, answered)
    except RefusedError as error:
        answered = told(error.status, error.message, error.advice, error.headers)
    except Error as error:
        log.warning("taxii_unanswered", reason=str(error), advice="See whether the database answers.")
        answered = _unanswered()
    await _send(send, answered)


def _query(text: bytes) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(text.decode("latin-1"), keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return {name: ",".join(values) for name, values in found.items()}


async def _body(receive: Receive) -> bytes:
    """What was sent, as long as it is not too long."""
    parts: list[bytes] = []
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise RefusedError(HTTPStatus.BAD_REQUEST, "The request ended too early.", advice="Send it again.")
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        more = message.get("more_body", False)
        if length > resources.MOST_CONTENT:
            raise server.too_long()
    return b"".join(parts)


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, _with_database, work)


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


def _packed(answered: Answer) -> Answer:
    body = gzip.compress(answered.body, _QUICKLY, mtime=0)
    return Answer(status=answered.status, body=body, headers={**answered.headers, "Content-Encoding": "gzip"})


def _unanswered() -> Answer:
    return told(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The node cannot answer now.",
        "Ask again in a minute.",
        {"Retry-After": "60"},
    )


async def _send(send: Send, answered: Answer) -> None:
    own: Iterable[tuple[bytes, bytes]] = (
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answered.headers.items()
    )
    length = (b"content-length", str(len(answered.body)).encode())
    await send({"type": "http.response.start", "status": answered.status, "headers": [*_HEADERS, *own, length]})
    await send({"type": "http.response.body", "body": answered.body})
