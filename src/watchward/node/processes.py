"""The node's processes: start them, see that they answer, restart those that end, and stop them in good order.

The supervisor is one small process that does nothing else, so that whatever goes wrong in a child, something is left to
start it again. In production each process is a unit or container of its own, started by its own command; then nothing
here runs.
"""

import asyncio
import ctypes
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

STOP_SECONDS = 20.0
"""How long a process may take to finish what it holds before it is killed."""

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
"""A process that ran this long starts again at once; one that keeps ending waits longer each time."""

HOPELESS = 3
"""A process that had to be started again this often before it served will not serve."""

_LOOK_SECONDS = 0.05
"""Between two looks at whether a process serves."""

LOG_BYTES = 20_000_000
"""A log of a process is set aside when it has grown to this size; one old log is kept."""

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One of the node's processes.

    Args:
        name: what it is called, in the logs too.
        arguments: the `watchward` command that it runs.
        serves: how to tell that it serves; without it, it need not.
        ends: its turn to end; those with a lower number have ended before those with a higher one are asked to.

    """

    name: str
    arguments: tuple[str, ...]
    serves: Callable[[], Awaitable[bool]] | None = None
    ends: int = 0

    @property
    def command(self) -> list[str]:
        """The whole command, run by the same Python as this."""
        return [sys.executable, "-m", "watchward", *self.arguments]


@dataclass(slots=True)
class _Pause:
    """The growing wait between restarts."""

    seconds: float = FIRST_PAUSE_SECONDS

    def after(self, lived_seconds: float) -> float:
        """How long to wait before the next start, given how long the process lived."""
        if lived_seconds >= STEADY_SECONDS:
            self.seconds = FIRST_PAUSE_SECONDS
        pause, self.seconds = self.seconds, min(self.seconds * 2, LONGEST_PAUSE_SECONDS)
        return pause


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """Runs processes until it is told to stop.

    Args:
        logs: the folder in which each process's output is kept, one file a process.
        environment: what the processes get as their environment.

    """

    logs: Path
    environment: dict[str, str]
    restarts: dict[str, int] = field(default_factory=dict)
    _keepers: list[tuple[Process, asyncio.Task[None]]] = field(default_factory=list)

    @asynccontextmanager
    async def running(self, processes: Sequence[Process]) -> AsyncIterator[None]:
        """Keep `processes` running for as long as the block lasts; then end all, each in its turn."""
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            await self.start(processes)
            yield
        finally:
            for turn in sorted({process.ends for process, _ in self._keepers}):
                ending = [keeper for process, keeper in self._keepers if process.ends == turn]
                for keeper in ending:
                    keeper.cancel()
                await asyncio.gather(*ending, return_exceptions=True)

    async def start(self, processes: Sequence[Process]) -> None:
        """Keep these running too; return when each has begun."""
        begun = [asyncio.Event() for _ in processes]
        for process, event in zip(processes, begun, strict=True):
            self._keepers.append((process, asyncio.create_task(self._keep(process, event), name=process.name)))
        for event in begun:
            await event.wait()

    async def _keep(self, process: Process, begun: asyncio.Event) -> None:
        pause = _Pause()
        while True:
            started = time.monotonic()
            code = await self._run_once(process, begun)
            wait = pause.after(time.monotonic() - started)
            self.restarts[process.name] = self.restarts.get(process.name, 0) + 1
            log.warning("process_ended", process=process.name, code=code, restart_in_seconds=wait)
            await asyncio.sleep(wait)

    async def _run_once(self, process: Process, begun: asyncio.Event) -> int:
        path = self.logs / f"{process.name}.log"
        _set_aside(path)
        with path.open("ab") as output:
            child = await asyncio.create_subprocess_exec(
                *process.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self.environment,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # safe here: it takes no lock that another thread might hold
            )
        begun.set()
        try:
            return await child.wait()
        finally:
            if child.returncode is None:
                await _end(child)


def _set_aside(path: Path) -> None:
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))


def _end_with_parent() -> None:
    """Have the kernel end this process when the supervisor is killed, so that no orphan holds a port or the home."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


async def _end(child: asyncio.subprocess.Process) -> None:
    """Ask a process to finish what it holds, and kill it when it does not."""
    child.terminate()
    try:
        await asyncio.wait_for(asyncio.shield(child.wait()), STOP_SECONDS)
    except TimeoutError:
        child.kill()
        await child.wait()


async def until_serving(
    processes: Sequence[Process], *, within_seconds: float, restarts: Mapping[str, int] | None = None
) -> list[str]:
    """Wait until every process serves that can tell.

    Args:
        processes: which.
        within_seconds: how long to wait.
        restarts: how often each had to be started again; whoever keeps ending is not waited for.

    Returns:
        The names of those that still do not; empty when all do.

    """
    waiting = {process.name: process.serves for process in processes if process.serves}
    deadline = time.monotonic() + within_seconds
    while waiting and time.monotonic() < deadline:
        for name, serves in list(waiting.items()):
            if await serves():
                del waiting[name]
        if hopeless := [name for name in waiting if (restarts or {}).get(name, 0) >= HOPELESS]:
            return hopeless
        await asyncio.sleep(_LOOK_SECONDS)
    return sorted(waiting)
