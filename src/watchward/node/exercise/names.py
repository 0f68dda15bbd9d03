"""Names for things that do not exist.

No place here is a place, no person a person. Organisations have codes of a form that the Organisation Data Service does
not use: an `X`, a hyphen, then a letter for the kind and a number. An ODS code has letters and digits only, so that no
invented code can ever be, or become, a real one (ADR 0070). No name claims to belong to the health service.
"""

from collections.abc import Sequence
from importlib.resources import files

import yaml

_WORDS: dict[str, str] = yaml.safe_load(files(__package__).joinpath("data", "words.yaml").read_text("utf-8"))
_STEMS = _WORDS["stems"].split()
_ENDINGS = _WORDS["endings"].split()
_HOUSES = _WORDS["houses"].split()
_FIRST = _WORDS["first"].split()
_FAMILY = _WORDS["family"].split()

PLACES = len(_STEMS) * len(_ENDINGS)
"""How many places there are before a name needs a second word."""

_SPREAD = 331
"""Coprime to `PLACES`, so that neighbours in number are not neighbours in the alphabet."""


def place(number: int) -> str:
    """An invented place; the first `PLACES` numbers give different ones.

    >>> place(0), place(1)
    ('Zindlethorpe', 'Razzelgarth')

    """
    stem, ending = divmod((number * _SPREAD) % PLACES, len(_ENDINGS))
    return _STEMS[stem] + _ENDINGS[(ending + stem) % len(_ENDINGS)]


def house(number: int, kind: str) -> str:
    """An invented house or surgery in an invented place; unique within its kind for 64,000 numbers.

    >>> house(0, "House"), house(32001, "Surgery")
    ('Gryphon House, Zindlethorpe', 'Little Unicorn Surgery, Razzelgarth')

    """
    turn, at = divmod(number, PLACES)
    size = "Little " if turn >= len(_HOUSES) else ""
    return f"{size}{_HOUSES[(at + turn) % len(_HOUSES)]} {kind}, {place(at)}"


def person(number: int) -> tuple[str, str]:
    """An invented person's first and family name.

    >>> person(0)
    ('Ada', 'Applequist')

    """
    return _pick(_FIRST, number * 7), _pick(_FAMILY, number // len(_FIRST) + number * 11)


def _pick(words: Sequence[str], number: int) -> str:
    return words[number % len(words)]
