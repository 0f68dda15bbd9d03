"""What may never be blocked, by nobody's word: where a block would hurt more than any attack that it stops.

Names that others stand under (the root, top-level domains, public suffixes), addresses that mean something else in each
network, networks too wide to know who is in them, the health service's own names, and the sector's as given.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from hashlib import md5, sha1, sha256, sha512
from importlib.resources import files
from typing import Final, Self

from publicsuffixlist import PublicSuffixList

from watchward.intel import normal
from watchward.intel.observable import Kind, Observable
from watchward.intel.prefixes import Prefixes, place
from watchward.intel.warninglists import host_of, names_above


class Because(StrEnum):
    """The rule by which it may never be blocked."""

    EMPTY = "empty"
    HEALTH = "health"
    OWN = "own"
    PUBLIC_SUFFIX = "public_suffix"
    SPECIAL = "special"
    TOP_LEVEL = "top_level"
    WIDE = "wide"


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """Why something may never be blocked.

    Args:
        because: the rule.
        why: the reason as a sentence.
        source: where the rule comes from.

    """

    because: Because
    why: str
    source: str


WIDEST: Final = {4: 16, 6: 32}
"""The shortest prefix of a network that may be blocked, by version of IP: of wider ones nobody knows who is in them."""

_IANA: Final = "https://www.iana.org/assignments/iana-ipv4-special-registry/"
_SPECIAL: Final = (
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private use"),
    ("100.64.0.0/10", "shared by carriers"),
    ("127.0.0.0/8", "the machine itself"),
    ("169.254.0.0/16", "the local link"),
    ("172.16.0.0/12", "private use"),
    ("192.0.0.0/24", "protocols"),
    ("192.88.99.0/24", "relays"),
    ("192.168.0.0/16", "private use"),
    ("198.18.0.0/15", "tests of equipment"),
    ("224.0.0.0/4", "groups"),
    ("240.0.0.0/4", "nobody yet, and broadcast"),
    ("::/128", "no address"),
    ("::1/128", "the machine itself"),
    ("::ffff:0:0/96", "IPv4 in disguise"),
    ("64:ff9b::/96", "translation of IPv4"),
    ("64:ff9b:1::/48", "translation of IPv4"),
    ("100::/64", "nowhere"),
    ("fc00::/7", "private use"),
    ("fe80::/10", "the local link"),
    ("ff00::/8", "groups"),
)
"""Ranges that mean something else in each network. Those for documentation are left out: a block there hurts nobody."""

_SPECIAL_NAMES: Final = frozenset({"arpa", "internal", "invalid", "lan", "local", "localhost", "onion"})
_NOTHING: Final = {
    Kind.MD5: md5(b"", usedforsecurity=False).hexdigest(),
    Kind.SHA1: sha1(b"", usedforsecurity=False).hexdigest(),
    Kind.SHA256: sha256(b"").hexdigest(),
    Kind.SHA512: sha512(b"").hexdigest(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What belongs to the sector itself: names with all under them, and networks. Made by `Own.of`.

    `because` says of some of the names why they do.
    """

    domains: frozenset[str] = frozenset()
    because: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    _over: Mapping[str, str] = field(default_factory=dict, repr=False)
    _networks: Prefixes[str] = field(default_factory=Prefixes, compare=False, repr=False)

    @classmethod
    def of(
        cls, *, domains: Iterable[str] = (), networks: Iterable[str] = (), because: Mapping[str, str] | None = None
    ) -> Self:
        """The sector's own, as given; with names that are its own for a reason, which is a sentence.

        Raises:
            ValueError: one of them is no name, or no network.

        """
        reasons = because or {}
        names = frozenset(map(normal.domain, (*domains, *reasons)))
        own = cls(domains=names, because=reasons, _over=_names_over(names))
        for network in networks:
            own._networks.add(network, network)
        return own

    def name_under(self, name: str) -> str | None:
        """One of the names that stand under this one."""
        return self._over.get(name)

    def network_at(self, place: str) -> str | None:
        """One of the networks that this address or network touches."""
        return next(iter([*self._networks.around(place), *self._networks.inside(place)]), None)


