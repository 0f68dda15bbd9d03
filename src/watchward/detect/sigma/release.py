"""Taking in a release of Sigma rules: an archive from outside, treated as hostile.

Only rule files are taken, each under its own name below the release's folder; nothing is run, no link is followed, and
size and number are bounded. The new folder takes the old one's place in one step, and the old one is kept.
"""

import shutil
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from watchward.base.errors import BadInputError
from watchward.detect.sigma.document import LARGEST

FOLDER = "release"
PREVIOUS = ".{}.previous"
"""Hidden, so that its rules are not loaded beside those of the present one."""

MOST_FILES = 50_000
MOST_ENTRIES = 500_000
MOST_BYTES = 256 * 1024 * 1024

_LICENCES = ("LICENSE", "LICENCE", "NOTICE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A release that was unpacked and not yet put in its place; `files` counts its rule files."""

    folder: Path
    files: int


@contextmanager
def staged(source: Path, *, into: Path) -> Iterator[Staged]:
    """Unpack an archive (zip, tar, or a folder) beside its place; what is not put there is thrown away.

    Args:
        source: the archive or folder.
        into: the node's rules folder.

    Raises:
        BadInputError: it is no archive that can be read, holds no rules, or is too large.

    """
    into.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=into, prefix=".incoming-"))
    try:
        files = _unpack(source, staging)
        if not files:
            raise BadInputError(f"{source} holds no rules.", advice="Give a release of rules: .yml files in folders.")
        yield Staged(folder=staging, files=files)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def previous_of(into: Path, folder: str = FOLDER) -> Path:
    """Where the release before the present one is kept.

    Raises:
        BadInputError: there is none.

    """
    previous = into / PREVIOUS.format(folder)
    if not previous.is_dir():
        raise BadInputError(f"{into} keeps no earlier release.", advice="Take one in: watchward rules update ARCHIVE")
    return previous


def keeps_earlier(into: Path, folder: str = FOLDER) -> bool:
    """Whether there was a release before the present one; that there was none can be brought back too."""
    previous = into / PREVIOUS.format(folder)
    return previous.is_dir() and any(previous.iterdir())


def put(staging: Path, into: Path, folder: str = FOLDER) -> None:
    """Put an unpacked release in the place of the present one, which is kept.

    Two renames: a reader finds the old release or the new one, and for a moment none, but never a mixture.
    """
    current, previous = into / folder, into / PREVIOUS.format(folder)
    staging.chmod(0o755)
    shutil.rmtree(previous, ignore_errors=True)
    try:
        current.rename(previous)
    except FileNotFoundError:
        previous.mkdir()  # before the first release there was none: that can be brought back too
    staging.rename(current)


def put_back(into: Path, folder: str = FOLDER) -> None:
    """Bring back the release before the present one; the present one becomes the one before.

    Raises:
        BadInputError: there is none.

    """
    staging = Path(tempfile.mkdtemp(dir=into, prefix=".incoming-"))
    staging.rmdir()
    previous_of(into, folder).rename(staging)
    put(staging, into, folder)


def _unpack(source: Path, staging: Path) -> int:
    files = total = 0
    for name, stream in _entries(source):
        place = _place(name)
        if place is None:
            continue
        content = stream.read(LARGEST + 1)
        files += place.suffix != ""
        total += len(content)
        if files > MOST_FILES or total > MOST_BYTES:
            raise _too_large(source)
        target = staging / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return files


def _too_large(source: Path) -> BadInputError:
    return BadInputError(
        f"{source} is larger than any release of rules ({MOST_FILES:,} files, {MOST_BYTES:,} bytes).",
        advice="Give a release of Sigma rules as SigmaHQ publishes them.",
    )


def _place(name: str) -> Path | None:
    """Where an entry goes; None for what is not taken: other files, and names that lead outside."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or any(part.startswith(".") or ":" in part for part in path.parts):
        return None
    if path.suffix in {".yml", ".yaml"} or (path.suffix == "" and path.name.upper().startswith(_LICENCES)):
        return Path(*path.parts)
    return None


def _entries(source: Path) -> Iterator[tuple[str, IO[bytes]]]:
    try:
        if source.is_dir():
            yield from _folder(source)
        elif zipfile.is_zipfile(source):
            yield from _zip(source)
        else:
            yield from _tar(source)
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise BadInputError(
            f"{source} cannot be read as an archive of rules: {error}.",
            advice="Give the .zip or .tar.gz that SigmaHQ publishes, or a folder with .yml files.",
        ) from error


def _folder(source: Path) -> Iterator[tuple[str, IO[bytes]]]:
    for path in sorted(source.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as stream:
                yield path.relative_to(source).as_posix(), stream


def _zip(source: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(source) as archive:
        if len(archive.infolist()) > MOST_ENTRIES:
            raise _too_large(source)
        for entry in archive.infolist():
            if not entry.is_dir() and not stat.S_ISLNK(entry.external_attr >> 16):
                with archive.open(entry) as stream:
                    yield entry.filename, stream


def _tar(source: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(source, "r|*") as archive:
        for number, entry in enumerate(archive):
            if number > MOST_ENTRIES or entry.offset_data > 8 * MOST_BYTES:
                raise _too_large(source)
            if entry.isreg() and (stream := archive.extractfile(entry)):
                yield entry.name, stream
