"""Looks for new indicators in a process of its own, which can be ended at any moment and goes on from there later."""

import multiprocessing
import os
import resource
import threading
from pathlib import Path
from typing import Final

import structlog

from watchward.base.clock import Clock, SystemClock
from watchward.base.errors import WatchwardError
from watchward.lake import asking
from watchward.node import logs
from watchward.node.alone import alone
from watchward.node.home import Home
from watchward.node.lookback.indicators import look

log = structlog.get_logger()

LOCK: Final = "looking back"
"""What only one process of a node does at a time."""

_TRIES: Final = 20
"""So often a look is begun; what ends it each time will do so again."""

_MEMORY: Final = 3 << 30
_EVERY: Final = 0.2
_NICE: Final = 5
"""Gateways, which look for the same in what comes now, have the processor first."""

_MOST_PROCESSES: Final = 4

# Forked from a process that has loaded the libraries and nothing else: neither this one's threads nor its secrets.
_PROCESSES: Final = multiprocessing.get_context("forkserver")


def processes() -> int:
    """How many processes share the work."""
    return min(len(os.sched_getaffinity(0)), _MOST_PROCESSES)


def do_next(home: Home, *, clock: Clock, stop: threading.Event) -> bool:
    """Do what has waited longest, if anything; when it is told to stop, whoever begins next goes on from there."""
    waiting = asking.waiting(home.looks)
    if not waiting:
        return False
    if asking.tried(waiting[0]) > _TRIES:
        log.error("look_given_up", look=waiting[0].name, advice="What stands before it in this log says why.")
        asking.give_up(waiting[0])
        return True
    process = _PROCESSES.Process(target=_begin, args=(home.path, waiting[0]))
    began = clock.now()
    process.start()
    while process.is_alive() and not stop.is_set():
        process.join(_EVERY)
    if process.is_alive():
        process.terminate()
    process.join()
    if process.exitcode:
        log.warning("look_ended_early", look=waiting[0].name, code=process.exitcode, began=began.isoformat())
    process.close()
    return True


def _begin(home: Path, folder: Path) -> None:
    """Look, in a process that does nothing else."""
    logs.configure()
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_NICE)
    try:
        with alone(home, LOCK):
            look(Home(home), folder, clock=SystemClock(), processes=processes())
    except WatchwardError as error:
        log.error("not_looked_back", reason=str(error))  # noqa: TRY400 - the reason is all there is to say
