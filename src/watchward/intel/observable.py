"""What an attacker leaves to be seen, such as an address or a digest, in a form by which equal things are equal."""

import csv
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache, partial
from importlib.resources import files
from typing import Final

from msgspec import Struct

from watchward.intel import normal
from watchward.intel.errors import ObservableError


class Kind(StrEnum):
    """What kind of thing it is."""

    DOMAIN = "domain"
    EMAIL = "email"
    FILE_NAME = "file_name"
    FILE_PATH = "file_path"
    IMPHASH = "imphash"
    IPV4 = "ipv4"
    IPV6 = "ipv6"
    MD5 = "md5"
    MUTEX = "mutex"
    NETWORK = "network"
    PROCESS_NAME = "process_name"
    REGISTRY_KEY = "registry_key"
    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA512 = "sha512"
    URL = "url"
    USER_AGENT = "user_agent"


class Observable(Struct, frozen=True, gc=False):
    """One thing that may be seen; made by `observable`, so that its value is normal.

    >>> observable(Kind.IPV6, "2001:DB8::0:1") == Observable(Kind.IPV6, "2001:db8::1")
    True

    """

    kind: Kind
    value: str


class Holds(StrEnum):
    """How a field of an event holds what is looked for."""

    DIGESTS = "digests"
    """Among several, with or without the names of their algorithms: `SHA256=…,MD5=…`."""
    FOLDER = "folder"
    """It is the folder of the field's path."""
    HOST = "host"
    """It is the host that the field's URL names."""
    KEY = "key"
    """It is the field's registry key, or one above it."""
    LAST = "last"
    """It is the last part of the field's path."""
    PROGRAM = "program"
    """It is the program of the command that the field says."""
    PROGRAM_NAME = "program_name"
    """It is the last part of that program's path."""
    TEXT = "text"
    """Somewhere in the field's text, such as among the answers of a query."""
    VALUE = "value"
    """It is the field's value."""


class Carrier(Struct, frozen=True):
    """A field (its Sigma name) in which a kind of thing may be seen."""

    field: str
    holds: Holds


_DIGITS: Final = {Kind.MD5: 32, Kind.IMPHASH: 32, Kind.SHA1: 40, Kind.SHA256: 64, Kind.SHA512: 128}
_NORMAL: Final[Mapping[Kind, Callable[[str], str]]] = {
    Kind.DOMAIN: normal.domain,
    Kind.EMAIL: normal.email,
    Kind.FILE_NAME: normal.name,
    Kind.FILE_PATH: normal.folded,
    Kind.IPV4: normal.ipv4,
    Kind.IPV6: normal.ipv6,
    Kind.MUTEX: normal.exact,
    Kind.NETWORK: normal.network,
    Kind.PROCESS_NAME: normal.name,
    Kind.REGISTRY_KEY: normal.key,
    Kind.URL: normal.url,
    Kind.USER_AGENT: normal.exact,
    **{kind: partial(normal.digest, digits=digits) for kind, digits in _DIGITS.items()},
}
_SINGLE: Final = {".": "/32", ":": "/128"}


def observable(kind: Kind, text: str) -> Observable:
    """The thing of this kind that a text names.

    A network of one address is that address, and an IPv4 address in IPv6's clothes is the IPv4 address.

    Raises:
        ObservableError: the text names nothing of this kind.

    """
    try:
        value = _NORMAL[kind](text)
        if kind is Kind.IPV6 and (inner := normal.inner_ipv4(value)) is not None:
            return Observable(Kind.IPV4, inner)
        if kind is Kind.NETWORK and value.endswith(_SINGLE[":" if ":" in value else "."]):
            address = value.partition("/")[0]
            return observable(Kind.IPV6 if ":" in address else Kind.IPV4, address)
    except ValueError as error:
        raise ObservableError(
            f"{text[:200]!r} cannot be used as {kind}: {error}.",
            advice="Correct the text, or say of which kind it really is.",
        ) from None
    return Observable(kind, value)


def carriers(kind: Kind) -> tuple[Carrier, ...]:
    """The fields in which things of a kind may be seen, and how each holds them."""
    return _carriers().get(kind, ())


def fields(kind: Kind) -> tuple[str, ...]:
    """The Sigma names of the fields in which things of a kind may be seen; none where no telemetry shows them.

    >>> fields(Kind.USER_AGENT)[0], fields(Kind.MUTEX)
    ('c-useragent', ())

    """
    return tuple(dict.fromkeys(carrier.field for carrier in carriers(kind)))


