"""The resolvers, firewalls, proxies and sensors that read lists, as the console wrote them."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final

import msgspec
import structlog

log = structlog.get_logger()

ALGORITHM: Final = "hmac-sha256"


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """Something that reads a list.

    Args:
        id: what it is known by; the name of its TSIG key, too.
        name: what people call it.
        organisation: the code of the organisation whose it is.
        within: the codes of that organisation and of all above it: what holds for one of them holds for it.
        digests: SHA-256 of each of its secrets that counts (two while one takes the place of another), in hex.
        tsig: the secret of its TSIG key, in base64; empty: it transfers no zone by key.
        forms: the families of forms that it may read; none: none.
        addresses: addresses and networks from which it may ask; none: from any, where it shows its secret.
        unsigned: whether a transfer from those addresses needs no TSIG (for resolvers that know none).
        notify: whom to tell of each new edition of its zone, as `address` or `address@port`.
        enabled: whether it may read at all.

    """

    id: str
    name: str
    organisation: str
    within: tuple[str, ...]
    digests: tuple[str, ...] = ()
    tsig: str = ""
    forms: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    unsigned: bool = False
    notify: tuple[str, ...] = ()
    enabled: bool = True

    @property
    def zone(self) -> str:
        """The name of its response policy zone, without a dot at the end."""
        return zone_of(self.organisation)

    def from_here(self, address: str) -> bool:
        """Whether it may ask from an address."""
        return not self.addresses or self.placed_at(address)

    def placed_at(self, address: str) -> bool:
        """Whether an address is among those that were told of it."""
        return _among(address, self.addresses)


class _File(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    controls: list[Control]


def zone_of(organisation: str) -> str:
    """The name of an organisation's response policy zone.

    >>> zone_of("RJ1")
    'rj1.rpz.watchward'

    """
    return f"{organisation.lower()}.rpz.watchward"


def written(controls: Iterable[Control]) -> bytes:
    """Controls as their file holds them."""
    return msgspec.json.format(msgspec.json.encode(_File(version=1, controls=list(controls))), indent=1)


def read(content: bytes) -> dict[str, Control]:
    """The controls in a file, by their ids."""
    return {one.id: one for one in msgspec.json.decode(content, type=_File).controls}


class Controls:
    """The controls of a file, read again when it changes.

    A file that cannot be read leaves what was known before in force; the fault is logged.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._version: tuple[int, int, int] | None = None
        self._known: dict[str, Control] = {}
        self.refresh()

    @property
    def all(self) -> tuple[Control, ...]:
        """Those that may read."""
        return tuple(one for one in self._known.values() if one.enabled)

    def refresh(self) -> bool:
        """Read the file again if it changed; return whether it did."""
        try:
            status = self._file.stat()
            version = (status.st_ino, status.st_mtime_ns, status.st_size)
            if version == self._version:
                return False
            self._known = read(self._file.read_bytes())
        except FileNotFoundError:
            changed, self._known, self._version = self._version is not None, {}, None
            return changed
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("controls_unreadable", file=str(self._file), reason=str(error))
            return False
        self._version = version
        return True

    def of(self, name: str) -> Control | None:
        """A control that may read, by its id."""
        found = self._known.get(name)
        return found if found is not None and found.enabled else None

    def shown(self, authorization: str) -> Control | None:
        """The control that an `Authorization` header shows to be asking; None where it shows none that may."""
        name, secret = _shown(authorization)
        found = self.of(name)
        digest = hashlib.sha256(secret).hexdigest()
        # Secrets are 256 random bits, so one fast hash protects them.
        if found is None or not any(hmac.compare_digest(digest, one) for one in found.digests):
            return None
        return found


def _shown(authorization: str) -> tuple[str, bytes]:
    """The id and the secret in a header: `Basic` of both, or `Bearer id.secret`."""
    scheme, _, value = authorization.partition(" ")
    try:
        if scheme.casefold() == "basic":
            name, _, secret = base64.b64decode(value.strip(), validate=True).partition(b":")
        elif scheme.casefold() == "bearer":
            name, _, secret = value.strip().encode("ascii").partition(b".")
        else:
            return "", b""
        return name.decode("ascii"), secret
    except (binascii.Error, UnicodeError):
        return "", b""


def _among(address: str, networks: Iterable[str]) -> bool:
    try:
        asked = ip_address(address.partition("%")[0])
        asked = getattr(asked, "ipv4_mapped", None) or asked
        return any(asked in ip_network(one, strict=False) for one in networks)
    except ValueError:
        return False


def endpoint(text: str) -> tuple[str, int]:
    """An address with its port as it is written in `notify`; 53 where none is said.

    >>> endpoint("192.0.2.1@5353"), endpoint("2001:db8::1")
    (('192.0.2.1', 5353), ('2001:db8::1', 53))

    """
    address, _, port = text.partition("@")
    return address, int(port or 53)
