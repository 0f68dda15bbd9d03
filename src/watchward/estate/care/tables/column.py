"""One column of a table of a map: how its text is read and written."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

LONGEST_TEXT: Final = 300
"""Characters of a name or a product."""


class UnfitError(ValueError):
    """A text cannot be what its column holds; the error's own text says what it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column.

    Args:
        name: its heading in files.
        label: what people read above it.
        read: from text; raises UnfitError.
        required: whether it may not be empty.
        hint: what to enter, where the label says too little.
        choices: the only texts that fit, with their words; empty where any do.

    """

    name: str
    label: str
    read: Callable[[str], Any]
    required: bool = False
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def counts(self) -> bool:
        """Whether it holds numbers."""
        return self.read in {number, perhaps, share, whole_share, count}

    def write(self, value: object) -> str:
        """A value as the text that is read as the same value."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        return f"{value:.0f}" if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT else str(value)


_EXACT: Final = 1e15

_UNSEEN: Final = frozenset({"Cc", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Characters that nobody sees, or that end a line."""


def words(text: str) -> str:
    """A text of one line."""
    if len(text) > LONGEST_TEXT or any(unicodedata.category(one) in _UNSEEN for one in text):
        raise UnfitError(f"Give at most {LONGEST_TEXT} characters, on one line.")
    return text


def number(text: str) -> float:
    """A number, as 12, 0.5 or 1,200."""
    plain = re.sub(r"(?<=\d),(?=\d{3}(\D|$))", "", text)
    if not re.fullmatch(r"[+-]?(\d{1,300}(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?", plain, re.ASCII | re.IGNORECASE):
        raise UnfitError(_no_number(text))
    return float(plain)


def _no_number(text: str) -> str:
    """What to do about a text that is no number."""
    if re.fullmatch(r"[+-]?\d+,\d+%?", text):
        return "Write decimals with a point, such as 0.5."
    if re.fullmatch(r"\d{1,4}[-/. ](\d{1,2}|[A-Za-z]{3,9})([-/. ]\d{2,4})?", text):
        return "Give a number, such as 12 or 0.5; a spreadsheet may have made a date of it."
    return "Give a number, such as 12 or 0.5."


def perhaps(text: str) -> float | None:
    """A number, or nothing where the parameter table says it."""
    return number(text) if text else None


def share(text: str) -> float | None:
    """A share, as 0.6 or 60%, or nothing where the parameter table says it."""
    if text.endswith("%"):
        return number(text.removesuffix("%").rstrip()) / 100
    return perhaps(text)


def whole_share(text: str) -> float:
    """A share of a need; nothing stands for all of it."""
    found = share(text)
    return 1.0 if found is None else found


def count(text: str) -> int:
    """A count, or nothing for none."""
    found = number(text) if text else 0.0
    if not found.is_integer():
        raise UnfitError("Give a whole number.")
    return int(found)


def yes_or_no(text: str) -> bool:
    """Yes or no; nothing is no."""
    folded = text.casefold()
    if folded not in {"", "yes", "no", "true", "false"}:
        raise UnfitError("Give yes or no.")
    return folded in {"yes", "true"}


def one_of(kinds: type[StrEnum]) -> Callable[[str], StrEnum]:
    """One of a closed set."""
    known = set(kinds)

    def read(text: str) -> StrEnum:
        if text not in known:
            raise UnfitError(f"Use one of {', '.join(kinds)}.")
        return kinds(text)

    return read


def labelled(kinds: Iterable[Any]) -> tuple[tuple[str, str], ...]:
    """A closed set as choices, in the order of their words."""
    return tuple(sorted(((str(kind), kind.label) for kind in kinds), key=lambda pair: pair[1]))
