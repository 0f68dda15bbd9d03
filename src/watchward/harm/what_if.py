"""What happens if: one scenario, in the median world and in as many others as wanted."""

import numpy as np
from numpy.typing import NDArray

from watchward.harm import quotient
from watchward.harm.errors import HarmError
from watchward.harm.kernels import worlds
from watchward.harm.model import KINDS, Model
from watchward.harm.outcome import Outcome
from watchward.harm.parameters.drawing import Draws, draw
from watchward.harm.scenario import Scenario

MOST = 400_000_000
"""How many numbers an outcome may hold: cells and hours times worlds, 3.2 GB."""


def what_if(model: Model, scenario: Scenario, *, samples: int = 0, alike: bool = True) -> Outcome:
    """What a scenario does: the estimate, and with `samples` above 0 its 90% intervals.

    `alike=False` works every thing out by itself instead of alike things once; the answer is the same.
    """
    return in_worlds(model, scenario, draw(model.table, samples, model.activities), alike=alike)


def in_worlds(model: Model, scenario: Scenario, draws: Draws, *, alike: bool = True) -> Outcome:
    """What a scenario does in worlds that are given, the median one first."""
    laid = quotient.lay(model, scenario, alike=alike)
    count, hours = len(draws.values), scenario.hours
    things, cells = len(laid.flow.own_of), len(laid.cells.kind)
    if count * (cells * 5 + hours * len(KINDS)) + things * hours > MOST:
        raise HarmError(
            f"{count - 1} draws of {cells} different services over {hours} hours are too many to hold at once",
            advice="Take fewer draws or fewer hours, or ask about fewer things at a time.",
        )
    world = worlds.World(
        needs=model.needs.values(draws, laid.needs),
        care=model.care_values(draws),
        size=model.sizes(draws),
        joint=model.joint_values(draws),
    )
    told = worlds.Told(
        out=np.zeros((count, cells, 5)),
        hourly=np.zeros((count, len(KINDS), hours)),
        capacity=np.zeros((things, hours)),
        line=np.zeros((5, len(KINDS), hours)),
        takes=np.zeros(len(laid.pools.kind)),
    )
    room = worlds.room_for(laid.flow, laid.cells, laid.pools, laid.regions, len(laid.needs), len(model.weeks))
    worlds.work_out(laid.flow, laid.cells, laid.pools, world, model.weeks, scenario.begins, room, told)
    return Outcome(
        model=model, scenario=scenario, draws=draws, laid=laid, capacity=told.capacity, cells=told.out,
        hourly=told.hourly, line=told.line, taken_by=told.takes, exposed=exposed(model, scenario),
    )  # fmt: skip


def exposed(model: Model, scenario: Scenario) -> dict[int, NDArray[np.int64]]:
    """The records that failures may expose, by the number of the system; each system once."""
    start = [model.number[failure.thing] for failure in scenario.failures if failure.exposes]
    reached = quotient.taken_along(model, np.array(start, dtype=np.int32))
    return {int(one): model.records[one] for one in np.sort(reached) if model.records[one].any()}
