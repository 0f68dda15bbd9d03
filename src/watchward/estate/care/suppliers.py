"""The names of suppliers: when two are one, and what a new one is called within the map."""

import re
import unicodedata
from collections.abc import Collection
from typing import Final

_LEGAL: Final = frozenset({"co", "company", "limited", "llp", "ltd", "plc", "the", "uk"})
_LONGEST: Final = 60


def bare(name: str) -> str:
    """A name by which two suppliers are taken for one: without case, accents, marks and legal forms.

    >>> bare("Élm Records (UK) Ltd.") == bare("ELM RECORDS")
    True

    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold() or name.casefold()
    words = re.findall(r"\w+", plain)
    return "-".join([word for word in words if word not in _LEGAL] or words)


def identifier(name: str, taken: Collection[str]) -> str:
    """What a supplier of that name is called within the map.

    >>> identifier("Elm Records Ltd", {"supplier/elm-records"})
    'supplier/elm-records-2'

    """
    first = found = f"supplier/{bare(name)[:_LONGEST].strip('-')}"
    number = 1
    while found in taken:
        number += 1
        found = f"{first}-{number}"
    return found
