"""Where a webhook may lead: out to the world over HTTPS, never into the node's own network unless the site says so."""

import ipaddress
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from watchward.base.errors import BadInputError


class TargetError(BadInputError):
    """A webhook's address may not be used."""


def host_and_port(url: str, *, trusted: Collection[str] = ()) -> tuple[str, int]:
    """The host and port of a webhook's address.

    Args:
        url: the address.
        trusted: hosts within the site's own network that its configuration allows, over plain HTTP too.

    Raises:
        TargetError: it is no HTTPS address, or carries a user name.

    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise TargetError(f"The address cannot be read: {error}.", advice="Copy it again, whole.") from error
    plain = parts.scheme == "http" and host in trusted
    if (parts.scheme != "https" and not plain) or not host:
        raise TargetError("A webhook's address must begin with https://.", advice="Copy it again, whole.")
    if parts.username or parts.password:
        raise TargetError(
            "A webhook's address must not carry a password.", advice="Put the secret into the field for it."
        )
    return host, port or (80 if plain else 443)


def allowed(host: str, addresses: Iterable[str], *, trusted: Collection[str] = ()) -> str:
    """The address to connect to, of those that a host's name leads to now.

    The connection is then made to this very address: a name that leads elsewhere a moment later changes nothing.

    Raises:
        TargetError: the name leads nowhere, or into a network that is not the world's.

    """
    found = list(addresses)
    if not found:
        raise TargetError(f"{host} leads nowhere.", advice="Check the name in the address.")
    if host not in trusted:
        for address in found:
            if not _of_the_world(address):
                raise TargetError(
                    f"{host} leads into a private network ({address}).",
                    advice="Use a public address, or have the host added to webhook_hosts in the node's config.toml.",
                )
    return found[0]


_UNICAST = ipaddress.IPv6Network("2000::/3")
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")


def _of_the_world(address: str) -> bool:
    parsed = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(parsed, ipaddress.IPv4Address):
        return parsed.is_global and not parsed.is_multicast
    inner = (
        ipaddress.IPv4Address(parsed.packed[-4:]) if parsed in _TRANSLATED else parsed.ipv4_mapped or parsed.sixtofour
    )
    if inner is not None:
        return inner.is_global and not inner.is_multicast
    # Python calls old ways to write local addresses (::127.0.0.1, fec0::/10) global; what is routed lies in one block.
    return parsed in _UNICAST and parsed.is_global
