"""What is shaped like a patient, a member of staff or an internal name, found in text.

It errs towards finding: a date without a time counts as a birth date, and a word once seen as somebody's user name
counts as that wherever it stands. What no shape tells, such as a name in prose, no machine finds: a person reads what
goes.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Final

from watchward.intel.never import NOBODY, Because, Own, never
from watchward.intel.observable import Kind, Observable
from watchward.intel.warninglists import names_above
from watchward.telemetry.masking import is_nhs_number


class Taken(StrEnum):
    """A class of what is taken out before anything is shared."""

    ACCOUNT = "account"
    ADDRESS = "address"
    BIRTH_DATE = "birth_date"
    DOMAIN = "domain"
    HARDWARE = "hardware"
    HOST = "host"
    MAIL = "mail"
    NHS_NUMBER = "nhs_number"
    PERSON = "person"
    PHONE = "phone"
    POSTCODE = "postcode"
    RECORD = "record"
    SHARE = "share"
    USER = "user"

    @property
    def words(self) -> str:
        """The class in words."""
        return _WORDS[self]

    @property
    def mark(self) -> str:
        """What stands in its place."""
        return f"⟦{self.words}⟧"


_WORDS: Final = {
    Taken.ACCOUNT: "account seen here",
    Taken.ADDRESS: "internal address",
    Taken.BIRTH_DATE: "date",
    Taken.DOMAIN: "internal domain",
    Taken.HARDWARE: "hardware address",
    Taken.HOST: "computer",
    Taken.MAIL: "own mail address",
    Taken.NHS_NUMBER: "NHS number",
    Taken.PERSON: "person",
    Taken.PHONE: "telephone",
    Taken.POSTCODE: "address of a home",
    Taken.RECORD: "number as of a patient",
    Taken.SHARE: "shared folder",
    Taken.USER: "user",
}
MARKS: Final = re.compile("|".join(re.escape(one.mark) for one in Taken))
"""What stands in the place of what was taken; nothing is looked for inside."""

HEALTH: Final = frozenset({"hscni.net", "nhs.net", "nhs.scot", "nhs.uk", "nhs.wales"})
"""Names of the health service: what stands under them is internal, and mail there is staff's."""

_INTERNAL: Final = frozenset({"ad", "corp", "home", "internal", "intranet", "lan", "local", "localdomain"})
_SHORTEST_NAME: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What is known to belong to the organisation.

    Args:
        own: its domains and networks.
        hosts: names of its computers.
        users: names of its users.
        accounts: names of accounts that were seen in its events; of many, those that stand in what is looked at.

    """

    own: Own = NOBODY
    hosts: frozenset[str] = field(default_factory=frozenset)
    users: frozenset[str] = field(default_factory=frozenset)
    accounts: frozenset[str] = field(default_factory=frozenset)


_GAP: Final = r"(?:[ \-.+\u00a0\t]|%20)?"
_NHS: Final = re.compile(rf"(?<![0-9A-Za-z])\d{{3}}({_GAP})\d{{3}}{_GAP}\d{{4}}(?![0-9A-Za-z])")
_MONTH: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE: Final = re.compile(
    rf"(?<![\w.])(?:\d{{1,2}}[/.\-]\d{{1,2}}[/.\-](?:19|20)\d\d|(?:19|20)\d\d[/.\-]\d\d[/.\-]\d\d"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[ \-]{_MONTH}[ \-,]+(?:19|20)\d\d|{_MONTH} \d{{1,2}},? (?:19|20)\d\d)"
    r"(?![\w]|\.\d|[T ]\d\d:\d\d)",
    re.IGNORECASE,
)
_BORN: Final = re.compile(
    r"\b(?:dob|born|birth(?:day|date)?)\W{0,4}(?:on\W)?(\d{1,4}[/.\- ]?\d{1,2}[/.\- ]?\d{2,4})",
    re.IGNORECASE,
)
_POSTCODE: Final = re.compile(
    r"(?<![A-Z0-9_])(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRVWXY])"
    r"(?:\s|%20|\+)?\d[ABD-HJLNP-UW-Z]{2})(?![A-Z0-9_])",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(r"(?<![\w.])(?:\+44[ \-]?(?:\(0\))?|\(?0)\d(?:[ \-)]{0,2}\d){8,9}(?![\w])")
_PERSON: Final = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sister|Nurse|Midwife|[Pp]atient|Pt)\b\.?:?[ \t]+"
    r"[A-Z][\w'\u2019\-]+(?:[ \t]+[A-Z][\w'\u2019\-]+){0,2}",
)
_MAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\-]{1,64}@([A-Za-z0-9.\-]{1,253})")
_HOME: Final = re.compile(
    r"(?:\\Users\\|/Users/|/home/|\\Documents and Settings\\|\\Profiles\$?\\)([^\\/\"'<>|:*?\r\n⟦⟧]+)",
    re.IGNORECASE,
)
_SID: Final = re.compile(r"\bS-1-5-21-\d+-\d+-\d+-\d+\b")
_SHARE: Final = re.compile(r"(?<![\w:\\])\\\\[^\\/\s\"'<>|⟦⟧]+(?:\\[^\\/\s\"'<>|⟦⟧]*)?")
_RECORD: Final = re.compile(
    r"(?<![^\W_])\d{6,12}(?![^\W_])"
    r"(?=[\w \-]{0,100}\.(?:hl7|dcm|docx?|pdf|rtf|xlsx?|csv|txt|xml|json|jpe?g|png|tiff?|edf)\b"
    r"|\\[^\s\"'<>|])",
    re.IGNORECASE,
)
"""A number of a hospital's own, in the name of a document or of a folder: longer than a year, shorter than a digest.

