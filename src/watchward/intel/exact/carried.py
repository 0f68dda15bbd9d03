r"""What the value of a field carries: every normal text under which an indicator for it would be known.

This is the whole meaning of a match; the loops in `intel.kernels` are only a quicker way to the same. Where a value is
not quite what its field promises, what can be read of it counts: an address with a port, a name below a name, an IPv4
address in IPv6's clothes.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from watchward.intel.errors import ObservableError
from watchward.intel.observable import Holds, Kind, Observable, carriers, observable
from watchward.telemetry.batch import items

Ways = Sequence[tuple[Kind, Holds]]
"""The kinds of things that a field may carry, and how it holds each."""

EVERY_LENGTH: Final = (frozenset(range(33)), frozenset(range(129)))
"""Every length that a network may have, of IPv4 and of IPv6."""

_KNOWN: Final = 20_000
"""Addresses that are remembered; they come again and again."""

_LONGEST_NAME: Final = 253

_TOKEN: Final = re.compile(r"[\w.:-]+")
_WITH_PORT: Final = re.compile(r"(\d+\.\d+\.\d+\.\d+):\d+|\[([^\]]+)\](?::\d+)?", re.ASCII)
_END_OF_HOST: Final = re.compile(r"[/?#\\]")
# A name begins where letters begin: tried from each letter of a long text, it would take the square of its length.
_DIGEST: Final = re.compile(r"(?:(?<![a-z0-9])([a-z0-9]+)[=:]\s*)?\b([0-9a-f]+)\b", re.ASCII)
_FOLDER: Final = re.compile(r"[\\/]")
_PROGRAM: Final = re.compile(
    r'(?:"([^"]*)"?|(.*?\.(?:exe|com|bat|cmd|scr|sys|dll|ps1|vbs|js|jar|py|sh))(?=[\s"]|$)|(\S+))',
    re.IGNORECASE | re.DOTALL,
)


@cache
def ways_by_field() -> Mapping[str, Ways]:
    """What each field (its Sigma name) may carry; fields that carry nothing are not among them."""
    found: dict[str, list[tuple[Kind, Holds]]] = {}
    for kind in Kind:
        for one in carriers(kind):
            found.setdefault(one.field, []).append((kind, one.holds))
    return {field: tuple(ways) for field, ways in found.items()}


def carried(
    ways: Ways, text: str, lengths: tuple[frozenset[int], frozenset[int]] = EVERY_LENGTH
) -> frozenset[Observable]:
    """All things that a field's value carries, with the names, keys and networks that they lie in.

    Args:
        ways: what the field may carry.
        text: its value.
        lengths: of IPv4 and of IPv6 networks, those that anybody looks for; others are not named.

    """
    found: set[Observable] = set()
    for item in items(text):
        for kind, holds in ways:
            for part in _PARTS[holds](item):
                found.update(_named(kind, part, lengths))
    return frozenset(found)


def host_in(text: str) -> str:
    """The host in a URL, or in a text such as `host:port`.

    >>> host_in("http://jo@Example.NET:8080/x"), host_in("example.net:443")
    ('Example.NET', 'example.net')

    """
    _, marks, rest = text.partition("://")
    host = _END_OF_HOST.split(rest if marks else text, maxsplit=1)[0].rpartition("@")[2]
    if host.startswith("[") or host.count(":") > 1:
        return host
    return host.partition(":")[0]


def program_in(text: str) -> str:
    r"""The program that a command starts, without its arguments, as Windows takes a command apart.

    What is quoted is one path; without quotes, a path with spaces ends with the first ending of programs, and where
    there is none, at the first space.

    >>> program_in(r"C:\WINDOWS\mssecsvc.exe -m security"), program_in(r'"C:\Tools\a b.exe" /x')
    ('C:\\WINDOWS\\mssecsvc.exe', 'C:\\Tools\\a b.exe')
    >>> program_in(r"C:\Program Files\Odd\run.exe -k a.exe"), program_in("svchost -k netsvcs")
    ('C:\\Program Files\\Odd\\run.exe', 'svchost')

    """
    found = _PROGRAM.match(text.lstrip())  # not by the expression: blanks before `.*?` would be tried in every split
    return next((part for part in found.groups() if part), "") if found else ""


def _texts_in(text: str) -> Iterator[str]:
    """The parts of a text that may be names or addresses; with a colon, only addresses."""
    for token in _TOKEN.findall(text):
        if ":" not in token or _address(token) is not None:
            yield token


def _digests_in(text: str) -> Iterator[str]:
    """The digests in a text, each behind the name of its algorithm, if it has one."""
    for name, digits in _DIGEST.findall(text.lower()):
        yield f"{name}={digits}" if name else digits


_PARTS: Final[Mapping[Holds, Callable[[str], Iterator[str]]]] = {
    Holds.DIGESTS: _digests_in,
    Holds.HOST: lambda text: iter((host_in(text),)),
    Holds.KEY: lambda text: iter((text,)),
    Holds.LAST: lambda text: iter((_FOLDER.split(text)[-1],)),
    Holds.PROGRAM: lambda text: iter((program_in(text),)),
    Holds.PROGRAM_NAME: lambda text: iter((_FOLDER.split(program_in(text))[-1],)),
    Holds.TEXT: _texts_in,
    Holds.VALUE: lambda text: iter((text,)),
}


def _named(kind: Kind, text: str, lengths: tuple[frozenset[int], frozenset[int]]) -> Iterator[Observable]:
    """The things of a kind that a part of a value names."""
    match kind:
        case Kind.IPV4 | Kind.IPV6 | Kind.NETWORK:
            address = _address(text)
            if address is not None:
                yield from _around(kind, address, lengths)
        case Kind.DOMAIN:
            name = _ascii(text)
            if len(name) > _LONGEST_NAME:  # no name is longer; those above it may be names
                name = name[-_LONGEST_NAME - 1 :].partition(".")[2]
            while name:
                yield from _made(kind, name)
                name = name.partition(".")[2]
        case Kind.REGISTRY_KEY:
            for whole in _made(kind, text):
                yield from _keys_above(whole)
        case Kind.MD5 | Kind.SHA1 | Kind.SHA256 | Kind.SHA512 | Kind.IMPHASH:
            name, _, digits = text.rpartition("=")
            if not name or name == kind:
                yield from _made(kind, digits)
        case _:
            yield from _made(kind, text)


def _made(kind: Kind, text: str) -> Iterator[Observable]:
    try:
        yield observable(kind, text)
    except ObservableError:
        return


def _ascii(text: str) -> str:
    """A name of the DNS in ASCII, where it can be."""
    name = text if text.isascii() else next((one.value for one in _made(Kind.DOMAIN, text)), "")
    return name.lower().removesuffix(".")


def _keys_above(key: Observable) -> Iterator[Observable]:
    """A key, and those that it lies in, each as normal as the key itself."""
    text = key.value
    while text:
        yield Observable(key.kind, text)
        text = text.rpartition("\\")[0]


@lru_cache(maxsize=_KNOWN)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text is, perhaps with a port or a zone."""
    found = _WITH_PORT.fullmatch(text)
    plain = (found[1] or found[2]) if found else text
    try:
        address = ip_address(plain.partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _around(
    kind: Kind, address: IPv4Address | IPv6Address, lengths: tuple[frozenset[int], frozenset[int]]
) -> Iterator[Observable]:
    """An address, or the networks that it lies in."""
    is_four = isinstance(address, IPv4Address)
    if kind is Kind.NETWORK:
        for length in lengths[0] if is_four else lengths[1]:
            if length < address.max_prefixlen:
                yield Observable(kind, str(ip_network((address, length), strict=False)))
    elif is_four is (kind is Kind.IPV4):
        yield Observable(kind, str(address))
