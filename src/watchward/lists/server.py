"""The process that serves lists: from its settings to its end."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
import uvicorn
from dns import rdatatype

from watchward.base.clock import Clock
from watchward.base.errors import BadSetupError
from watchward.lists.controls import Control, Controls
from watchward.lists.forms import FORMS, Edition, Family
from watchward.lists.http import Door
from watchward.lists.rendering import Renderings
from watchward.lists.seen import Reading, Seen, Standing, Told
from watchward.lists.state import Lists
from watchward.lists.zones.asking import Asked, Desk
from watchward.lists.zones.server import Notices, Server
from watchward.lists.zones.zone import Zones

log = structlog.get_logger()

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
TRANSFER: Final = "zone"
"""What a transfer of a zone is called among the forms that a control read."""
_LOOK_SECONDS: Final = 0.02
_LOOK_AT_CONTROLS_SECONDS: Final = 0.2
_KEEP_SECONDS: Final = 600.0
_GRACE_SECONDS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the server of lists needs to know.

    Args:
        host: the address on which it listens.
        port: the port of the lists over HTTPS.
        dns_port: the port of zone transfers.
        published: the folder of what is decided.
        controls: the file of those who may read.
        cache: where it keeps what may be deleted at any time.
        certificate: the certificate chain and its key (PEM); None for plain text, which only loopback may speak.
        dress: lets the listener take up a new certificate.

    """

    host: str
    port: int
    dns_port: int
    published: Path
    controls: Path
    cache: Path
    certificate: tuple[Path, Path] | None = None
    dress: Callable[[uvicorn.Config], uvicorn.Config] = lambda listener: listener


def serve(settings: Settings, *, clock: Clock) -> None:
    """Serve lists until the process is asked to end.

    Raises:
        BadSetupError: an address is taken, or plain text would leave the machine.

    """
    if settings.certificate is None and settings.host not in LOOPBACK:
        raise BadSetupError(
            f"Without TLS the lists' secrets would be sent over {settings.host} in plain text.",
            advice="Give it a certificate, or let it listen on 127.0.0.1.",
        )
    with _listening(settings) as listener:
        asyncio.run(Service(settings, clock=clock).run(listener))


class Service:
    """Everything that the process holds."""

    def __init__(self, settings: Settings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._controls = Controls(settings.controls)
        self._lists = Lists(settings.published, self._controls, clock=clock)
        self._renderings = Renderings(settings.cache / "lists")
        self._zones = Zones(settings.published, now=clock.now)
        self._seen = Seen(settings.published)
        self._notices = Notices()
        self._dns = Server(Desk(self._controls, self._zones), self._transferred)
        self._door = Door(
            lists=self._lists,
            controls=self._controls,
            renderings=self._renderings,
            seen=self._seen,
            serial=self._serial,
            clock=clock,
        )

    async def run(self, listener: socket.socket) -> None:
        """Serve until the process is asked to end."""
        settings = self._settings
        settings.published.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._renderings.recall()
        self._lists.refresh()
        self._lists.follow_controls()
        self._follow()
        try:
            dns_port = await self._dns.start(settings.host, settings.dns_port)
        except OSError as error:
            raise BadSetupError(
                f"Zones cannot be served on {settings.host}:{settings.dns_port}: {error.strerror}.",
                advice="Stop what listens there, or set lists_dns_port in config.toml.",
            ) from error
        server = _Server(self._web())
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, server.ask_to_end)
        tasks = [asyncio.create_task(work()) for work in (self._watch, self._warm)]
        log.info("lists_serving", port=listener.getsockname()[1], dns_port=dns_port, edition=self._lists.edition)
        try:
            await server.serve(sockets=[listener])
        finally:
            for task in tasks:
                task.cancel()
            self._notices.stop()
            await self._dns.stop()
            self._renderings.keep(self._lists.views)

    async def _watch(self) -> None:
        """Look whether anything was decided, is due, or changed among the controls: for ever."""
        loop = asyncio.get_running_loop()
        looked_at = kept_at = loop.time()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                changed = self._lists.refresh()
                if loop.time() - looked_at >= _LOOK_AT_CONTROLS_SECONDS:
                    looked_at = loop.time()
                    changed |= self._controls.refresh() and (self._lists.follow_controls() or True)
                if changed:
                    self._follow()
                self._seen.write(self._told, [one.id for one in self._controls.all])
                if loop.time() - kept_at >= _KEEP_SECONDS:
                    kept_at = loop.time()
                    self._renderings.keep(self._lists.views)
            except Exception:
                log.exception("lists_not_followed")  # what was served is served on; the next look tries again
                await asyncio.sleep(1)

    async def _warm(self) -> None:
        """Render once what controls will ask for, so that the first who asks need not wait."""
        for control in self._controls.all:
            for form in FORMS.values():
                if form.family in control.forms:
                    edition = Edition(zone=control.zone, serial=self._serial(control), tag="")
                    await self._renderings.content(self._lists.of(control).view, form, edition)
        self._renderings.forget()

    def _follow(self) -> None:
        """Have the zones hold what the lists hold, and tell those whose zone changed."""
        readers = [one for one in self._controls.all if Family.RPZ in one.forms]
        wanted = {one.zone: self._lists.of(one).view for one in readers}
        for zone in self._zones.follow(wanted):
            for control in readers:
                if control.zone == zone.name:
                    self._notices.tell(control, zone)
        self._seen.moved()

    def _serial(self, control: Control) -> int:
        zone = self._zones.get(control.zone)
        return zone.serial if zone else 1

    def _transferred(self, asked: Asked, address: str) -> None:
        """Keep that a resolver has its zone as it is: by a transfer, or by asking and finding that it has it."""
        before = self._seen.reads(asked.control.id).get(TRANSFER)
        serial = asked.zone.serial
        if asked.kind == rdatatype.SOA and (before is None or before.serial != serial):
            return
        reading = Reading(
            at=self._clock.now(),
            address=address,
            edition=self._lists.edition,
            entries=len(asked.zone.view),
            serial=serial,
        )
        self._seen.add(asked.control.id, TRANSFER, reading)

    def _told(self, reads: dict[str, dict[str, Reading]]) -> Told:
        standings = {}
        for control in self._controls.all:
            held = self._lists.of(control)
            standings[control.id] = Standing(
                changed_at=held.at,
                blocks=len(held.view),
                serial=zone.serial if (zone := self._zones.get(control.zone)) else None,
                reads=reads.get(control.id, {}),
            )
        return Told(at=self._clock.now(), edition=self._lists.edition, refused=self._lists.refused, controls=standings)

    def _web(self) -> uvicorn.Config:
        chain, key = self._settings.certificate or (None, None)
        return self._settings.dress(
            uvicorn.Config(
                self._door,
                ssl_certfile=chain,
                ssl_keyfile=key,
                lifespan="off",
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )


class _Server(uvicorn.Server):
    """Ends when it is asked to, in the loop that it shares with others."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the loop."""
        yield

    def ask_to_end(self) -> None:
        """End soon."""
        self.should_exit = True


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise BadSetupError(
                f"The lists cannot be served on {settings.host}:{settings.port}: {error.strerror}.",
                advice="Stop what listens there, or set lists_host and lists_port in config.toml.",
            ) from error
        yield listener
