"""What of an alert could protect others: the things that its fields name, and which of them may go.

Everything that a field carries is found as matching finds it; what a text mentions besides (the address in a command)
is found by its shape. Besides what a rule matched, what acted in the same event is looked at, and where it reached to.
Each thing is then judged: what tells of a person or of the inside never goes, nor does the victim's own that an attack
touched, nor what may never be blocked; what everybody visits or runs, names that fit harmless things too, and what no
rule looked at, go by a person's word alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from watchward.intel.exact.carried import carried, ways_by_field
from watchward.intel.never import never
from watchward.intel.observable import Kind, Observable, guess
from watchward.intel.personal import Inside
from watchward.intel.roles import ROLES, Role, acts_or_is_reached, role_of
from watchward.intel.sharing import Decision, Fate, Shared, to_share
from watchward.intel.warninglists import Warninglists, host_of
from watchward.telemetry.batch import items, joined


class Standing(StrEnum):
    """Whether a thing may go."""

    GOES = "goes"
    ASKED = "asked"
    """By a person's word alone."""
    COMMON = "common"
    """Everybody runs it: by a person's word alone, and offered last."""
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
        return self.standing in {Standing.GOES, Standing.ASKED, Standing.COMMON}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One event of an alert, by the Sigma names of its fields.

    Args:
        matched: the fields that the rule matched.
        beside: what else is known of it.

    """

    matched: Mapping[str, str]
    beside: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A thing among what several events say: the first field that names it, whose it is, and whether a rule looked."""

    field: str
    role: Role
    matched: bool

    def with_(self, other: "_Found") -> "_Found":
        """What is known of it with what another event says."""
        role = min(self.role, other.role, key=ROLES.index)
        first = other if other.matched and not self.matched else self
        return _Found(field=first.field, role=role, matched=first.matched)


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
_TOUCHED: Final = "The attack touched it here: it is the victim's own file, and its name protects nobody else."


def key_of(observable: Observable) -> str:
    """A thing as one text.

    >>> key_of(Observable(Kind.DOMAIN, "evil.example"))
    'domain:evil.example'

    """
    return f"{observable.kind.value}:{observable.value}"


def offered(events: Sequence[Sight], *, inside: Inside, lists: Warninglists | None = None) -> Offered:
    """What the events that a rule matched could share.

    Args:
        events: them; what any of their fields says of people and computers is taken out of the others.
        inside: what is known of the organisation.
        lists: what everybody visits.

    """
    fields = together(one.matched for one in events)
    whole = {**together(one.beside for one in events), **fields}
    some = _foremost(events)
    marks = {f"\u2042{place}": thing.value for place, thing in enumerate(some)}
    judged = to_share({**whole, **marks}, inside)
    of_field = {one.field: one for one in judged.decisions}
    offers = [
        _offer(thing, found, of_field[mark], inside=inside, lists=lists)
        for (thing, found), mark in zip(some.items(), marks, strict=True)
    ]
    offers.sort(key=lambda one: _ORDER.index(one.standing))
    shown = Shared(
        fields={name: judged.fields[name] for name in fields},
        decisions=tuple(of_field[name] for name in fields),
    )
    return Offered(offers=tuple(offers), cleaned=shown)


def together(several: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The fields of several events, each with all the values that it has in any of them."""
    found: dict[str, dict[str, None]] = {}
    for fields in several:
        for name, value in fields.items():
            found.setdefault(name, {}).update(dict.fromkeys(items(value)))
    return {name: next(iter(values)) if len(values) == 1 else joined(list(values)) for name, values in found.items()}


def _foremost(events: Iterable[Sight]) -> dict[Observable, _Found]:
    """What some events name, as many as one person reads: first what rules looked at, and the attacker's of that."""
    found: dict[Observable, _Found] = {}
    for event in events:
        for thing, one in _in_event(event):
            found[thing] = found[thing].with_(one) if thing in found else one
    order = sorted(found.items(), key=lambda pair: (pair[1].role is Role.VICTIMS, not pair[1].matched))
    return dict(order[:_MOST])


def _in_event(event: Sight) -> Iterator[tuple[Observable, _Found]]:
    whole = {**event.beside, **event.matched}
    for field, value in whole.items():
        matched = field in event.matched
        if not matched and not acts_or_is_reached(field):
            continue
        things = named(field, value[:_LONGEST])
        roles = {thing: role_of(thing, field, whole) for thing in things}
        paths = {Role.VICTIMS} & {roles[one] for one in things if one.kind is Kind.FILE_PATH}
        for thing, role in roles.items():
            if thing.kind is Kind.FILE_PATH or role not in paths:  # a touched file is told of once, by its path
                yield thing, _Found(field=field, role=role, matched=matched)


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


def _offer(thing: Observable, found: _Found, cleaned: Decision, *, inside: Inside, lists: Warninglists | None) -> Offer:
    taken = "" if cleaned.fate is Fate.KEPT else cleaned.why
    standing, why = _judged(thing, found, taken, inside, lists)
    return Offer(observable=thing, field=found.field, standing=standing, why=why)


def _judged(
    thing: Observable, found: _Found, taken: str, inside: Inside, lists: Warninglists | None
) -> tuple[Standing, str]:
    if taken or found.role is Role.VICTIMS:
        return Standing.TAKEN, taken or _TOUCHED
    if (refused := never(thing, inside.own)) is not None:
        return Standing.NEVER, f"It may never be blocked. {refused.why}"
    if found.role is Role.EVERYBODYS:
        return Standing.COMMON, "Everybody runs it: whoever blocks it stops what is harmless too."
    asked = _asked(thing, found, lists)
    return (Standing.ASKED, asked) if asked else (Standing.GOES, "")


def _asked(thing: Observable, found: _Found, lists: Warninglists | None) -> str:
    """Why a thing goes by a person's word alone; nothing where it needs none."""
    hits = [hit for hit in lists.hits(thing) if not hit.known_bad] if lists else []
    if hits:
        return f"{hits[0].why} Whoever blocks it stops what is harmless too."
    if thing.kind in _NAMES:
        return "A name alone fits harmless things too: say that it is the attacker's own."
    return "" if found.matched else "It stands beside what the rule looked at: say that it is the attacker's own."