@cache
def _carriers() -> Mapping[Kind, tuple[Carrier, ...]]:
    text = (files("watchward.intel") / "data" / "carriers.csv").read_text(encoding="utf-8")
    found: dict[Kind, tuple[Carrier, ...]] = {}
    for row in csv.DictReader(text.splitlines()):
        several = tuple(Carrier(field, Holds(row["holds"])) for field in row["fields"].split())
        for kind in row["kinds"].split():
            found[Kind(kind)] = found.get(Kind(kind), ()) + several
    return found


_DEFANGED: Final = (
    (re.compile(r"^(h)(?:xx|\*\*)(p)", re.IGNORECASE), r"\1tt\2"),
    (re.compile(r"^(f)x(p)(?=s?\W)", re.IGNORECASE), r"\1t\2"),
    (re.compile(r"\s?[\[({](?:\.|dot)[\])}]\s?|\\\.(?=\w)", re.IGNORECASE), "."),
    (re.compile(r"\s?[\[({](?:@|at)[\])}]\s?", re.IGNORECASE), "@"),
    (re.compile(r"[\[({](:(?://)?)[\])}]"), r"\1"),
    (re.compile(r"^(\w+)[\[({](://?)"), r"\1\2"),
)
_PATH: Final = re.compile(r"(?:[A-Za-z]:\\|\\\\|%\w+%\\|~?/).*[^\\/]", re.DOTALL)
_KEY: Final = re.compile(r"(?:HK(?:LM|CU|U|CR|CC)|HKEY_\w+|\\REGISTRY)\\.+", re.IGNORECASE)
_OF_LENGTH: Final = {digits: kind for kind, digits in _DIGITS.items() if kind is not Kind.IMPHASH}
_ENDINGS: Final = re.compile(
    r"7z|apk|aspx?|bat|bin|bmp|cab|chm|cpl|csv|dat|dll|dmg|docx?|docm|eml|exe|gif|gz|hta|img|ini|iso|jar|jpe?g|jse?|jsp"
    r"|json|lnk|log|msg|msi|one|pdf|php|png|pptx?|ps1|rar|reg|rtf|scr|so|sys|tar|tmp|txt|vb[es]|wsf|xls[bmx]?|xml"
)
_ADDRESS_ENDING: Final = re.compile(r"(?:[a-z]{2,63}|xn--[a-z0-9-]+)")


def refanged(text: str) -> str:
    """A text as it was before somebody made it harmless to click on.

    >>> refanged("hxxps[://]evil[.]example/x"), refanged("jo[at]evil(dot)example")
    ('https://evil.example/x', 'jo@evil.example')

    """
    for pattern, plain in _DEFANGED:
        text = pattern.sub(plain, text)
    return text


def guess(text: str) -> Observable | None:
    """What a bare text names, as plain lists have it; None where that cannot be told.

    >>> guess("hxxp://evil[.]example/"), guess("ward 7")
    (Observable(kind=<Kind.URL: 'url'>, value='http://evil.example/'), None)

    """
    plain = text.strip().strip("\"'<>") if len(text) <= normal.LONGEST else ""
    if _KEY.fullmatch(plain):
        return _first(plain, Kind.REGISTRY_KEY)
    if _PATH.fullmatch(plain):
        return _first(plain, Kind.FILE_PATH)
    plain = refanged(plain)
    if "://" in plain:
        return _first(plain, Kind.URL)
    if kind := _OF_LENGTH.get(len(plain)):
        found = _first(plain, kind)
        if found is not None:
            return found
    return _first(plain, Kind.IPV4, Kind.IPV6, Kind.NETWORK, Kind.EMAIL) or _named(plain)


def _first(text: str, *kinds: Kind) -> Observable | None:
    """The thing of the first of these kinds of which the text names one."""
    for kind in kinds:
        try:
            return observable(kind, text)
        except ObservableError:
            continue
    return None


def _named(text: str) -> Observable | None:
    """What a text with a dot in it names: a domain, or a file where its ending is that of files."""
    ending = text.removesuffix(".").rpartition(".")[2].lower()
    if "." not in text or not ending:
        return None
    if _ENDINGS.fullmatch(ending):
        return _first(text, Kind.FILE_NAME)
    found = _first(text, Kind.DOMAIN)
    top = found.value.rpartition(".") if found else ("", "", "")
    return found if top[1] and _ADDRESS_ENDING.fullmatch(top[2]) else None
