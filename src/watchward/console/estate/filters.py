"""What a list is asked for, as its address says it: a view can be kept as a bookmark and sent to someone."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from watchward.console.filtering import Filter, number, page, word
from watchward.estate.device import Importance
from watchward.estate.organisation import OrganisationKind


class Standing(StrEnum):
    """Which organisations a list shows."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class EstateFilter(Filter):
    """What every list of the estate can be asked for.

    Args:
        text: part of a name, a code or an address.
        below: the code of an organisation, which stands for everything below it too.

    """

    below: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationFilter(EstateFilter):
    """What a list of organisations is asked for."""

    kind: str = ""
    standing: str = Standing.OPEN.value

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Self:
        """From an address; what it does not understand is left out, so that no address is an error."""
        kind, standing = word(query, "kind"), word(query, "standing")
        return cls(
            text=word(query, "text"),
            below=word(query, "below").upper(),
            page=page(query),
            kind=kind if kind in set(OrganisationKind) else "",
            standing=standing if standing in set(Standing) else Standing.OPEN.value,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFilter(EstateFilter):
    """What a list of devices is asked for; `importance` is the number of one, or 0 for any."""

    importance: int = 0

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Self:
        """From an address, as for organisations."""
        importance = number(query, "importance")
        return cls(
            text=word(query, "text"),
            below=word(query, "below").upper(),
            page=page(query),
            importance=importance if importance in {one.value for one in Importance} else 0,
        )


class Quiet(StrEnum):
    """Which sources a list shows, by when they last sent."""

    ANY = ""
    SILENT = "silent"
    SENDING = "sending"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFilter(EstateFilter):
    """What a list of sources is asked for."""

    quiet: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Self:
        """From an address, as for organisations."""
        quiet = word(query, "quiet")
        return cls(
            text=word(query, "text"),
            below=word(query, "below").upper(),
            page=page(query),
            quiet=quiet if quiet in set(Quiet) else "",
        )
