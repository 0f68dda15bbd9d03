"""That one thing needs another, and how much of it goes on without."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """What becomes of a consumer while its provider fails. docs/harm/definitions.md gives the formulas.

    The last four numbers may be left out: then the parameter table says them for this pair of kinds.

    Args:
        consumer: the identifier of what needs.
        provider: the identifier of what is needed.
        group: the name of a group: those of the same name stand in for each other. Empty: this provider alone.
        share: the part of the consumer's need that this provider alone can fill, above 0 to 1: 1 where any one of the
            group is enough, 0.001 for one of a thousand workstations.
        buffer_hours: for how many hours of a complete failure nothing is noticed.
        floor: the share of the consumer's capacity, 0 to 1, that goes on by hand from the first hour.
        manual: the share that manual working reaches in the end, from the floor to 1.
        manual_hours: after how many hours two thirds (1 - 1/e) of the way from floor to manual are gone.

    """

    consumer: str
    provider: str
    group: str = ""
    share: float = 1.0
    buffer_hours: float | None = None
    floor: float | None = None
    manual: float | None = None
    manual_hours: float | None = None
