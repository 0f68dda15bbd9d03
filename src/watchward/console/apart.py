"""Work that takes long, in a process of its own: it holds up nothing else, and its memory is given back at its end."""

import multiprocessing
import os
import pkgutil
import resource
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Final

from watchward.base.errors import WatchwardError
from watchward.console import config
from watchward.console.config import ConsoleConfig

MEMORY: Final = 4 << 30
"""So many bytes a process of its own may use: the map of a nation takes a fourth of it."""

LONGEST_SECONDS: Final = 1800.0
_LOOK_SECONDS: Final = 0.5
_NICE: Final = 10

_ending = threading.Event()

# Forked from a process that has loaded the libraries and nothing else: this one's threads and connections stay here.
_PROCESSES: Final = multiprocessing.get_context("forkserver")


def end_all() -> None:
    """End what is under way in processes of their own, and begin no more: this process is asked to end."""
    _ending.set()


def do_apart(work: Callable[[], object], *, seconds: float = LONGEST_SECONDS) -> None:
    """Do some work, a function of a module, in a process that gives way to all others; it may be killed at any time.

    Raises:
        WatchwardError: it failed, took too long, or needed too much memory.

    """
    if _ending.is_set():
        return
    receiver, sender = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=_begin, args=(_name_of(work), config.current(), sender), daemon=True)
    process.start()
    sender.close()
    ends = time.monotonic() + seconds
    try:
        while not receiver.poll(_LOOK_SECONDS):
            if _ending.is_set():
                return
            if time.monotonic() > ends:
                raise WatchwardError("It took too long.", advice="It is tried again. Give the node a faster machine.")
        if told := receiver.recv():
            message, advice = told
            raise WatchwardError(message, advice=advice)
    except EOFError as error:
        raise WatchwardError(
            "It was killed, or needs more memory than it may use.",
            advice="It is tried again. See in the system's log who ended it, and how much memory is free.",
        ) from error
    finally:
        process.kill()
        process.join()
        process.close()
        receiver.close()


def _name_of(work: Callable[[], object]) -> str:
    # By its name: the new process has to make Django ready before it can load the module.
    return f"{work.__module__}:{getattr(work, '__name__', '')}"


def _begin(work: str, told: ConsoleConfig, to: Connection) -> None:
    """Do it, in a process that does nothing else."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _start_django(told)
    try:
        pkgutil.resolve_name(work)()
    except WatchwardError as error:
        to.send((error.message, error.advice))
    except Exception as error:
        # Whatever it was, the process that waits says it where people look, and goes on.
        to.send((f"{type(error).__name__}: {error}", "It is tried again after its interval."))
        raise
    else:
        to.send(None)


def _start_django(told: ConsoleConfig) -> None:
    import django  # noqa: PLC0415 - only the new process needs it made ready

    config.use(told)
    # Django itself asks the environment for the name of its settings.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchward.console.settings")  # noqa: TID251
    django.setup()
