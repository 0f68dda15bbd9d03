"""Looks back in a process of its own, which can be ended at any moment and holds up nothing else."""

import multiprocessing
import resource
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import msgspec

from watchward.base.clock import Clock
from watchward.base.errors import WatchwardError
from watchward.lake.catalogue import Wanted
from watchward.node import logs
from watchward.node.lookback.choosing import choice_in, choice_of
from watchward.node.lookback.look import Found, Limits, look_back
from watchward.node.scan.parts import Part

LIMITS: Final = Limits()
_MEMORY: Final = 3 << 30
_GRACE: Final = 30.0
_EVERY: Final = 1.0

# Forked from a process that has loaded the libraries and nothing else: neither this one's threads nor its secrets.
_PROCESSES: Final = multiprocessing.get_context("forkserver")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to look for, where, and in whose events; `apart`: told for each organisation by itself."""

    lake: Path
    folders: tuple[Path, ...]
    cache: Path | None
    rule: str
    text: str
    wanted: Wanted
    limits: Limits = LIMITS
    apart: bool = False


class TooMuchError(WatchwardError):
    """It took more time or memory than it may."""


def do_next(
    lake: Path, folders: tuple[Path, ...], cache: Path | None, *, clock: Clock, stop: threading.Event | None = None
) -> bool:
    """Do the look back that has waited longest; return whether there was one.

    When it is told to stop, it leaves the look back as it is: whoever begins next puts it back.
    """
    from watchward.console.lookback import adapters  # noqa: PLC0415 - models need Django to be ready

    task = adapters.take(clock=clock)
    if task is None:
        return False
    wanted = Wanted(organisations=task.organisations, since=task.since)
    question = Question(lake=lake, folders=folders, cache=cache, rule=task.rule, text=task.text, wanted=wanted)
    ending = stop or threading.Event()

    def go_on(events: int, chosen: int) -> bool:
        return not ending.is_set() and adapters.note_progress(task, events, chosen)

    try:
        found = perform(question, go_on=go_on)
    except WatchwardError as error:
        adapters.fail(task, error.message, error.advice, clock=clock)
    else:
        if found is not None:
            adapters.finish(task, msgspec.to_builtins(found), clock=clock)
    return True


def perform(question: Question, *, go_on: Callable[[int, int], bool]) -> Found | None:
    """What a process of its own found; None where it was told to end.

    Args:
        question: what to look for.
        go_on: asked every second whether to go on, with the events looked at and all there are.

    Raises:
        TooMuchError: it took more time or memory than it may.
        WatchwardError: the rule does not load.

    """
    receiver, sender = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=_begin, args=(question, sender), daemon=True)
    process.start()
    sender.close()
    ends = time.monotonic() + question.limits.seconds + _GRACE
    events = chosen = 0
    try:
        while time.monotonic() < ends:
            if not go_on(events, chosen):
                return None
            while receiver.poll(_EVERY):
                match receiver.recv():
                    case ("progress", events, chosen):
                        break
                    case ("found", found):
                        return msgspec.json.decode(found, type=Found)
                    case ("failed", message, advice):
                        raise WatchwardError(message, advice=advice)
                    case _:
                        pass
        raise TooMuchError("It took too long.", advice="Ask for fewer days, or for one organisation.")
    except EOFError as error:
        raise TooMuchError(
            "It needs more memory than it may use.", advice="Ask for fewer days, or for one organisation."
        ) from error
    finally:
        process.kill()
        process.join()
        process.close()
        receiver.close()


def _begin(question: Question, to: Connection) -> None:
    """Look back, in a process that does nothing else."""
    logs.configure()
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    told, events = time.monotonic(), 0

    def progress(part: Part, chosen: int) -> None:
        nonlocal told, events
        events += part.events
        if time.monotonic() - told >= _EVERY:
            told = time.monotonic()
            to.send(("progress", events, chosen))

    try:
        load = choice_in if question.text else choice_of
        choice = load(question.text or question.rule, question.folders, cache=question.cache)
        found = look_back(
            question.lake,
            choice,
            wanted=question.wanted,
            limits=question.limits,
            processes=1,
            apart=question.apart,
            progress=progress,
        )
    except WatchwardError as error:
        to.send(("failed", error.message, error.advice))
    else:
        to.send(("found", msgspec.json.encode(found)))
