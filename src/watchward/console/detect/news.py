"""How far a list of alerts is up to date, as its reader carries it.

The projection counts its changes for the whole node. Whoever watches that count grow learns how much happens at others,
so it is told only sealed: every mark looks different, and says nothing to anyone but this node (ADR 0109).
"""

import base64
from functools import cache
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac

_LONGEST: Final = 200
"""Characters that a mark may have."""


def sealed(revision: int) -> str:
    """A revision that only this node can read again."""
    return _box().encrypt(f"{revision:018}".encode()).decode()


def opened(mark: str) -> int | None:
    """The revision in a mark; None where it is none of this node's."""
    try:
        return int(_box().decrypt(mark[:_LONGEST].encode()))
    except InvalidToken:
        return None


@cache
def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(salted_hmac("watchward.news", "", algorithm="sha256").digest()))
