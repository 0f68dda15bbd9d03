"""What this node knows of a thing before anybody blocks it: whether one may, and whether everybody uses it."""

from functools import lru_cache
from pathlib import Path

import structlog

from watchward.console.config import current
from watchward.intel import warninglist_files
from watchward.intel.errors import IntelError
from watchward.intel.observable import Observable
from watchward.intel.warninglists import Warninglists
from watchward.respond.blocks.refusing import Judged, judge

log = structlog.get_logger()


def judged(thing: Observable) -> Judged:
    """Whether it may be blocked, and by whom."""
    return judge(thing, lists=warninglists())


def warninglists() -> Warninglists | None:
    """The lists of what everybody uses, as they lie in the node's home (`intel/warninglists`); None where none do."""
    folder = current().home / "intel" / "warninglists"
    try:
        newest = max((one.stat().st_mtime_ns for one in [folder, *folder.rglob("*")]), default=0)
    except OSError:
        return None
    return _loaded(folder, newest)


@lru_cache(maxsize=2)
def _loaded(folder: Path, newest: int) -> Warninglists | None:  # noqa: ARG001 - another time, other lists
    try:
        return warninglist_files.load(folder)
    except (IntelError, OSError) as error:
        log.warning("warninglists_unreadable", reason=str(error))
        return None
