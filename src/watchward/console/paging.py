"""Long lists, a page at a time, by the address: a page can be bookmarked and sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

M = TypeVar("M", bound=Model)
S = TypeVar("S")
SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[M]):
    """One page of a list.

    Args:
        rows: what stands on it.
        links: parameters of the NHS pagination; empty when everything stands on this page.

    """

    rows: list[M]
    links: dict[str, Any]


def page_of(request: HttpRequest, rows: QuerySet[M], *, size: int = SIZE) -> Page[M]:
    """The page that the address asks for (`?page=2`). It counts nothing, so it is quick however long the list is."""
    number = _number(request)
    found = list(rows[(number - 1) * size : number * size + 1])
    links: dict[str, Any] = {}
    if number > 1:
        links["previous"] = {"href": _with_page(request, number - 1)}
    if len(found) > size:
        links["next"] = {"href": _with_page(request, number + 1)}
    return Page(rows=found[:size], links=links)


def _number(request: HttpRequest) -> int:
    asked = request.GET.get("page", "1")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) <= 6 else 1  # noqa: PLR2004 - digits


def _with_page(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Generic[S]):
    """One page of a list that is in memory.

    Args:
        rows: what stands on it.
        total: how long the list is.
        links: as of `Page`.

    """

    rows: Sequence[S]
    total: int
    links: dict[str, Any]


def slice_of(request: HttpRequest, rows: Sequence[S], *, size: int = SIZE) -> Slice[S]:
    """The page of a list in memory that the address asks for."""
    number = _number(request)
    links: dict[str, Any] = {}
    if number > 1:
        links["previous"] = {"href": _with_page(request, number - 1)}
    if len(rows) > number * size:
        links["next"] = {"href": _with_page(request, number + 1)}
    return Slice(rows=rows[(number - 1) * size : number * size], total=len(rows), links=links)
