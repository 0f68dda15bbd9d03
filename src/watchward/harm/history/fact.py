"""A published figure with its source, and an assumption where nothing was published."""

from calendar import month_name
from dataclasses import dataclass
from enum import StrEnum


class Reading(StrEnum):
    """How a figure came to us."""

    READ = "read"
    SECOND_HAND = "second-hand"
    DERIVED = "derived"

    @property
    def meaning(self) -> str:
        """What that says of it."""
        return _MEANING[self]


_MEANING = {
    Reading.READ: "read in the source that is named",
    Reading.SECOND_HAND: "read in the source that is named, which quotes another",
    Reading.DERIVED: "worked out by us from published figures, as the note says",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where something was published.

    Args:
        title: what it is and who published it.
        address: where to read it.
        published: when, as far as is known: 2024-06-14, 2024-06 or 2024.

    """

    title: str
    address: str
    published: str

    @property
    def when(self) -> str:
        """When it was published, in words.

        >>> [Source(title="", address="", published=one).when for one in ("2024-06-04", "2024-06", "2024")]
        ['4 June 2024', 'June 2024', '2024']

        """
        year, *rest = (int(part) for part in self.published.split("-"))
        month = [month_name[rest[0]]] if rest else []
        return " ".join([*(str(day) for day in rest[1:]), *month, str(year)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One published figure.

    Args:
        value: the figure, in the unit that its user states; a share is 0 to 1.
        low: the lower end of what was published, where a range or an interval was; the same as `value` otherwise.
        high: the upper end.
        source: where it was published.
        reading: how it came to us.
        note: what a reader should know: how it was derived, why sources differ.

    """

    value: float
    low: float
    high: float
    source: Source
    reading: Reading = Reading.READ
    note: str = ""


def fact(value: float, source: Source, *, reading: Reading = Reading.READ, note: str = "") -> Fact:
    """A figure that was published without a range."""
    return Fact(value=value, low=value, high=value, source=source, reading=reading, note=note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """Something that nobody published and that we had to put a number to.

    Args:
        name: its name within the incident.
        value: what we think (the median).
        low: there are 5 chances in 100 that it is less.
        high: there are 5 chances in 100 that it is more.
        why: what we go by.
        sources: where to read that.

    """

    name: str
    value: float
    low: float
    high: float
    why: str
    sources: tuple[Source, ...] = ()
