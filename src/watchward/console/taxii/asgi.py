"""The TAXII server on the web: past everything that pages need, and each request in a thread with the database."""

import asyncio
import gzip
from dataclasses import replace
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

import structlog
from django.db import Error
from starlette.types import Receive, Scope, Send

from watchward.base.clock import SystemClock
from watchward.console.messages import Answer, RefusedError, Room, Threads, send_answer
from watchward.console.taxii import resources, server
from watchward.console.taxii.http import MEDIA_TYPE, Request, refusal, told
from watchward.console.taxii.negotiating import takes_gzip

log = structlog.get_logger(__name__)

CLOCK = SystemClock()
AT_ONCE: Final = 4
_SECONDS_TO_COME: Final = 120
_WORTH_PACKING: Final = 1024
_QUICKLY: Final = 1
_HEADERS: Final = {
    "content-type": MEDIA_TYPE,
    "cache-control": "no-store",
    "vary": "accept, accept-encoding, authorization",
    "x-content-type-options": "nosniff",
}

_threads = Threads("taxii", at_once=AT_ONCE)
_room = Room(AT_ONCE, seconds=_SECONDS_TO_COME)


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
        answered = await _answered(request, receive)
        if len(answered.body) > _WORTH_PACKING and takes_gzip(headers.get("accept-encoding", "")):
            answered = await asyncio.to_thread(_packed, answered)
    except RefusedError as error:
        answered = refusal(error)
    except Error as error:
        log.warning("taxii_unanswered", reason=str(error), advice="See whether the database answers.")
        answered = _unanswered()
    await send_answer(send, answered, _HEADERS)


async def _answered(request: Request, receive: Receive) -> Answer:
    if request.method != "POST":
        return await _threads.run(lambda: server.answer(request, clock=CLOCK))
    # Who asks is known before anything that they send is read.
    caller = await _threads.run(lambda: server.admit(request))
    async with _room.body(receive, senders=[caller.client.pk], longest=resources.MOST_CONTENT) as body:
        whole = replace(request, body=body)
        return await _threads.run(lambda: server.answer(whole, clock=CLOCK))


def _query(text: bytes) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(text.decode("latin-1"), keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return {name: ",".join(values) for name, values in found.items()}


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
