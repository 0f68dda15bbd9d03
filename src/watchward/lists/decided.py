"""What is decided now, in memory, with what is asked of it at each change: what of it is touched."""

import heapq
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Final, TypeAlias

from watchward.intel.errors import ObservableError
from watchward.intel.lists.block import Block, Exceptions, longevity
from watchward.intel.never import NOBODY, Own, never
from watchward.intel.observable import Kind, Observable, observable
from watchward.intel.warninglists import host_of, names_above
from watchward.lists.published import Change, Excepted, Placed, Publication

Key: TypeAlias = tuple[str, str]
"""A kind of thing, and the thing: what a list holds once."""

_ADDRESSES: Final = (Kind.IPV4, Kind.IPV6, Kind.NETWORK)
_MANY: Final = 100
"""Sorting all anew is cheaper than finding the place of so many."""
_NOT_NORMAL: Final = "It is not written as such a thing is."


class Decided:
    """Blocks and exceptions by what they are about.

    Each change answers with the things whose place in a list may be another than before: with a name also those names
    that it covers, with an exception all that it reaches.
    """

    def __init__(self) -> None:
        self.edition = 0
        self._own_given: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self._own: Own = NOBODY
        self._blocks: dict[str, Placed] = {}
        self._about: dict[Key, tuple[Placed, ...]] = {}
        self._never: dict[Key, str] = {}
        self._exceptions: dict[str, Excepted] = {}
        self._reversed = _Reversed()
        self._due: list[tuple[datetime, Key, str]] = []
        self._codes: Counter[str] = Counter()
        self._elsewhere: dict[str, Counter[Key]] = {}

    @property
    def codes(self) -> Collection[str]:
        """The organisations for which something holds that does not hold for all."""
        return self._codes.keys()

    @property
    def keys(self) -> Collection[Key]:
        """All that any block is about."""
        return self._about.keys()

    @property
    def refused(self) -> dict[Key, str]:
        """What is blocked by somebody's word and may never be, and why."""
        return self._never

    def replace(self, edition: int, publication: Publication, now: datetime) -> set[Key]:
        """Let this be all that is decided; return what is touched."""
        own = (publication.own_domains, publication.own_networks)
        touched: set[Key] = set()
        if own != self._own_given:
            self._own_given, self._own = own, Own.of(domains=own[0], networks=own[1])
            self._never = {}
            touched = set(self._about)
            for key in touched:
                self._judge(key)
        blocks = {one.id: one for one in publication.blocks}
        exceptions = {one.id: one for one in publication.exceptions}
        change = Change(
            edition=edition,
            changed=tuple(one for one in blocks.values() if self._blocks.get(one.id) != one),
            lifted=tuple(key for key in self._blocks if key not in blocks),
            excepted=tuple(one for one in exceptions.values() if self._exceptions.get(one.id) != one),
            ended=tuple(key for key in self._exceptions if key not in exceptions),
        )
        return touched | self.apply(change, now)

    def apply(self, change: Change, now: datetime) -> set[Key]:
        """Let a change count; return what is touched."""
        self.edition = change.edition
        touched: set[Key] = set()
        new: list[Key] = []
        for name in (*change.lifted, *(one.id for one in change.changed)):
            if (gone := self._blocks.pop(name, None)) is not None:
                touched.add(self._forget(gone))
        self._reversed.remove([key for key in touched if key not in self._about])
        for placed in {one.id: one for one in change.changed}.values():
            key = key_of(placed.block.observable)
            touched.add(key)
            if self._keep(key, placed, now):
                new.append(key)
        self._reversed.add(new)
        return self._with_covered(touched | self.reached(self._except(change, now)))

    def _except(self, change: Change, now: datetime) -> list[Excepted]:
        """Keep the exceptions of a change; return all that are new, another, or no more."""
        touched = [one for name in change.ended if (one := self._exceptions.pop(name, None)) is not None]
        for one in change.excepted:
            if (before := self._exceptions.get(one.id)) is not None:
                touched.append(before)
            touched.append(one)
            self._exceptions[one.id] = one
            if one.until is not None and one.until > now:
                heapq.heappush(self._due, (one.until, ("", ""), one.id))
        self._count(touched)
        return touched

    def due(self, now: datetime) -> set[Key]:
        """What is touched because its time has come since this was asked last."""
        touched: set[Key] = set()
        ended: list[Excepted] = []
        while self._due and self._due[0][0] <= now:
            _, key, exception = heapq.heappop(self._due)
            if exception in self._exceptions:
                ended.append(self._exceptions[exception])
            elif key in self._about:
                touched.add(key)
        return self._with_covered(touched | self.reached(ended)) if touched or ended else touched

    @property
    def next_due(self) -> datetime | None:
        """When something begins or ends next."""
        return self._due[0][0] if self._due else None

    def best(self, key: Key, codes: Collection[str], now: datetime) -> Block | None:
        """The block that counts of a thing for whoever has these codes: the one that holds longest; None: none does."""
        if key in self._never:
            return None
        held = [
            one.block
            for one in self._about.get(key, ())
            if one.block.since <= now
            and (one.block.until is None or now < one.block.until)
            and (not one.where or any(code in codes for code in one.where))
        ]
        if len(held) < 2:  # noqa: PLR2004 - there is nothing to choose between
            return held[0] if held else None
        return max(held, key=longevity)

    def exceptions(self, codes: Collection[str], now: datetime) -> Exceptions:
        """What is excepted now for whoever has these codes."""
        return Exceptions([one.observable for one in self._excepted(codes) if one.until is None or now < one.until])

    def only_for(self, codes: Collection[str]) -> set[Key]:
        """What may be otherwise for whoever has these codes than for all."""
        placed = {key for code in codes for key in self._elsewhere.get(code, ())}
        return self._with_covered(placed | self.reached(list(self._excepted(codes))))

    def _excepted(self, codes: Collection[str]) -> Iterator[Excepted]:
        return (one for one in self._exceptions.values() if one.organisation in codes)

    def reached(self, exceptions: Collection[Excepted]) -> set[Key]:
        """All that some exceptions may take out of a list, or split."""
        reached: set[Key] = set()
        for one in exceptions:
            reached.add(key_of(one.observable))
            if one.observable.kind is Kind.DOMAIN:
                reached |= self._reversed.under(one.observable.value)
                reached |= {(Kind.DOMAIN.value, name) for name in names_above(one.observable.value)}
        if any(one.observable.kind in _ADDRESSES for one in exceptions):
            asked = Exceptions([one.observable for one in exceptions])
            reached |= {key for key in self._about if _placed_somewhere(key) and asked.covers(_thing(key))}
        return {key for key in reached if key in self._about}

    def _with_covered(self, touched: set[Key]) -> set[Key]:
        """Those touched, and those that others of them may say too."""
        covered: set[Key] = set()
        for kind, value in touched:
            if kind == Kind.DOMAIN:
                covered |= {key for key in self._reversed.under(value) if key[0] == Kind.DOMAIN}
            elif kind == Kind.URL and value.startswith("http:"):
                covered.add((kind, f"https:{value.removeprefix('http:')}"))
        return touched | {key for key in covered if key in self._about}

    def _keep(self, key: Key, one: Placed, now: datetime) -> bool:
        """Keep a block; return whether it is the first about its thing."""
        self._blocks[one.id] = one
        before = self._about.get(key, ())
        self._about[key] = (*before, one)
        for moment in (one.block.since, one.block.until):
            if moment is not None and moment > now:
                heapq.heappush(self._due, (moment, key, ""))
        for code in one.where:
            self._codes[code] += 1
            self._elsewhere.setdefault(code, Counter())[key] += 1
        if not before:
            self._judge(key)
        return not before

    def _forget(self, gone: Placed) -> Key:
        key = key_of(gone.block.observable)
        left = tuple(one for one in self._about[key] if one.id != gone.id)
        for code in gone.where:
            self._codes -= Counter([code])
            self._elsewhere[code] -= Counter([key])
        if left:
            self._about[key] = left
        else:
            del self._about[key]
            self._never.pop(key, None)
        return key

    def _count(self, exceptions: Collection[Excepted]) -> None:
        """Have the codes right of organisations whose exceptions changed."""
        if exceptions:
            placed = Counter({code: sum(keys.values()) for code, keys in self._elsewhere.items()})
            self._codes = +(placed + Counter(one.organisation for one in self._exceptions.values()))

    def _judge(self, key: Key) -> None:
        thing = _thing(key)
        found = never(thing, self._own)
        if found is not None:
            self._never[key] = found.why
        elif not _is_normal(thing):
            self._never[key] = _NOT_NORMAL