def _names_over(names: Iterable[str]) -> dict[str, str]:
    """Each name that stands over one of these, with the first of them in the alphabet."""
    return {above: name for name in sorted(names, reverse=True) for above in names_above(name)}


NOBODY: Final = Own()


def never(observable: Observable, own: Own = NOBODY) -> Never | None:
    """Why this may never be blocked; None where it may, for all that this module knows."""
    match observable.kind:
        case Kind.DOMAIN:
            return _domain(observable.value, own)
        case Kind.IPV4 | Kind.IPV6 | Kind.NETWORK:
            return _network(observable.value, own)
        case Kind.URL:
            return _url(observable.value, own)
        case Kind.EMAIL:
            return _under(observable.value.rpartition("@")[2].lower(), own)
        case kind if _NOTHING.get(kind) == observable.value:
            return Never(because=Because.EMPTY, why="It is the digest of an empty file.", source="computed")
        case _:
            return None


def _domain(name: str, own: Own) -> Never | None:
    if "." not in name:
        return Never(
            because=Because.TOP_LEVEL,
            why=f"{name or 'The root'} is a top-level name, and all under it would be lost.",
            source="https://www.iana.org/domains/root/db",
        )
    if name.rpartition(".")[2] in _SPECIAL_NAMES:
        return Never(
            because=Because.SPECIAL,
            why=f"{name} means something else in each network.",
            source="https://www.iana.org/assignments/special-use-domain-names/",
        )
    return _under(name, own) or _over(name, own) or _suffix(name)


def _under(name: str, own: Own) -> Never | None:
    """Whether it is one of the protected names, or stands under one."""
    protected = _protected()
    for one in (name, *names_above(name)):
        if one in protected:
            what, source = protected[one]
            return Never(because=Because.HEALTH, why=f"{one} is {what}.", source=source)
        if one in own.domains:
            return _own(one, own)
    return None


def _over(name: str, own: Own) -> Never | None:
    """Whether a protected name stands under it, and a block would reach that."""
    if below := _over_protected().get(name):
        source = _protected()[below][1]
        return Never(because=Because.HEALTH, why=f"{below} stands under it.", source=source)
    if below := own.name_under(name):
        return _own(below, own)
    return None


def _suffix(name: str) -> Never | None:
    if not _suffixes().is_public(name):
        return None
    return Never(
        because=Because.PUBLIC_SUFFIX,
        why=f"Anybody may register names under {name}, and all of them would be lost.",
        source="https://publicsuffix.org/list/",
    )


def _own(what: str, own: Own) -> Never:
    why = own.because.get(what, f"{what} belongs to the sector itself.")
    return Never(because=Because.OWN, why=why, source="this node's own records")


def _network(text: str, own: Own) -> Never | None:
    found = place(text)
    if found is None:  # of a value that is not normal, which no list takes
        return None
    version, _, length = found
    if length < WIDEST[version]:
        return Never(
            because=Because.WIDE,
            why=f"A network of /{length} is too wide to know who is in it.",
            source="this project",
        )
    special = _special()
    for why in (*special.around(text), *special.inside(text)):
        return Never(because=Because.SPECIAL, why=why, source=_IANA)
    touched = own.network_at(text)
    return _own(touched, own) if touched is not None else None


def _url(url: str, own: Own) -> Never | None:
    """A URL on a protected host is protected; one on a host that others share only where it is the whole host."""
    host = host_of(url)
    path = url.partition("://")[2].partition("/")[2]
    return _network(host, own) or _under(host, own) or (_domain(host, own) if not path else None)


@cache
def _protected() -> dict[str, tuple[str, str]]:
    text = (files("watchward.intel") / "data" / "never.csv").read_text(encoding="utf-8")
    return {row["domain"]: (row["what"], row["source"]) for row in csv.DictReader(text.splitlines())}


@cache
def _over_protected() -> dict[str, str]:
    return _names_over(_protected())


@cache
def _special() -> Prefixes[str]:
    found = Prefixes[str]()
    for network, what in _SPECIAL:
        found.add(network, f"{network} is for {what}.")
    return found


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)
