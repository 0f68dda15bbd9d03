"""Files that are there whole, whatever happens."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def turn(lock: Path) -> Iterator[None]:
    """Be the only one inside, of all processes and threads that name the same file; who comes later waits."""
    lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def put_whole(path: Path, content: bytes) -> None:
    """Put a file in the place of the one before; after a power cut one of the two is there whole. Only we may read it.

    Raises:
        OSError: the disk refused it; the one before is still there.

    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    _sync(path.parent)


def add_to(path: Path, content: bytes) -> None:
    """Write something at the end of a file that is there; when this returns it is on disk.

    Raises:
        OSError: the disk refused it; a part of it may be there.

    """
    handle = os.open(path, os.O_WRONLY | os.O_APPEND)
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync(folder: Path) -> None:
    """Have the folder's own entries on disk, or a rename that was done could be undone by a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
