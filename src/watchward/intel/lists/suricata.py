"""Rules and data sets for Suricata."""

from base64 import b64encode
from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256
from typing import Final

from watchward.intel.lists.block import (
    LeftOut,
    Listed,
    Rendered,
    is_digest,
    is_domain,
    is_placed,
    one_line,
    placed,
    url_parts,
)
from watchward.intel.observable import Kind

_ADDRESSES: Final = (Kind.IPV4, Kind.IPV6, Kind.NETWORK)
_FIRST, _MANY = 3_000_000_000, 1_000_000_000
_FIRST_GROUP, _GROUPS = 1_000_000, 1_000_000


class Action(StrEnum):
    """What a rule does: tell, or also drop."""

    ALERT = "alert"
    DROP = "drop"


class Set(StrEnum):
    """A data set: a file of values that one rule looks up. The values are Suricata's names of their types."""

    DOMAINS = "string"
    IPS = "ip"
    MD5 = "md5"
    SHA256 = "sha256"


_IN_SET: Final = {
    Set.DOMAINS: (Kind.DOMAIN,),
    Set.IPS: (Kind.IPV4, Kind.IPV6),
    Set.MD5: (Kind.MD5,),
    Set.SHA256: (Kind.SHA256,),
}


SETS: Final = {"domains": Set.DOMAINS, "addresses": Set.IPS, "md5": Set.MD5, "sha256": Set.SHA256}
"""The data sets, by the names of their files, without `.lst`."""


def rules(listed: Iterable[Listed], action: Action = Action.DROP) -> Rendered:
    """A rule for each sign by which a sensor sees a block: names asked for and named in TLS, addresses, plain URLs.

    A rule's group and number are derived from what it looks for: they stay the same while others come and go.
    """
    lines: list[str] = []
    left_out: list[LeftOut] = []
    said: set[tuple[int, int]] = set()
    entries = 0
    for one in listed:
        bodies = _bodies(one)
        if bodies is None:
            left_out.append(LeftOut(block=one.block, why="No rule can say it."))
            continue
        entries += bool(bodies)
        for head, body in bodies:
            group, number = _number(f"{head} {body}")
            if (group, number) in said:
                continue
            said.add((group, number))
            lines.append(f"{action} {head} ({_message(one)} {body}{_origin(one)} gid:{group}; sid:{number}; rev:1;)")
    return Rendered(content="".join(f"{x}\n" for x in lines).encode("ascii"), entries=entries, left_out=tuple(left_out))


def dataset(listed: Iterable[Listed], of: Set) -> Rendered:
    """The values of a data set: texts in base64, addresses and digests as they are."""

    def line(one: Listed) -> str | None:
        match of:
            case Set.DOMAINS:
                return b64encode(one.value.encode()).decode() if is_domain(one.value) else None
            case Set.IPS:
                return one.value if is_placed(one) else None
            case Set.MD5 | Set.SHA256:
                return one.value if is_digest(one.value) else None

    lines, left_out = placed(listed, _IN_SET[of], line, "It does not fit on a line of its own.")
    content = "".join(f"{one}\n" for one in lines)
    return Rendered(content=content.encode("ascii"), entries=len(lines), left_out=tuple(left_out))


def dataset_rules(folder: str, action: Action = Action.DROP) -> bytes:
    """The rules that look values up in the data sets of a folder: few, whatever the length of the sets."""
    looked_up = (
        ("dns any any -> any any", "dns.query; to_lowercase;", Set.DOMAINS, "domains"),
        ("tls any any -> any any", "tls.sni; to_lowercase;", Set.DOMAINS, "domains"),
        ("ip $HOME_NET any -> any any", "ip.dst;", Set.IPS, "addresses"),
        ("http any any -> any any", "file.data; filemd5:{folder}/md5.lst;", Set.MD5, "md5"),
        ("http any any -> any any", "file.data; filesha256:{folder}/sha256.lst;", Set.SHA256, "sha256"),
    )
    lines = []
    for place, (head, sticky, of, name) in enumerate(looked_up):
        load = f"dataset:isset,watchward-{name},type {of},load {folder}/{name}.lst;"
        body = sticky.format(folder=folder).removeprefix("file.data; ") if "file" in sticky else f"{sticky} {load}"
        lines.append(f'{action} {head} (msg:"Watchward blocks {name}"; {body} sid:{_FIRST - 100 + place}; rev:1;)\n')
    return "".join(lines).encode("ascii")


def _bodies(one: Listed) -> list[tuple[str, str]] | None:
    """For each rule of a block, what stands before its parentheses and what it looks for; none for other kinds."""
    match one.kind:
        case Kind.DOMAIN if is_domain(one.value):
            return [
                ("dns any any -> any any", _name("dns.query", one)),
                ("tls any any -> any any", _name("tls.sni", one)),
            ]
        case Kind.IPV4 | Kind.IPV6 | Kind.NETWORK if is_placed(one):
            return [(f"ip $HOME_NET any -> {one.value} any", "")]
        case Kind.URL if parts := url_parts(one.value):
            scheme, host, path = parts
            host = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
            if scheme != "http":
                return None
            where = f"http.host; {_content(host)} startswith; endswith; http.uri.raw; {_content(path)} startswith; "
            return [("http any any -> any any", where)]
        case Kind.DOMAIN | Kind.URL | Kind.IPV4 | Kind.IPV6 | Kind.NETWORK:
            return None
        case _:
            return []


def _name(buffer: str, one: Listed) -> str:
    if one.under:
        return f"{buffer}; dotprefix; {_content('.' + one.value)} nocase; endswith; "
    return f"{buffer}; {_content(one.value)} nocase; startswith; endswith; "


def _content(text: str) -> str:
    """What a rule looks for; characters that mean something to the reader of rules by their bytes."""
    return 'content:"' + "".join(char if char in _PLAIN else f"|{ord(char):02X}|" for char in text) + '";'


_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./_-=~?&%+,@!")


def _message(one: Listed) -> str:
    said = one_line(f"Watchward blocks {one.value} {one.block.source}", 150)
    return f'msg:"{_words(said)}";'


def _origin(one: Listed) -> str:
    name = _words(one.block.indicator, 80).replace(" ", "_").replace(",", "_")  # a comma ends what is said there
    said = [f"indicator {name or 'none'}"]
    said.append(f"created_at {one.block.since:%Y_%m_%d}")
    if one.block.until is not None:
        said.append(f"expires_at {one.block.until:%Y_%m_%d}")
    return f"metadata:{', '.join(said)};"


def _words(text: str, longest: int = 200) -> str:
    return "".join(char if char.isalnum() or char in " .,_-()/'" else "_" for char in one_line(text, longest))


def _number(text: str) -> tuple[int, int]:
    """A rule's group and number, which no two of a million rules share but by a chance of one in a thousand."""
    found = int.from_bytes(sha256(text.encode()).digest()[:8])
    return _FIRST_GROUP + found // _MANY % _GROUPS, _FIRST + found % _MANY
