"""What a list of alerts is asked for, as its address says it: a view can be kept as a bookmark and sent to someone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlencode

from watchward.console.filtering import page, word
from watchward.detect.sigma.rule import Level


class Standing(StrEnum):
    """Which alerts a list shows, by what people have done about them."""

    WAITING = "waiting"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """As people choose it."""
        return _STANDINGS[self]


_STANDINGS: Final = {
    Standing.WAITING: "Open or acknowledged",
    Standing.OPEN: "Open",
    Standing.ACKNOWLEDGED: "Acknowledged",
    Standing.CLOSED: "Closed",
}


class Order(StrEnum):
    """What comes first."""

    PRIORITY = "priority"
    NEWEST = "newest"

    @property
    def label(self) -> str:
        """As people choose it."""
        return "Most important first" if self is Order.PRIORITY else "Newest first"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """What a list of alerts is asked for.

    Args:
        levels: the rules' levels; none asks for all.
        organisation: the code of an organisation, which stands for everything below it too.
        technique: an ATT&CK technique; a parent stands for its sub-techniques.
        text: part of a rule's title, a device's name, or an organisation's name or code.
        assignee: `me`, `nobody`, or empty for anyone.

    """

    standing: Standing = Standing.WAITING
    levels: tuple[Level, ...] = ()
    organisation: str = ""
    rule: str = ""
    technique: str = ""
    device: str = ""
    text: str = ""
    assignee: str = ""
    order: Order = Order.PRIORITY
    page: int = 1

    @classmethod
    def parse(cls, query: Mapping[str, Any]) -> Self:
        """From an address; what it does not understand is left out, so that no address is an error."""
        levels = query.getlist("level") if hasattr(query, "getlist") else query.get("level", [])
        return cls(
            standing=_one_of(Standing, word(query, "state"), Standing.WAITING),
            levels=tuple(level for level in Level if level.value in levels),
            organisation=word(query, "organisation").upper(),
            rule=word(query, "rule"),
            technique=word(query, "technique").upper(),
            device=word(query, "device"),
            text=word(query, "text"),
            assignee=word(query, "assignee"),
            order=_one_of(Order, word(query, "order"), Order.PRIORITY),
            page=page(query),
        )

    def address(self, **changes: Any) -> str:
        """The query of the address that asks for this, with some things changed; page 1 unless it is named."""
        asked = replace(self, **{"page": 1, **changes})
        parts: list[tuple[str, str]] = [("level", level.value) for level in asked.levels]
        if asked.standing is not Standing.WAITING:
            parts.append(("state", asked.standing.value))
        if asked.order is not Order.PRIORITY:
            parts.append(("order", asked.order.value))
        parts += [(name, value) for name in _WORDS if (value := getattr(asked, name))]
        if asked.page > 1:
            parts.append(("page", str(asked.page)))
        return "?" + urlencode(parts) if parts else "?"

    @property
    def only_scope(self) -> bool:
        """Whether nothing but organisation, level and standing narrows the list."""
        return not any(getattr(self, name) for name in _WORDS if name != "organisation")

    @property
    def narrowed(self) -> bool:
        """Whether anything but standing and order narrows the list."""
        return bool(self.levels) or any(getattr(self, name) for name in _WORDS)


_WORDS: Final = ("organisation", "rule", "technique", "device", "text", "assignee")


_Choice = TypeVar("_Choice", bound=StrEnum)


def _one_of(kind: type[_Choice], value: str, default: _Choice) -> _Choice:
    return kind(value) if value in set(kind) else default
