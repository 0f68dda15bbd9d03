"""The one-time code with which a child joins a parent: typed or pasted once, good for one node and a short time."""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from watchward.base.errors import BadInputError

_HEAD: Final = "watchward-join-1."
_CHECK: Final = 8
_SECRET: Final = 16
_LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinCode:
    """What a child must know to join.

    Args:
        address: the parent's, `https://…` without a path.
        parent: the fingerprint of the parent's key, so that nobody in between can pose as it.
        secret: 128 bits that show that the child was invited. It never travels: see `proof`.
        until: when it ends, whether it was used or not.

    """

    address: str
    parent: str
    secret: bytes
    until: datetime

    def __repr__(self) -> str:
        return f"JoinCode(address={self.address!r}, parent={self.parent!r}, until={self.until!r})"

    @property
    def number(self) -> str:
        """A name by which the parent finds it again, and which tells nothing of its secret."""
        return hashlib.sha256(b"number" + self.secret).hexdigest()[:16]

    @property
    def text(self) -> str:
        """As it is handed over; `read` reads it."""
        held = json.dumps([self.address, self.parent, self.secret.hex(), int(self.until.timestamp())])
        written = urlsafe_b64encode(held.encode()).decode().rstrip("=")
        return f"{_HEAD}{written}.{_check(written)}"

    def proof(self, body: bytes) -> str:
        """What shows, beside a message, that its sender knows the secret."""
        return hmac.new(self.secret, body, hashlib.sha256).hexdigest()

    def proves(self, proof: str, body: bytes) -> bool:
        """Whether the sender of a message knew the secret."""
        return hmac.compare_digest(self.proof(body).encode(), proof.encode())


def make(address: str, *, parent: str, until: datetime) -> JoinCode:
    """A new code.

    Raises:
        BadInputError: no child could reach that address safely.

    """
    return JoinCode(address=_safe(address), parent=parent, secret=secrets.token_bytes(_SECRET), until=until)


def read(text: str) -> JoinCode:
    """The code that somebody typed or pasted; spaces and line breaks that a mail put in do no harm.

    Raises:
        BadInputError: a part of it is missing or mistyped, or it leads to an unsafe address.

    """
    whole = "".join(text.split())
    if not whole.startswith(_HEAD) or len(whole) > _LONGEST:
        raise BadInputError(
            "This is no code to join with.", advice=f"Copy the whole code; it begins with {_HEAD.rstrip('.')}."
        )
    written, _, check = whole.removeprefix(_HEAD).partition(".")
    if not hmac.compare_digest(_check(written).encode(), check.encode()):
        raise BadInputError(
            "A part of the code is missing or mistyped.", advice="Copy it again, from the first letter to the last."
        )
    try:
        address, parent, secret, until = json.loads(urlsafe_b64decode(written + "=" * (-len(written) % 4)))
        return JoinCode(
            address=_safe(str(address)),
            parent=str(parent),
            secret=bytes.fromhex(secret),
            until=datetime.fromtimestamp(int(until), tz=UTC),
        )
    except (NotBase64, ValueError, TypeError, OverflowError, OSError) as error:
        raise BadInputError("The code is not whole.", advice="Ask whoever runs the parent for another.") from error


def _check(written: str) -> str:
    return hashlib.sha256(_HEAD.encode() + written.encode()).hexdigest()[:_CHECK]


def _safe(address: str) -> str:
    """An address that is reached by HTTPS and holds nothing but a host and a port."""
    parts = urlsplit(address.strip())
    try:
        port = parts.port
    except ValueError:
        port = -1
    bare = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme != "https" or not parts.hostname or not bare or port == -1:
        raise BadInputError(
            f"{address[:200]!r} is no address of a node.",
            advice="Give https://, the host and, if need be, the port: https://csoc.example:8443.",
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"https://{host}" + (f":{port}" if port else "")
