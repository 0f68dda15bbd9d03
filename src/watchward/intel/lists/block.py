"""What is blocked, and of it what a list holds now."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Final

from watchward.intel.never import NOBODY, Own, never
from watchward.intel.observable import Kind, Observable
from watchward.intel.prefixes import Prefixes
from watchward.intel.warninglists import host_of, names_above


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One thing that is blocked.

    Args:
        observable: the thing.
        indicator: the STIX id of the indicator that names it.
        why: the reason, in words of whoever decided.
        since: from when.
        until: until when; None while nobody says.
        source: who says that it is an attack.
        changed_at: when something of it was changed last; None where that was never.

    """

    observable: Observable
    indicator: str
    why: str
    since: datetime
    until: datetime | None = None
    source: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A block that stands in a list.

    Args:
        block: it.
        under: whether all names under it are blocked too; false where one of them is excepted.
        excepted: the names under it that are excepted.

    """

    block: Block
    under: bool = True
    excepted: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """What kind of thing is blocked."""
        return self.block.observable.kind

    @property
    def value(self) -> str:
        """The thing itself."""
        return self.block.observable.value


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A block that a form cannot hold, and why."""

    block: Block
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A list in one form.

    Args:
        content: it, as it is served.
        entries: how many blocks it holds.
        left_out: blocks of kinds that it speaks of and cannot hold.

    """

    content: bytes
    entries: int
    left_out: tuple[LeftOut, ...]


def in_force(
    blocks: Iterable[Block],
    *,
    now: datetime,
    exceptions: Collection[Observable] = (),
    own: Own = NOBODY,
) -> tuple[Listed, ...]:
    """The blocks that hold now, each thing once, in an order that does not change when others come and go.

    What may never be blocked is in none of them, whoever decided it: this is the last gate before a list.

    Args:
        blocks: all that there are; of several of one thing the one that holds longest counts.
        now: the time.
        exceptions: what an organisation has excepted: with a name all under it, with a network all in it.
        own: what belongs to the sector itself, which is never blocked.

    """
    excepted = Exceptions(exceptions)
    held: dict[tuple[str, str], Block] = {}
    for block in blocks:
        if block.since > now or (block.until is not None and block.until <= now) or excepted.covers(block.observable):
            continue
        key = block.observable.kind.value, block.observable.value
        if never(block.observable, own) is not None:
            continue
        if key not in held or longevity(block) > longevity(held[key]):
            held[key] = block
    return tuple(
        Listed(block=block, under=not (names := excepted.under(block.observable)), excepted=names)
        for _, block in sorted(held.items())
    )


def longevity(block: Block) -> tuple[bool, float, float, str]:
    """How long a block holds: of several of one thing the greatest counts."""
    until = block.until
    return until is None, 0.0 if until is None else until.timestamp(), -block.since.timestamp(), block.indicator


class Exceptions:
    """What has been excepted, to be asked of any block."""

    def __init__(self, exceptions: Collection[Observable]) -> None:
        self._exact = frozenset((one.kind, one.value) for one in exceptions)
        self._names = frozenset(one.value for one in exceptions if one.kind is Kind.DOMAIN)
        self._under: dict[str, list[str]] = {}
        for name in sorted(self._names):
            for above in names_above(name):
                self._under.setdefault(above, []).append(name)
        self._networks = Prefixes[str]()
        for one in exceptions:
            if one.kind in (Kind.IPV4, Kind.IPV6, Kind.NETWORK):
                self._networks.add(one.value, one.value)

    def covers(self, thing: Observable) -> bool:
        """Whether the thing is excepted, wholly."""
        if (thing.kind, thing.value) in self._exact:
            return True
        match thing.kind:
            case Kind.DOMAIN:
                return self._named(thing.value)
            case Kind.URL:
                host = host_of(thing.value)
                return self._named(host) or bool(self._networks.around(host))
            case Kind.IPV4 | Kind.IPV6 | Kind.NETWORK:
                # A network with an excepted address in it is left out whole: no form can leave a hole in it.
                return bool(self._networks.around(thing.value)) or any(True for _ in self._networks.inside(thing.value))
            case _:
                return False

    def under(self, thing: Observable) -> tuple[str, ...]:
        """Excepted names under a blocked one."""
        return tuple(self._under.get(thing.value, ())) if thing.kind is Kind.DOMAIN else ()

    def _named(self, name: str) -> bool:
        return any(one in self._names for one in (name, *names_above(name)))


_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN: Final = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}", re.ASCII)
_PLAIN_IPV4: Final = re.compile(r"(?:(?:[1-9]?\d|1\d\d|2[0-4]\d|25[0-5])(?:\.(?!\Z)|\Z)){4}", re.ASCII)
_ADDRESS: Final = re.compile(r"[0-9a-f:.]{2,45}(?:/[0-9]{1,3})?", re.ASCII)
_URL: Final = re.compile(r"(https?)://([a-z0-9_.:\[\]-]+)(/[\x21-\x7e]*)?", re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128}", re.ASCII)
_LONGEST_NAME: Final = 253
_LONGEST_URL: Final = 2_000


def is_domain(value: str) -> bool:
    """Whether a value can stand as a name in any list: two labels or more, each of up to 63 characters, 253 in all.

    >>> is_domain("evil.example"), is_domain("evil"), is_domain("evil..example")
    (True, False, False)

    """
    return len(value) <= _LONGEST_NAME and _DOMAIN.fullmatch(value) is not None


def is_address(value: str) -> bool:
    """Whether a value can stand as an address or network in any list."""
    if _PLAIN_IPV4.fullmatch(value):
        return True
    if _ADDRESS.fullmatch(value) is None:
        return False
    try:
        return str(ip_network(value)) in (value, f"{value}/32", f"{value}/128")
    except ValueError:
        return False


def is_placed(one: Listed) -> bool:
    """Whether a block's address or network can stand as that in any list, and is not the other of the two."""
    return is_address(one.value) and (one.kind is Kind.NETWORK or "/" not in one.value)


