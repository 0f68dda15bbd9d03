"""What a published file says of an organisation, before it is known where that stands in the tree."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from watchward.estate.organisation import OrganisationRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one row says of one organisation.

    Args:
        record: the organisation; its parent is still open, and its name may be empty.
        within: codes of what it lies in, nearest first; the first that is known becomes its parent.
        network: the primary care network that it belongs to, which counts only while both lie in the same place.
        snapshot: the day of which an old file speaks. None is the present: it overrides, a snapshot only fills gaps.

    """

    record: OrganisationRecord
    within: tuple[str, ...] = ()
    network: str = ""
    snapshot: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """An ICB's code before the mergers of April 2026, and one that took over some or all of its places."""

    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that one file says.

    Args:
        file: the file's name.
        layout: how it was read.
        claims: what it says of organisations, in its own order.
        successions: what it says of ICBs that merged.
        left_out: why rows were not taken, with how many.

    """

    file: str
    layout: str
    claims: tuple[Claim, ...] = ()
    successions: tuple[Succession, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
