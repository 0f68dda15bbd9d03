"""Keeps the heads of the audit log elsewhere, and compares the log with them."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db.models import Max

from watchward.access.chain import Link
from watchward.access.heads import Head, faults, read_line, sign
from watchward.base.clock import Clock
from watchward.base.errors import BadSetupError
from watchward.console.access.models import AuditEntry, AuditHead, User

HEADS = "audit-heads.ndjson"
PUBLIC_KEY = "audit-signing.pub"
PRIVATE_KEY = "audit-signing.key"

SCHEDULE = timedelta(minutes=15)
"""How often the worker exports a head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a comparison of the log with its exported heads found.

    Args:
        faults: what shows that the log, or its heads, are not as they were written.
        unproved: what nothing speaks against, and nothing for.

    """

    entries: int
    heads: int
    last_head: Head | None
    faults: list[str]
    unproved: list[str]


def export_head(*, keys: Path, folder: Path, clock: Clock) -> Head | None:
    """Sign where the log ends, and add that to the file of heads, which only ever grows.

    Args:
        keys: the node's keys, where the signing key is made when it is missing.
        folder: where the heads are kept.
        clock: tells when.

    Returns:
        The head; None when nothing was recorded since the last one.

    Raises:
        BadSetupError: the file of heads was damaged, or the key that signed them is gone.

    """
    end = AuditHead.objects.filter(pk=1).first()
    if end is None or not end.number:
        return None
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(keys):
        return _export(end, keys=keys, folder=folder, clock=clock)


def _export(end: AuditHead, *, keys: Path, folder: Path, clock: Clock) -> Head | None:
    before = read_heads(folder)
    if before and not (keys / PRIVATE_KEY).exists():
        raise BadSetupError(
            f"{keys / PRIVATE_KEY} is gone, and a head with another signature would look forged.",
            advice="Bring it back from a backup of the node's home.",
        )
    key = _signing_key(keys)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if before and (before[-1].number, before[-1].digest) == (end.number, end.digest):
        return None
    head = sign(end.number, end.digest, at=clock.now().astimezone(UTC).isoformat(timespec="seconds"), key=key)
    _keep_public_key(folder, key.public_key())
    with (folder / HEADS).open("ab") as file:
        file.write(f"{head.line}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    return head


@contextmanager
def _alone(keys: Path) -> Iterator[None]:
    """Keep a comparison from falling between the making of the signing key and the first head that it signs."""
    folder = os.open(keys, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def read_heads(folder: Path) -> list[Head]:
    """The exported heads, oldest first.

    Raises:
        BadSetupError: the file was damaged.

    """
    path = folder / HEADS
    heads: list[Head] = []
    for number, line in enumerate(path.read_text().splitlines() if path.exists() else [], start=1):
        try:
            heads.append(read_line(line))
        except ValueError as error:
            raise BadSetupError(
                f"{path}:{number}: this is not a signed head of the audit log.",
                advice="Someone or something changed the file. Compare it with a backup before you trust the log.",
            ) from error
    return heads


def verify(*, folder: Path, keys: Path, clock: Clock) -> Verdict:
    """Compare the whole log with itself and with the exported heads.

    Args:
        folder: where the heads are kept.
        keys: the node's keys: a signing key says that there were heads.
        clock: tells how long entries have waited for a head.

    """
    # The log goes on meanwhile: what is read later may know more, never less.
    with _alone(keys) if keys.exists() else nullcontext():
        heads, has_signed = read_heads(folder), (keys / PRIVATE_KEY).exists()
    newest = AuditEntry.objects.aggregate(newest=Max("number"))["newest"] or 0
    end = AuditHead.objects.filter(pk=1).first()
    number, digest = (end.number, end.digest) if end else (0, "")
    entries = _entries(max(number, newest))
    found = list(faults(entries, heads=heads, end=(number, digest), key=_public_key(folder)))
    return Verdict(
        entries=number,
        heads=len(heads),
        last_head=heads[-1] if heads else None,
        faults=[*found, *_gone(number, heads, folder=folder, has_signed=has_signed)],
        unproved=list(_unsigned(heads, clock)),
    )


def _gone(number: int, heads: Sequence[Head], *, folder: Path, has_signed: bool) -> Iterator[str]:
    """What must have been there once: whoever deletes everything leaves no entry that could contradict another."""
    if not heads and has_signed:
        yield f"This node has signed heads, but there is none in {folder}: they were removed, or kept elsewhere."
    if not number and (accounts := User.objects.count()):
        yield f"The log is empty, but the making of an account is recorded, and there are {accounts:,}."


def _unsigned(heads: Sequence[Head], clock: Clock) -> Iterator[str]:
    """Whether entries are in no head although one has been due for long."""
    after = heads[-1].number if heads else 0
    first = AuditEntry.objects.filter(number__gt=after).order_by("number").first()
    if first is not None and clock.now() - first.at > 2 * SCHEDULE:
        yield (
            f"Entry {first.number} of {first.at:%d %B %Y %H:%M} UTC and what follows are in no exported head, although"
            f" one is due every {SCHEDULE // timedelta(minutes=1)} minutes."
        )


def _entries(last: int) -> Iterator[tuple[Link, str]]:
    """Every entry up to the one that was the last when this began, oldest first; the log goes on meanwhile."""
    for entry in AuditEntry.objects.filter(number__lte=last).order_by("number").iterator(chunk_size=5_000):
        yield link_of(entry), entry.digest


def link_of(entry: AuditEntry) -> Link:
    """An entry as it was hashed."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    return Link(at=at, **{name: getattr(entry, name) for name in Link.__slots__ if name != "at"})


def _signing_key(keys: Path) -> Ed25519PrivateKey:
    path = keys / PRIVATE_KEY
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(
            Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise BadSetupError(f"{path} is not an Ed25519 key.", advice="Restore it from a backup of the node's home.")
    return key


def _keep_public_key(folder: Path, key: Ed25519PublicKey) -> None:
    """Put the public key beside the heads once. A later key does not take its place: that would hide a rewriting."""
    path = folder / PUBLIC_KEY
    if not path.exists():
        path.write_bytes(key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))


def _public_key(folder: Path) -> Ed25519PublicKey | None:
    path = folder / PUBLIC_KEY
    if not path.exists():
        return None
    key = serialization.load_pem_public_key(path.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise BadSetupError(f"{path} is not an Ed25519 key.", advice="Restore it from a backup of that folder.")
    return key
