"""What a list is asked for, as its address says it: a view can be kept as a bookmark and sent to someone."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final, Self
from urllib.parse import urlencode

from watchward.estate.device import Importance
from watchward.estate.organisation import OrganisationKind

LONGEST: Final = 200
"""Characters that one filter may have."""

LAST_PAGE: Final = 100_000


class Standing(StrEnum):
    """Which organisations a list shows."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What every list of the estate can be asked for.

    Args:
        text: part of a name, a code or an address.
        below: the code of an organisation, which stands for everything below it too.
        page: which page, from 1.

    """

    text: str = ""
    below: str = ""
    page: int = 1

    def address(self, **changes: str | int) -> str:
        """The query of the address that asks for this, with some things changed; page 1 unless it is named."""
        given = {field.name: getattr(self, field.name) for field in fields(self)} | {"page": 1} | changes
        defaults = {field.name: field.default for field in fields(self)}
        return "?" + urlencode({name: value for name, value in given.items() if value != defaults[name]})

    @property
    def narrowed(self) -> bool:
        """Whether anything narrows the list."""
        return any(getattr(self, field.name) != field.default for field in fields(self) if field.name != "page")


def _word(query: Mapping[str, str], name: str) -> str:
    return str(query.get(name, "")).replace("\0", "").strip()[:LONGEST]


def _page(query: Mapping[str, str]) -> int:
    text = _word(query, "page")
    return min(int(text), LAST_PAGE) if text.isascii() and text.isdigit() and len(text) < 9 and int(text) else 1  # noqa: PLR2004


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationFilter(Filter):
    """What a list of organisations is asked for."""

    kind: str = ""
    standing: str = Standing.OPEN.value

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Self:
        """From an address; what it does not understand is left out, so that no address is an error."""
        kind, standing = _word(query, "kind"), _word(query, "standing")
        return cls(
            text=_word(query, "text"),
            below=_word(query, "below").upper(),
            page=_page(query),
            kind=kind if kind in set(OrganisationKind) else "",
            standing=standing if standing in set(Standing) else Standing.OPEN.value,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFilter(Filter):
    """What a list of devices is asked for; `importance` is the number of one, or 0 for any."""

    importance: int = 0

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Self:
        """From an address, as for organisations."""
        importance = _word(query, "importance")
        return cls(
            text=_word(query, "text"),
            below=_word(query, "below").upper(),
            page=_page(query),
            importance=int(importance) if importance in {str(one.value) for one in Importance} else 0,
        )


class Quiet(StrEnum):
    """Which sources a list shows, by when they last sent."""

    ANY = ""
    SILENT = "silent"
    SENDING = "sending"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFilter(Filter):
    """What a list of sources is asked for."""

    quiet: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Self:
        """From an address, as for organisations."""
        quiet = _word(query, "quiet")
        return cls(
            text=_word(query, "text"),
            below=_word(query, "below").upper(),
            page=_page(query),
            quiet=quiet if quiet in set(Quiet) else "",
        )
