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
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from sector import curve, figures
from sector.figures import Steps
from sector.nodes import Sector, opened
from sector.runs import People, by_people, ready
from sector.spread import Away, Delays, Shape, spread

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
        sector.run(stack)
        people = People(sector)
        stack.callback(people.close)
        ready(sector, people)
        measured = measure(sector, people, given.runs)
    if given.delays:
        figures.kept(given.delays, measured, runs=given.runs, load=os.getloadavg())
    simulate(measured, given.picture)
    return 0


def _arguments() -> argparse.Namespace:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--runs", type=int, default=100)
    arguments.add_argument("--regions", type=int, default=3)
    arguments.add_argument("--organisations", type=int, default=12)
    arguments.add_argument("--keep", type=Path, help="Where the sector is kept, so that it is joined only once.")
    arguments.add_argument("--delays", type=Path, help="Where the measured delays are written.")
    arguments.add_argument("--simulate", type=Path, help="Only simulate, by delays that were written before.")
    arguments.add_argument("--picture", type=Path, help="Where the curve is drawn, as SVG.")
    return arguments.parse_args()


def measure(sector: Sector, people: People, runs: int) -> dict[str, Delays]:
    """Run it so often, print what it took, and return the delays by which to simulate."""
    seconds: dict[str, list[float]] = defaultdict(list)
    steps: dict[str, list[list[Steps]]] = defaultdict(list)
    loads = []
    idle = _idle(sector)
    computed, told, began = _computed(sector), figures.told_by(sector.regions), time.monotonic()
    for number in range(runs):
        ways = by_people(sector, people, f"attack{number}-{time.time_ns()}.example")
        for name, way in ways.items():
            seconds[name].append(way.seconds)
            steps[name].append(figures.steps_down(sector, way))
        loads.append(os.getloadavg()[0])
    spent = _computed(sector) - computed - idle * (time.monotonic() - began)
    each = max(0.0, spent) / max(1, figures.told_by(sector.regions) - told)
    _print(sector, seconds, steps, loads)
    print(f"{'processor time of a region for telling one child one thing':58} {1000 * each:.1f} ms")
    return {"people": figures.delays_of(steps["people"], each=each)}


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
}


def _print(
    sector: Sector, seconds: dict[str, list[float]], steps: dict[str, list[list[Steps]]], loads: list[float]
) -> None:
    runs = len(loads)
    print(
        f"1 national, {len(sector.regions)} regional and {len(sector.organisations)} organisation nodes, {runs} runs; "
        f"{sector.memory() / 2**30:.1f} GiB; load of the machine {min(loads):.0f} to {max(loads):.0f}, "
        f"median {sorted(loads)[runs // 2]:.0f}, on {os.cpu_count()} cores"
    )
    print(f"{'until the last control answers so':58} {'median':>9} {'p95':>9} {'longest':>9}")
    for name, values in seconds.items():
        print(f"{TITLES[name]:58} {figures.told(values)}")
    for name, ways in steps.items():
        every = [one for way in ways for one in way]
        print(f"\n{f'{TITLES[name]}: each step at each organisation':68}")
        for step in every[0] if every else ():
            print(f"  {step:56} {figures.told(one[step] for one in every)}")


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
