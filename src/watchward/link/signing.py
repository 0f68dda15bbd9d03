"""Who said it: every message of a link is signed by its sender's key, for one receiver, in answer to one question."""

import hashlib
import json
import secrets
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_PROTOCOL: Final = "watchward link 1"
_BITS: Final = 128


class Purpose(StrEnum):
    """What a message is for: one that is signed for one purpose serves no other."""

    JOIN = "join"
    JOINED = "joined"
    UP = "up"
    HEARD = "heard"
    ASK = "ask"
    DOWN = "down"
    ROTATE = "rotate"


def nonce() -> str:
    """A text that nobody has used before: the asker makes one, and its answer is signed with it."""
    return secrets.token_hex(_BITS // 8)


def sign(body: bytes, purpose: Purpose, *, to: str, question: str, key: Ed25519PrivateKey) -> str:
    """A signature for one receiver, in hexadecimal.

    Args:
        body: what is sent.
        purpose: what for.
        to: the fingerprint of the receiver's key: sent on to anybody else, the signature does not hold.
        question: the nonce of the question; an old answer is none to a new one.
        key: the sender's.

    """
    return key.sign(_signed(digest(body), purpose, to, question)).hex()


def genuine(  # noqa: PLR0913 - what is signed, and by whom
    signature: str, body: bytes, purpose: Purpose, *, to: str, question: str, key: Ed25519PublicKey
) -> bool:
    """Whether that key signed it, for that receiver and question."""
    return genuine_head(signature, digest(body), purpose, to=to, question=question, key=key)


def genuine_head(  # noqa: PLR0913 - what is signed, and by whom
    signature: str, digest_: str, purpose: Purpose, *, to: str, question: str, key: Ed25519PublicKey
) -> bool:
    """Whether that key signed what has a digest: so whoever holds the key is known before the message is read."""
    try:
        key.verify(bytes.fromhex(signature), _signed(digest_, purpose, to, question))
    except (InvalidSignature, ValueError):
        return False
    return True


def digest(body: bytes) -> str:
    """What of a message is signed, and may stand in its head."""
    return hashlib.sha256(body).hexdigest()


def _signed(digest_: str, purpose: Purpose, to: str, question: str) -> bytes:
    return json.dumps([_PROTOCOL, purpose.value, to, question, digest_]).encode()
