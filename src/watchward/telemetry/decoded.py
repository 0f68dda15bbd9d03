"""What decoding is told and what it gives back."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from watchward.telemetry.logsource import UNKNOWN, LogSource

if TYPE_CHECKING:
    from watchward.telemetry.body import Body

RAW_KEPT = 4096
"""How much of a record that cannot be read is kept, in bytes."""

FAR_OFF = 366 * 24 * 3600 * 1_000_000
"""How far an event's time may lie from its arrival before it is counted as far off, in microseconds: a year."""

Integers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the records of one body come from.

    Args:
        organisation: the code to which the sender's credential is bound.
        source: the source's identifier.
        received_at: when the body arrived.
        logsource: what the source's configuration says of its events where they do not tell it themselves.

    """

    organisation: str
    source: str
    received_at: datetime
    logsource: LogSource = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRecord:
    """A record that cannot be read: kept, with its reason, while the rest of its body goes on.

    Args:
        position: its place in the body, from 0.
        reason: why it cannot be read, in words for a person.
        raw: its first bytes, at most `RAW_KEPT`.

    """

    position: int
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What was odd about records that were read all the same, counted.

    Args:
        ahead: events that claim a time more than a year after they arrived.
        behind: events that claim a time more than a year before they arrived.
        untimed: events that give no time; the time of arrival stands in.
        recoded: records that were not UTF-8 and were read as Windows-1252.

    """

    ahead: int = 0
    behind: int = 0
    untimed: int = 0
    recoded: int = 0

    def __add__(self, other: "Notes") -> "Notes":
        return Notes(
            ahead=self.ahead + other.ahead,
            behind=self.behind + other.behind,
            untimed=self.untimed + other.untimed,
            recoded=self.recoded + other.recoded,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The events of one body, and what could not be read.

    Args:
        batch: the events.
        positions: for each event its place in the body, from 0.
        numbers: for each event the number that its log gave it, or -1.
        body: the documents of the events, as they were sent.
        hiding: for each event whether its document may hide texts from `atoms`.
        bad: the records that cannot be read.
        notes: what was odd, counted.

    """

    batch: pa.RecordBatch
    positions: Integers
    numbers: Integers
    body: "Body | None" = None
    hiding: np.ndarray[Any, np.dtype[np.bool_]] | None = None
    bad: list[BadRecord] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
