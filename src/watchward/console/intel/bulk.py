"""Many rows in one statement, without an object for each: what Django's own way takes several times as long for."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import TypeVar
from uuid import UUID

from django.db import connection, models

T = TypeVar("T")
Row = Sequence[bool | int | str | bytes | datetime | UUID | None]
"""The values of a row, of the types that the database itself takes."""

AT_ONCE = 500
"""How many values one statement asks for: SQLite takes 999."""

_KEY_CHARACTERS = 64


def chunks(things: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """Some things, so many at a time."""
    rest = iter(things)
    while chunk := list(islice(rest, size)):
        yield chunk


def value_key(value: str) -> str:
    """The beginning of a value, by which the database finds it."""
    return value[:_KEY_CHARACTERS]


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows."""
    if not rows:
        return
    fields = [model._meta.get_field(name) for name in names]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields if isinstance(field, models.Field))
    places = ", ".join(["%s"] * len(names))
    with connection.cursor() as cursor:
        # The names are those of our own models.
        cursor.executemany(f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})", rows)  # noqa: S608


@lru_cache(maxsize=4096)
def at(value: datetime | None) -> str | datetime | None:
    """A moment as the database itself takes it."""
    text: str | datetime | None = connection.ops.adapt_datetimefield_value(value)
    return text
