"""Documents to decode, in one buffer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from watchward.telemetry import identity
from watchward.telemetry.decoded import Integers, Origin
from watchward.telemetry.kernels.loads import PADDING, blank, lines
from watchward.telemetry.kernels.tables import Array

Buffer = Array
"""Bytes with `PADDING` bytes of slack behind them."""


def padded(data: bytes | pa.Buffer) -> Buffer:
    """A copy of some bytes with the slack that the inner loops need."""
    buffer = np.zeros(len(data) + PADDING, np.uint8)
    buffer[: len(data)] = np.frombuffer(data, np.uint8)
    return buffer


def side_by_side(documents: Sequence[bytes]) -> tuple[Buffer, Integers, Integers]:
    """Documents in one buffer: with where each begins and ends."""
    lengths = np.array([len(document) for document in documents], np.int64)
    ends = np.cumsum(lengths + 1) - 1
    return padded(b"\n".join(documents)), ends - lengths, ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Documents to decode: where each begins and ends in a buffer, and what is known of them.

    Args:
        data: the buffer; a newline or the slack follows each document.
        size: the length of what the buffer holds, in bytes.
        starts: where each document begins, and `ends` where it ends.
        positions: the place of each in what was sent.
        origin: where they come from.
        digest: what stands for the whole body in the names of events that have no other name.
        names: what the protocol calls each event, None where it calls it nothing.

    """

    data: Buffer
    size: int
    starts: Integers
    ends: Integers
    positions: Integers
    origin: Origin
    digest: tuple[int, int]
    names: Sequence[str | None] | None = None

    def document(self, row: int) -> bytes:
        """One document as it was sent."""
        return self.data[self.starts[row] : self.ends[row]].tobytes()

    @classmethod
    def of_lines(cls, data: Buffer, size: int, origin: Origin, *, digest: tuple[int, int], first: int) -> "Body":
        """One document a line; empty lines have a position and hold nothing."""
        starts, ends = np.empty(size + 1, np.int64), np.empty(size + 1, np.int64)  # what is not touched is no memory
        count = lines(data, size, starts, ends)
        nothing = np.empty(count, np.bool_)
        blank(data, starts, ends, nothing)
        full = np.flatnonzero(~nothing)
        return cls(
            data=data,
            size=size,
            starts=starts[full],
            ends=ends[full],
            positions=first + full,
            origin=origin,
            digest=digest,
        )

    @classmethod
    def of_documents(
        cls, documents: Sequence[bytes], origin: Origin, *, body: bytes, names: Sequence[str | None] | None
    ) -> "Body":
        """Documents that some protocol has told apart."""
        data, starts, ends = side_by_side(documents)
        return cls(
            data=data,
            size=int(ends[-1]) if len(ends) else 0,
            starts=starts,
            ends=ends,
            positions=np.arange(len(documents)),
            origin=origin,
            digest=identity.body_digest(body),
            names=names,
        )
