"""One row of a published file, with its place for error messages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from watchward.estate.ods.errors import LayoutError

_DATE_FORMATS = {4: "%Y", 7: "%Y-%m", 8: "%Y%m%d", 9: "%d%b%Y", 10: "%Y-%m-%d"}


@dataclass(frozen=True, slots=True)
class Row:
    """A row by column name; every value is stripped of blanks, and a missing column is empty."""

    values: Mapping[str, str]
    file: str
    line: int

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "").strip()

    def code(self, column: str) -> str:
        """A register's code: upper case, never empty, fit to be part of a path."""
        code = self[column].upper()
        if not code or len(code) > 20 or not all(letter.isalnum() or letter in "-_." for letter in code):  # noqa: PLR2004
            raise LayoutError(
                file=self.file,
                line=self.line,
                found=f"{self[column]!r} as {column}",
                expected="an organisation's code of letters and digits",
            )
        return code

    def name(self, column: str) -> str:
        """A name as people write it: the register shouts, so a name in capitals only is written in title case."""
        return as_written(self[column])

    def codes(self, *columns: str) -> tuple[str, ...]:
        """Those of the columns that hold a code, in that order."""
        return tuple(self[column].upper() for column in columns if self[column])

    def day(self, column: str) -> date | None:
        """A date (20260401, 2026-04-01, 01Apr2026, 2026-04 or 2026), or None where there is none."""
        text = self[column]
        if not text:
            return None
        try:
            return datetime.strptime(text, _DATE_FORMATS.get(len(text), "%Y-%m-%d")).date()  # noqa: DTZ007 - a day, not a moment
        except ValueError as error:
            raise LayoutError(
                file=self.file,
                line=self.line,
                found=f"{text!r} as {column}",
                expected="a date such as 20260401, or nothing",
            ) from error


_KEPT = frozenset(
    {"NHS", "GP", "ICB", "CCG", "PCN", "UK", "II", "III", "IV", "CIC", "LLP", "PLC", "NW", "NE", "SW", "SE"}
)
_SMALL = frozenset({"A", "AND", "AT", "BY", "FOR", "IN", "OF", "ON", "THE", "TO", "UPON", "WITH", "LE", "DE"})
_WORD = re.compile(r"[A-Z0-9]+(?:'[A-Z]+)*")


def as_written(name: str) -> str:
    """A name in capitals, in title case; any other name as it is.

    >>> as_written("NHS ELM-ON-SEA AND HILLS ICB - 99X"), as_written("ST. ANN'S (EAST) PCN")
    ('NHS Elm-on-Sea and Hills ICB - 99X', "St. Ann's (East) PCN")

    """
    if not name.isupper():
        return name

    def written(match: re.Match[str]) -> str:
        word = match[0]
        if word in _KEPT or any(letter.isdigit() for letter in word):
            return word
        return word.lower() if match.start() and word in _SMALL else word.capitalize()

    return _WORD.sub(written, name)
