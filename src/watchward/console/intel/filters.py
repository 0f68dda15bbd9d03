"""What a list of objects is asked for, as its address says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from watchward.console.filtering import Filter, number, page, word

TYPES = (
    "indicator", "sighting", "malware", "attack-pattern", "campaign", "intrusion-set", "threat-actor", "tool",
    "vulnerability", "infrastructure", "report", "note", "opinion", "grouping", "course-of-action", "identity",
    "relationship", "observed-data", "marking-definition",
)  # fmt: skip
"""The types by which a list can be narrowed: those of STIX that people ask for, these first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectFilter(Filter):
    """Which objects.

    Args:
        text: the beginning of a title, an identifier, or a value that indicators look for.
        type: of STIX.
        collection: its identifier.
        source: its number; 0: any.

    """

    type: str = ""
    collection: str = ""
    source: int = 0

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Self:
        """From an address; what it does not understand is left out, so that no address is an error."""
        kind = word(query, "type")
        return cls(
            text=word(query, "text"),
            type=kind if kind in TYPES else "",
            collection=_uuid(word(query, "collection")),
            source=number(query, "source"),
            page=page(query),
        )


def _uuid(text: str) -> str:
    try:
        return str(UUID(text)) if text else ""
    except ValueError:
        return ""
