"""A DNS response policy zone: names and addresses that a resolver answers with "there is no such name".

The form that BIND, Unbound, Knot and PowerDNS read: https://datatracker.ietf.org/doc/draft-vixie-dnsop-dns-rpz/.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, ip_network
from typing import Final

from watchward.intel.lists.block import LeftOut, Listed, Rendered, is_domain, is_placed, one_line, times
from watchward.intel.observable import Kind

_ADDRESSES: Final = (Kind.IPV4, Kind.IPV6, Kind.NETWORK)
_LONGEST: Final = 253
_HALF: Final = 1 << 31
_WHOLE: Final = 1 << 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """What a zone says of itself.

    Args:
        origin: its name, without a dot at the end.
        serial: its edition; see `serial_after`.
        server: the name server that has it.
        ttl: seconds for which an answer is kept; short, so that a withdrawal is soon felt.
        refresh: seconds after which a resolver asks for a newer edition, if nobody tells it.

    """

    origin: str
    serial: int
    server: str = "localhost"
    ttl: int = 60
    refresh: int = 60


def serial_after(previous: int | None, now: datetime) -> int:
    """The serial of the next edition: the time in seconds, or one more where that is no later (RFC 1982)."""
    time = int(now.timestamp()) % _WHOLE
    if previous is None or 0 < (time - previous) % _WHOLE < _HALF:
        return time
    return (previous + 1) % _WHOLE


def rpz(listed: Iterable[Listed], zone: Zone) -> Rendered:
    """The zone as a master file: names with all under them, addresses in answers; excepted names pass.

    A URL is not in it: a resolver cannot tell it from all else on its host.
    """
    lines: dict[str, str] = {}
    left_out: list[LeftOut] = []
    entries = 0
    for one in listed:
        owners = records(one, zone.origin)
        if owners is None:
            left_out.append(LeftOut(block=one.block, why="A zone cannot hold so long or so strange a name."))
        elif owners:
            entries += 1
            block = one.block
            said = f"{one_line(block.indicator)} {one_line(block.source)}: {one_line(block.why)} ({times(block)})"
            for owner, target in owners:
                lines.setdefault(owner, f"{owner} CNAME {target} ; {said}")
    text = "\n".join([*_head(zone), *lines.values(), ""])
    return Rendered(content=text.encode("ascii"), entries=entries, left_out=tuple(left_out))


def _head(zone: Zone) -> list[str]:
    times = f"{zone.serial} {zone.refresh} {max(zone.refresh // 2, 1)} 86400 {zone.ttl}"
    return [
        f"$ORIGIN {zone.origin}.",
        f"$TTL {zone.ttl}",
        f"@ SOA {zone.server}. hostmaster.{zone.server}. {times}",
        f"@ NS {zone.server}.",
    ]


def records(one: Listed, origin: str) -> list[tuple[str, str]] | None:
    """The records of a block in a zone: each name, and what is answered (`.`: no such name).

    None where it does not fit; empty where it is of a kind that no zone holds.
    """
    if one.kind is not Kind.DOMAIN and one.kind not in _ADDRESSES:
        return []
    if one.kind is Kind.DOMAIN:
        names = [(one.value, "."), (f"*.{one.value}", ".")]
        for name in one.excepted if is_domain(one.value) else ():
            names += [(name, "rpz-passthru."), (f"*.{name}", "rpz-passthru.")] if is_domain(name) else []
        fits = is_domain(one.value)
    else:
        fits = is_placed(one)
        names = [(_trigger(one.value), ".")] if fits else []
    return names if fits and all(len(owner) + len(origin) + 1 <= _LONGEST for owner, _ in names) else None


def _trigger(address: str) -> str:
    """An address in an answer, as a name: its prefix, then its parts from the last to the first.

    >>> _trigger("198.51.100.7"), _trigger("2001:db8::7")
    ('32.7.100.51.198.rpz-ip', '128.7.zz.db8.2001.rpz-ip')

    """
    if ":" not in address and "/" not in address:
        return ".".join(["32", *reversed(address.split(".")), "rpz-ip"])
    network = ip_network(address)
    if isinstance(network, IPv4Network):
        parts = str(network.network_address).split(".")
    else:
        parts = str(network.network_address).replace("::", ":zz:").strip(":").split(":")
    return ".".join([str(network.prefixlen), *reversed(parts), "rpz-ip"])
