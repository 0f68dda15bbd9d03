"""Foreign documents in, event batches out."""

from collections.abc import Sequence

from watchward.telemetry import identity, reference
from watchward.telemetry.decoded import Decoded, Origin
from watchward.telemetry.registry import Registry


class Decoder:
    """Reads documents under one registry; keep one for many bodies, for it remembers what it has seen."""

    def __init__(self, registry: Registry | None = None) -> None:
        self.registry = reference.complete(registry or Registry.standard())

    def decode_ndjson(self, data: bytes, origin: Origin) -> Decoded:
        """The events of a body with one JSON object a line; empty lines count as positions and hold nothing."""
        return reference.decode_ndjson(data, self.registry, origin)

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
        lines = list(enumerate(documents))
        return reference.decode(lines, self.registry, origin, body=identity.body_digest(body), names=names)
