"""Warninglists: what everybody visits, owns or finds, and what an indicator is therefore mistaken about.

The lists of MISP are read as they are published: `{"name", "type", "version", "list", "matching_attributes"}`, where
the type is string, substring, hostname, cidr or regex. Compiled, they say of any observable which lists know it, by
which entry and in what way, at a cost that hardly grows with the length of the lists.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final, TypeAlias

import msgspec
import re2

from watchward.detect.sigma.errors import RuleError
from watchward.detect.texts.regex import Pattern, compiled
from watchward.intel import normal
from watchward.intel.errors import IntelError
from watchward.intel.observable import Kind, Observable
from watchward.intel.prefixes import Prefixes


class WarninglistError(IntelError):
    """A warninglist cannot be used."""


class ListType(StrEnum):
    """How the entries of a list are compared; the words are MISP's."""

    CIDR = "cidr"
    HOSTNAME = "hostname"
    REGEX = "regex"
    STRING = "string"
    SUBSTRING = "substring"


class How(StrEnum):
    """In what way a list knows an observable."""

    EQUAL = "is listed"
    UNDER = "is a name under a listed one"
    OVER = "is a name over a listed one, and a block of it would reach that"
    HOST = "names a listed host"
    WITHIN = "lies in a listed network"
    AROUND = "has a listed address or network inside it"
    PART = "contains a listed text"
    PATTERN = "fits a listed pattern"


@dataclass(frozen=True, slots=True, kw_only=True)
class Warninglist:
    """One list.

    Args:
        name: what it lists, in its makers' words.
        version: a number that grows with each edition.
        type: how its entries are compared.
        entries: them.
        kinds: the kinds of observable that it speaks of.
        known_bad: whether it tells of known identifiers (scanners, sinkholes) and not of what everybody uses.

    """

    name: str
    version: int
    type: ListType
    entries: tuple[str, ...]
    kinds: frozenset[Kind]
    known_bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A list that knows an observable.

    Args:
        listed_in: the name of the list.
        version: its edition.
        entry: the entry that fits.
        how: in what way it fits.
        known_bad: as of the list.

    """

    listed_in: str
    version: int
    entry: str
    how: How
    known_bad: bool

    @property
    def why(self) -> str:
        """The hit as a sentence about the observable."""
        return f"It {self.how}: {self.entry} ({self.listed_in}, version {self.version})."


class _Wire(msgspec.Struct):
    """A list as its file has it."""

    name: str
    type: ListType
    entries: list[str] = msgspec.field(name="list")
    version: int = 0
    matching_attributes: list[str] | None = None
    category: str | None = None


_HOST_KINDS: Final = frozenset({Kind.DOMAIN, Kind.URL})
_ADDRESSES: Final = frozenset({Kind.IPV4, Kind.IPV6, Kind.NETWORK})
_KINDS: Final[Mapping[str, frozenset[Kind]]] = {
    "ip-src": _ADDRESSES | {Kind.URL},
    "ip-dst": _ADDRESSES | {Kind.URL},
    "domain": _HOST_KINDS,
    "hostname": _HOST_KINDS,
    "url": frozenset({Kind.URL}),
    "uri": frozenset({Kind.URL}),
    "link": frozenset({Kind.URL}),
    "email": frozenset({Kind.EMAIL}),
    "email-src": frozenset({Kind.EMAIL}),
    "email-dst": frozenset({Kind.EMAIL}),
    "filename": frozenset({Kind.FILE_NAME}),
    "md5": frozenset({Kind.MD5}),
    "sha1": frozenset({Kind.SHA1}),
    "sha256": frozenset({Kind.SHA256}),
    "sha512": frozenset({Kind.SHA512}),
    "imphash": frozenset({Kind.IMPHASH}),
    "user-agent": frozenset({Kind.USER_AGENT}),
    "mutex": frozenset({Kind.MUTEX}),
    "regkey": frozenset({Kind.REGISTRY_KEY}),
}
_MOST_BYTES: Final = 64 << 20


def read(raw: bytes) -> Warninglist:
    """The list in a file of JSON.

    Raises:
        WarninglistError: the file is no warninglist, or too large.

    """
    if len(raw) > _MOST_BYTES:
        raise WarninglistError(
            f"A list of {len(raw):,} bytes is too long.", advice="Split it, or ask for a smaller one."
        )
    try:
        wire = msgspec.json.decode(raw, type=_Wire)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WarninglistError(
            f"The file is no MISP warninglist: {error}",
            advice="Take `list.json` of a folder of github.com/MISP/misp-warninglists.",
        ) from error
    return Warninglist(
        name=wire.name,
        version=wire.version,
        type=wire.type,
        entries=tuple(wire.entries),
        kinds=_kinds(wire.matching_attributes),
        known_bad=(wire.category or "").lower() == "known identifier",
    )


def _kinds(attributes: list[str] | None) -> frozenset[Kind]:
    """The kinds that a list speaks of: all of them, unless it says which."""
    if not attributes:
        return frozenset(Kind)
    single = (part for attribute in attributes for part in attribute.split("|"))
    return frozenset().union(*(_KINDS.get(part, frozenset()) for part in single))


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of a list, as a hit names it."""

    list: Warninglist
    text: str

    def hit(self, how: How) -> Hit:
        """The hit on this entry."""
        of = self.list
        return Hit(listed_in=of.name, version=of.version, entry=self.text, how=how, known_bad=of.known_bad)


