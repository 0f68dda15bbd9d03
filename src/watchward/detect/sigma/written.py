"""Numbers of a rule that are written otherwise than they are usually said, such as `00000429`, `0x1F` or `1.10`.

Where a rule compares numbers, their size counts; where it compares texts, what its author wrote.
"""

from typing import Self


class Whole(int):
    """A whole number, and how it is written."""

    written: str

    @classmethod
    def of(cls, number: int, written: str) -> Self:
        """The number with its writing."""
        found = cls(number)
        found.written = written
        return found


class Fraction(float):
    """A number with a fraction, and how it is written."""

    written: str

    @classmethod
    def of(cls, number: float, written: str) -> Self:
        """The number with its writing."""
        found = cls(number)
        found.written = written
        return found


def as_written(value: float | str) -> str:
    """A number as text, as its author wrote it; a text as it is.

    >>> as_written(Whole.of(429, "00000429")), as_written(429), as_written(True)
    ('00000429', '429', 'true')

    """
    if isinstance(value, Whole | Fraction):
        return value.written
    return value if isinstance(value, str) else str(value).lower()