def is_digest(value: str) -> bool:
    """Whether a value can stand as a digest in any list."""
    return _DIGEST.fullmatch(value) is not None


def url_parts(value: str) -> tuple[str, str, str] | None:
    """Scheme, host with its port, and path of a URL that can stand in any list; None where it cannot."""
    found = _URL.fullmatch(value) if len(value) <= _LONGEST_URL else None
    return None if found is None else (found[1], found[2], found[3] or "/")


_PLAIN: Final = re.compile(r"[!#-:<-\[\]-{}~]+(?: [!#-:<-\[\]-{}~]+)*")


def one_line(text: str, longest: int = 200) -> str:
    r"""Words of people as one line of ASCII that no form takes for anything but words.

    >>> one_line('bad "news";\n$ORIGIN .\té')
    "bad 'news', $ORIGIN . ?"

    """
    if len(text) <= longest and _PLAIN.fullmatch(text):
        return text
    plain = re.sub(r"[\x00-\x20\x7f\u0085\u2028\u2029]+", " ", text[: 4 * longest])
    plain = plain.translate({ord('"'): "'", ord(";"): ",", ord("\\"): "/", ord("|"): "/"})
    return re.sub(r"[^\x20-\x7e]", "?", plain).strip()[:longest].strip()


def times(block: Block) -> str:
    """Since when a block holds and until when, in words."""
    until = "" if block.until is None else f" until {block.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"since {block.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC{until}"


def sound(text: str) -> str:
    """A text that can be written as UTF-8: halves of characters, which hostile senders make, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


Place = Callable[[Listed], str | None]
"""How a form writes a block; None where it cannot hold it."""


def placed(
    listed: Iterable[Listed], kinds: Collection[Kind], place: Place, why: str
) -> tuple[list[str], list[LeftOut]]:
    """The blocks of some kinds as a form writes them, and those that it cannot hold, for one reason."""
    lines: list[str] = []
    left_out: list[LeftOut] = []
    for one in listed:
        if one.kind in kinds:
            line = place(one)
            if line is None:
                left_out.append(LeftOut(block=one.block, why=why))
            else:
                lines.append(line)
    return lines, left_out
