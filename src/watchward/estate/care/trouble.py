"""What is wrong with a map of care, all of it at once, and where each thing came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from watchward.base.errors import BadInputError

_SHOWN: Final = 20
"""How many troubles an error's own text tells; `troubles` holds all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a thing was read: a file and a row of it, counted from 1 with the heading as row 1."""

    file: str
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that is wrong, or in a note merely worth knowing.

    Args:
        text: what it is, in one sentence.
        advice: what to do about it.
        thing: the identifier of what it concerns; a dependency is `consumer > provider`.
        column: the column, as the files call it; empty where it concerns the whole row.
        origin: where it was read; None where it came from no file.

    """

    text: str
    advice: str
    thing: str = ""
    column: str = ""
    origin: Origin | None = None

    @property
    def where(self) -> str:
        """The place in words: file, row and column as far as they are known, else the thing.

        >>> Trouble(text="", advice="", column="floor", origin=Origin(file="dependencies.csv", row=7)).where
        'dependencies.csv, row 7, floor'

        """
        if self.origin is None:
            return ", ".join(part for part in (self.thing, self.column) if part)
        place = f"{self.origin.file}, row {self.origin.row}"
        return f"{place}, {self.column}" if self.column else place

    def __str__(self) -> str:
        return f"{self.where}: {self.text} {self.advice}" if self.where else f"{self.text} {self.advice}"


class CareMapError(BadInputError):
    """A map of care cannot be used. Nothing of it was taken.

    Args:
        troubles: everything that is wrong with it, in the order of the files.

    """

    def __init__(self, troubles: Sequence[Trouble]) -> None:
        shown = [str(trouble) for trouble in troubles[:_SHOWN]]
        if len(troubles) > _SHOWN:
            shown.append(f"… and {len(troubles) - _SHOWN:,} more.")
        count = f"{len(troubles):,} things are" if len(troubles) > 1 else "1 thing is"
        super().__init__(f"{count} wrong with this map of care; nothing was taken.", advice="\n".join(shown))
        self.troubles = tuple(troubles)


Origins = Mapping[str, Origin]
"""Where each thing was read, by its identifier; a dependency by `consumer > provider`."""


def edge(consumer: str, provider: str) -> str:
    """The words for a dependency.

    >>> edge("RXX/outpatients", "RXX/network")
    'RXX/outpatients > RXX/network'

    """
    return f"{consumer} > {provider}"
