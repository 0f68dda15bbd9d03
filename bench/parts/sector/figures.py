"""From moments to figures: how long each step of a way took, in order, so that they add up to the whole."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from sector.nodes import Node, Sector
from sector.runs import Way
from sector.spread import Delays

SHARED: Final = "who shares it stores it"
UP: Final = "their region stores it"
CHECKED: Final = "harm is checked, as the policy asks"
DECIDED: Final = "the nation stores it"
REGION: Final = "the region stores it"
ORGANISATION: Final = "the organisation stores it"
LISTED: Final = "it is in its lists"
RESOLVER: Final = "its resolver has the zone"
ANSWERED: Final = "its resolver answers so"

Steps = dict[str, float]


def steps_down(sector: Sector, way: Way) -> list[Steps]:
    """For each organisation that was told, how long each step from the nation's button took, in seconds."""
    found = []
    for node in sector.organisations:
        answered = way.answered_at.get(node.code)
        moments = {
            DECIDED: way.steps[sector.nation.code].get("stored"),
            REGION: way.steps[node.place.above].get("stored"),
            ORGANISATION: way.steps[node.code].get("stored"),
            LISTED: way.steps[node.code].get("published"),
            RESOLVER: way.steps[node.code].get("transferred"),
            ANSWERED: answered,
        }
        if (steps := between(way.began_at, moments)) is not None:
            found.append(steps)
    return found


def steps_round(sector: Sector, way: Way) -> list[Steps]:
    """The same from the button of the first organisation, up and down again, for each other organisation."""
    first, nation = way.steps[sector.first.code], way.steps[sector.nation.code]
    found = []
    for node in sector.organisations:
        if node is sector.first:
            continue
        own, region = way.steps[node.code], way.steps[node.place.above]
        moments = {SHARED: first.get("shared")}
        if node.place.above == sector.first.place.above:
            moments |= {UP: region.get("shared")}
        else:
            above = way.steps[sector.first.place.above]
            moments |= {UP: above.get("shared"), DECIDED: nation.get("shared"), REGION: region.get("shared")}
        moments |= {ORGANISATION: own.get("shared")}
        if own.get("checked", 0.0) > (own.get("shared") or 0.0):
            moments |= {CHECKED: own["checked"]}
        moments |= {LISTED: own.get("published"), RESOLVER: own.get("transferred")}
        moments |= {ANSWERED: way.answered_at.get(node.code)}
        if (steps := between(way.began_at, moments)) is not None:
            found.append(steps)
    return found


def between(began_at: float, moments: Mapping[str, float | None]) -> Steps | None:
    """How long each step took; None where one is not known or before the last, as of who was told earlier."""
    steps: Steps = {}
    before = began_at
    for name, moment in moments.items():
        if moment is None or moment < before - _EQUAL:
            return None
        steps[name], before = max(0.0, moment - before), moment
    return steps


_EQUAL: Final = 0.02
"""So much may a clock of files differ from that of the machine."""


def told(values: Iterable[float]) -> str:
    """Median, 95th percentile and longest."""
    found = np.array(list(values))
    if not len(found):
        return f"{'none':>9}"
    middle, high = np.quantile(found, [0.5, 0.95])
    return f"{middle:8.2f}s {high:8.2f}s {found.max():8.2f}s"


def delays_of(ways: Sequence[list[Steps]], *, each: float) -> Delays:
    """What a simulation needs, from the steps of ways that the nation began, or an organisation."""
    steps = [one for way in ways for one in way]
    below = any(SHARED in one for one in steps)
    return Delays(
        begun=np.array([one[SHARED if below else DECIDED] for one in steps]),
        up=np.array([one[name] for one in steps for name in (UP, DECIDED) if name in one] if below else [0.0]),
        down=np.array([one[name] for one in steps for name in (REGION, ORGANISATION) if name in one]),
        last=np.array([sum(one.get(name, 0.0) for name in (CHECKED, LISTED, RESOLVER, ANSWERED)) for one in steps]),
        each=each,
    )


def kept(path: Path, delays: Mapping[str, Delays], **beside: object) -> None:
    """Write down what was measured, for a simulation at another time."""
    said = {
        name: {field: np.round(getattr(one, field), 4).tolist() for field in ("begun", "up", "down", "last", "each")}
        for name, one in delays.items()
    }
    path.write_text(json.dumps({**beside, "delays": said}, indent=1))


def read(path: Path) -> dict[str, Delays]:
    """What `kept` wrote down."""
    found = json.loads(path.read_text())["delays"]
    return {
        name: Delays(**{field: np.array(value) if isinstance(value, list) else value for field, value in one.items()})
        for name, one in found.items()
    }


def processor_seconds(nodes: Iterable[Node], name: str) -> float:
    """How long a process of some nodes has computed."""
    ticks = 0
    for node in nodes:
        said = Path(f"/proc/{node.processes[name].pid}/stat").read_text().rpartition(") ")[2].split()
        ticks += int(said[11]) + int(said[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def told_by(nodes: Iterable[Node]) -> int:
    """How many things some nodes told their children."""
    said = "SELECT coalesce(sum(count), 0) FROM link_passage, link_peer peer WHERE peer.id = peer_id AND way = 'child'"
    return sum(node.rows(f"{said} AND fate = 'left'")[0][0] for node in nodes)
