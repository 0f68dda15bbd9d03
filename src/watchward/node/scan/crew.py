"""Work done by several processes, forked from this one with all that it holds in memory (ADR 0083)."""

import os
import pickle
import signal
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

from watchward.base.errors import BadSetupError

Task = TypeVar("Task")
Result = TypeVar("Result")

AHEAD = 2
"""How many tasks a process is given at once: one to do, and one to go on with."""

WAITING = 16
"""How many tasks for each process may wait for one before them: what came of them takes memory."""

_FORK = get_context("fork")


@dataclass(frozen=True, slots=True)
class Known(Generic[Result]):
    """Stands among the tasks for a result that needs no work, and keeps its place among the others."""

    result: Result


@dataclass(frozen=True, slots=True)
class _Done:
    """What a process says when it has done a task."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """What a process says when it could not do a task."""

    error: BaseException


@dataclass(slots=True, eq=False)
class _Outcome(Generic[Result]):
    """What has come of a task so far."""

    results: deque[Result] = field(default_factory=deque)
    done: bool = False


@dataclass(slots=True, eq=False)
class _Member(Generic[Task, Result]):
    """One process, the line to it, and the tasks that it has not done yet."""

    line: "Connection[Any, Any]"
    process: BaseProcess
    given: deque[tuple[Task, _Outcome[Result]]] = field(default_factory=deque)


class Crew(Generic[Task, Result]):
    """Processes that do tasks; used as a context, they end with it.

    Args:
        do: does a task, in a process of the crew.
        members: how many processes there are.

    """

    def __init__(self, do: Callable[[Task], Iterable[Result]], *, members: int) -> None:
        self._do = do
        self._count = members
        self._members: list[_Member[Task, Result]] = []

    def __enter__(self) -> Self:
        pipes = [_FORK.Pipe() for _ in range(self._count)]
        with warnings.catch_warnings():
            # Libraries hold threads ready. None of them is at work, so a fork finds no lock taken.
            warnings.filterwarnings("ignore", message=".*multi-threaded, use of fork", category=DeprecationWarning)
            for ours, theirs in pipes:
                others = [line for pipe in pipes for line in pipe if line is not theirs]
                process = _FORK.Process(target=self._work, args=(theirs, others), daemon=True)
                process.start()
                self._members.append(_Member(line=ours, process=process))
        for _, theirs in pipes:
            theirs.close()
        return self

    def __exit__(self, *_: object) -> None:
        for member in self._members:
            member.process.kill()
            member.process.join()
            member.line.close()

    def results(self, tasks: Iterator[Task | Known[Result]], done: Callable[[Task], None]) -> Iterator[Result]:
        """What comes of the tasks, in their order; `done` hears of each as soon as it is done.

        A task is taken from `tasks` when a process has room for it. What a process raises is raised here.
        """
        order: deque[_Outcome[Result]] = deque()
        while True:
            self._hand_out(tasks, order)
            while order and (order[0].results or order[0].done):
                yield from _taken(order[0].results)
                if order[0].done:
                    order.popleft()
            if not order:
                return
            self._listen(done)

    def memory(self) -> int:
        """The most memory that the processes have held besides what they share with this one, in bytes."""
        return sum(_own_memory(member.process.pid) for member in self._members)

    def _hand_out(self, tasks: Iterator[Task | Known[Result]], order: deque[_Outcome[Result]]) -> None:
        while len(order) < WAITING * self._count:
            member = min(self._members, key=lambda one: len(one.given))
            if len(member.given) == AHEAD or (task := next(tasks, None)) is None:
                return
            if isinstance(task, Known):
                order.append(_Outcome(results=deque([task.result]), done=True))
            else:
                order.append(_Outcome())
                member.given.append((task, order[-1]))
                with suppress(ConnectionError):  # why it is no longer there will be heard when it is listened to
                    member.line.send(task)

    def _listen(self, done: Callable[[Task], None]) -> None:
        """Take what the processes have to say; wait until one of them has something."""
        busy = {member.line: member for member in self._members if member.given}
        for line in wait(list(busy)):
            member = busy[line]  # type: ignore[index]  # they are the lines that it was given
            match _heard(member):
                case _Done():
                    task, outcome = member.given.popleft()
                    outcome.done = True
                    done(task)
                case _Failed(error):
                    raise error
                case result:
                    member.given[0][1].results.append(result)

    def _work(self, line: "Connection[Any, Any]", others: Iterable["Connection[Any, Any]"]) -> None:
        """What a process does, until there is no one left to do it for."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # who presses Ctrl-C means the process that will end this one
        for other in others:
            other.close()
        try:
            while True:
                for result in self._do(line.recv()):
                    line.send(result)
                line.send(_Done())
        except (EOFError, ConnectionError):
            pass
        except BaseException as error:  # noqa: BLE001 - it is raised again where the results are taken
            error.add_note("".join(traceback.format_exception(error)))
            line.send(_Failed(_sendable(error)))
        finally:
            os._exit(0)  # nothing that was inherited half written, such as standard output, may be written twice


def _sendable(error: BaseException) -> BaseException:
    """The error itself, or, where it does not stand the way to another process, one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - it was written in this very line
    except Exception:  # noqa: BLE001 - whatever an error may do when it is copied
        said = RuntimeError(f"{type(error).__name__}: {error}")
        said.__notes__ = error.__notes__
        return said
    return error


def _taken(results: deque[Result]) -> Iterator[Result]:
    while results:
        yield results.popleft()


def _heard(member: _Member[Any, Any]) -> Any:
    try:
        return member.line.recv()
    except (EOFError, ConnectionError) as error:
        member.process.join()
        raise BadSetupError(
            f"One of the processes that share the work was ended from outside (exit code {member.process.exitcode}).",
            advice="It may have lacked memory. On one core less is needed: taskset -c 0 watchward scan …",
        ) from error


def _own_memory(process: int | None) -> int:
    """The most memory that a forked process has held of its own, in bytes: what it holds now, and held more before.

    Where the kernel does not tell what is shared, that is counted as well.
    """
    most = _kibibytes(Path(f"/proc/{process}/status"))["VmHWM"]
    try:
        now = _kibibytes(Path(f"/proc/{process}/smaps_rollup"))
    except OSError:
        return 1024 * most
    return 1024 * (now["Private_Clean"] + now["Private_Dirty"] + max(0, most - now["Rss"]))


def _kibibytes(file: Path) -> dict[str, int]:
    lines = (line.split() for line in file.read_text().splitlines() if line.endswith(" kB"))
    return {words[0].rstrip(":"): int(words[1]) for words in lines}
