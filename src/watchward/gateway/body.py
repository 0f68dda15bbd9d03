"""The body of a request: read, unpacked, and never larger than is allowed."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from watchward.gateway.intake import Intake

LARGEST = 100 << 20
"""The largest body, packed and unpacked, in bytes; Elasticsearch's own default."""

MOST_LINES = 500_000
"""The most lines of a body: each costs memory of its own, however short it is."""

_SMALL_BYTES, _STEP_BYTES = 16 << 10, 4 << 20
"""A packed body of less is unpacked at once; how much is unpacked in one go."""

_LINE_BYTES = 200
"""What a line costs in memory besides its bytes, roughly."""

_MOST_MEMBERS = 64
"""The most parts of a gzip body: each costs a copy of all that follows it."""

Receive = Callable[[], Awaitable[Mapping[str, Any]]]


class BodyError(Exception):
    """The body is too large or is not what its header says.

    Args:
        reason: why, in words for the sender's log.
        status: the HTTP status.

    """

    def __init__(self, reason: str, *, status: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class DisconnectedError(Exception):
    """The sender went away before its body was complete."""


class Held:
    """A body, and the room that it takes in the intake until it is let go."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._taken = 0
        self.content = b""

    def let_go(self) -> None:
        """Free the room."""
        self._intake.give_back(self._taken)
        self._taken = 0

    def take(self, size: int) -> None:
        """Make room for some more bytes."""
        self._intake.take(size)
        self._taken += size

    async def read(self, receive: Receive, headers: Mapping[bytes, bytes]) -> None:
        """Read the whole body into `content`, unpacked.

        Raises:
            BusyError: the node is full.
            BodyError: it is too large or damaged.
            DisconnectedError: it never came whole.

        """
        announced = headers.get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > LARGEST:
            raise BodyError(f"the body is larger than {LARGEST >> 20} MiB", status=413)
        chunks: list[bytes] = []
        size = 0
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise DisconnectedError
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > LARGEST:
                raise BodyError(f"the body is larger than {LARGEST >> 20} MiB", status=413)
            self.take(2 * len(chunk))
            chunks.append(chunk)
            more = message.get("more_body", False)
        self.content = await self._unpacked(b"".join(chunks), headers.get(b"content-encoding", b"identity"))
        lines = self.content.count(b"\n")
        if lines > MOST_LINES:
            raise BodyError(f"the body has more than {MOST_LINES:,} lines: send fewer events at a time", status=413)
        self.take(_LINE_BYTES * lines)

    async def _unpacked(self, packed: bytes, encoding: bytes) -> bytes:
        match encoding.strip().lower():
            case b"" | b"identity":
                return packed
            case b"gzip" | b"x-gzip":
                return await self._gunzipped(packed)
            case other:
                name = other.decode("latin-1")[:40]
                raise BodyError(f"the content encoding {name!r} is not known here: use gzip or none", status=415)

    async def _gunzipped(self, packed: bytes) -> bytes:
        found: list[bytes] = []
        left, size, members = packed, 0, 0
        try:
            while left:  # a gzip file may have several members
                members += 1
                if members > _MOST_MEMBERS:
                    raise BodyError(f"the gzip body has more than {_MOST_MEMBERS} members", status=413)
                unpacker = zlib.decompressobj(wbits=31)
                while not unpacker.eof:
                    part = await _a_step(unpacker, left)
                    left = unpacker.unconsumed_tail
                    size += len(part)
                    if size > LARGEST:
                        raise BodyError(f"the body unpacks to more than {LARGEST >> 20} MiB", status=413)
                    if not (part or left or unpacker.eof):
                        raise BodyError("the gzip body is cut short", status=400)
                    self.take(2 * len(part))
                    found.append(part)
                left = unpacker.unused_data
        except zlib.error as error:
            raise BodyError(f"the body is not gzip: {error}", status=400) from error
        return b"".join(found)


async def _a_step(unpacker: "zlib._Decompress", packed: bytes) -> bytes:
    """Unpack a little; of a large body in a thread, so that other senders are heard meanwhile."""
    if len(packed) < _SMALL_BYTES:
        return unpacker.decompress(packed, _STEP_BYTES)
    return await asyncio.to_thread(unpacker.decompress, packed, _STEP_BYTES)
