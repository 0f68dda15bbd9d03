"""What this node says of itself to others: its name, and what its TLS certificate is trusted by."""

import hashlib
import socket
from typing import Final
from urllib.parse import urlsplit

from watchward.console.config import current

_OF_EVERY_MACHINE: Final = ("", "localhost", "127.0.0.1", "::1")
_AUTHORITY: Final = "authority.pem"


def own_name() -> str:
    """How other nodes name this one until somebody there names it otherwise."""
    host = urlsplit(current().public_url).hostname or ""
    return (socket.gethostname() if host in _OF_EVERY_MACHINE else host)[:200]


def own_authority() -> str:
    """What a child must trust to reach this node by TLS (PEM): the node's own authority, or the site's certificate."""
    config = current()
    path = config.tls_certificate or config.keys / _AUTHORITY
    try:
        return path.read_text()
    except OSError:
        return ""


def digest_of(authority: str) -> str:
    """The short name of what is trusted."""
    return hashlib.sha256(authority.encode()).hexdigest()[:32]