The ending stands within a hundred characters: looked for without end behind each number, it would take the square of
the text's length."""
_HARDWARE: Final = re.compile(
    r"(?<![0-9A-Fa-f:\-])(?:[0-9A-Fa-f]{2}([:\-]))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:\-])",
)
_IPV4: Final = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)")
_IPV6: Final = re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?:%\w+)?(?![\w:])")
_NAME: Final = re.compile(r"(?<![\w\-.])(?:[A-Za-z0-9_](?:[A-Za-z0-9_\-]*[A-Za-z0-9_])?\.)+[A-Za-z]{2,63}(?![\w\-])")
_EVERYBODYS: Final = frozenset({"all users", "default", "default user", "defaultaccount", "public"})
_SERVICES: Final = ("local service", "local system", "localsystem", "network service", "service", "system", "www-data")
_PLACES: Final = ("builtin", "iis apppool", "local", "localhost", "nt authority", "window manager", "workgroup")
_RUN: Final = re.compile(r"\w+")
_TOGETHER: Final = 4
_LONGEST_NAME: Final = 100
_LONGEST: Final = 65_536
"""Characters of each text in which accounts are looked for."""

_EVERYWHERE: Final = (
    "admin administrator administrators anonymous apache backup daemon default defaultaccount everyone git guest "
    "installer krbtgt localadmin mail mysql network nginx nobody none null oracle postgres public root scan scanner "
    "service setup sshd support svc sync sys system test update user users www-data"
)
_OF_NOBODY: Final = frozenset(_EVERYWHERE.split())
"""Accounts that are everywhere and nobody's: taken out, they would only take what protects others with them."""

_MACHINES: Final = frozenset(("", "-", "anonymous logon", "root", *_SERVICES, *_PLACES))


def find(text: str, inside: Inside) -> Iterator[tuple[tuple[int, int], Taken]]:
    """The stretches of text that should be taken out, and what each is; they may overlap."""
    yield from ((one.span(), Taken.NHS_NUMBER) for one in _NHS.finditer(text) if _is_nhs(one[0]))
    yield from ((one.span(), Taken.BIRTH_DATE) for one in _DATE.finditer(text))
    yield from ((one.span(1), Taken.BIRTH_DATE) for one in _BORN.finditer(text))
    yield from ((one.span(), Taken.POSTCODE) for one in _POSTCODE.finditer(text))
    yield from ((one.span(), Taken.PHONE) for one in _PHONE.finditer(text))
    yield from ((one.span(), Taken.PERSON) for one in _PERSON.finditer(text))
    yield from ((one.span(), Taken.MAIL) for one in _MAIL.finditer(text) if _own_name(one[1], inside))
    yield from ((one.span(1), Taken.USER) for one in _HOME.finditer(text) if one[1].lower() not in _EVERYBODYS)
    yield from ((one.span(), Taken.USER) for one in _SID.finditer(text))
    yield from ((one.span(), Taken.SHARE) for one in _SHARE.finditer(text))
    yield from ((one.span(), Taken.RECORD) for one in _RECORD.finditer(text) if not _is_in_link(text, one.start()))
    yield from ((one.span(), Taken.HARDWARE) for one in _HARDWARE.finditer(text))
    for shape, kind in ((_IPV4, Kind.IPV4), (_IPV6, Kind.IPV6)):
        yield from ((one.span(), Taken.ADDRESS) for one in shape.finditer(text) if _own_address(one[0], kind, inside))
    yield from ((one.span(), Taken.DOMAIN) for one in _NAME.finditer(text) if _own_name(one[0], inside))
    yield from ((place, Taken.USER) for place in _words(text, inside.users))
    yield from ((place, Taken.HOST) for place in _words(text, inside.hosts))
    yield from ((place, Taken.ACCOUNT) for place in _words(text, inside.accounts))


