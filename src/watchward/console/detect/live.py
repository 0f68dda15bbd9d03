"""News of alerts while a list is open: how many are new, as server-sent events.

A stream says only how many alerts of the list appeared since the page was made; the reader decides when to show them,
so that nothing moves under the pointer. It ends after a while, and the browser comes back: so whoever has signed out,
or lost a role, hears no more.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeVar

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_GET

from watchward.console.access.models import User
from watchward.console.asked import viewer_of
from watchward.console.detect import queries
from watchward.console.detect.filters import AlertFilter
from watchward.console.detect.news import opened

LOOK_SECONDS: Final = 0.2
"""Between two looks at whether the projector made anything new; one look serves every open stream."""

REST_SECONDS: Final = 0.8
"""Between two messages on one stream."""

STREAM_SECONDS: Final = 45.0
BEAT_SECONDS: Final = 15.0

_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="alert-news")
_Result = TypeVar("_Result")


@dataclass(slots=True)
class _Latest:
    """The newest revision, asked of the database seldom enough to be cheap however many streams are open."""

    revision: int = 0
    asked_at: float = field(default=float("-inf"))
    asking: bool = False

    async def get(self) -> int:
        if time.monotonic() - self.asked_at >= LOOK_SECONDS and not self.asking:
            self.asking = True
            try:
                self.revision = (await _ask(queries.projection)).revision
                self.asked_at = time.monotonic()
            finally:
                self.asking = False
        return self.revision


_latest = _Latest()


@require_GET
async def stream(request: HttpRequest) -> StreamingHttpResponse:
    """Tell how many alerts of a list are newer than the page that asks."""
    viewer = await sync_to_async(viewer_of)(request)
    since = opened(request.GET.get("since", ""))
    told = _news(viewer, AlertFilter.parse(request.GET), since or 0)
    response = StreamingHttpResponse(told, content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    # A proxy in front must pass each message on at once.
    response.headers["X-Accel-Buffering"] = "no"
    return response


async def _news(viewer: User, asked: AlertFilter, since: int) -> AsyncIterator[str]:
    ends_at = time.monotonic() + STREAM_SECONDS
    seen, told, beat_at = since, 0, time.monotonic()
    yield "retry: 2000\n\n"
    while time.monotonic() < ends_at:
        latest = await _latest.get()
        if latest > seen:
            seen = latest
            count = await _ask(lambda: queries.newer_than(viewer, asked, since))
            if count != told:
                told = count
                yield f"event: news\ndata: {json.dumps({'count': count, 'text': words(count)})}\n\n"
                await asyncio.sleep(REST_SECONDS)
        elif time.monotonic() - beat_at > BEAT_SECONDS:
            beat_at = time.monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(LOOK_SECONDS)


def words(count: int) -> str:
    """What is said of new alerts.

    >>> words(1), words(1204)
    ('1 new alert', '1,204 new alerts')

    """
    return "1 new alert" if count == 1 else f"{count:,} new alerts"


async def _ask(question: Callable[[], _Result]) -> _Result:
    def asked() -> _Result:
        try:
            return question()
        finally:
            connections.close_all()

    return await asyncio.get_running_loop().run_in_executor(_threads, asked)
