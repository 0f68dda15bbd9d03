"""One gateway process: from its settings to its end."""

import fcntl
import gc
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
import uvicorn

from watchward.base.clock import Clock
from watchward.base.errors import BadSetupError
from watchward.gateway import measured
from watchward.gateway.batching import Batching
from watchward.gateway.credentials import Credentials
from watchward.gateway.http import Door
from watchward.gateway.intake import CAPACITY_BYTES, LEAST_FREE_BYTES, Intake
from watchward.gateway.renewal import renewing
from watchward.gateway.rules import Rules
from watchward.gateway.state import SetAside, State, Teller
from watchward.gateway.store import Store
from watchward.intel.exact.sets import ExactSets, warm
from watchward.intel.live.looking import LivePatterns
from watchward.lake.seen import MOST_BYTES

log = structlog.get_logger()

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
GRACE_SECONDS = 15
"""How long requests that are being received may go on when the process is asked to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one gateway needs to know.

    Args:
        name: the gateway's own name within the node, such as `g1`.
        shared: whether other gateways of the node listen on the same address.
        certificate: the certificate chain and its key (PEM); None for plain text, which only loopback may speak.
        indicators: the folder of the indicators that are looked for; None for none.
        patterns: the folder of those whose patterns are more than exact values; None for none.
        renew: makes that certificate anew where it is due.

    """

    name: str
    host: str
    port: int
    shared: bool
    certificate: tuple[Path, Path] | None
    lake: Path
    journals: Path
    sources: Path
    cache: Path
    rules: Sequence[Path]
    indicators: Path | None = None
    patterns: Path | None = None
    capacity_bytes: int = CAPACITY_BYTES
    least_free_bytes: int = LEAST_FREE_BYTES
    duplicates_bytes: int = MOST_BYTES
    renew: Callable[[], object] = lambda: None


def serve(settings: Settings, *, clock: Clock) -> None:
    """Receive until the process is asked to end; then answer what was taken, and end.

    Raises:
        BadSetupError: the address is taken, another gateway uses this journal, or plain text would leave the machine.

    """
    if settings.certificate is None and settings.host not in LOOPBACK:
        raise BadSetupError(
            f"Without TLS the gateway would send secrets over {settings.host} in plain text.",
            advice="Give it a certificate, or let it listen on 127.0.0.1.",
        )
    with _only_one(settings.journals / settings.name), _listening(settings) as listener:
        rules = Rules(settings.rules, cache=settings.cache, clock=clock)
        store = Store(
            lake=settings.lake,
            journals=settings.journals,
            gateway=settings.name,
            duplicates_bytes=settings.duplicates_bytes,
        )
        indicators = ExactSets.open(settings.indicators) if settings.indicators else None
        patterns = _patterns(settings, clock)
        batching = Batching(store=store, detection=lambda: rules.current, indicators=indicators, patterns=patterns)
        door = _door(settings, batching, clock=clock)
        started_at = clock.now()
        folder = settings.journals / settings.name
        teller = Teller(
            folder,
            lambda: _state(door, store, rules, patterns, clock=clock, started_at=started_at),
            measured=lambda: _tell_measured(folder, rules),
        )
        if indicators is not None:
            threading.Thread(target=warm, name="indicators", daemon=True).start()
        rules.start()
        patterns.start()
        batching.start()
        teller.start()
        try:
            log.info("gateway_serving", gateway=settings.name, port=listener.getsockname()[1])
            _Server(_web(settings, door)).run(sockets=[listener])
        finally:
            gc.unfreeze()
            rules.stop()
            patterns.stop()
            batching.drain()
            store.close()
            teller.stop()


def _patterns(settings: Settings, clock: Clock) -> LivePatterns:
    return LivePatterns(settings.patterns or Path("/nonexistent"), now=clock.now, cache=settings.cache / "patterns")


def _tell_measured(folder: Path, rules: Rules) -> None:
    if rules.current.meter is not None:
        measured.write(folder, rules.current.meter.told())


def _door(settings: Settings, batching: Batching, *, clock: Clock) -> Door:
    intake = Intake(
        folder=settings.journals,
        capacity_bytes=settings.capacity_bytes,
        least_free_bytes=settings.least_free_bytes,
    )
    credentials = Credentials(settings.sources)
    return Door(node=settings.name, credentials=credentials, batching=batching, intake=intake, clock=clock)


def _state(  # noqa: PLR0913 - whatever there is to tell of
    door: Door, store: Store, rules: Rules, patterns: LivePatterns, *, clock: Clock, started_at: datetime
) -> State:
    counts = door.counts
    return State(
        at=clock.now(),
        started_at=started_at,
        rules=len(rules.current.plan.rules) - len(rules.current.purposes.hidden),
        waiting_bytes=door.intake.waiting_bytes,
        requests=counts.requests,
        refused=counts.refused,
        events=counts.events,
        duplicates=counts.duplicates,
        bad=counts.bad,
        unmatched=door.batching.unmatched,
        indicators=door.batching.indicators,
        patterns=door.batching.patterns,
        remembered=len(store.seen),
        remembered_bytes=store.seen.bytes,
        remembers_seconds=store.seen.reach.total_seconds(),
        aside=tuple(
            SetAside(
                title=rule.title,
                since=one.since,
                until=one.until,
                organisation=one.organisation,
                source=one.source,
                rule=rule.id,
            )
            for rule, one in (*rules.current.aside, *patterns.aside)
        ),
        unasked=rules.current.plan.unasked() + patterns.unasked(),
    )


class _Server(uvicorn.Server):
    """Ends when it is asked to, and then lets its caller go on: what was taken is still to be finished."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let the signals that ask for an end ask for it, and not kill the process afterwards."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _web(settings: Settings, door: Door) -> uvicorn.Config:
    chain, key = settings.certificate or (None, None)
    listener = uvicorn.Config(
        door,
        ssl_certfile=chain,
        ssl_keyfile=key,
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return renewing(listener, chain=chain, key=key, renew=settings.renew) if chain and key else listener


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Hold the gateway's journal folder for as long as the block lasts."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.pread(handle, 32, 0).decode(errors="replace").strip() or "unknown"
            raise BadSetupError(
                f"Another gateway (process {owner}) already writes {folder}.",
                advice="Stop it, or give this node a home of its own with --home.",
            ) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """The listening socket; several gateways of a node share one address, and the system spreads senders over them."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if settings.shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise BadSetupError(
                f"The gateway cannot listen on {settings.host}:{settings.port}: {error.strerror}.",
                advice="Stop what listens there, or set gateway_host and gateway_port in config.toml.",
            ) from error
        yield listener
