"""The node's processes: start them, see that they answer, restart those that end, and stop them all together.

The supervisor is one small process that does nothing else, so that whatever goes wrong in a child, something is left to
start it again. In production each process is a unit or container of its own, started by its own command; then nothing
here runs.
"""

import asyncio
import ctypes
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
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

LOG_BYTES = 20_000_000
"""A log of a process is set aside when it has grown to this size; one old log is kept."""

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One of the node's processes: the `watchward` command that it runs, and how to tell that it serves."""

    name: str
    arguments: tuple[str, ...]
    serves: Callable[[], Awaitable[bool]] | None = None

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

    @asynccontextmanager
    async def running(self, processes: Sequence[Process]) -> AsyncIterator[None]:
        """Keep `processes` running for as long as the block lasts; then end them and wait until they have."""
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        keepers = [asyncio.create_task(self._keep(process), name=process.name) for process in processes]
        try:
            yield
        finally:
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)

    async def _keep(self, process: Process) -> None:
        pause = _Pause()
        while True:
            started = time.monotonic()
            code = await self._run_once(process)
            wait = pause.after(time.monotonic() - started)
            self.restarts[process.name] = self.restarts.get(process.name, 0) + 1
            log.warning("process_ended", process=process.name, code=code, restart_in_seconds=wait)
            await asyncio.sleep(wait)

    async def _run_once(self, process: Process) -> int:
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
                preexec_fn=_end_with_parent,  # safe here: the supervisor has no other threads
            )
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


async def until_serving(processes: Sequence[Process], *, within_seconds: float) -> list[str]:
    """Wait until every process serves that can tell.

    Returns:
        The names of those that still do not; empty when all do.

    """
    waiting = {process.name: process.serves for process in processes if process.serves}
    deadline = time.monotonic() + within_seconds
    while waiting and time.monotonic() < deadline:
        for name, serves in list(waiting.items()):
            if await serves():
                del waiting[name]
        await asyncio.sleep(0.1)
    return sorted(waiting)