_Index: TypeAlias = dict[str, list[_Entry]]
_Found: TypeAlias = tuple[_Entry, How]
_ROOMY = re2.Options()
_ROOMY.max_mem = 256 << 20  # ten thousands of texts in one automaton; it is made piece by piece, as values need it
_ROOMY.never_capture = True


@dataclass(frozen=True, kw_only=True)
class Warninglists:
    """All lists together, compiled; made by `compile_lists`.

    Args:
        lists: them.
        refused: entries that could not be used, with the name of their list and the reason.

    """

    lists: tuple[Warninglist, ...]
    refused: tuple[str, ...]
    _equal: _Index = field(repr=False)
    _hosts: _Index = field(repr=False)
    _networks: Prefixes[_Entry] = field(repr=False)
    _patterns: tuple[tuple[Pattern, _Entry], ...] = field(repr=False)

    @property
    def versions(self) -> dict[str, int]:
        """The edition of each list, by its name."""
        return {one.name: one.version for one in self.lists}

    def hits(self, observable: Observable) -> tuple[Hit, ...]:
        """The lists that know it; at most one hit of each, the plainest first."""
        found: dict[str, Hit] = {}
        for entry, how in self._found(observable):
            if observable.kind in entry.list.kinds and entry.list.name not in found:
                found[entry.list.name] = entry.hit(how)
        return tuple(found.values())

    def _found(self, observable: Observable) -> list[_Found]:
        kind, value = observable.kind, observable.value
        folded = value.lower()
        found = [(entry, How.EQUAL) for entry in self._equal.get(folded, ())]
        match kind:
            case Kind.DOMAIN:
                found += self._named(value)
                found += [(entry, How.OVER) for entry in self._above.get(value, ())]
            case Kind.IPV4 | Kind.IPV6:
                found += [(entry, How.WITHIN) for entry in self._networks.around(value)]
            case Kind.NETWORK:
                found += [(entry, How.WITHIN) for entry in self._networks.around(value)]
                found += [(entry, How.AROUND) for entry in self._networks.inside(value)]
            case Kind.URL:
                found += self._of_host(host_of(value))
            case _:
                pass
        if parts := self._parts.get(kind):
            found += [(entry, How.PART) for entry in parts.found(folded)]
        for pattern, entry in self._patterns:
            if kind in entry.list.kinds and pattern.search(value) is not None:
                found.append((entry, How.PATTERN))
        return found

    def _named(self, name: str) -> list[_Found]:
        hosts = self._hosts
        found = [(entry, How.EQUAL) for entry in hosts.get(name, ())]
        for above in names_above(name):
            if above in hosts:
                found += [(entry, How.UNDER) for entry in hosts[above]]
        return found

    def _of_host(self, host: str) -> list[_Found]:
        entries = [*self._equal.get(host, ()), *(entry for entry, _ in self._named(host)), *self._networks.around(host)]
        return [(entry, How.HOST) for entry in entries]

    @cached_property
    def _above(self) -> _Index:
        """For each name, an entry of each list that has a name under it."""
        found: dict[str, dict[str, _Entry]] = {}
        for index in (self._equal, self._hosts):
            for name, entries in index.items():
                about = [entry for entry in entries if Kind.DOMAIN in entry.list.kinds]
                for above in names_above(name) if about else ():
                    found.setdefault(above, {}).update({entry.list.name: entry for entry in about})
        return {name: list(entries.values()) for name, entries in found.items()}

    @cached_property
    def _parts(self) -> dict[Kind, "_Parts"]:
        """For each kind that lists of texts speak of, those texts."""
        found: dict[Kind, list[_Entry]] = {}
        for one in self.lists:
            for kind in one.kinds if one.type is ListType.SUBSTRING else ():
                texts = (text.strip().lower() for text in one.entries)
                found.setdefault(kind, []).extend(_Entry(one, text) for text in texts if text)
        return {kind: _Parts(entries) for kind, entries in found.items()}