class _Reversed:
    """Names, and URLs by their hosts, so that all under a name stand together."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, Key]] = []

    def add(self, keys: Collection[Key]) -> None:
        rows = [(reversed_name(name), key) for key in keys if (name := _name(key))]
        if len(rows) > _MANY:
            self._rows += rows
            self._rows.sort()
        else:
            for row in rows:
                insort(self._rows, row)

    def remove(self, keys: Collection[Key]) -> None:
        if len(keys) > _MANY:
            gone = set(keys)
            self._rows = [row for row in self._rows if row[1] not in gone]
            return
        for key in keys:
            row = (reversed_name(_name(key)), key)
            place = bisect_left(self._rows, row)
            if self._rows[place : place + 1] == [row]:
                del self._rows[place]

    def under(self, name: str) -> set[Key]:
        """What is about this name, or one under it."""
        first = reversed_name(name)
        start = bisect_left(self._rows, (first,))
        end = bisect_left(self._rows, (f"{first[:-1]}/",))  # the character after a dot
        return {key for _, key in self._rows[start:end]}


def key_of(thing: Observable) -> Key:
    """What a list holds once."""
    return thing.kind.value, thing.value


def reversed_name(name: str) -> str:
    """A name from its top down, each label with a dot behind it.

    >>> reversed_name("a.evil.example")
    'example.evil.a.'

    """
    return ".".join([*reversed(name.split(".")), ""])


def _thing(key: Key) -> Observable:
    return Observable(Kind(key[0]), key[1])


def _name(key: Key) -> str:
    kind, value = key
    if kind == Kind.DOMAIN:
        return value
    return host_of(value) if kind == Kind.URL else ""


def _placed_somewhere(key: Key) -> bool:
    """Whether it may be an address, or stand at one."""
    kind, value = key
    return kind in _ADDRESSES or (kind == Kind.URL and (host_of(value)[-1:].isdigit() or ":" in host_of(value)))


def _is_normal(thing: Observable) -> bool:
    try:
        return observable(thing.kind, thing.value) == thing
    except ObservableError:
        return False


def twin(key: Key) -> Key | None:
    """The thing that the plain lists of URLs write like this one."""
    kind, value = key
    return (kind, f"http:{value.removeprefix('https:')}") if kind == Kind.URL and value.startswith("https:") else None


def names_over(key: Key) -> Iterable[Key]:
    """The names over a name."""
    kind, value = key
    return ((kind, above) for above in names_above(value)) if kind == Kind.DOMAIN else ()
