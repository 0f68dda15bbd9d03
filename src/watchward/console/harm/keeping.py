"""The map of care laid out, kept in a file of the node's cache: the worker writes it, every process looks into it.

The file is laid over memory, so that processes share what they read of it. It is checked when it is opened: one that
was cut off or has rotted, or of another version of this program, counts as none.
"""

import json
import mmap
import zlib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import structlog

from watchward.base.errors import WatchwardError
from watchward.base.files import put_whole
from watchward.console import config
from watchward.harm import columns
from watchward.harm.model import Model
from watchward.harm.parameters.table import Table

log = structlog.get_logger(__name__)

_MARK: Final = b"watchward map of care\n"
_ALIGNED: Final = 64
_HEAD: Final = 1 << 20
"""The first line, which says what the columns are, is no longer than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a file holds.

    Args:
        version: of the map of care.
        basis: a name for the parameters that it was laid out with.

    """

    version: int
    basis: str


class NotKeptError(WatchwardError):
    """The layout could not be written."""


def path() -> Path:
    """Where the layout is kept."""
    return config.current().cache / "care-map"


def keep(model: Model, label: Label) -> None:
    """Write a layout in the place of the one before.

    Raises:
        NotKeptError: the disk refused it; the one before is still there.

    """
    arrays = {name: np.ascontiguousarray(one) for name, one in columns.columns(model).items()}
    listed: dict[str, tuple[str, tuple[int, ...], int]] = {}
    body = bytearray()
    for name, one in arrays.items():
        listed[name] = (one.dtype.str, one.shape, len(body))
        body += one.tobytes()
        body += b"\0" * (-len(body) % _ALIGNED)
    said = {"form": _form(), "version": label.version, "basis": label.basis, "checksum": zlib.crc32(body)}
    head = _MARK + json.dumps(said | {"columns": listed}).encode() + b"\n"
    head += b"\0" * (-len(head) % _ALIGNED)
    try:
        path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        put_whole(path(), head + body)
    except OSError as error:
        raise NotKeptError(
            f"The map of care, laid out, cannot be written to {path()}: {error.strerror}.",
            advice="Make room on that disk. What hurts most is shown as it was worked out last; nothing else stops.",
        ) from error


def _form() -> str:
    return sha256(columns.FORM.encode()).hexdigest()[:16]


class Stamp(NamedTuple):
    """What tells one file from the one before."""

    inode: int
    written_ns: int


def stamp() -> Stamp:
    """What tells whether the file is another one than before; zeros where there is none."""
    try:
        found = path().stat()
    except OSError:
        return Stamp(0, 0)
    return Stamp(found.st_ino, found.st_mtime_ns)


def label() -> Label | None:
    """What the file that is kept says that it holds; None where there is none of this form."""
    try:
        with path().open("rb") as file:
            file.seek(len(_MARK))
            said = json.loads(file.readline(_HEAD))
        return Label(version=said["version"], basis=said["basis"]) if said["form"] == _form() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def kept(basis: str, table: Table) -> tuple[Label, Model] | None:
    """The layout that was kept with these parameters; None where there is none that can be used."""
    try:
        with path().open("rb") as file:
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        said, body = _opened(whole)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        log.warning("care_map_unreadable", path=str(path()), reason=str(problem), advice="The worker makes it anew.")
        path().unlink(missing_ok=True)
        return None
    if said["form"] != _form() or said["basis"] != basis:
        return None
    found = {
        name: np.frombuffer(body, dtype=np.dtype(kind), count=int(np.prod(shape)), offset=begin).reshape(shape)
        for name, (kind, shape, begin) in said["columns"].items()
    }
    return Label(version=said["version"], basis=basis), columns.model_of(found, table)


def _opened(whole: mmap.mmap) -> tuple[dict[str, Any], memoryview]:
    """What a file says of itself, and its columns; raises `ValueError` where it is not what was written."""
    if whole[: len(_MARK)] != _MARK:
        raise ValueError("it does not begin as it should")
    end = whole.find(b"\n", len(_MARK))
    said = json.loads(whole[len(_MARK) : end])
    begin = -(-(end + 1) // _ALIGNED) * _ALIGNED
    body = memoryview(whole)[begin:]
    if zlib.crc32(body) != said["checksum"]:
        raise ValueError("it has changed since it was written")
    return said, body
