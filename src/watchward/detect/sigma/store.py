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

import msgspec

_MARK = b"watchward-cache\n"
Entries = dict[str, bytes]
_ENTRIES = msgspec.msgpack.Decoder(Entries)


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
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(_head(body) + body)
            Path(name).replace(file)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise


def _head(body: bytes | memoryview) -> bytes:
    return _MARK + fingerprint().encode() + sha256(body).hexdigest().encode()
