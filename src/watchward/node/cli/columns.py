"""Columns of the tables that commands print."""

from typing import Final

from rich.table import Column

_CHARACTERS: Final = 36


def identifiers(title: str) -> Column:
    """A column of identifiers (UUIDs), whole on the narrowest screen: they are there to be copied."""
    return Column(title, no_wrap=True, min_width=_CHARACTERS)
