"""A whole node from one command: its home, its database, its processes."""

import asyncio
import fcntl
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path

import tomli_w

from watchward.base.errors import BadSetupError
from watchward.node.config import EVERYWHERE, Config, child_environment, load
from watchward.node.home import Home
from watchward.node.processes import Process, Supervisor, until_serving

PATIENCE_SECONDS = 120.0
"""How long the processes may take until they serve before the node says that something is wrong."""


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


def node_processes(config: Config, *, feed: tuple[str, ...] = ()) -> list[Process]:
    """The processes of a node with these settings.

    Args:
        config: the node's settings.
        feed: the arguments of the exercise's feed; none where there is no exercise.

    """
    home = ("--home", str(config.layout.path))
    gateways = [
        Process(
            name=f"gateway-{number}",
            arguments=("serve", "gateway", *home, *(("--number", str(number)) if number > 1 else ())),
            serves=_accepts(config.gateway_host, config.gateway_port),
        )
        for number in range(1, config.gateways + 1)
    ]
    return [
        Process(name="web", arguments=("serve", "web", *home), serves=_accepts(config.web_host, config.web_port)),
        *gateways,
        Process(name="projector", arguments=("serve", "projector", *home)),
        Process(name="worker", arguments=("serve", "worker", *home)),
        *([Process(name="exercise", arguments=feed)] if feed else []),
    ]


async def keep_running(config: Config, processes: list[Process], *, served: Callable[[], None]) -> None:
    """Run the processes until someone asks the node to stop.

    Args:
        config: the node's settings.
        processes: what to run.
        served: called once, when all of them serve.

    Raises:
        BadSetupError: one of them does not come to serve.

    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    home = config.layout
    supervisor = Supervisor(logs=home.logs, environment=child_environment({"WATCHWARD_HOME": str(home.path)}))
    async with supervisor.running(processes):
        waiting = asyncio.create_task(until_serving(processes, within_seconds=PATIENCE_SECONDS))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            waiting.cancel()
            return
        if silent := waiting.result():
            raise BadSetupError(
                f"After {PATIENCE_SECONDS:.0f} seconds these do not answer: {', '.join(silent)}.",
                advice=f"Read {home.logs / (silent[0] + '.log')}, or run watchward doctor.",
            )
        served()
        await stopping


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
