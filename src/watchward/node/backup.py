"""A copy of a node's home that fits together, taken while the node runs; and a home made from it again.

What fits together: alerts in the database never know more than the journal beside them, and the journal never speaks of
a segment that is missing, but for those that have expired. So the database is copied first; then, in a moment in which
no gateway keeps a batch, the journal and the segments are linked aside, and so is all else, folder by folder; and they
are copied from there while the node goes on.
"""

import hashlib
import io
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath

import msgspec

from watchward.base import files
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.gateway.store import turn
from watchward.lake import segments
from watchward.lake.aside import aside
from watchward.node.home import Home

MANIFEST = "manifest.json"
_LEFT_OUT = frozenset({"cache", "logs", "journal", "lake", "watchward.db", "watchward.db-wal", "watchward.db-shm"})
_OTHER_ARCHIVES = frozenset({".7z", ".bz2", ".rar", ".tbz", ".txz", ".xz", ".zip", ".zst"})
_TURN = "turn.lock"
"""By this name lies, in a folder whose files belong together, what whoever changes them holds meanwhile."""
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of a backup."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds, so that a restored home can be compared with it byte by byte."""

    watchward: str
    created_at: datetime
    files: list[Entry]

    @property
    def size(self) -> int:
        """All bytes together."""
        return sum(one.size for one in self.files)


def back_up(home: Home, target: Path, *, clock: Clock) -> Manifest:
    """Copy a home to a new folder, or to a new file if the name ends in `.tar` or `.tar.gz`.

    Raises:
        BadInputError: there is no such home, another backup of it is being taken, or the target is there already or has
            the name of another archive.

    """
    if not home.made:
        raise BadInputError(f"{home.path} is not a node's home.", advice="Name it with --home.")
    if target.exists():
        raise BadInputError(f"{target} is there already.", advice="Name a new folder or file; nothing is overwritten.")
    if target.suffix.lower() in _OTHER_ARCHIVES:
        raise BadInputError(
            f"A backup is a folder or a tar file, and {target.name} would be neither.",
            advice="End its name in .tar or .tar.gz, or name a folder.",
        )
    partial = target.with_name(f".{target.name}.partial")
    _remove(partial)
    try:
        with _staged(home) as found, _writer(partial, target) as write:
            entries = [write(name, path, size) for name, path, size in found]
            manifest = Manifest(watchward=version("watchward"), created_at=clock.now(), files=entries)
            write.text(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        partial.rename(target)
    finally:
        _remove(partial)
    return manifest


def restore(source: Path, home: Home) -> Manifest:
    """Make a home from a backup. The home must not be there yet, or be empty; it appears only when all is proved.

    Raises:
        BadInputError: the backup is damaged or not one, or the home holds something already.

    """
    if home.path.exists() and any(home.path.iterdir()):
        raise BadInputError(f"{home.path} is not empty.", advice="Restore into a new folder; nothing is overwritten.")
    partial = home.path.with_name(f".{home.path.name}.partial")
    _remove(partial)
    partial.mkdir(mode=0o700, parents=True)
    try:
        _unpack(source, partial)
        manifest = _proved(partial, source)
        (partial / MANIFEST).unlink()
        _make_private(partial)
        if home.path.exists():
            home.path.rmdir()
        partial.rename(home.path)
    finally:
        _remove(partial)
    home.create()
    return manifest


_Files = list[tuple[str, Path, int]]


@contextmanager
def _staged(home: Home) -> Iterator[_Files]:
    """The files that make up a backup: name, where it is read from, and how many bytes of it."""
    with aside(home.lake) as stage:
        found: _Files = []
        if home.database.exists():
            _copy_database(home.database, stage / "watchward.db")
            found.append(_whole("watchward.db", stage / "watchward.db"))
        with turn(home.journal):
            found += _linked(home, stage)
        yield [*found, *_others(home, stage)]


def _others(home: Home, stage: Path) -> Iterator[tuple[str, Path, int]]:
    """All else that is kept, each folder as it was at one moment: its files may speak of each other."""
    folders = [home.path, *sorted(path for path in home.path.rglob("*") if path.is_dir())]
    kept = (one for one in folders if one == home.path or one.relative_to(home.path).parts[0] not in _LEFT_OUT)
    for number, folder in enumerate(kept):
        lock = folder / _TURN
        with files.turn(lock) if lock.exists() else nullcontext():
            paths = [path for path in sorted(folder.iterdir()) if _is_kept(home, path)]
            found = [_link(path, stage / f"{number}-{place}") for place, path in enumerate(paths)]
        for path, linked in found:
            with suppress(FileNotFoundError):  # gone at this very moment, as what is written beside a file goes
                yield _whole(path.relative_to(home.path).as_posix(), linked)


def _is_kept(home: Home, path: Path) -> bool:
    name = path.relative_to(home.path)
    return path.is_file() and name.parts[0] not in _LEFT_OUT and path.suffix != ".lock" and name.name != "lock"


def _link(path: Path, other: Path) -> tuple[Path, Path]:
    """A file, and another name of it; its own where the disk gives it none, as for one that lies on another disk."""
    if path.is_symlink():
        return path, path
    try:
        os.link(path, other)
    except OSError:
        return path, path
    return path, other


def _whole(name: str, path: Path) -> tuple[str, Path, int]:
    return name, path, path.stat().st_size


def _linked(home: Home, stage: Path) -> _Files:
    """Journal and segments by other names, so that nothing that is done to the originals matters any more."""
    found: _Files = []
    originals = list(home.journal.glob("*/*.journal"))
    originals += [one.path(home.lake) for one in segments.visible(home.lake)]
    for number, path in enumerate(originals):
        linked = stage / f"{number}"
        try:
            os.link(path, linked)
        except FileNotFoundError:
            # Merged at this very moment: begin again with what replaced it.
            for _, earlier, _ in found:
                earlier.unlink()
            return _linked(home, stage)
        # A journal may grow after this; what it holds now is what counts.
        found.append((path.relative_to(home.path).as_posix(), linked, linked.stat().st_size))
    return found


def _copy_database(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)


class _FolderWriter:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True)

    def __call__(self, name: str, path: Path, size: int) -> Entry:
        target = self._folder / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = hashlib.sha256()
        target.touch(mode=0o600)
        with path.open("rb") as source, target.open("wb") as copy:
            for block in _blocks(source, size):
                digest.update(block)
                copy.write(block)
            copy.flush()
            os.fsync(copy.fileno())
        return Entry(path=name, size=size, sha256=digest.hexdigest())

    def text(self, name: str, content: bytes) -> None:
        (self._folder / name).write_bytes(content)


