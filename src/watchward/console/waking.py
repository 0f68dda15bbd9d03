"""How a process of the node has the worker do a job at once: by an empty file of its name, which the worker takes away.

A job comes round by itself as well, so that a call which nobody heard delays it and loses nothing.
"""

from contextlib import suppress
from functools import partial
from pathlib import Path

from django.db import transaction

from watchward.console.config import current


def calls() -> Path:
    """The folder of the files."""
    return current().home / "calls"


def wake_on_commit(job: str) -> None:
    """Have the worker do a job, by its name, as soon as what is being written can be read."""
    transaction.on_commit(partial(_wake, job), robust=True)  # if it fails, the job comes round


def _wake(job: str) -> None:
    with suppress(FileNotFoundError):  # a node without a home has no worker
        calls().mkdir(mode=0o700, exist_ok=True)
        (calls() / job).touch(mode=0o600)


def heard() -> frozenset[str]:
    """The jobs that were called since the last look; each call is heard once, and before its job begins."""
    try:
        called = list(calls().iterdir())
    except FileNotFoundError:
        return frozenset()
    for one in called:
        one.unlink(missing_ok=True)
    return frozenset(one.name for one in called)
