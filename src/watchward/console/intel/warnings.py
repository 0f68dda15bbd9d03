"""The warninglists of this node: what everybody visits, read from the folder `warninglists` in its home."""

from functools import lru_cache
from pathlib import Path

from watchward.console.config import current
from watchward.intel.warninglist_files import load
from watchward.intel.warninglists import Warninglists


def warninglists() -> Warninglists | None:
    """The lists, compiled; None where nobody has put any there."""
    folder = current().home / "warninglists"
    if not folder.is_dir():
        return None
    files = sorted(folder.rglob("*.json"))
    return _loaded(folder, max((one.stat().st_mtime_ns for one in files), default=0), len(files))


@lru_cache(maxsize=1)
def _loaded(folder: Path, changed: int, files: int) -> Warninglists:  # noqa: ARG001 - read again when these differ
    return load(folder)