class _TarWriter:
    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive

    def __call__(self, name: str, path: Path, size: int) -> Entry:
        with path.open("rb") as source:
            digest = hashlib.sha256()
            for block in _blocks(source, size):
                digest.update(block)
            source.seek(0)
            self._add(name, source, size)
        return Entry(path=name, size=size, sha256=digest.hexdigest())

    def text(self, name: str, content: bytes) -> None:
        self._add(name, io.BytesIO(content), len(content))

    def _add(self, name: str, source: io.BufferedIOBase, size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        self._archive.addfile(member, source)


@contextmanager
def _writer(partial: Path, target: Path) -> Iterator[_FolderWriter | _TarWriter]:
    mode = {".tar": "w", ".gz": "w:gz", ".tgz": "w:gz"}.get(target.suffix)
    if mode is None:
        yield _FolderWriter(partial)
        return
    partial.touch(mode=0o600)
    with partial.open("wb") as file:
        with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]  # the mode is one of two
            yield _TarWriter(archive)
        file.flush()
        os.fsync(file.fileno())


def _blocks(source: io.BufferedReader, size: int) -> Iterator[bytes]:
    while size > 0 and (block := source.read(min(_BLOCK, size))):
        size -= len(block)
        yield block


def _unpack(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, symlinks=True)
        return
    try:
        with tarfile.open(source) as archive:
            archive.extractall(target, filter="data")
    except (OSError, tarfile.TarError) as error:
        raise BadInputError(
            f"{source} cannot be read: {error}.", advice="Name a backup's folder or tar file."
        ) from error


def _make_private(folder: Path) -> None:
    """Whatever modes a copy of a backup had, a home is its own account's alone."""
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)


def _proved(folder: Path, source: Path) -> Manifest:
    """The manifest of what was unpacked, when every file is there and as it was, and nothing else is."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise BadInputError(f"{source} is not a whole backup: {error}.", advice="Use another backup.") from error
    found = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()
    }
    expected = {entry.path for entry in manifest.files}
    wrong = sorted(found - expected - {MANIFEST}) + sorted(expected - found)
    wrong += [entry.path for entry in manifest.files if entry.path in found and not _same(folder, entry)]
    if wrong:
        raise BadInputError(
            f"{source} is damaged: {len(wrong)} files differ from its manifest, such as {wrong[0]!r}.",
            advice="Use another backup.",
        )
    database = folder / "watchward.db"
    if database.exists():
        with closing(sqlite3.connect(database)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise BadInputError(f"The database in {source} is damaged.", advice="Use another backup.")
    return manifest


def _same(folder: Path, entry: Entry) -> bool:
    path = folder / entry.path
    if path.is_symlink() or ".." in PurePosixPath(entry.path).parts or path.stat().st_size != entry.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
