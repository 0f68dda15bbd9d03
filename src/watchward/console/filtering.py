"""What a list is asked for, as its address says it: a view can be kept as a bookmark and sent to someone.

What an address holds and a list does not understand is left out, so that no address is an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final
from urllib.parse import urlencode

LONGEST: Final = 200
"""Characters that one filter may have."""

LAST_PAGE: Final = 100_000

_DIGITS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What every list can be asked for.

    Args:
        text: what people look for, in the words of the list.
        page: which page, from 1.

    """

    text: str = ""
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


def pages(asked: Filter, *, more: bool) -> dict[str, object]:
    """Parameters of the NHS pagination; empty where everything stands on one page."""
    found: dict[str, object] = {}
    if asked.page > 1:
        found["previous"] = {"href": asked.address(page=asked.page - 1), "labelText": f"Page {asked.page - 1}"}
    if more:
        found["next"] = {"href": asked.address(page=asked.page + 1), "labelText": f"Page {asked.page + 1}"}
    return found | {"landmarkLabel": "Pages of this list"} if found else {}


def word(query: Mapping[str, str], name: str) -> str:
    """What an address says of one filter, cleaned and no longer than a filter may be."""
    return str(query.get(name, "")).replace("\0", "").strip()[:LONGEST]


def number(query: Mapping[str, str], name: str) -> int:
    """A number that an address holds; 0 where it holds none."""
    text = word(query, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0


def page(query: Mapping[str, str]) -> int:
    """Which page an address asks for; the first unless it names one."""
    return min(number(query, "page"), LAST_PAGE) or 1
