"""What this node knows to be harmless: the sector's own names and networks, and what everybody visits."""

import hashlib
from functools import lru_cache
from pathlib import Path

import structlog

from watchward.console.config import current
from watchward.intel.errors import IntelError
from watchward.intel.never import Own
from watchward.intel.warninglist_files import load
from watchward.intel.warninglists import Warninglists
from watchward.intel.withheld import Withholding

log = structlog.get_logger(__name__)


def own() -> Own:
    """The sector's own names and networks, as the node's settings say them."""
    return _own(current().own_domains, current().own_networks)


def warninglists() -> Warninglists | None:
    """The lists, compiled; None where nobody has put any there."""
    folder = _folder()
    newest = _newest(folder)
    return _loaded(folder, newest) if newest is not None else None


def withholding() -> Withholding:
    """What decides what indicators do not look for."""
    return Withholding(own=own(), lists=warninglists(), anyway=frozenset(current().looked_for_anyway))


def edition() -> str:
    """What changes whenever something else may be withheld."""
    config = current()
    said = (config.own_domains, config.own_networks, config.looked_for_anyway, _newest(_folder()))
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _folder() -> Path:
    return current().warninglists or current().home / "warninglists"


def _newest(folder: Path) -> tuple[int, int] | None:
    """What changes whenever the files of a folder do; None where there is none."""
    try:
        times = [one.stat().st_mtime_ns for one in [folder, *folder.rglob("*")]] if folder.is_dir() else []
    except OSError:  # a file went meanwhile: the next look finds what there is
        times = []
    return (max(times), len(times)) if times else None


@lru_cache(maxsize=2)
def _loaded(folder: Path, newest: tuple[int, int]) -> Warninglists | None:  # noqa: ARG001 - another time, other lists
    try:
        return load(folder)
    except (IntelError, OSError) as error:
        log.warning("warninglists_unreadable", reason=str(error))
        return None


@lru_cache(maxsize=2)
def _own(domains: tuple[str, ...], networks: tuple[str, ...]) -> Own:
    return Own.of(domains=domains, networks=networks)
