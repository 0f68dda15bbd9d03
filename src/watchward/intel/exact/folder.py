"""A set of indicators on disk: a large base, and small layers over it that add and withdraw.

Files of layers never change. `current.json` names those that count, the newest last, and is replaced as a whole after
they are on disk: whoever reads it sees a set as it was or as it is, whenever a writer ends. Layers over the base are
joined as they come, so that there are never many of them (ADR 0205).
"""

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import pyarrow as pa

from watchward.base.errors import BadSetupError
from watchward.base.files import put_whole, turn
from watchward.detect.kernels.arrays import Words
from watchward.intel.exact.entry import Entry
from watchward.intel.exact.layer import Layer, rows_of, settled, written

if TYPE_CHECKING:
    from watchward.intel.observable import Observable

CURRENT: Final = "current.json"
_SUFFIX: Final = ".layer"
_LOCK: Final = "turn.lock"
"""Only one process at a time writes a set."""
_SMALL: Final = 20_000
"""A base of fewer rows is written anew with every change."""


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A layer, by the name of its file."""

    file: str
    rows: int


class Current(msgspec.Struct, frozen=True, kw_only=True):
    """What counts now: the layers, the newest last, and the key of their digests."""

    version: int = 1
    key: str
    layers: list[Named]

    @property
    def words(self) -> Words:
        """The key as two words."""
        return np.frombuffer(bytes.fromhex(self.key), np.uint64)


def publish(folder: Path, entries: Iterable[Entry]) -> int:
    """Make some entries the whole set; return how many there are of them, repeated ones counted once.

    When this returns they are on disk, and every reader notices them with its next batch.
    """
    with turn(folder / _LOCK):
        key = secrets.token_hex(16)
        rows = settled([rows_of(entries, np.frombuffer(bytes.fromhex(key), np.uint64))], whole=True)
        layers = [_kept(folder, rows)] if len(rows) else []
        _replace(folder, Current(key=key, layers=layers))
        return len(rows)


def append(folder: Path, added: Iterable[Entry] = (), removed: Iterable[Entry] = ()) -> None:
    """Add some entries to the set, and take others out of it; when this returns, that is on disk.

    An entry for the same thing by the same indicator takes the place of an earlier one; of those that are taken out, it
    only matters what they name, and which indicator does. What is both taken out and added is there afterwards.
    """
    with turn(folder / _LOCK):
        current = _current(folder) or Current(key=secrets.token_hex(16), layers=[])
        rows = [rows_of(removed, current.words, removed=True), rows_of(added, current.words)]
        if not any(map(len, rows)):
            return
        layers = list(current.layers)
        newest = settled(rows, whole=not layers)
        while layers and _joins(layers, len(newest)):
            older = Layer(folder / layers.pop().file).rows
            newest = settled([older, newest], whole=not layers)
        if len(newest):
            layers.append(_kept(folder, newest))
        _replace(folder, Current(key=current.key, layers=layers))


def read(folder: Path) -> Current:
    """What counts now; nothing where nobody has published anything.

    Raises:
        BadSetupError: the file that says so is damaged.

    """
    return _current(folder) or Current(key="0" * 32, layers=[])


def kept(folder: Path) -> Iterator[Entry]:
    """Every entry that counts now."""
    with turn(folder / _LOCK):  # or its layers might go meanwhile
        layers = [Layer(folder / one.file) for one in read(folder).layers]
    seen: set[tuple[Observable, str]] = set()
    for layer in reversed(layers):
        for row in range(len(layer)):
            name = (layer.observable(row), layer.indicator(row))
            entry = None if name in seen else layer.entry(row)
            seen.add(name)
            if entry is not None:
                yield entry


def _joins(layers: Sequence[Named], rows: int) -> bool:
    """Whether the last layer is to be joined with so many new rows."""
    last = layers[-1].rows
    if len(layers) > 1:
        return last <= 2 * rows
    return last <= _SMALL or last <= 2 * rows


def _current(folder: Path) -> Current | None:
    try:
        return msgspec.json.decode((folder / CURRENT).read_bytes(), type=Current)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise BadSetupError(
            f"{folder / CURRENT} is damaged: {error}.",
            advice="Remove it, and have the indicators published again: watchward intel publish.",
        ) from error


def _kept(folder: Path, rows: pa.Table) -> Named:
    """A layer's file, whole and on disk, that nothing names yet."""
    name = f"{secrets.token_hex(8)}{_SUFFIX}"
    _write(folder / name, written(rows))
    return Named(file=name, rows=len(rows))


def _replace(folder: Path, current: Current) -> None:
    """Make something count in place of what did before, and remove the files that count no longer."""
    _sync(folder)  # the layers' names, before anything speaks of them
    put_whole(folder / CURRENT, msgspec.json.encode(current))
    kept = {one.file for one in current.layers}
    for file in folder.glob(f"*{_SUFFIX}"):
        if file.name not in kept:
            file.unlink(missing_ok=True)


def _write(path: Path, parts: Iterable[memoryview]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        for part in parts:
            left = part
            while left:
                left = left[os.write(handle, left) :]
        os.fsync(handle)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


def _sync(folder: Path) -> None:
    """Flush the folder's own entries, so that a file renamed in it is there after a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