def _is_in_link(text: str, place: int) -> bool:
    return "://" in text[max(0, place - 2_000) : place].rpartition(" ")[2]


def _is_nhs(text: str) -> bool:
    digits = re.sub(r"%20|\D", "", text)
    return len(digits) == len("9434765919") and is_nhs_number(digits)


def _own_name(name: str, inside: Inside) -> bool:
    folded = name.strip(".").lower()
    if folded.rpartition(".")[2] in _INTERNAL and "." in folded:
        return True
    return any(one in HEALTH or one in inside.own.domains for one in (folded, *names_above(folded)))


def _own_address(text: str, kind: Kind, inside: Inside) -> bool:
    bare = text.partition("%")[0]
    try:
        normal = str(ip_address(bare))
    except ValueError:
        return False
    found = never(Observable(kind, normal), inside.own)
    return found is not None and found.because in (Because.SPECIAL, Because.OWN)


def _words(text: str, names: Iterable[str]) -> Iterator[tuple[int, int]]:
    wanted = sorted((name for name in names if len(name) >= _SHORTEST_NAME), key=len, reverse=True)
    if wanted:
        pattern = "|".join(re.escape(name) for name in wanted)
        yield from (one.span() for one in re.finditer(rf"(?<!\w)(?:{pattern})(?!\w)", text, re.IGNORECASE))


def accounts_in(texts: Iterable[str], values: Iterable[str]) -> frozenset[str]:
    r"""Of what fields of users say, the names of accounts that stand in texts, in small letters and without domains.

    However many values there are, each is looked up once among the words of the texts, alone and up to four together.

    >>> sorted(accounts_in(["mail jsmith, Jane Doe or root"], ["WARD\\jsmith", "jane doe", "k.brown", "root"]))
    ['jane doe', 'jsmith']

    """
    words = set[str]().union(*(_stretches(text[:_LONGEST]) for text in texts))
    names = {value.rpartition("\\")[2].partition("@")[0].strip().lower() for value in values}
    found = {name.strip("$") for name in names if name.strip("$") in words} if words else set()
    return frozenset(name for name in found if len(name) >= _SHORTEST_NAME and name not in _OF_NOBODY)


def _stretches(text: str) -> set[str]:
    """Each word of a text, and each run of two, three or four, in small letters, with what stands between them."""
    text = text.lower()
    places = [one.span() for one in _RUN.finditer(text)]
    found = set[str]()
    for start, (begin, _) in enumerate(places):
        for _, end in places[start : start + _TOGETHER]:
            if end - begin <= _LONGEST_NAME:
                found.add(text[begin:end])
    return found


def machine(name: str) -> bool:
    r"""Whether a user's name is a machine's own, which tells of nobody.

    >>> machine("NT AUTHORITY\\SYSTEM"), machine("WARD\\jsmith")
    (True, False)

    """
    return all(part.strip().lower() in _MACHINES for part in re.split(r"[\\@]", name))


def names_in(what: Taken, value: str) -> frozenset[str]:
    """The names that a field of users or computers gives: with and without the domain before or behind them."""
    parts = {value, *re.split(r"[\\@]", value)} if what is Taken.USER else {value, value.partition(".")[0]}
    return frozenset(part.strip() for part in parts if not machine(part))
