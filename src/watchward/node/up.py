"""A whole node from one command: its home, its database, its processes."""

import asyncio
import fcntl
import signal
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from pathlib import Path
from typing import Any

import tomli_w

from watchward.base.errors import BadSetupError
from watchward.node.config import EVERYWHERE, Config, child_environment, load
from watchward.node.home import Home
from watchward.node.lists import are_read
from watchward.node.processes import Process, Supervisor, until_serving

PATIENCE_SECONDS = 300.0
"""How long the processes may take until they serve before the node says that something is wrong.

The first start of a fresh installation compiles the matcher: half a minute of one core, and on a slow one more.
"""

LAST_LINES = 8
"""How many lines of a process's log are shown when it does not come to serve."""


LONG_SECONDS = 8.0
"""A start that takes longer than this is explained."""


_WANTED_SECONDS = 0.5
"""Between two looks at whether a process is wanted."""


class Ends(IntEnum):
    """Whose turn it is to end: first who sends, then who receives, then who works on what was received."""

    FEED = 0
    GATEWAY = 1
    WORK = 2
    WEB = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """The processes of a node, in the order in which they start.

    Args:
        gateways: need no database, and load longest: they start at once.
        web: starts when the database is ready.
        work: what need not be there for people and senders to be served, and would take the processor from what must.
        later: what starts once it is wanted, and how to tell that.

    """

    gateways: tuple[Process, ...]
    web: Process
    work: tuple[Process, ...]
    later: tuple[tuple[Process, Callable[[], bool]], ...] = ()

    @property
    def serving(self) -> tuple[Process, ...]:
        """Those that people and senders wait for."""
        return (*self.gateways, self.web)

    @property
    def processes(self) -> tuple[Process, ...]:
        """All that every node has."""
        return (*self.serving, *self.work)


def open_home(path: Path | None, *, exercise: bool) -> Config:
    """Make the node's home where there is none, and read its settings.

    Raises:
        BadSetupError: an exercise is asked of a home that is a real node's.

    """
    config = load(path)
    home = config.layout
    if not home.config.exists():
        home.create()
        home.config.write_text(tomli_w.dumps({"exercise": exercise}))
        return load(home.path)
    if exercise and not config.exercise:
        raise BadSetupError(
            f"{home.path} is the home of a real node, and an exercise would mix invented events with real ones.",
            advice="Name another folder with --home, or leave --exercise out.",
        )
    home.create()
    return config


