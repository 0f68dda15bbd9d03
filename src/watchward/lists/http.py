"""Lists over HTTPS: each control reads those forms that are meant for it, and nothing when nothing changed."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Final, TypeAlias

import msgspec
import structlog

from watchward.base.clock import Clock
from watchward.lists.controls import Control, Controls
from watchward.lists.forms import FORMS, Edition, Form
from watchward.lists.rendering import Content, Renderings
from watchward.lists.seen import Reading, Seen
from watchward.lists.state import Held, Lists

log = structlog.get_logger()

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

PREFIX: Final = "/lists/"
_SETTLED: Final = timedelta(seconds=1.5)
"""A list that changed later than this before the answer is not dated: dates tell no halves of seconds apart."""
_MOST_KEPT: Final = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: Iterable[bytes] = ()


class Door:
    """The ASGI application."""

    def __init__(  # noqa: PLR0913 - what it needs is what the process has
        self,
        *,
        lists: Lists,
        controls: Controls,
        renderings: Renderings,
        seen: Seen,
        serial: Callable[[Control], int],
        clock: Clock,
    ) -> None:
        self._lists = lists
        self._controls = controls
        self._renderings = renderings
        self._seen = seen
        self._serial = serial
        self._clock = clock
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    async def __call__(self, scope: Mapping[str, Any], _receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            answer = await self._answer(scope)
        except Exception:
            log.exception("list_failed", path=scope["path"])
            answer = _said(500, "The list could not be made. What was served before is still right; ask again later.")
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if scope["method"] != "HEAD":
            for part in answer.body:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _answer(self, scope: Mapping[str, Any]) -> _Answer:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["method"] not in ("GET", "HEAD"):
            return _said(405, "Lists are only read.", ("allow", "GET, HEAD"))
        control = self._controls.shown(headers.get("authorization", ""))
        if control is None:
            challenge = ("www-authenticate", 'Basic realm="Watchward lists", charset="UTF-8"')
            return _said(401, "Show the name and the secret of a control that this node knows.", challenge)
        return await self._known(control, scope, headers)

    async def _known(self, control: Control, scope: Mapping[str, Any], headers: Mapping[str, str]) -> _Answer:
        address = scope["client"][0] if scope.get("client") else ""
        if not control.from_here(address):
            return _said(403, f"This control may not ask from {address}. Its page in Watchward says from where.")
        name = scope["path"].removeprefix(PREFIX)
        if not name:
            return _index(control)
        form = FORMS.get(name)
        if form is None or not scope["path"].startswith(PREFIX):
            return _said(404, f"There is no such list. {PREFIX} names those that there are.")
        if not _may(control, form):
            return _said(403, "This control does not read that form. Its page in Watchward says which it reads.")
        return await self._list(control, form, headers, address)

    async def _list(self, control: Control, form: Form, headers: Mapping[str, str], address: str) -> _Answer:
        held, now = self._lists.of(control), self._clock.now()
        reading = Reading(at=now, address=address, edition=self._lists.edition)
        edition = Edition(zone=control.zone, serial=self._serial(control), tag="")
        content = await self._renderings.content(held.view, form, edition)
        told = _about(form, content, held, now)
        if _has_it(headers, content, held):
            self._seen.add(control.id, form.name, reading)
            return _Answer(status=304, headers=told)
        self._seen.add(control.id, form.name, msgspec.structs.replace(reading, entries=content.entries))
        if "gzip" in headers.get("accept-encoding", ""):
            packed = self._packed(content)
            told = (*told, ("content-encoding", "gzip"), ("content-length", str(len(packed))))
            return _Answer(status=200, headers=told, body=(packed,))
        told = (*told, ("content-length", str(content.length)))
        return _Answer(status=200, headers=told, body=content.plain())

    def _packed(self, content: Content) -> bytes:
        """A list as gzip, put together once for all who ask."""
        found = self._kept.pop(content.tag, None) or content.gzipped()
        self._kept[content.tag] = found
        while len(self._kept) > 1 and sum(map(len, self._kept.values())) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return found


def _may(control: Control, form: Form) -> bool:
    return form.family is None or form.family in control.forms


def _index(control: Control) -> _Answer:
    """What a control may read."""
    forms = [
        {"form": one.name, "path": PREFIX + one.name, "type": one.media} for one in FORMS.values() if _may(control, one)
    ]
    body = msgspec.json.encode({"control": control.name, "organisation": control.organisation, "lists": forms})
    return _Answer(status=200, headers=_headers("application/json", len(body)), body=(body,))


def _about(form: Form, content: Content, held: Held, now: datetime) -> tuple[tuple[str, str], ...]:
    dated = (("last-modified", format_datetime(held.at, usegmt=True)),) if now - held.at > _SETTLED else ()
    return (
        ("content-type", form.media),
        ("etag", f'W/"{content.tag}"'),
        *dated,
        ("cache-control", "private, no-cache"),
        ("vary", "Accept-Encoding, Authorization"),
        ("x-content-type-options", "nosniff"),
        ("x-watchward-blocks", str(content.entries)),
    )


def _has_it(headers: Mapping[str, str], content: Content, held: Held) -> bool:
    """Whether the asker has the list as it is."""
    if asked := headers.get("if-none-match"):
        tags = {one.strip().removeprefix("W/").removesuffix("-gzip") for one in asked.split(",")}
        return f'"{content.tag}"' in tags or "*" in tags
    try:
        since = parsedate_to_datetime(headers.get("if-modified-since", ""))
        return since >= held.at.replace(microsecond=0)
    except (ValueError, TypeError):
        return False


def _said(status: int, words: str, *headers: tuple[str, str]) -> _Answer:
    body = f"{words}\n".encode()
    return _Answer(status=status, headers=(*_headers("text/plain; charset=utf-8", len(body)), *headers), body=(body,))


def _headers(media: str, length: int) -> tuple[tuple[str, str], ...]:
    return (
        ("content-type", media),
        ("content-length", str(length)),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    )
