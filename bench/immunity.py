"""Time to immunity: from the first button until every organisation's own resolver answers with the block, and back.

    python bench/immunity.py [--runs 100] [--regions 3] [--organisations 12] [--keep FOLDER] [--delays FILE]
    python bench/immunity.py --simulate FILE [--picture FILE.svg]

A nation, regions and organisations run as real processes on loopback, each with its own home, and a real Unbound at
each organisation that takes its node's policy zone by transfer. A national block by two people is measured from the
last person's press (the canary group; all, by the emergency path), and its end from the press that lifts it. What
people need to decide, the check of harm before, and the hour with the canary group are not counted. `--delays` keeps
what was measured, and `--simulate` draws from it for 40,000 organisations. Needs unbound.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent / "parts"))

from sector import curve, figures
from sector.figures import Steps
from sector.nodes import Sector, adopting, opened
from sector.resolvers import TooLateError
from sector.runs import People, Way, by_people, by_policy, ready
from sector.spread import Away, Delays, Shape, spread
from sender import Sender

DRAWN = 25
"""So many times the simulation is drawn; all are put together."""

IDLE_SECONDS = 10

AWAY = {
    "nobody away": Away(),
    "5% of organisations away": Away(share=0.05),
    "5% of all nodes away": Away(share=0.05, above=0.05),
}
SEEN_BELOW = frozenset({"policy"})
"""What begins at an organisation, and goes up first."""


def main() -> int:
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that all processes are ended
    if given.simulate:
        simulate(figures.read(given.simulate), given.picture)
        return 0
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        sector = opened(given.keep or Path(temporary), regions=given.regions, organisations=given.organisations)
        if policy := given.only != "people":
            adopting(sector)
        sector.run(stack, sharing=policy)
        people = People(sector)
        stack.callback(people.close)
        sender = Sender(sector.first.ports["gateway_port"], sector.people["shipper"]) if policy else None
        ready(sector, people, sender)
        run = partial(once, sector, people, sender, by_hand=given.only != "policy")
        measured = measure(sector, run, given.runs, seconds_at_most=60 * given.minutes)
    if given.delays:
        figures.kept(given.delays, measured)
    simulate(measured, given.picture)
    return 0


def _arguments() -> argparse.Namespace:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--runs", type=int, default=100)
    arguments.add_argument("--minutes", type=float, default=120, help="No run begins later than that after the first.")
    arguments.add_argument("--regions", type=int, default=3)
    arguments.add_argument("--organisations", type=int, default=12)
    arguments.add_argument("--only", choices=("people", "policy"), help="Measure one of the two ways alone.")
    arguments.add_argument("--keep", type=Path, help="Where the sector is kept, so that it is joined only once.")
    arguments.add_argument("--delays", type=Path, help="Where the measured delays are written.")
    arguments.add_argument("--simulate", type=Path, help="Only simulate, by delays that were written before.")
    arguments.add_argument("--picture", type=Path, help="Where the curve is drawn, as SVG.")
    return arguments.parse_args()


def once(sector: Sector, people: People, sender: Sender | None, number: int, *, by_hand: bool) -> dict[str, Way]:
    """One run: what people block, and what is shared and adopted by policies."""
    name = f"{number}-{time.time_ns()}.example"
    ways = by_people(sector, people, f"decided{name}") if by_hand else {}
    if sender is None:
        return ways
    ways |= by_policy(sector, people, sender, f"shared{name}")
    for way in ("policy", "policy, withdrawn"):
        ways[f"{way}, careful"] = ways[way].only({sector.careful.code})
        ways[way] = ways[way].only({node.code for node in sector.organisations} - {sector.careful.code})
    return ways


def measure(
    sector: Sector, run: Callable[[int], dict[str, Way]], runs: int, *, seconds_at_most: float
) -> dict[str, Delays]:
    """Run it so often, print what it took, and return the delays by which to simulate."""
    done = Measured()
    idle = _idle(sector)
    computed, told, began = _computed(sector), figures.told_by(sector.regions), time.monotonic()
    for number in range(runs):
        if time.monotonic() - began > seconds_at_most:
            break
        try:
            ways = run(number)
        except (TooLateError, SystemExit) as error:
            done.failures.append(str(error))
            continue
        for name, way in ways.items():
            done.seconds[name].append(way.seconds)
            steps_of = figures.steps_round if name.startswith("policy") else figures.steps_down
            done.steps[name].append(steps_of(sector, way))
        done.loads.append(os.getloadavg()[0])
    spent = _computed(sector) - computed - idle * (time.monotonic() - began)
    each = max(0.0, spent) / max(1, figures.told_by(sector.regions) - told)
    _print(sector, done)
    print(f"{'processor time of a region for telling one child one thing':58} {1000 * each:.1f} ms")
    return {name: figures.delays_of(done.steps[name], each=each) for name in ("people", "policy") if name in done.steps}


@dataclass(slots=True)
class Measured:
    """What was measured: seconds and steps of each way, the load of the machine at each run, and what failed."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    steps: dict[str, list[list[Steps]]] = field(default_factory=lambda: defaultdict(list))
    loads: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def _computed(sector: Sector) -> float:
    return figures.processor_seconds(sector.regions, "web")


def _idle(sector: Sector) -> float:
    """What regions compute each second while nothing happens."""
    before = _computed(sector)
    time.sleep(IDLE_SECONDS)
    return (_computed(sector) - before) / IDLE_SECONDS


TITLES = {
    "tried": "agreed by the second person → at the canary group",
    "people": "emergency button → blocked everywhere",
    "people, withdrawn": "lift button → gone everywhere",
    "policy": "share button → blocked everywhere by policies",
    "policy, withdrawn": "withdraw button → gone everywhere",
    "policy, careful": "share button → blocked where harm is checked first",
    "policy, withdrawn, careful": "withdraw button → gone there",
}


def _print(sector: Sector, done: Measured) -> None:
    runs = len(done.loads)
    print(
        f"1 national, {len(sector.regions)} regional and {len(sector.organisations)} organisation nodes, {runs} runs; "
        f"{sector.memory() / 2**30:.1f} GiB; load of the machine {min(done.loads):.0f} to {max(done.loads):.0f}, "
        f"median {sorted(done.loads)[runs // 2]:.0f}, on {os.cpu_count()} cores"
    )
    for one in done.failures:
        print(f"a run failed: {one}")
    print(f"{'until the last control answers so':58} {'median':>9} {'p95':>9} {'longest':>9}")
    for name, values in done.seconds.items():
        print(f"{TITLES[name]:58} {figures.told(values)}")
    for name, ways in done.steps.items():
        every = [one for way in ways for one in way]
        print(f"\n{f'{TITLES[name]}: each step at each organisation':68}")
        for step in max(every, key=len, default=()):
            print(f"  {step:56} {figures.told(one[step] for one in every if step in one)}")


def simulate(measured: dict[str, Delays], picture: Path | None) -> None:
    """Print and draw how a block reaches 40,000 organisations by these delays."""
    shape, curves = Shape(), {}
    for name, delays in measured.items():
        for said, away in AWAY.items():
            drawn = [spread(shape, delays, away, seed=seed, seen_below=name in SEEN_BELOW) for seed in range(DRAWN)]
            curves[f"{name}, {said}"] = np.concatenate(drawn)
    print(f"\nsimulated: {' → '.join(f'{count:,}' for count in shape.levels)} nodes, drawn {DRAWN} times")
    print(curve.table(curves))
    if picture:
        picture.write_text(curve.picture(curves, "Share of 40,000 organisations protected over time"))


if __name__ == "__main__":
    sys.exit(main())
