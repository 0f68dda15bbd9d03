"""What of an alert could protect others: the things that its fields name, and which of them may go.

Everything that a field carries is found as matching finds it; what a text mentions besides (the address in a command)
is found by its shape. Each thing is then judged: what tells of a person or of the inside never goes, nor does what may
never be blocked; what everybody visits, and names that fit harmless things too, go by a person's word alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from watchward.intel.exact.carried import carried, ways_by_field
from watchward.intel.never import never
from watchward.intel.observable import Kind, Observable, guess
from watchward.intel.personal import Inside
from watchward.intel.sharing import Decision, Fate, Shared, to_share
from watchward.intel.warninglists import Warninglists, host_of
from watchward.telemetry.batch import items


class Standing(StrEnum):
    """Whether a thing may go."""

    GOES = "goes"
    ASKED = "asked"
    """By a person's word alone."""
    NEVER = "never"
    """A block of it would hurt more than the attack."""
    TAKEN = "taken"
    """It tells of a person, or of the inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One thing that an alert names.

    Args:
        observable: it.
        field: the first field that names it.
        standing: whether it may go.
        why: the reason as a sentence.

    """

    observable: Observable
    field: str
    standing: Standing
    why: str

    @property
    def key(self) -> str:
        """The thing as one text, by which a form names it."""
        return key_of(self.observable)

    @property
    def may_go(self) -> bool:
        """Whether anybody's word lets it go."""
        return self.standing in {Standing.GOES, Standing.ASKED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What an alert could share.

    Args:
        offers: the things that it names, those that go first.
        cleaned: its fields as they would read elsewhere, with what was taken out of each and why.

    """

    offers: tuple[Offer, ...]
    cleaned: Shared

    @property
    def going(self) -> tuple[Offer, ...]:
        """Those that may go."""
        return tuple(one for one in self.offers if one.may_go)


_MOST: Final = 200
"""Things that are offered of one alert; a person reads them all."""
_NAMES: Final = frozenset(
    {Kind.FILE_NAME, Kind.FILE_PATH, Kind.MUTEX, Kind.PROCESS_NAME, Kind.REGISTRY_KEY, Kind.USER_AGENT}
)
_SHAPED: Final = frozenset({Kind.EMAIL, Kind.IPV4, Kind.IPV6, Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512, Kind.URL})
_LINK: Final = re.compile(r"\b(?:h(?:tt|xx)ps?|ftp)://[^\s\"'<>|^`(){}\u27e6\u27e7]+", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\s\"'<>|^`(){},;=\u27e6\u27e7]+")
_NOT_ALL: Final = (frozenset[int](), frozenset[int]())
_ORDER: Final = tuple(Standing)
_LONGEST: Final = 65_536


def key_of(observable: Observable) -> str:
    """A thing as one text.

    >>> key_of(Observable(Kind.DOMAIN, "evil.example"))
    'domain:evil.example'

    """
    return f"{observable.kind.value}:{observable.value}"


def offered(
    fields: Mapping[str, str], *, beside: Mapping[str, str], inside: Inside, lists: Warninglists | None = None
) -> Offered:
    """What the fields that a rule matched could share.

    Args:
        fields: the fields that matched, by their Sigma names.
        beside: other fields of the same events: what they say of people and computers is taken out of the others.
        inside: what is known of the organisation.
        lists: what everybody visits.

    """
    found: dict[Observable, str] = {}
    for field, value in fields.items():
        for thing in named(field, value[:_LONGEST]):
            found.setdefault(thing, field)
    some = dict(list(found.items())[:_MOST])
    whole = {name: value for name, value in beside.items() if name not in fields} | dict(fields)
    marks = {f"\u2042{place}": thing.value for place, thing in enumerate(some)}
    judged = to_share({**whole, **marks}, inside)
    of_field = {one.field: one for one in judged.decisions}
    offers = [
        _offer(thing, field, of_field[mark], inside=inside, lists=lists)
        for (thing, field), mark in zip(some.items(), marks, strict=True)
    ]
    offers.sort(key=lambda one: _ORDER.index(one.standing))
    shown = Shared(
        fields={name: judged.fields[name] for name in fields},
        decisions=tuple(of_field[name] for name in fields),
    )
    return Offered(offers=tuple(offers), cleaned=shown)


def named(field: str, value: str) -> list[Observable]:
    """The things that a field's value names, the most exact of each: a name, and not those above it.

    >>> [key_of(one) for one in named("CommandLine", "curl hxxp://evil.example/a 203.0.113.9")]
    ['url:http://evil.example/a', 'domain:evil.example', 'ipv4:203.0.113.9']

    """
    found: dict[Observable, None] = {}
    for thing in sorted(_most_exact(carried(ways_by_field().get(field, ()), value, _NOT_ALL)), key=key_of):
        found[thing] = None
    for item in items(value):
        for thing in _mentioned(item):
            found[thing] = None
    return list(found)


def _most_exact(things: Iterable[Observable]) -> set[Observable]:
    several = set(things)
    above = {name for one in several for name in _above(one)}
    return several - above


def _above(thing: Observable) -> Iterator[Observable]:
    """Names and keys in which a thing lies."""
    mark = {Kind.DOMAIN: ".", Kind.REGISTRY_KEY: "\\"}.get(thing.kind)
    text = thing.value
    while mark and mark in text:
        text = text.partition(mark)[2] if mark == "." else text.rpartition(mark)[0]
        yield Observable(thing.kind, text)


def _mentioned(text: str) -> Iterator[Observable]:
    """Things of which the shape is enough, somewhere in a text."""
    for link in _LINK.findall(text):
        url = guess(link.rstrip(".,;:"))
        if url is not None and url.kind is Kind.URL:
            yield url
            host = guess(host_of(url.value))
            if host is not None and host.kind in {Kind.DOMAIN, Kind.IPV4, Kind.IPV6}:
                yield host
    for word in _WORD.findall(_LINK.sub(" ", text)):
        thing = guess(word)
        if thing is not None and thing.kind in _SHAPED:
            yield thing


def _offer(thing: Observable, field: str, cleaned: Decision, *, inside: Inside, lists: Warninglists | None) -> Offer:
    taken = "" if cleaned.fate is Fate.KEPT else cleaned.why
    standing, why = _judged(thing, taken, inside, lists)
    return Offer(observable=thing, field=field, standing=standing, why=why)


def _judged(thing: Observable, taken: str, inside: Inside, lists: Warninglists | None) -> tuple[Standing, str]:
    if taken:
        return Standing.TAKEN, taken
    if (refused := never(thing, inside.own)) is not None:
        return Standing.NEVER, f"It may never be blocked. {refused.why}"
    hits = [hit for hit in lists.hits(thing) if not hit.known_bad] if lists else []
    if hits:
        return Standing.ASKED, f"{hits[0].why} Whoever blocks it stops what is harmless too."
    if thing.kind in _NAMES:
        return Standing.ASKED, "A name alone fits harmless things too: say that it is the attacker's own."
    return Standing.GOES, ""
