"""What a source sends, as it is stored: each field with the day on which it came last."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import msgspec

from watchward.detect.coverage.arrivals import Kind

KEPT_DAYS: Final = 7
"""What did not come for so many days counts as not arriving."""

MOST_KINDS: Final = 2_000
"""Kinds of events of one source that are kept: a sender chooses the numbers of its events."""


class _Stored(msgspec.Struct, kw_only=True, array_like=True):
    product: str | None
    category: str | None
    service: str | None
    number: str | None
    fields: dict[str, int]
    types: dict[str, int]
    day: int


@dataclass(slots=True)
class Ledger:
    """The kinds of events of one source for one organisation."""

    _kinds: dict[object, _Stored] = field(default_factory=dict)

    @classmethod
    def of(cls, content: bytes) -> "Ledger":
        """From what is stored."""
        stored = msgspec.msgpack.decode(zlib.decompress(content), type=list[_Stored])
        return cls({(one.product, one.category, one.service, one.number): one for one in stored})

    def content(self) -> bytes:
        """What is stored."""
        return zlib.compress(msgspec.msgpack.encode(list(self._kinds.values())), 1)

    def note(self, kinds: Iterable[Kind], day: date) -> bool:
        """Take note of kinds that came on a day; whether that says anything new."""
        today, changed = day.toordinal(), False
        for kind in kinds:
            known = self._kinds.get(kind.key)
            if known is None:
                if len(self._kinds) >= MOST_KINDS:
                    continue
                known = self._kinds[kind.key] = _Stored(
                    product=kind.product,
                    category=kind.category,
                    service=kind.service,
                    number=kind.number,
                    fields={},
                    types={},
                    day=today,
                )
                changed = True
            changed |= _later(known.fields, kind.fields, today) | _later(known.types, kind.types, today)
            if known.day < today:
                known.day, changed = today, True
        return changed

    def drop_old(self, today: date) -> bool:
        """Forget the kinds that no longer come; whether there were any."""
        first = (today - timedelta(days=KEPT_DAYS)).toordinal()
        kept = {key: one for key, one in self._kinds.items() if one.day >= first}
        gone = len(kept) < len(self._kinds)
        self._kinds = kept
        return gone

    def kinds(self, today: date) -> Iterator[Kind]:
        """The kinds that arrive, with the fields that came lately."""
        first = (today - timedelta(days=KEPT_DAYS)).toordinal()
        for one in self._kinds.values():
            if one.day >= first:
                yield Kind(
                    product=one.product,
                    category=one.category,
                    service=one.service,
                    number=one.number,
                    fields=frozenset(name for name, day in one.fields.items() if day >= first),
                    types=frozenset(name for name, day in one.types.items() if day >= first),
                )


def _later(known: dict[str, int], names: Iterable[str], today: int) -> bool:
    changed = False
    for name in names:
        if known.get(name, 0) < today:
            known[name], changed = today, True
    return changed
