"""The gateway's HTTP door: Elasticsearch's bulk requests, plain NDJSON, and what shippers ask before they send."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog

from watchward.base.clock import Clock
from watchward.gateway import bulk as bulks
from watchward.gateway import elastic
from watchward.gateway.batching import Batching
from watchward.gateway.body import BodyError, DisconnectedError, Held, Receive
from watchward.gateway.bulk import Action, Bulk, BulkError
from watchward.gateway.credentials import Credentials, Source
from watchward.gateway.delivery import BusyError, Delivery, FaultError, Receipt
from watchward.gateway.elastic import Setup
from watchward.gateway.intake import Intake
from watchward.telemetry.sources.text import inside

log = structlog.get_logger()

Scope = Mapping[str, Any]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

MOST_REASONS = 100
"""How many bad records the NDJSON answer explains one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent back."""

    status: int
    body: bytes
    retry_after: int | None = None
    challenge: bool = False
    content_type: bytes = b""


@dataclass(slots=True)
class Counts:
    """What came in since the process started."""

    requests: int = 0
    refused: int = 0
    events: int = 0
    duplicates: int = 0
    bad: int = 0


@dataclass(slots=True, kw_only=True)
class Door:
    """The ASGI application."""

    node: str
    credentials: Credentials
    batching: Batching
    intake: Intake
    clock: Clock
    setup: Setup = field(default_factory=Setup)
    counts: Counts = field(default_factory=Counts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        self.counts.requests += 1
        held = Held(self.intake)
        try:
            answer = await self._answer(scope, headers, receive, held)
        except DisconnectedError:
            return
        except BusyError as busy:
            self.counts.refused += 1
            body = elastic.error(busy.status, "es_rejected_execution_exception", busy.reason)
            answer = Answer(status=busy.status, body=body, retry_after=busy.retry_after)
        except BodyError as bad:
            answer = _error(bad.status, "illegal_argument_exception", bad.reason)
        except BulkError as bad:
            answer = _error(400, "illegal_argument_exception", str(bad))
        except FaultError as fault:
            answer = _error(500, "exception", f"{fault}; the node's log says more")
        finally:
            held.let_go()
        await _reply(send, answer, headers, head=scope["method"] == "HEAD")

    async def _answer(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, held: Held) -> Answer:
        if scope["path"] == "/health":
            return self._health()
        source = self.credentials.source_of(headers.get(b"authorization", b"").decode("latin-1"))
        if source is None:
            answer = _error(401, "security_exception", "this key is not known here, or is switched off")
            return Answer(status=401, body=answer.body, challenge=True)
        return await self._of_source(source, scope, headers, receive, held)

    async def _of_source(
        self, source: Source, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, held: Held
    ) -> Answer:
        method, path = scope["method"], scope["path"]
        parts = [part for part in path.split("/") if part] if method in ("POST", "PUT") else []
        match parts:
            case ["_bulk"] | [_, "_bulk"]:
                return await self._bulk(source, scope, headers, receive, held)
            case ["v1", "events"]:
                return await self._ndjson(source, headers, receive, held)
            case [index, "_doc"]:
                return await self._single(source, Action("index", index, None), headers, receive, held)
            case [index, "_doc" | "_create" as kind, name]:
                action = Action("index" if kind == "_doc" else "create", index, name)
                return await self._single(source, action, headers, receive, held)
            case _:
                return await self._asked(method, path, receive)

    async def _bulk(
        self, source: Source, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, held: Held
    ) -> Answer:
        began = time.monotonic()
        await held.read(receive, headers)
        bulk = bulks.parse(held.content, index=scope["path"].strip("/").removesuffix("_bulk").strip("/"))
        if not bulk.actions:
            return _error(400, "action_request_validation_exception", "Validation Failed: 1: no requests added;")
        receipt = await self._deliver(source, held.content, bulk.documents, bulk.names)
        milliseconds = int((time.monotonic() - began) * 1000)
        query = scope["query_string"].decode("latin-1")
        return Answer(status=200, body=elastic.bulk_answer(bulk, receipt, milliseconds=milliseconds, query=query))

    async def _single(
        self, source: Source, action: Action, headers: Mapping[bytes, bytes], receive: Receive, held: Held
    ) -> Answer:
        await held.read(receive, headers)
        document = held.content.replace(b"\n", b" ")
        bulk = Bulk(actions=[action], documents=[document])
        receipt = await self._deliver(source, held.content, bulk.documents, bulk.names)
        item = msgspec.json.decode(elastic.bulk_answer(bulk, receipt, milliseconds=0, query=""))["items"][0][
            action.operation
        ]
        return Answer(status=item["status"], body=msgspec.json.encode(item))

    async def _ndjson(self, source: Source, headers: Mapping[bytes, bytes], receive: Receive, held: Held) -> Answer:
        await held.read(receive, headers)
        numbered = [
            (n, event)
            for n, line in enumerate(held.content.split(b"\n"), start=1)
            if line.strip()
            for event in inside(line)
        ]
        receipt = await self._deliver(source, held.content, [event for _, event in numbered], None)
        reasons = [
            {"line": numbered[position][0], "reason": reason} for position, reason in sorted(receipt.bad.items())
        ]
        content = {
            "accepted": receipt.accepted,
            "duplicates": receipt.duplicates,
            "bad": len(reasons),
            "reasons": reasons[:MOST_REASONS],
        }
        return Answer(status=200, body=msgspec.json.encode(content))

    async def _deliver(
        self, source: Source, body: bytes, documents: Sequence[bytes], names: Sequence[str | None] | None
    ) -> Receipt:
        delivery = Delivery(
            organisation=source.organisation,
            source=source.source,
            received_at=self.clock.now(),
            body=body,
            documents=documents,
            names=names,
        )
        receipt = await asyncio.shield(asyncio.wrap_future(self.batching.deliver(delivery)))
        self.counts.events += receipt.accepted
        self.counts.duplicates += receipt.duplicates
        self.counts.bad += len(receipt.bad)
        return receipt

    async def _asked(self, method: str, path: str, receive: Receive) -> Answer:
        if path == "/" and method in ("GET", "HEAD"):
            return Answer(status=200, body=msgspec.json.encode(elastic.about(self.node)))
        if path.startswith("/_cat/health"):
            return Answer(status=200, body=b"watchward green 1 1\n", content_type=b"text/plain; charset=UTF-8")
        while (await receive()).get("more_body"):
            pass  # a template may be large, and the connection goes on after it
        found = self.setup.answer(method, path)
        if found is None:
            return _error(
                400, "illegal_argument_exception", f"{method} {path[:200]}: this node receives; hunt in its console"
            )
        status, content = found
        return Answer(status=status, body=msgspec.json.encode(content))

    def _health(self) -> Answer:
        """All that anyone may know who has no key: enough for whatever spreads senders over several nodes."""
        full = self.intake.full
        return Answer(status=503 if full else 200, body=b'{"status":"full"}' if full else b'{"status":"ok"}')


def _error(status: int, kind: str, reason: str) -> Answer:
    return Answer(status=status, body=elastic.error(status, kind, reason))


_PLAIN = b"application/json"
_COMPATIBLE = b"application/vnd.elasticsearch+json"


def _content_type(headers: Mapping[bytes, bytes]) -> bytes:
    """The kind of JSON that the client's own version expects (its headers say `compatible-with=8`, or 9)."""
    accepted = headers.get(b"accept", b"")
    if not accepted.startswith(_COMPATIBLE):
        return _PLAIN
    version = accepted.rpartition(b"compatible-with=")[2][:1]
    return _COMPATIBLE + b";compatible-with=" + (version if version.isdigit() else b"9")


async def _reply(send: Send, answer: Answer, headers: Mapping[bytes, bytes], *, head: bool) -> None:
    fields = [
        (b"content-type", answer.content_type or _content_type(headers)),
        (b"content-length", b"%d" % len(answer.body)),
        (b"x-elastic-product", b"Elasticsearch"),
    ]
    if answer.retry_after is not None:
        fields.append((b"retry-after", b"%d" % answer.retry_after))
    if answer.challenge:
        fields.append((b"www-authenticate", b'Basic realm="watchward", charset="UTF-8"'))
        fields.append((b"www-authenticate", b"ApiKey"))
    await send({"type": "http.response.start", "status": answer.status, "headers": fields})
    await send({"type": "http.response.body", "body": b"" if head else answer.body})
