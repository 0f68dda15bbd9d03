"""Signed heads of the audit log, kept elsewhere: whoever owns a database can recompute a chain, but not these."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from watchward.access.chain import START, Link, canonical
from watchward.base.keys import fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the log ended at one moment, signed with the node's key.

    Args:
        number: of the last entry.
        digest: of the last entry, and so of all before it.
        at: when it was signed, ISO 8601 in UTC.
        key: the fingerprint of the key that signed.
        signature: Ed25519 over the four above in their canonical form, in hexadecimal.

    """

    number: int
    digest: str
    at: str
    key: str
    signature: str

    @property
    def line(self) -> str:
        """The head as one line of the exported file."""
        return canonical({**_signed_part(self.number, self.digest, self.at, self.key), "signature": self.signature})


def _signed_part(number: int, digest: str, at: str, key: str) -> dict[str, object]:
    return {"at": at, "digest": digest, "key": key, "log": "watchward audit", "number": number}


def sign(number: int, digest: str, *, at: str, key: Ed25519PrivateKey) -> Head:
    """Sign where the log ends."""
    name = fingerprint(key.public_key())
    signature = key.sign(canonical(_signed_part(number, digest, at, name)).encode()).hex()
    return Head(number=number, digest=digest, at=at, key=name, signature=signature)


def read_line(line: str) -> Head:
    """A line of the exported file.

    Raises:
        ValueError: it is not one.

    """
    value = json.loads(line)
    try:
        return Head(
            number=int(value["number"]),
            digest=str(value["digest"]),
            at=str(value["at"]),
            key=str(value["key"]),
            signature=str(value["signature"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError("not a signed head") from error


def genuine(head: Head, key: Ed25519PublicKey) -> bool:
    """Whether this key signed this head."""
    part = _signed_part(head.number, head.digest, head.at, head.key)
    try:
        key.verify(bytes.fromhex(head.signature), canonical(part).encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def faults(
    entries: Iterable[tuple[Link, str]], *, heads: Sequence[Head], end: tuple[int, str], key: Ed25519PublicKey | None
) -> Iterator[str]:
    """Everything that shows that the log is not as it was written.

    Args:
        entries: each entry in order, with the digest that is stored beside it.
        heads: the exported heads.
        end: number and digest of the last entry, as the log itself says.
        key: the key whose signature the heads should carry; None where no head was ever exported.

    """
    awaited: defaultdict[int, set[str]] = defaultdict(set)
    for head in heads:
        if key is None or not genuine(head, key):
            yield f"The exported head of entry {head.number} ({head.at}) does not carry this node's signature."
        awaited[head.number].add(head.digest)
    number, digest = 0, START
    for link, stored in entries:
        yield from _broken(link, stored, number, digest)
        number, digest = link.number, stored
        if awaited.pop(number, {digest}) != {digest}:
            yield f"Entry {number} is not the one whose head was exported: the log was rewritten from there or before."
    if (number, digest if number else "") != end:
        yield (
            f"The log says that it ends with entry {end[0]}, but the last entry is {number}: entries are missing, or"
            " the mark of its end was changed."
        )
    for missing in sorted(awaited):
        yield f"Entry {missing}, whose head was exported, is gone: the log was cut off."


def _broken(link: Link, stored: str, number: int, digest: str) -> Iterator[str]:
    if link.number != number + 1:
        yield f"After entry {number} comes entry {link.number}: what was between them is gone."
    elif link.previous != digest:
        yield f"Entry {link.number} does not follow entry {number}."
    if link.digest != stored:
        yield f"Entry {link.number} ({link.event}, {link.at}) was changed."
