"""What was worked out once and need not be again: kept in a folder, by the content that it was worked out from.

The files hold plain data (msgpack), never code. A file that is missing, broken or of another version is worked out
anew; a folder that cannot be written costs time and nothing else.
"""

import contextlib
import gc
import os
import tempfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

_MARK = b"watchward-cache\n"


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Stands for everything besides the rules that stored results depend on: all of `detect`, and pySigma."""
    sources = sorted(Path(__file__).parents[1].rglob("*.py"))
    text = b"".join(source.read_bytes() for source in sources)
    return sha256(text + version("pysigma").encode()).hexdigest()


@contextlib.contextmanager
def without_collection() -> Iterator[None]:
    """Leave the garbage collector out while many objects are made that will all stay.

    It would walk through all of them again and again and find nothing: half of the time of a start.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def read(file: Path) -> dict[str, Any]:
    """What a file keeps; nothing where it is missing, broken or of another version."""
    try:
        content = file.read_bytes()
        head, body = content[: len(_MARK) + 64], content[len(_MARK) + 64 :]
        if head != _MARK + sha256(body).hexdigest().encode():
            return {}
        kept = msgspec.msgpack.decode(body)
    except (OSError, ValueError):
        return {}
    return kept["entries"] if isinstance(kept, dict) and kept.get("version") == fingerprint() else {}


def write(file: Path, entries: Mapping[str, Any]) -> None:
    """Keep entries in a file, whole or not at all."""
    body = msgspec.msgpack.encode({"version": fingerprint(), "entries": dict(entries)})
    with contextlib.suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(_MARK + sha256(body).hexdigest().encode() + body)
            Path(name).replace(file)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
