"""The blocks as a bundle of STIX 2.1 indicators, for controls that read it."""

from collections.abc import Iterable

import msgspec

from watchward.intel.lists.block import LeftOut, Listed, Rendered, sound
from watchward.intel.stix import things
from watchward.intel.stix.identifiers import derived, type_in
from watchward.intel.stix.timestamps import written
from watchward.intel.stix.write import Document


def stix(listed: Iterable[Listed], *, markings: Iterable[str] = ()) -> Rendered:
    """The bundle: an indicator for each block, with why and until when, under the marking of the list."""
    refs = list(markings)
    every = list(listed)
    whole = [one for one in every if sound(one.value) == one.value]
    left_out = tuple(LeftOut(block=one.block, why="It is no text.") for one in every if sound(one.value) != one.value)
    once = {one["id"]: one for one in (_indicator(one, refs) for one in whole)}
    bundle = {"type": "bundle", "id": derived("bundle", {"of": sorted(once)}), "objects": list(once.values())}
    return Rendered(content=msgspec.json.encode(bundle), entries=len(once), left_out=left_out)


def _indicator(one: Listed, markings: list[str]) -> Document:
    """A block's own indicator; one that names several things is told apart by what is blocked."""
    block = one.block
    telling = {"block": sound(block.indicator), "kind": one.kind.value, "value": one.value}
    until = None if block.until is None or block.until <= block.since else written(block.until)
    return things.indicator(
        derived("indicator", telling),
        block.observable,
        created=block.since,
        modified=max(block.since, block.changed_at or block.since),
        name=f"Block of {one.value}"[:200],
        description=sound(block.why)[:2000],
        valid_until=until,
        object_marking_refs=markings,
        external_references=_references(block.indicator),
    )


def _references(indicator: str) -> list[dict[str, str]]:
    known = type_in(indicator) is not None
    return [{"source_name": "indicator", "external_id": indicator}] if known else []
