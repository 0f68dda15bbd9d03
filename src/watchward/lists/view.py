"""What a list holds for some controls: a value that never changes, and the next one made of it at little cost.

Things stand in order, in chunks of about a hundred. Which thing begins a chunk depends on that thing alone, so that the
same things always make the same chunks, and a view that differs by one thing differs by one chunk: all others are
shared, with whatever was rendered of them (ADR 0230).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from itertools import chain
from typing import Final, NamedTuple
from zlib import crc32

import msgspec

from watchward.intel.lists.block import Exceptions, Listed
from watchward.intel.observable import Kind
from watchward.lists.decided import Decided, Key, names_over, twin

_ABOUT: Final = 128
"""How many things a chunk holds, on average."""


class Item(NamedTuple):
    """A thing in a list, and whether another thing in it says it already, to forms that must not say it twice."""

    listed: Listed
    said: bool = False

    @property
    def key(self) -> Key:
        """What it is about."""
        return self.listed.kind.value, self.listed.value


class Chunk:
    """Some things that stand together, with what was made of them."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = tuple(items)
        self.keys = [one.key for one in items]
        self.made: dict[str, object] = {}

    @cached_property
    def digest(self) -> bytes:
        """The same for the same things, and for no others."""
        return blake2b(msgspec.msgpack.encode(self.items), digest_size=16).digest()


class View:
    """A list as it is at one moment."""

    def __init__(self, chunks: Sequence[Chunk] = ()) -> None:
        self.chunks = tuple(chunks)
        self._firsts = [one.keys[0] for one in chunks]

    @classmethod
    def of(cls, items: Sequence[Item]) -> "View":
        """A list of these, which stand in order."""
        return cls(list(_parted(items)))

    def __len__(self) -> int:
        return sum(len(one.items) for one in self.chunks)

    def __iter__(self) -> Iterator[Item]:
        return chain.from_iterable(one.items for one in self.chunks)

    def get(self, key: Key) -> Item | None:
        """A thing, where it is in the list."""
        place = bisect_right(self._firsts, key) - 1
        if place < 0:
            return None
        chunk = self.chunks[place]
        row = bisect_left(chunk.keys, key)
        return chunk.items[row] if chunk.keys[row : row + 1] == [key] else None

    def with_changes(self, changes: Mapping[Key, Item | None]) -> "View":
        """The list with some things in it, or out of it (None)."""
        chunks = list(self.chunks)
        touched: dict[int, list[Key]] = {}
        for key in changes:
            touched.setdefault(max(bisect_right(self._firsts, key) - 1, 0), []).append(key)
        for place in sorted(touched, reverse=True):
            before = chunks[place : place + 1]
            items = {one.key: one for chunk in before for one in chunk.items}
            for key in touched[place]:
                item = changes[key]
                if item is None:
                    items.pop(key, None)
                else:
                    items[key] = item
            after = [items[key] for key in sorted(items)]
            start = place
            if place and not (after and _begins(after[0].key)):  # what began it is gone: it belongs to the one before
                start = place - 1
                after = [*chunks[start].items, *after]
                if start in touched:  # which is to change too, and must not be cut in two before
                    chunks[start : place + 1] = [Chunk(after)]
                    continue
            chunks[start : place + 1] = list(_parted(after))
        return View(chunks)


def _parted(items: Sequence[Item]) -> Iterator[Chunk]:
    start = 0
    for place, one in enumerate(items):
        if place > start and _begins(one.key):
            yield Chunk(items[start:place])
            start = place
    if items:
        yield Chunk(items[start:])


def _begins(key: Key) -> bool:
    return crc32(key[1].encode("utf-8", "surrogatepass")) % _ABOUT == 0


def next_view(before: View, decided: Decided, touched: Collection[Key], codes: Collection[str], now: datetime) -> View:
    """The list after some things were touched, for whoever has these codes."""
    exceptions = decided.exceptions(codes, now)
    found: dict[Key, Listed | None] = {key: _listed(decided, key, codes, exceptions, now) for key in touched}

    def there(key: Key) -> Listed | None:
        if key in found:
            return found[key]
        item = before.get(key)
        return item.listed if item else None

    changes: dict[Key, Item | None] = {}
    for key, listed in found.items():
        item = None if listed is None else Item(listed, _is_said(key, there))
        if item != before.get(key):
            changes[key] = item
    return before.with_changes(changes) if changes else before


def _listed(decided: Decided, key: Key, codes: Collection[str], exceptions: Exceptions, now: datetime) -> Listed | None:
    block = decided.best(key, codes, now)
    if block is None or exceptions.covers(block.observable):
        return None
    names = exceptions.under(block.observable)
    return Listed(block=block, under=not names, excepted=names)


def _is_said(key: Key, there: Callable[[Key], Listed | None]) -> bool:
    """Whether another thing says it: a name over this one with all under it, the same URL without encryption."""
    if key[0] == Kind.DOMAIN:
        return any((one := there(above)) is not None and one.under for above in names_over(key))
    other = twin(key)
    return other is not None and there(other) is not None


def difference(before: View, after: View) -> tuple[list[Item], list[Item]]:
    """What one list holds and another does not: gone, and come; what is another than before is in both."""
    shared = {id(one) for one in before.chunks} & {id(one) for one in after.chunks}
    gone = {one.key: one for chunk in before.chunks if id(chunk) not in shared for one in chunk.items}
    come = {one.key: one for chunk in after.chunks if id(chunk) not in shared for one in chunk.items}
    for key in gone.keys() & come.keys():
        if gone[key] == come[key]:
            del gone[key], come[key]
    return list(gone.values()), list(come.values())