class _Parts:
    """Texts to be found inside others: one pass in RE2 says whether any is there, and only then which."""

    def __init__(self, entries: list[_Entry]) -> None:
        self._entries = entries
        texts = dict.fromkeys(entry.text for entry in entries)
        self._any = re2.compile("|".join(map(re2.escape, texts)), _ROOMY)

    def found(self, value: str) -> list[_Entry]:
        """Those that the value contains."""
        if self._any.search(value) is None:
            return []
        return [entry for entry in self._entries if entry.text in value]


def names_above(name: str) -> list[str]:
    """The names over a name, nearest first.

    >>> names_above("www.ward.example")
    ['ward.example', 'example']

    """
    found = []
    while place := name.find(".") + 1:
        name = name[place:]
        found.append(name)
    return found


def host_of(url: str) -> str:
    """The host of a URL in normal form, without brackets.

    >>> host_of("https://jo@www.example:8443/x"), host_of("http://[2001:db8::1]:80/")
    ('www.example', '2001:db8::1')

    """
    place = url.partition("://")[2]
    for end in "/?#":
        place = place.partition(end)[0]
    place = place.rpartition("@")[2]
    return place[1:].partition("]")[0] if place.startswith("[") else place.partition(":")[0]


def compile_lists(lists: Iterable[Warninglist], *, refused: Iterable[str] = ()) -> Warninglists:
    """All lists together, ready to be asked; entries that cannot be used are told, and disturb no other.

    Args:
        lists: them.
        refused: what could not be read at all, to be told with the entries.

    """
    every = tuple(lists)
    equal: _Index = {}
    hosts: _Index = {}
    networks: Prefixes[_Entry] = Prefixes()
    unusable = list(refused)
    patterns: list[tuple[Pattern, _Entry]] = []
    for one in every:
        for text in one.entries:
            try:
                _take(_Entry(one, text.strip()), equal, hosts, networks, patterns)
            except (ValueError, RuleError) as error:
                unusable.append(f"{one.name}: {text[:100]!r}: {error}")
    return Warninglists(
        lists=every,
        refused=tuple(unusable),
        _equal=equal,
        _hosts=hosts,
        _networks=networks,
        _patterns=tuple(patterns),
    )


def _take(
    entry: _Entry,
    equal: _Index,
    hosts: _Index,
    networks: Prefixes[_Entry],
    patterns: list[tuple[Pattern, _Entry]],
) -> None:
    if not entry.text:
        raise ValueError("it is empty")
    match entry.list.type:
        case ListType.STRING if not entry.text.startswith("."):
            equal.setdefault(entry.text.lower(), []).append(entry)
        case ListType.STRING | ListType.HOSTNAME:
            hosts.setdefault(normal.domain(entry.text.strip("*.")), []).append(entry)
        case ListType.CIDR:
            networks.add(entry.text, entry)
        case ListType.REGEX:
            patterns.append((_pattern(entry.text), entry))
        case ListType.SUBSTRING:
            pass  # found by their first characters


def _pattern(text: str) -> Pattern:
    """A regular expression as PHP writes it, between slashes with its options after."""
    if text.startswith("/") and (end := text.rfind("/")) > 0:
        flags = "".join(sorted(set(text[end + 1 :]) & set("ims")))
        return compiled(text[1:end].replace(r"\/", "/"), flags)
    return compiled(text)
