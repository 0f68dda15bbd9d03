"""Foreign documents in, event batches out, fast.

Documents are read by compiled loops straight into dictionary codes (`kernels`, driven by `engine`); what those do not
understand completely is read by `record.read`, and the result is the same: a test holds the two together. See ADR 0020.
"""

from collections.abc import Sequence

from watchward.telemetry import identity
from watchward.telemetry.asked import Ask
from watchward.telemetry.body import Body, Buffer, padded
from watchward.telemetry.decoded import Decoded, Origin
from watchward.telemetry.engine import Engine
from watchward.telemetry.registry import Registry


class Decoder:
    """Reads documents under one registry; keep one for many bodies, for it remembers what it has seen.

    Its batches share dictionaries that only grow (see `batch`), so that whoever matches them may remember verdicts.
    It is not for two threads at once.

    Args:
        registry: the fields that become columns, `Registry.standard()` if not given.
        unmapped: whether to keep the fields that have no column; a scan that only matches does without.
        ask: the fields that are asked of a log source; its events may be without the others. All, if not given.

    """

    def __init__(self, registry: Registry | None = None, *, unmapped: bool = True, ask: Ask | None = None) -> None:
        self._engine = Engine(registry or Registry.standard(), unmapped=unmapped, ask=ask)
        self.keeps_unmapped = unmapped

    @property
    def registry(self) -> Registry:
        """The fields that become columns: those asked for and those that decoding itself needs."""
        return self._engine.registry

    def decode_ndjson(self, data: bytes, origin: Origin) -> Decoded:
        """The events of a body with one JSON object a line; empty lines count as positions and hold nothing."""
        return self.decode_lines(padded(data), len(data), origin, digest=identity.body_digest(data))

    def decode_lines(
        self, data: Buffer, size: int, origin: Origin, *, digest: tuple[int, int], first: int = 0
    ) -> Decoded:
        """The events of a part of a body or file, one JSON object a line.

        Args:
            data: a buffer with `PADDING` bytes of slack behind the text.
            size: the length of the text, in bytes.
            origin: where it comes from.
            digest: what stands for the whole body or file (see `identity.body_digest`).
            first: the position of the first line in it.

        """
        return self._engine.decode(Body.of_lines(data, size, origin, digest=digest, first=first))

    def decode_documents(
        self,
        documents: Sequence[bytes],
        origin: Origin,
        *,
        body: bytes = b"",
        names: Sequence[str | None] | None = None,
    ) -> Decoded:
        """The events of documents that some protocol has told apart.

        Args:
            documents: one JSON object each.
            origin: where they come from.
            body: the request that held them; it stands in the identifier of events that have no other name.
            names: what the protocol calls each event (`_id` of a bulk request), None where it calls it nothing.

        """
        return self._engine.decode(Body.of_documents(documents, origin, body=body, names=names))
