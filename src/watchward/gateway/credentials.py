"""Who sends: the credentials that the console wrote, read again when it changes them."""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import structlog

log = structlog.get_logger()

_LOOK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One sender that may send, bound to the organisation that its events belong to whatever they claim."""

    source: str
    name: str
    key_id: str
    digest: str
    organisation: str
    enabled: bool


class Credentials:
    """The sources of a file, by the key that they show.

    A file that cannot be read leaves what was known before in force, so that a half-written or damaged file never locks
    every sender out; the fault is logged.
    """

    def __init__(self, file: Path, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._monotonic = monotonic
        self._looked_at = -_LOOK_AGAIN_SECONDS
        self._version: tuple[int, int, int] | None = None
        self._sources: Mapping[str, Source] = {}

    def source_of(self, authorization: str) -> Source | None:
        """The source that an `Authorization` header shows to be sending; None where it shows none that may."""
        shown = _shown(authorization)
        if shown is None:
            return None
        key_id, secret = shown
        self._refresh()
        source = self._sources.get(key_id)
        digest = hashlib.sha256(secret).hexdigest()
        # Secrets are 256 random bits, so one fast hash protects them.
        if source is None or not hmac.compare_digest(digest, source.digest) or not source.enabled:
            return None
        return source

    def _refresh(self) -> None:
        now = self._monotonic()
        if now - self._looked_at < _LOOK_AGAIN_SECONDS:
            return
        self._looked_at = now
        try:
            status = self._file.stat()
            version = (status.st_ino, status.st_mtime_ns, status.st_size)
            if version != self._version:
                self._sources = read(self._file.read_bytes())
                self._version = version
        except FileNotFoundError:
            self._sources, self._version = {}, None
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("sources_unreadable", file=str(self._file), reason=str(error))


@dataclass(frozen=True, kw_only=True)
class _File:
    version: int
    sources: list[Source]


def read(content: bytes) -> dict[str, Source]:
    """The sources in the text of `sources.json`, by their key identifiers."""
    return {one.key_id: one for one in msgspec.json.decode(content, type=_File).sources}


def _shown(authorization: str) -> tuple[str, bytes] | None:
    """The key identifier and secret in a header of the kinds ApiKey and Basic."""
    scheme, _, value = authorization.partition(" ")
    if scheme.casefold() not in ("apikey", "basic"):
        return None
    try:
        key_id, colon, secret = base64.b64decode(value.strip(), validate=True).partition(b":")
        return (key_id.decode(), secret) if colon else None
    except (binascii.Error, UnicodeDecodeError):
        return None
