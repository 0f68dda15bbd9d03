"""The server of zones: transfers over TCP, editions over UDP, and word to each resolver when its zone changed."""

import asyncio
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, cast

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdatatype
import structlog

from watchward.lists.controls import Control, endpoint
from watchward.lists.zones.asking import Asked, Desk, answers, key_of
from watchward.lists.zones.zone import Zone

log = structlog.get_logger()

_IDLE_SECONDS: Final = 30.0
_SEND_SECONDS: Final = 60.0
_MOST_CONNECTIONS: Final = 200
_AGAIN_AFTER_SECONDS: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""How long to wait for an answer to a notice before it is sent once more."""

Heard = Callable[[Asked, str], None]
"""Told of each question that was answered, and from where it came."""


class Server:
    """Answers resolvers."""

    def __init__(self, desk: Desk, heard: Heard) -> None:
        self._desk = desk
        self._heard = heard
        self._connections = 0
        self._tcp: asyncio.Server | None = None
        self._udp: asyncio.DatagramTransport | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port.

        Raises:
            OSError: the address is taken.

        """
        self._tcp = await asyncio.start_server(self._connected, host, port)
        port = int(self._tcp.sockets[0].getsockname()[1])
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self._desk, self._heard), local_addr=(host, port)
        )
        return port

    async def stop(self) -> None:
        """Answer nobody any more."""
        if self._tcp:
            self._tcp.close()
        if self._udp:
            self._udp.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = str(writer.get_extra_info("peername")[0])
        self._connections += 1
        try:
            if self._connections <= _MOST_CONNECTIONS:
                await self._converse(reader, writer, address)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass  # whoever asked went away, or said nothing
        except Exception:
            log.exception("zone_failed", address=address)
        finally:
            self._connections -= 1
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str) -> None:
        while True:
            (length,) = struct.unpack("!H", await asyncio.wait_for(reader.readexactly(2), _IDLE_SECONDS))
            data = await asyncio.wait_for(reader.readexactly(length), _IDLE_SECONDS)
            asked = self._desk.read(data, address)
            if asked is None:
                return
            if isinstance(asked, bytes):
                writer.write(struct.pack("!H", len(asked)) + asked)
                await writer.drain()
                continue
            for message in answers(asked, whole=True):
                writer.write(struct.pack("!H", len(message)) + message)
                await asyncio.wait_for(writer.drain(), _SEND_SECONDS)
                await asyncio.sleep(0)  # others are answered between two messages
            self._heard(asked, address)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, desk: Desk, heard: Heard) -> None:
        self._desk = desk
        self._heard = heard
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        asked = self._desk.read(data, addr[0])
        if asked is None or self._transport is None:
            return
        if isinstance(asked, bytes):
            self._transport.sendto(asked, addr)
            return
        for message in answers(asked, whole=False):
            self._transport.sendto(message, addr)
        if asked.kind == dns.rdatatype.SOA:
            self._heard(asked, addr[0])


@dataclass(slots=True)
class Notices:
    """Tells resolvers that their zone changed, until they answer or ask for it."""

    _running: dict[tuple[str, str], asyncio.Task[None]] = field(default_factory=dict)

    def tell(self, control: Control, zone: Zone) -> None:
        """Tell all addresses of a control of the zone's new edition; what was told of an older one is let go."""
        for place in control.notify:
            before = self._running.pop((control.id, place), None)
            if before is not None:
                before.cancel()
            self._running[control.id, place] = asyncio.create_task(self._told(control, zone, place))

    def stop(self) -> None:
        """Tell nobody any more."""
        for task in self._running.values():
            task.cancel()
        self._running.clear()

    async def _told(self, control: Control, zone: Zone, place: str) -> None:
        for wait in _AGAIN_AFTER_SECONDS:
            if await _answered(notice(control, zone), place, wait):
                return
        log.warning("notice_unanswered", control=control.id, place=place, serial=zone.serial)


async def _answered(message: bytes, place: str, seconds: float) -> bool:
    """Whether whoever is told says that they heard it, within so long."""
    loop = asyncio.get_running_loop()
    until, answer = loop.time() + seconds, loop.create_future()
    transport = None
    try:
        transport, _ = await loop.create_datagram_endpoint(lambda: _Answer(answer), remote_addr=endpoint(place))
        transport.sendto(message)
        await asyncio.wait_for(answer, seconds)
    except (OSError, TimeoutError, ValueError):
        await asyncio.sleep(max(until - loop.time(), 0))
        return False
    finally:
        if transport is not None:
            transport.close()
    return True


class _Answer(asyncio.DatagramProtocol):
    """Waits for whatever answers."""

    def __init__(self, answer: asyncio.Future[bytes]) -> None:
        self._answer = answer

    def datagram_received(self, data: bytes, _addr: tuple[str, int]) -> None:
        with suppress(asyncio.InvalidStateError):
            self._answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        with suppress(asyncio.InvalidStateError):
            self._answer.set_exception(exc)


def notice(control: Control, zone: Zone) -> bytes:
    """The word that a zone changed, signed where its control has a key."""
    message = dns.message.make_query(zone.name, dns.rdatatype.SOA)
    message.set_opcode(dns.opcode.NOTIFY)
    message.flags |= dns.flags.AA
    message.flags &= ~dns.flags.RD
    key = None if control.unsigned else key_of(control)
    if key is not None:
        message.use_tsig(key)
    return message.to_wire()
