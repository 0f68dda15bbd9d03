"""Files that are there whole, whatever happens."""

import os
import tempfile
from pathlib import Path


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


def _sync(folder: Path) -> None:
    """Have the folder's own entries on disk, or a rename that was done could be undone by a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
