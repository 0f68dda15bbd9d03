"""Which files there are to scan, and of what kind."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from watchward.base.errors import BadInputError
from watchward.lake.segments import uncounted
from watchward.telemetry.sources import evtx


class Kind(Enum):
    """What a file holds."""

    EVENT_LOG = auto()
    TEXT = auto()
    PARQUET = auto()
    SHEET = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The files to scan with their kinds, and those in the folders that hold no telemetry that we read."""

    files: tuple[tuple[Path, Kind], ...]
    passed_over: tuple[Path, ...]


_BY_ENDING = {
    ".evtx": Kind.EVENT_LOG,
    ".parquet": Kind.PARQUET,
    **dict.fromkeys((".ndjson", ".jsonl", ".json", ".log"), Kind.TEXT),
}
_PARQUET = b"PAR1"
_COMPRESSED = (".gz", ".zst", ".zstd")


def find(paths: Sequence[Path]) -> Found:
    """The files at some paths; a folder is searched at any depth.

    A file that is named itself is scanned whatever its name; in a folder, its ending must be a known one. Of a lake's
    segments those are left out whose events another holds too.

    Raises:
        BadInputError: a path is not there, or there is nothing to scan.

    """
    files: dict[Path, Kind] = {}
    passed_over: list[Path] = []
    for path in paths:
        if path.is_file():
            files[path] = _by_name(path) or _by_content(path)
        elif path.is_dir():
            inside = list(_inside(path))
            left_out = uncounted(inside)
            for file in (file for file in inside if file not in left_out):
                kind = _by_name(file)
                if kind is None:
                    passed_over.append(file)
                else:
                    files[file] = kind
        else:
            raise BadInputError(f"There is no file or folder {path}.", advice="Check the path.")
    if not files:
        raise BadInputError(
            "There is nothing to scan.",
            advice="Give event logs (.evtx), events as JSON (.ndjson, .jsonl, .json; also .gz or .zst), Parquet, or, "
            "by its name, a table (.csv) of a hunt's rows.",
        )
    return Found(files=tuple(files.items()), passed_over=tuple(passed_over))


def _inside(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(parent, name) for name in sorted(names) if not name.startswith("."))


def _by_name(path: Path) -> Kind | None:
    name = path.name.lower()
    for ending in _COMPRESSED:
        name = name.removesuffix(ending)
    return _BY_ENDING.get(Path(name).suffix)


def _by_content(path: Path) -> Kind:
    if path.suffix.lower() == ".csv":  # one that is named itself: in a folder it may be anything
        return Kind.SHEET
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise BadInputError(
            f"{path} cannot be read: {error.strerror}.", advice="Check that this account may read it."
        ) from error
    if start.startswith(evtx.MAGIC):
        return Kind.EVENT_LOG
    return Kind.PARQUET if start.startswith(_PARQUET) else Kind.TEXT
