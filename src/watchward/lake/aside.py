"""Files held aside by other names while a backup copies them, whatever is done to the originals meanwhile.

What is held aside makes no room when it is removed, so nobody may hold it for longer than a backup takes: what one that
was killed left behind goes before anything else does.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from watchward.base.errors import BadInputError

_FOLDER: Final = "aside"


@contextmanager
def aside(lake: Path) -> Iterator[Path]:
    """A new folder on the lake's disk for links to its files; it goes afterwards.

    Raises:
        BadInputError: another backup holds it.

    """
    with _held(lake):
        folder = lake / _FOLDER
        _remove(folder)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            _remove(folder)


def let_go_of_forgotten(lake: Path) -> None:
    """Remove what nobody holds aside any more: a backup was killed."""
    if (lake / _FOLDER).exists():
        with suppress(BadInputError), _held(lake):
            _remove(lake / _FOLDER)


@contextmanager
def _held(lake: Path) -> Iterator[None]:
    with (lake / f"{_FOLDER}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BadInputError(
                "Another backup of this node is being taken.", advice="Wait until it is done, and try again."
            ) from error
        yield


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
