"""`watchward backup` and `watchward restore`: a node's home as one copy, and back."""

from pathlib import Path

from rich.console import Console

from watchward.base.clock import SystemClock
from watchward.node.backup import Manifest, back_up
from watchward.node.backup import restore as make_home
from watchward.node.config import load


def backup(target: Path, *, home: Path | None = None) -> None:
    """Copy everything that the node keeps to a new folder or tar file, while it runs.

    The copy holds the node's keys: keep it as safe as the node.

    Args:
        target: a new folder, or a new file whose name ends in .tar or .tar.gz.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    config = load(home)
    _show("Backed up", back_up(config.layout, target, clock=SystemClock()), target)
    if config.database_url:
        Console(stderr=True).print("The PostgreSQL database is not in it: back it up with pg_dump before this.")


def restore(source: Path, *, home: Path) -> None:
    """Make a node's home from a backup, and prove that it is the same byte by byte.

    Args:
        source: the backup: a folder, or a tar file.
        home: where the home is to be; it must not be there yet, or be empty.

    """
    _show("Restored", make_home(source, load(home).layout), home)


def _show(done: str, manifest: Manifest, where: Path) -> None:
    size, at = f"{manifest.size / 1e6:,.1f} MB", f"{manifest.created_at:%d %B %Y %H:%M} UTC"
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"{done} {len(manifest.files):,} files, {size}, as of {at}: {where}")
