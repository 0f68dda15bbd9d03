"""What an address asks for: which objects, how many, and after which."""

import base64
import binascii
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Self

from watchward.base.errors import WatchwardError
from watchward.console.intel import moments
from watchward.console.messages import RefusedError

MOST: Final = 10_000
"""How many objects one answer holds at most, and where no limit is asked for."""

_MOST_VALUES: Final = 300
_CURSOR: Final = struct.Struct(">Bq")
_EDITION: Final = 1
_LONGEST_NUMBER: Final = 12
NAMED_VERSIONS: Final = frozenset({"first", "last", "all"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which objects of a collection somebody asks for.

    Args:
        after: only those that were added after this moment (microseconds); None for all.
        limit: how many at most.
        ids: of these identifiers alone; any where there are none.
        types: of these types alone; likewise.
        versions: the words first, last and all among what was asked; last where nothing was asked.
        moments: the moments of versions that were asked for.
        spec_versions: of these versions of STIX alone; any where there are none.

    """

    after: int | None = None
    limit: int = MOST
    ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    versions: frozenset[str] = frozenset({"last"})
    moments: tuple[int, ...] = ()
    spec_versions: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether everything current is asked for, as nearly every poll does."""
        return not (self.ids or self.types or self.moments or self.spec_versions) and self.versions == {"last"}

    @classmethod
    def parse(cls, query: Mapping[str, str], *, versions: str = "last") -> Self:
        """From the query of an address.

        Args:
            query: its values by name.
            versions: what `match[version]` is where the address does not say.

        Raises:
            RefusedError: something in it cannot be read.

        """
        asked = _values(query, "match[version]") or (versions,)
        after = [read(text) for name, read in (("added_after", _moment), ("next", place)) if (text := query.get(name))]
        return cls(
            after=max(after, default=None),
            limit=_limit(query.get("limit", "")),
            ids=_values(query, "match[id]"),
            types=_values(query, "match[type]"),
            versions=frozenset(asked) & NAMED_VERSIONS,
            moments=tuple(_moment(one) for one in asked if one not in NAMED_VERSIONS),
            spec_versions=_values(query, "match[spec_version]"),
        )


def cursor(added: int) -> str:
    """The text with which a client asks for what comes after an object; it means nothing to anyone else.

    >>> place(cursor(1_760_000_000_000_001))
    1760000000000001

    """
    return base64.urlsafe_b64encode(_CURSOR.pack(_EDITION, added)).decode()


def place(text: str) -> int:
    """The moment after which such a text goes on.

    Raises:
        RefusedError: this server never gave it.

    """
    try:
        edition, added = _CURSOR.unpack(base64.b64decode(text, altchars=b"-_", validate=True))
    except (binascii.Error, struct.error, ValueError):
        edition, added = 0, 0
    if edition != _EDITION:
        raise _unreadable("next", text, "Give it as the answer before gave it, or leave it out to begin anew.")
    return int(added)


def _moment(text: str) -> int:
    try:
        return moments.read(text)
    except WatchwardError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, error.message, advice=error.advice) from None


def _limit(text: str) -> int:
    if not text:
        return MOST
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER and int(text)):
        raise _unreadable("limit", text, "Give a whole number greater than 0.")
    return min(int(text), MOST)


def _values(query: Mapping[str, str], name: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(one for one in query.get(name, "").split(",") if one))
    if len(found) > _MOST_VALUES:
        raise _unreadable(name, f"{len(found)} values", f"Ask for {_MOST_VALUES} at most at once.")
    return found


def _unreadable(name: str, text: str, advice: str) -> RefusedError:
    return RefusedError(HTTPStatus.BAD_REQUEST, f"{name} cannot be {text[:60]!r}.", advice=advice)
