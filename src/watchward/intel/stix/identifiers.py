"""Identifiers: the type of an object, two dashes, and a UUID."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec

_IDENTIFIER: Final = re.compile(
    r"([a-z][a-z0-9_-]{1,248}[a-z0-9])--[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
)
OBSERVABLES: Final = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""The name space that the specification gives for the identifiers of observables."""

OURS: Final = UUID("5b1c7d5e-3f0e-5d0a-9b4c-8f2f6a1d7c30")
"""The name space of what Watchward itself makes and can make again."""


@lru_cache(maxsize=16_384)
def type_in(identifier: str) -> str | None:
    """The type that an identifier begins with; None where it is no identifier.

    >>> type_in("indicator--0042a9f5-f053-4769-b3ef-9ad018dfa298"), type_in("indicator--1")
    ('indicator', None)

    """
    found = _IDENTIFIER.fullmatch(identifier)
    return None if found is None else found.group(1)


def derived(type_: str, content: Mapping[str, Any], *, space: UUID = OURS) -> str:
    """The identifier of a thing that is told by some of what it says: the same content gives the same identifier.

    >>> derived("url", {"value": "a"}) == derived("url", {"value": "a"}) != derived("url", {"value": "b"})
    True

    """
    return f"{type_}--{uuid5(space, canonical(content))}"


def canonical(content: Mapping[str, Any]) -> str:
    """Some content as text in which nothing depends on the order of names."""
    return msgspec.json.encode(content, order="deterministic").decode()
