"""How fast a map of care is checked and built: a million dependencies, and the maps of 40,000 organisations.

`python bench/care.py` makes a node's home of its own. Seconds of processor are this process's alone.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SYSTEMS = 200_000


def main() -> int:
    check_a_million()
    with tempfile.TemporaryDirectory() as folder:
        build_a_sector(Path(folder))
    return 0


def check_a_million() -> None:
    from watchward.estate.care.checking import check
    from watchward.estate.care.dependency import Dependency
    from watchward.estate.care.map import CareMap, Place
    from watchward.estate.care.system import System, SystemKind
    from watchward.estate.organisation import OrganisationKind

    systems = [System(id=f"X/{n}", organisation="X", kind=SystemKind.NETWORK) for n in range(SYSTEMS)]
    needs = [
        Dependency(consumer=f"X/{n}", provider=f"X/{other}", floor=0.1)
        for n in range(SYSTEMS)
        for step in range(1, 6)
        if (other := (n * 7 + step * step + 1) % SYSTEMS) != n
    ]
    care = CareMap(
        places={"X": Place(code="X", kind=OrganisationKind.TRUST)}, systems=tuple(systems), dependencies=tuple(needs)
    )
    timed(f"check {len(needs):,} dependencies, most of them in one circle", lambda: check(care))


def build_a_sector(home: Path) -> None:
    from watchward.node.config import load
    from watchward.node.wiring import migrate, start_django

    config = load(home)
    start_django(config)
    migrate(config)
    from watchward.base.clock import SystemClock
    from watchward.console.access.guard import Service
    from watchward.console.care import actions, adapters
    from watchward.console.estate.actions import import_organisations
    from watchward.console.estate.queries import organisations_visible_to
    from watchward.estate.care.checking import check
    from watchward.node.exercise import care
    from watchward.node.exercise.sector import SIZES, Sector

    by, clock, sector = Service(name="bench"), SystemClock(), Sector(SIZES["large"])
    import_organisations(by=by, records=sector.organisations(), clock=clock)
    stored = {one.code: one for one in organisations_visible_to(by)}
    wanted = [
        actions.Arranged(
            organisation=stored[site.record.code], template=one.template, measures=one.measures, hosts=one.hosts
        )
        for site in sector.sites()
        if (one := care.arrangement(site)) is not None
    ]
    timed(
        f"say what is known of {len(wanted):,} organisations",
        lambda: actions.arrange(by=by, wanted=wanted, suppliers=care.SUPPLIERS, reason="bench", clock=clock),
    )
    for _ in range(3):
        adapters.forget()
        timed("build the map of the whole node", adapters.care_map)
    timed("ask for it again", adapters.care_map)
    whole = adapters.care_map()
    timed(f"check it: {len(whole.dependencies):,} dependencies", lambda: check(whole))


def timed(what: str, work: Callable[[], object]) -> None:
    start = time.process_time()
    work()
    print(f"{what:<70} {time.process_time() - start:8.2f} s")


if __name__ == "__main__":
    raise SystemExit(main())
