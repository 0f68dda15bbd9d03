"""What a list blocks, why, since when and until when, for whoever asks."""

from collections.abc import Iterable

import msgspec

from watchward.intel.lists.block import Listed, sound
from watchward.intel.stix.timestamps import written


def explained(listed: Iterable[Listed]) -> bytes:
    """Each block of a list with its reason, as JSON."""
    said = [
        {
            "kind": one.kind,
            "value": sound(one.value),
            "why": sound(one.block.why),
            "since": written(one.block.since),
            "until": None if one.block.until is None else written(one.block.until),
            "source": sound(one.block.source),
            "indicator": sound(one.block.indicator),
            "excepted": one.excepted,
        }
        for one in listed
    ]
    return msgspec.json.encode({"blocks": said})
