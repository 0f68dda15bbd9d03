"""What losing an organisation, and each device that carries something there, does to patients."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from watchward.estate.care.system import Equipment, SystemKind
from watchward.harm.expected import AtStake
from watchward.harm.model import Model
from watchward.harm.parameters.drawing import draw
from watchward.harm.scenario import Failure, Scenario
from watchward.harm.what_if import in_worlds

HOURS = 72
"""How long what an alert warns of keeps things from working, in the order of alerts."""

SAMPLES = 200
"""In how many worlds the intervals are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrying:
    """A device on the map: what it carries, and what it puts at stake."""

    equipment: Equipment
    systems: tuple[SystemKind, ...]
    stake: AtStake


@dataclass(frozen=True, kw_only=True)
class Losses:
    """What losing an organisation does: as a whole, and by each device that carries something there."""

    whole: AtStake
    devices: tuple[Carrying, ...]


def losses(model: Model, organisation: str) -> Losses:
    """What is at stake at an organisation: each thing lost wholly, for three days, by somebody who may take records."""
    draws = draw(model.table, SAMPLES, model.activities)

    def lost(thing: str) -> Scenario:
        return Scenario(begins=0, hours=HOURS, failures=(Failure(thing=thing, exposes=True),))

    whole = in_worlds(model, lost(organisation), draws).harm()
    carried = _carried(model)
    devices = [
        Carrying(
            equipment=one,
            systems=carried[one.id],
            stake=AtStake(
                whole=whole,
                own=in_worlds(model, lost(one.id), draws).harm(),
                identity=SystemKind.IDENTITY in carried[one.id],
            ),
        )
        for one in model.care.equipment
        if one.organisation == organisation
    ]
    return Losses(whole=AtStake(whole=whole), devices=tuple(devices))


def _carried(model: Model) -> Mapping[str, tuple[SystemKind, ...]]:
    """The kinds of the systems that need each device, by its identifier."""
    kinds = {one.id: one.kind for one in model.care.systems}
    found: dict[str, set[SystemKind]] = defaultdict(set)
    for one in model.care.dependencies:
        if one.consumer in kinds:
            found[one.provider].add(kinds[one.consumer])
    return defaultdict(tuple, {thing: tuple(sorted(some)) for thing, some in found.items()})
