"""What a correlation found."""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

EVENTS_NAMED = 100
"""How many of its earliest events a finding names; all of them are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One firing of a correlation (ADR 0120).

    Args:
        id: the same wherever and whenever it is found.
        correlation: the correlation's id.
        group: the value of each field of `group-by`, in its order, without letter case.
        first_at: the time of its earliest event, `at` when its condition first held, `last_at` when it last did;
            microseconds since 1970.
        events: how many events made it.
        event_ids: the earliest of them, up to `EVENTS_NAMED`, by time and then by identifier.
        made_of: the findings of other correlations that it read, of the same events.

    """

    id: UUID
    correlation: str
    organisation: str
    group: tuple[str, ...]
    first_at: int
    at: int
    last_at: int
    events: int
    event_ids: tuple[str, ...]
    made_of: tuple[UUID, ...] = ()


def finding_id(correlation: str, key: int, at: int) -> UUID:
    """The identifier of what a correlation found in one group (`keys.group_key`) at one moment (microseconds)."""
    return UUID(bytes=sha256(f"{correlation}\0{key:016x}\0{at}".encode()).digest()[:16])
