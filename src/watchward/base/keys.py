"""Keys and their names."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def fingerprint(key: Ed25519PublicKey) -> str:
    """The short name of a key: the first 32 digits of its SHA-256."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:32]
