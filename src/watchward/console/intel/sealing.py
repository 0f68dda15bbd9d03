"""Passwords for other organisations' servers: kept in the database, but readable only with a key of the node's home."""

import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken

from watchward.base.errors import BadSetupError
from watchward.base.files import put_whole, turn
from watchward.console.config import current

KEY_FILE = "intel.key"


def sealed(secret: str) -> str:
    """A secret as the database keeps it; of none, none."""
    return Fernet(_key(made=True)).encrypt(secret.encode()).decode() if secret else ""


def unsealed(text: str) -> str:
    """The secret again.

    Raises:
        BadSetupError: it was sealed with another key than this node's.

    """
    if not text:
        return ""
    try:
        return Fernet(_key(made=False)).decrypt(text.encode()).decode()
    except (InvalidToken, FileNotFoundError, ValueError) as error:
        raise BadSetupError(
            "The password of this source was sealed with a key that this node no longer has.",
            advice="Add the source again with its password.",
        ) from error


def unguessable(text: str) -> str:
    """What stands for a text and tells nobody which: without this node's key, it cannot be tried for any."""
    return hmac.new(_key(made=True), text.encode(), hashlib.sha256).hexdigest()[:32]


def _key(*, made: bool) -> bytes:
    path = current().keys / KEY_FILE
    if made and not path.exists():
        with turn(path.with_suffix(".lock")):  # or a second process would put its key in the place of the first one's
            if not path.exists():
                put_whole(path, Fernet.generate_key())
    return path.read_bytes()
