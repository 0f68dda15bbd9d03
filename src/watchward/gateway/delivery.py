"""What one request brought, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from watchward.detect.match import Matches
from watchward.detect.plan.plan import Plan
from watchward.detect.purposes import Purposes
from watchward.intel.exact.sets import NOTHING, Found
from watchward.intel.live.looking import Met
from watchward.telemetry.decoded import Decoded


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The documents of one request, not yet decoded.

    Args:
        organisation: the code to which the sender's credential is bound.
        source: the source's identifier.
        received_at: when the body was complete.
        body: the request's bytes, which stand in the name of an event that has no other.
        documents: one JSON object each.
        names: what the sender calls each document, None where it calls it nothing.

    """

    organisation: str
    source: str
    received_at: datetime
    body: bytes
    documents: Sequence[bytes]
    names: Sequence[str | None] | None = None

    @property
    def size(self) -> int:
        """The bytes that it holds in memory, roughly."""
        return 2 * len(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A delivery and its events."""

    delivery: Delivery
    decoded: Decoded


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Several deliveries, decoded, joined in their order and matched: not yet kept.

    `found` says which indicators its events hold, and `met` what they meet of those with patterns.
    """

    deliveries: Sequence[Read]
    events: pa.RecordBatch
    matches: Matches
    plan: Plan
    purposes: Purposes
    found: Found = NOTHING
    met: Sequence[Met] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of each document, now that all of it is on disk.

    Args:
        identifiers: the event identifier of each document (16 bytes each; zero where it was refused).
        new: whether it was received for the first time.
        bad: why a document was refused, by its position.

    """

    identifiers: bytes
    new: NDArray[np.bool_]
    bad: Mapping[int, str]

    @property
    def accepted(self) -> int:
        """How many events were received for the first time."""
        return int(self.new.sum())

    @property
    def duplicates(self) -> int:
        """How many events had been received before."""
        return len(self.new) - self.accepted - len(self.bad)

    def identifier(self, position: int) -> str:
        """The event identifier of a document, as 32 hexadecimal digits."""
        return self.identifiers[16 * position : 16 * position + 16].hex()


class BusyError(Exception):
    """The node is full: nothing of the request was kept, and the sender should come again later.

    Args:
        reason: why, in words for the sender's log.
        retry_after: seconds to wait.
        status: 429 where the sender is faster than the node, 503 where the node cannot take anything.

    """

    def __init__(self, reason: str, *, retry_after: int, status: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.status = status


class FaultError(Exception):
    """The program failed on this delivery: nothing of it was kept, and the log says why."""