@contextmanager
def sole_use(home: Home) -> Iterator[None]:
    """Hold the home for this node alone.

    Raises:
        BadSetupError: another node runs on it.

    """
    with (home.path / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BadSetupError(
                f"Another node is running on {home.path}.",
                advice="Stop it first, or start this one with another --home and other ports in its config.toml.",
            ) from error
        yield


def node_of(config: Config, *, feed: tuple[str, ...] = ()) -> Node:
    """The processes of a node with these settings.

    Args:
        config: the node's settings.
        feed: the arguments of the exercise's feed; none where there is no exercise.

    """
    home = ("--home", str(config.layout.path))
    web = Process(
        name="web",
        arguments=("serve", "web", *home),
        serves=_answers(config.web_host, config.web_port, tls=config.web_tls),
        ends=Ends.WEB,
    )
    gateways = tuple(
        Process(
            name=f"gateway-{number}",
            arguments=("serve", "gateway", *home, *(("--number", str(number)) if number > 1 else ())),
            serves=_accepts(config.gateway_host, config.gateway_port),
            ends=Ends.GATEWAY,
        )
        for number in range(1, config.gateways + 1)
    )
    work = (
        Process(name="projector", arguments=("serve", "projector", *home), ends=Ends.WORK),
        Process(name="worker", arguments=("serve", "worker", *home), ends=Ends.WORK),
        *([Process(name="exercise", arguments=feed, ends=Ends.FEED)] if feed else []),
    )
    lists = Process(name="lists", arguments=("serve", "lists", *home), ends=Ends.WORK)
    link = Process(name="link", arguments=("serve", "link", *home), ends=Ends.WORK)
    return Node(
        gateways=gateways,
        web=web,
        work=work,
        later=((lists, partial(are_read, config.layout.controls)), (link, config.layout.parent.exists)),
    )


async def keep_running(
    config: Config, node: Node, *, prepare: Callable[[], None], slow: Callable[[], None], served: Callable[[], None]
) -> None:
    """Run a node until someone asks it to stop.

    Args:
        config: the node's settings.
        node: its processes.
        prepare: makes the database ready, while the gateways load.
        slow: called when the node takes long until it serves.
        served: called once, when it serves.

    Raises:
        BadSetupError: one of the processes does not come to serve.

    """
    home = config.layout
    supervisor = Supervisor(logs=home.logs, environment=child_environment({"WATCHWARD_HOME": str(home.path)}))
    stopping = asyncio.create_task(_stop().wait())
    async with supervisor.running(node.gateways):
        if not await _unless(stopping, _beside(prepare)):
            return
        await supervisor.start([node.web])
        waiting = asyncio.create_task(
            until_serving(node.serving, within_seconds=PATIENCE_SECONDS, restarts=supervisor.restarts)
        )
        explaining = asyncio.get_running_loop().call_later(LONG_SECONDS, slow)
        go_on = await _unless(stopping, waiting)
        explaining.cancel()
        if not go_on:
            return
        if silent := waiting.result():
            raise _silent(silent[0], home)
        served()
        await supervisor.start(node.work)
        watching = asyncio.create_task(_start_wanted(supervisor, node.later))
        await stopping
        watching.cancel()


async def _start_wanted(supervisor: Supervisor, later: Sequence[tuple[Process, Callable[[], bool]]]) -> None:
    """Start each process once it is wanted."""
    waiting = list(later)
    while waiting:
        for one in [one for one in waiting if one[1]()]:
            waiting.remove(one)
            await supervisor.start([one[0]])
        await asyncio.sleep(_WANTED_SECONDS)


async def _unless(stopping: asyncio.Future[Any], work: asyncio.Future[Any]) -> bool:
    """Wait for some work, and return whether it was done before someone asked the node to stop."""
    await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not work.done():
        work.cancel()
        return False
    work.result()
    return True


def _beside(work: Callable[[], None]) -> asyncio.Future[None]:
    """Do something on a thread of its own, which nobody waits for when the node is stopped meanwhile."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()

    def settle(error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error:
            future.set_exception(error)
        else:
            future.set_result(None)

    def run() -> None:
        error: BaseException | None = None
        try:
            work()
        except BaseException as raised:  # noqa: BLE001 - whoever waits is told of it
            error = raised
        with suppress(RuntimeError):  # the node was stopped meanwhile
            loop.call_soon_threadsafe(settle, error)

    threading.Thread(target=run, name="prepare", daemon=True).start()
    return future


def _stop() -> asyncio.Event:
    """Set when someone asks this process to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _silent(name: str, home: Home) -> BadSetupError:
    """What to say of a process that does not come to serve: the last that it said itself."""
    path = home.logs / f"{name}.log"
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    last = "\n".join(f"  {line}" for line in lines[-LAST_LINES:])
    return BadSetupError(
        f"The process {name} does not come to serve. The last that it said:\n{last}",
        advice=f"Read {path}, or run watchward doctor.",
    )


def check_ports(config: Config) -> None:
    """Make sure that nothing else listens where this node will.

    Raises:
        BadSetupError: something does.

    """
    for setting, host, port in (
        ("web_port", config.web_host, config.web_port),
        ("gateway_port", config.gateway_host, config.gateway_port),
    ):
        if asyncio.run(_accepts(host, port)()):
            raise BadSetupError(
                f"Something else listens on {host}, port {port}.",
                advice=f"Stop it, or set {setting} in {config.layout.config}.",
            )


def _accepts(host: str, port: int) -> Callable[[], Coroutine[None, None, bool]]:
    """Whether something accepts connections there."""
    address = "127.0.0.1" if host in EVERYWHERE else host

    async def accepts() -> bool:
        try:
            _, writer = await asyncio.open_connection(address, port)
        except OSError:
            return False
        writer.close()
        return True

    return accepts


_ASK = b"GET /account/sign-in/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
_ANSWERED_WITHIN_SECONDS = 30.0


def _answers(host: str, port: int, *, tls: bool) -> Callable[[], Coroutine[None, None, bool]]:
    """Whether the console answers there with a page: then everything that a page needs is loaded."""
    address = "127.0.0.1" if host in EVERYWHERE else host
    context = ssl.create_default_context()
    context.check_hostname = False  # nothing is told and nothing is believed: is there an answer at all?
    context.verify_mode = ssl.CERT_NONE

    async def answers() -> bool:
        try:
            reader, writer = await asyncio.open_connection(address, port, ssl=context if tls else None)
            writer.write(_ASK)
            first = await asyncio.wait_for(reader.readline(), _ANSWERED_WITHIN_SECONDS)
        except (OSError, TimeoutError):
            return False
        writer.close()
        return first.startswith(b"HTTP/1.1 200")

    return answers
