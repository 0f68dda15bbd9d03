"""How long a lake keeps events. Settings say it, so it stands apart from all that a lake loads."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How long events are kept: for whole days after the day on which they came, as long as so much disk stays free."""

    days: int
    free_bytes: int
