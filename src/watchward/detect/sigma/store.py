"""What was worked out once and need not be again: kept in a folder, by the content that it was worked out from.

The files hold plain data (msgpack), never code. A file that is missing, broken or of another version is worked out
anew; a folder that cannot be written costs time and nothing else.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import msgspec

_MARK = b"watchward-cache\n"
_LEFT_BEHIND = 3600.0
"""Seconds after which a file that is not whole is nobody's any more."""

Entries = dict[str, bytes]
_ENTRIES = msgspec.msgpack.Decoder(Entries)


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Stands for everything besides the rules that stored results depend on: all of `detect`, and pySigma."""
    sources = sorted(Path(__file__).parents[1].rglob("*.py"))
    text = b"".join(source.read_bytes() for source in sources)
    return sha256(text + version("pysigma").encode()).hexdigest()


def read(file: Path) -> Entries:
    """What a file keeps; nothing where it is missing, broken or of another version."""
    try:
        content = file.read_bytes()
        head, body = content[: len(_MARK) + 128], memoryview(content)[len(_MARK) + 128 :]
        return _ENTRIES.decode(body) if head == _head(body) else {}
    except (OSError, ValueError):
        return {}


def write(file: Path, entries: Mapping[str, bytes]) -> None:
    """Keep entries in a file, whole or not at all."""
    body = msgspec.msgpack.encode(entries)
    with contextlib.suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _clear(file.parent)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(_head(body) + body)
            Path(name).replace(file)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise


def _clear(folder: Path) -> None:
    """Take away what a process left that was killed while it wrote: what is being written is minutes old at most."""
    for left in folder.glob(".*.msgpack.*"):
        if time.time() - left.stat().st_mtime > _LEFT_BEHIND:
            left.unlink(missing_ok=True)


def _head(body: bytes | memoryview) -> bytes:
    return _MARK + fingerprint().encode() + sha256(body).hexdigest().encode()
