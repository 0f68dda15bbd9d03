import asyncio
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from watchward.node import processes
from watchward.node.processes import Process, Supervisor, until_serving

COUNTS_ITS_STARTS = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(60)"
IGNORES_BEING_ASKED = (
    "import os, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(60)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script(Process):
    """A process that runs a few lines of Python instead of a command of ours."""

    @property
    def command(self):
        return [sys.executable, "-c", *self.arguments]


def pids_in(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


async def pids(path: Path, *, at_least: int) -> list[int]:
    for _ in range(200):
        if len(found := pids_in(path)) >= at_least:
            return found
        await asyncio.sleep(0.05)
    pytest.fail(f"only {len(pids_in(path))} starts")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def supervisor(tmp_path: Path) -> Supervisor:
    return Supervisor(logs=tmp_path / "logs", environment=dict(os.environ))


def test_a_process_that_is_killed_is_started_again(tmp_path):
    starts = tmp_path / "starts"

    async def scenario() -> None:
        running = supervisor(tmp_path)
        async with running.running([Script(name="web", arguments=(COUNTS_ITS_STARTS, str(starts)))]):
            (first,) = await pids(starts, at_least=1)
            os.kill(first, signal.SIGKILL)
            assert len(await pids(starts, at_least=2)) == 2
        assert running.restarts == {"web": 1}

    asyncio.run(scenario())


def test_all_processes_have_ended_when_the_supervisor_has(tmp_path):
    starts = tmp_path / "starts"
    both = [Script(name=name, arguments=(COUNTS_ITS_STARTS, str(starts))) for name in ("web", "gateway-1")]

    async def scenario() -> list[int]:
        async with supervisor(tmp_path).running(both):
            return await pids(starts, at_least=2)

    assert not any(is_alive(pid) for pid in asyncio.run(scenario()))


def test_whoever_sends_has_ended_before_whoever_receives_is_asked_to(tmp_path):
    order = tmp_path / "order"
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        "    time.sleep(0.2)\n"
        f"    open({str(order)!r}, 'a').write(sys.argv[1] + ' ')\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "open(sys.argv[2], 'a').write('1\\n')\n"
        "time.sleep(60)\n"
    )
    ready = tmp_path / "ready"
    begun = [
        Script(name=name, arguments=(code, name, str(ready)), ends=turn)
        for turn, name in [(3, "web"), (1, "gateway"), (0, "feed")]
    ]

    async def scenario() -> None:
        running = supervisor(tmp_path)
        async with running.running(begun[:2]):
            await running.start(begun[2:])
            await pids(ready, at_least=3)

    asyncio.run(scenario())

    assert order.read_text().split() == ["feed", "gateway", "web"]


def test_a_process_that_keeps_ending_is_not_waited_for():
    async def no() -> bool:
        return False

    ends = Process(name="gateway-1", arguments=(), serves=no)

    waiting = until_serving([ends], within_seconds=3600, restarts={"gateway-1": processes.HOPELESS})

    assert asyncio.run(waiting) == ["gateway-1"]


def test_a_process_that_will_not_stop_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.3)
    starts = tmp_path / "starts"

    async def scenario() -> list[int]:
        stubborn = Script(name="web", arguments=(IGNORES_BEING_ASKED, str(starts)))
        async with supervisor(tmp_path).running([stubborn]):
            return await pids(starts, at_least=1)

    assert not any(is_alive(pid) for pid in asyncio.run(scenario()))


def test_what_a_process_prints_is_kept_in_its_log(tmp_path):
    async def scenario() -> None:
        async with supervisor(tmp_path).running([Script(name="web", arguments=("print('no rules found')",))]):
            for _ in range(100):
                path = tmp_path / "logs" / "web.log"
                if path.exists() and path.stat().st_size:
                    break
                await asyncio.sleep(0.05)

    asyncio.run(scenario())

    assert "no rules found" in (tmp_path / "logs" / "web.log").read_text()


def test_waiting_names_the_process_that_does_not_serve():
    async def yes() -> bool:
        return True

    async def no() -> bool:
        return False

    both = [Process(name="web", arguments=(), serves=yes), Process(name="gateway-1", arguments=(), serves=no)]

    assert asyncio.run(until_serving(both, within_seconds=0.3)) == ["gateway-1"]


def test_the_wait_between_restarts_grows_and_is_forgotten_after_a_steady_run():
    pause = processes._Pause()

    waits = [pause.after(lived_seconds=0) for _ in range(9)]

    assert waits == sorted(waits)
    assert waits[-1] == processes.LONGEST_PAUSE_SECONDS
    assert pause.after(lived_seconds=processes.STEADY_SECONDS) == processes.FIRST_PAUSE_SECONDS


def test_processes_end_when_their_supervisor_is_killed(tmp_path):
    starts = tmp_path / "starts"
    code = (
        "import asyncio, os, pathlib, sys\n"
        "from watchward.node.processes import Supervisor, Process\n"
        "class Script(Process):\n"
        "    @property\n"
        "    def command(self): return [sys.executable, '-c', *self.arguments]\n"
        "async def main():\n"
        f"    child = Script(name='web', arguments=({COUNTS_ITS_STARTS!r}, {str(starts)!r}))\n"
        f"    watch = Supervisor(logs=pathlib.Path({str(tmp_path)!r}), environment=dict(os.environ))\n"
        "    async with watch.running([child]): await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )

    async def scenario() -> tuple[asyncio.subprocess.Process, list[int]]:
        parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
        children = await pids(starts, at_least=1)
        parent.kill()
        await parent.wait()
        return parent, children

    _, children = asyncio.run(scenario())
    deadline = time.monotonic() + 5
    while any(is_alive(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(is_alive(pid) for pid in children)
