"""Warninglists from where they are kept: a folder, or an archive as GitHub gives it."""

import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from watchward.intel.errors import IntelError
from watchward.intel.warninglists import Warninglist, Warninglists, compile_lists, read

_MOST_BYTES = 256 << 20
"""Of all lists in an archive together, unpacked."""
_MOST_FILES = 10_000


def load(path: Path) -> Warninglists:
    """The lists of a folder (`*.json` at any depth), or of a `.zip` or `.tar.gz` that holds one; compiled.

    A file that is no list, such as a schema, is passed over and told among the refused.

    Raises:
        IntelError: there is no such folder or archive, or it is too large.

    """
    lists: list[Warninglist] = []
    refused: list[str] = []
    for name, raw in _files(path):
        try:
            lists.append(read(raw))
        except IntelError as error:
            refused.append(f"{name}: {error.message}")
    return compile_lists(lists, refused=refused)


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        yield from ((str(file.relative_to(path)), file.read_bytes()) for file in sorted(path.rglob("*.json")))
        return
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield from _zipped(archive)
        else:
            with tarfile.open(path) as archive:
                yield from _tarred(archive)
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError, RuntimeError) as error:
        raise IntelError(
            f"{path}: no folder and no archive of warninglists: {error}",
            advice="Give the folder or the archive of github.com/MISP/misp-warninglists.",
        ) from error


def _zipped(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    found = [one for one in archive.infolist() if one.filename.endswith(".json")]
    _bounded(sum(one.file_size for one in found), len(found))
    for one in sorted(found, key=lambda one: one.filename):
        with archive.open(one) as file:
            yield one.filename, file.read(one.file_size)


def _tarred(archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    size = files = 0
    for one in archive:
        if not (one.isfile() and one.name.endswith(".json")):
            continue
        size, files = size + one.size, files + 1
        _bounded(size, files)
        file = archive.extractfile(one)
        if file is not None:
            yield one.name, file.read()


def _bounded(size: int, files: int) -> None:
    if size > _MOST_BYTES or files > _MOST_FILES:
        raise IntelError(
            f"The archive holds {files:,} lists of {size:,} bytes.",
            advice=f"Keep it below {_MOST_FILES:,} lists and {_MOST_BYTES:,} bytes.",
        )
