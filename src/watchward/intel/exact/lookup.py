"""Some layers of a set, open: which indicators the values of fields hold."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from watchward.detect.fields import MEMORY, place_of, some_of, texts_at
from watchward.detect.kernels.arrays import Bytes, Ints, Longs, Spans, Words
from watchward.intel.exact.carried import Ways, carried, ways_by_field
from watchward.intel.exact.entry import Entry, Hit
from watchward.intel.exact.layer import Layer, digests
from watchward.intel.kernels import exact
from watchward.intel.observable import Holds, Kind, Observable

MOST_HITS: Final = 10
"""Indicators that one value may match, the surest first: many feeds name the same address."""

_ROLES: Final[Mapping[Holds, int]] = {
    Holds.DIGESTS: exact.DIGESTS,
    Holds.HOST: exact.HOST,
    Holds.KEY: exact.KEY,
    Holds.LAST: exact.LAST,
    Holds.PROGRAM: exact.COMMAND,
    Holds.PROGRAM_NAME: exact.COMMAND,
    Holds.TEXT: exact.TEXT,
}
_OF_VALUE: Final[Mapping[Kind, int]] = {
    Kind.IPV4: exact.ADDRESS,
    Kind.IPV6: exact.ADDRESS,
    Kind.NETWORK: exact.ADDRESS,
    Kind.DOMAIN: exact.DOMAIN,
    Kind.URL: exact.URL,
    Kind.USER_AGENT: exact.EXACT,
    Kind.MUTEX: exact.EXACT,
}
_Places = dict[int, list[tuple[int, int]]]
"""Where the digests of values stand: layer and row."""


class Lookup:
    """Says which indicators values hold; any number of threads may ask at once.

    Args:
        layers: the layers of a set, the newest last.
        key: the key of their digests.

    """

    def __init__(self, layers: Sequence[Layer], key: Words) -> None:
        self._layers = tuple(layers)
        self._key = key
        kinds = {name for layer in layers for name in layer.kinds}
        useful = {field: _useful(ways, kinds) for field, ways in ways_by_field().items()}
        self.ways: Mapping[str, Ways] = {field: ways for field, ways in useful.items() if ways}
        self._roles = {field: _role(ways) for field, ways in self.ways.items()}
        four = frozenset[int]().union(*(layer.lengths[0] for layer in layers))
        six = frozenset[int]().union(*(layer.lengths[1] for layer in layers))
        self._lengths = (four, six)
        self._laid = _laid(self._layers, key, four)

    def __len__(self) -> int:
        return sum(map(len, self._layers))

    def hits(self, fields: Sequence[str], which: Ints, spans: Spans) -> dict[int, tuple[Hit, ...]]:
        """What some values hold, by their places.

        Args:
            fields: names of fields.
            which: for each value the place of its field among these.
            spans: the values, where they lie.

        """
        roles = np.array([self._roles[field] for field in fields], np.int64)[which]
        where, slow = self._searched(roles, spans)
        places = np.array(sorted({*where, *np.flatnonzero(slow).tolist()}), np.int64)
        if not len(places):
            return {}
        names = [fields[place] for place in which[places].tolist()]
        texts = texts_at(some_of(spans, places)).to_pylist()
        things = [carried(self.ways[name], text, self._lengths) for name, text in zip(names, texts, strict=True)]
        told = [things if is_slow else frozenset() for things, is_slow in zip(things, slow[places], strict=True)]
        where |= {int(places[place]): found for place, found in self._looked_up(told).items()}
        hits: dict[int, tuple[Hit, ...]] = {}
        for place, name, text, held in zip(places.tolist(), names, texts, things, strict=True):
            if entries := self._confirmed(where.get(place, ()), held):
                hits[place] = tuple(Hit(entry=entry, field=name, value=text) for entry in entries)
        return hits

    def of(self, thing: Observable) -> tuple[Entry, ...]:
        """The indicators for a thing, the surest first."""
        held = frozenset({thing})
        return self._confirmed(self._looked_up([held]).get(0, ()), held)

    def _searched(self, roles: Longs, spans: Spans) -> tuple[_Places, Bytes]:
        """Where what values hold may stand, and which of them only `carried` can tell of."""
        slow: Bytes = np.empty(len(roles), np.uint8)
        data, scratch = (np.empty(exact.SCRATCH, np.uint8) for _ in range(2))
        room = 256
        while True:
            found = exact.Found(*np.empty((3, room), np.int64))
            size = exact.search(MEMORY, self._laid, roles, spans, data, scratch, found, slow)
            if size <= room:
                return _by_value(found, size), slow
            room = size

    def _looked_up(self, told: Sequence[Iterable[Observable]]) -> _Places:
        """Where some things stand, each list of them for one value."""
        things = [(place, thing.value) for place, several in enumerate(told) for thing in several]
        if not things:
            return {}
        words = digests(pa.array([text for _, text in things], pa.large_string()), self._key)
        room = 256
        while True:
            found = exact.Found(*np.empty((3, room), np.int64))
            size = exact.probe(MEMORY, self._laid, words, found)
            if size <= room:
                break
            room = size
        where: _Places = {}
        for at, several in _by_value(found, size).items():
            where.setdefault(things[at][0], []).extend(several)
        return where

    def _confirmed(self, where: Iterable[tuple[int, int]], held: frozenset[Observable]) -> tuple[Entry, ...]:
        """The indicators at some places that are for what a value holds, as the newest layer has them."""
        known: dict[tuple[Observable, str], Entry | None] = {}
        for layer, row in sorted(where, reverse=True):
            thing = self._layers[layer].observable(row)
            name = (thing, self._layers[layer].indicator(row))
            if thing in held and name not in known:
                known[name] = self._layers[layer].entry(row)
        once: dict[str, Entry] = {}
        for entry in known.values():
            if entry is not None:
                once.setdefault(entry.indicator, entry)
        surest = sorted(once.values(), key=lambda entry: (-(entry.confidence or 0), entry.indicator))
        return tuple(surest[:MOST_HITS])


def _useful(ways: Ways, kinds: set[str]) -> Ways:
    """The ways in which a field may carry things of some kinds."""
    return tuple((kind, holds) for kind, holds in ways if kind.value in kinds)


def _role(ways: Ways) -> int:
    """How a field's values are taken apart."""
    role = 0
    for kind, holds in ways:
        role |= _ROLES.get(holds) or _OF_VALUE.get(kind, exact.WHOLE)
    return role


def _laid(layers: Sequence[Layer], key: Words, lengths: Iterable[int]) -> exact.Layers:
    """Where layers lie in memory."""
    return exact.Layers(
        digests=np.array([place_of(layer.digests) for layer in layers], np.int64),
        rows=np.array([len(layer) for layer in layers], np.int64),
        filters=np.array([place_of(layer.filter) for layer in layers], np.int64),
        masks=np.array([8 * len(layer.filter) - 1 for layer in layers], np.uint64),
        keys=np.array(key, np.uint64),
        lengths=np.array([sum(1 << length for length in lengths)], np.uint64),
    )


def _by_value(found: exact.Found, size: int) -> _Places:
    where: _Places = {}
    for value, *place in zip(*(column[:size].tolist() for column in found), strict=True):
        where.setdefault(value, []).append((place[0], place[1]))
    return where
