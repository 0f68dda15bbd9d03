"""The requests of the REST API in words, from its own description."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One request that a script may make.

    Args:
        asks: the names of what may narrow or page the answer, as they stand in the address.

    """

    method: str
    path: str
    does: str
    asks: Sequence[str]

    @property
    def about(self) -> str:
        """What it concerns: the first word after the version.

        >>> Described(method="GET", path="/api/v1/alerts/{key}", does="One alert.", asks=()).about
        'Alerts'

        """
        return self.path.split("/")[3].capitalize()


def requests_of(description: Mapping[str, Any]) -> list[tuple[str, list[Described]]]:
    """The requests of an OpenAPI description, by what they concern."""
    found = [
        Described(
            method=method.upper(),
            path=path,
            does=one.get("description") or one.get("summary", ""),
            asks=tuple(each["name"] for each in one.get("parameters", ()) if each["in"] == "query"),
        )
        for path, methods in description["paths"].items()
        for method, one in methods.items()
    ]
    found.sort(key=lambda one: one.about)
    return [(about, list(group)) for about, group in groupby(found, key=lambda one: one.about)]
