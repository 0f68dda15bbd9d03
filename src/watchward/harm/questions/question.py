"""A question about an organisation's map, and how much its answer may move."""

from dataclasses import dataclass
from enum import StrEnum


class Sort(StrEnum):
    """What is asked; the values stand in keys of questions and never change."""

    ACTIVITY = "activity"
    BUFFER = "buffer_hours"
    FLOOR = "floor"
    HOST = "host"
    MANUAL = "manual"
    MANUAL_HOURS = "manual_hours"
    SECOND = "second"
    SIZE = "size"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is asked about what.

    Args:
        sort: what is asked.
        about: the identifiers it concerns: consumer and provider of a dependency; a system; a service; the name of a
            measure of size.

    """

    sort: Sort
    about: tuple[str, ...]

    @property
    def key(self) -> str:
        """Its name, by which an answer says what it answers.

        >>> Subject(sort=Sort.FLOOR, about=("H1/rounds", "H1/network")).key
        'floor H1/rounds > H1/network'

        """
        return f"{self.sort} {' > '.join(self.about)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question, and what its answer would move.

    Args:
        subject: what is asked.
        worth: what is expected to move, in severity-weighted patients: `moved` and `turned` together.
        moved: by how much the harm of all losses together is expected to change.
        turned: by how much, after the answer, losses that stand lower now are expected to be worse than those above.
        thing: the loss that it moves most.
        harm: the harm of that loss now.
        low: the least that it may be after an answer.
        high: the most that it may be.
        least: what the number may be at its low end; None where it is no number.
        value: what it is taken to be now.
        most: what it may be at its high end.

    """

    subject: Subject
    worth: float
    moved: float
    turned: float
    thing: str
    harm: float
    low: float
    high: float
    least: float | None = None
    value: float | None = None
    most: float | None = None

    @property
    def key(self) -> str:
        """Its name."""
        return self.subject.key
