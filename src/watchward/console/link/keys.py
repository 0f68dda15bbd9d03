"""This node's own keys for its links, in its home: the present one, the one before, and the name that stays."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from watchward.base.errors import BadSetupError
from watchward.base.files import put_whole, turn
from watchward.base.keys import fingerprint
from watchward.console.config import current

_PRESENT: Final = "link.key"
_BEFORE: Final = "link-before.key"
_NAME: Final = "link.node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """This node's keys.

    Args:
        node: its name in links, which no change of keys changes.
        present: the key that it signs with.
        before: the key before, as long as some peer may not know the present one.

    """

    node: str
    present: Ed25519PrivateKey
    before: Ed25519PrivateKey | None = None

    def known_as(self, name: str) -> Ed25519PrivateKey | None:
        """The key with a fingerprint, if it is this node's."""
        return next((key for key in (self.present, self.before) if key and name_of(key) == name), None)


def name_of(key: Ed25519PrivateKey) -> str:
    """A key's fingerprint."""
    return fingerprint(key.public_key())


def public(key: Ed25519PrivateKey) -> str:
    """The public half, in hexadecimal."""
    return key.public_key().public_bytes_raw().hex()


def read_public(text: str) -> Ed25519PublicKey:
    """A public key from hexadecimal."""
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))


def fingerprint_of(text: str) -> str:
    """The fingerprint of a public key in hexadecimal."""
    return fingerprint(read_public(text))


def own() -> Keys:
    """This node's keys, made when there are none."""
    folder = current().keys
    if not (folder / _PRESENT).exists():
        _make(folder)
    before = folder / _BEFORE
    return Keys(
        node=(folder / _NAME).read_text().strip(),
        present=_read(folder / _PRESENT),
        before=_read(before) if before.exists() else None,
    )


def change() -> Keys:
    """Make a new key; the present one becomes the one before."""
    folder = current().keys
    with turn(folder / "link.lock"):
        present = own().present
        put_whole(folder / _BEFORE, _pem(present))
        put_whole(folder / _PRESENT, _pem(Ed25519PrivateKey.generate()))
    return own()


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with turn(folder / "link.lock"):
        if not (folder / _PRESENT).exists():
            key = Ed25519PrivateKey.generate()
            put_whole(folder / _NAME, name_of(key).encode())
            put_whole(folder / _PRESENT, _pem(key))


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadSetupError(f"{path} is not an Ed25519 key.", advice="Bring it back from a backup of the node's home.")
    return key
