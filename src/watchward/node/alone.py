"""Processes of which a node runs one: the first holds a lock until it ends."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from watchward.base.errors import BadSetupError


@contextmanager
def alone(home: Path, what: str) -> Iterator[None]:
    """Hold the lock of the node's only process of a kind.

    Args:
        home: the node's home.
        what: the process, such as projector.

    Raises:
        BadSetupError: another one holds it.

    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / f"{what}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BadSetupError(
                f"Another {what} works on {home}.",
                advice="A node has one. Stop the other, or give this one another --home.",
            ) from error
        yield
