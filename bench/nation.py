"""What harm costs in the background at the size of the nation: 40,000 organisations, 100,000 open alerts.

`python bench/nation.py --keep FOLDER` uses the sector of `bench/pages.py`, or builds it. Each stage runs in a
process of its own, as in a node; figures are its processor time (user and system) and the most memory that it held.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STAGES = ("layout", "rankings", "stakes", "opened")


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--keep", type=Path)
    arguments.add_argument("--stage", choices=STAGES)
    arguments.add_argument("--only", nargs="*", choices=STAGES, default=STAGES)
    given = arguments.parse_args()
    if given.stage:
        return stage(given.keep, given.stage)
    with tempfile.TemporaryDirectory() as temporary:
        home = given.keep or Path(temporary)
        if not (home / "built").exists():
            import pages

            pages.prepare(home, new=True)
        for name in given.only:
            subprocess.run([sys.executable, __file__, "--keep", str(home), "--stage", name], check=True)
    return 0


def stage(home: Path, name: str) -> int:
    from watchward.node.config import load
    from watchward.node.wiring import migrate, start_django

    config = load(home)
    start_django(config)
    migrate(config)
    began = time.process_time()
    for what, seconds in {"layout": layout, "rankings": rankings, "stakes": stakes, "opened": opened}[name]():
        print(f"{what:<78}{seconds:>9.2f} s", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"{name + ': in all, and the most memory':<78}{time.process_time() - began:>9.2f} s{peak:>7,} MB")
    return 0


def timed(work):
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def layout():
    from watchward.console.care import adapters as care
    from watchward.console.harm import adapters, keeping

    keeping.path().unlink(missing_ok=True)
    seconds, whole = timed(care.care_map)
    yield f"read the map: {len(whole.places):,} organisations, {len(whole.dependencies):,} dependencies", seconds
    seconds, _ = timed(lambda: care.sound(whole))
    yield "check it", seconds
    seconds, _ = timed(adapters.lay_out)
    yield f"check it again, lay it out and keep it: {keeping.path().stat().st_size >> 20} MB", seconds


def rankings():
    from watchward.base.clock import SystemClock
    from watchward.console.harm import adapters
    from watchward.console.harm.models import WorkedOut

    WorkedOut.objects.all().delete()
    seconds, made = timed(lambda: adapters.work_out_rankings(clock=SystemClock()))
    yield f"{made} rankings: the nation, regions and boards", seconds


def stakes():
    from watchward.console.detect.models import Alert, Stake
    from watchward.console.detect.weighing_all import weigh_all

    Stake.objects.filter(device="").update(stale=True, basis="")
    alerts = Alert.objects.filter(closed=False).count()
    seconds, done = timed(weigh_all)
    yield f"what is at stake at {done:,} organisations, {alerts:,} open alerts ordered by it", seconds
    Stake.objects.filter(device="").update(stale=True, basis="")
    seconds, done = timed(weigh_all)
    yield "the same again, where the order changes nowhere", seconds


def opened():
    from watchward.console.estate.models import Organisation
    from watchward.console.harm import adapters, answers
    from watchward.harm.scenario import Failure, Scenario

    before = resident()
    seconds, laid = timed(adapters.laid_out)
    yield f"open the map that is kept: {resident() - before} MB more", seconds
    trust = Organisation.objects.filter(kind="trust").order_by("code").first()

    def ask(thing, hours):
        found = answers.Answer(
            laid=laid, area=None, scenario=Scenario(begins=9, hours=hours, failures=(Failure(thing=thing),))
        )
        return (found.harm, found.kinds, found.boards, found.remaining, found.saved_by_hand, found.stages, found.takers)

    for what, thing in (("a trust", trust.code), ("the supplier behind thousands", "supplier/records-1")):
        seconds, _ = timed(lambda: ask(thing, 48))  # noqa: B023
        yield f"the first what-if of {what}, two days", seconds
        seconds, _ = timed(lambda: ask(thing, 49))  # noqa: B023
        yield "another", seconds
    seconds, _ = timed(lambda: adapters.ranking_of(laid, adapters.area_of(laid, trust), 24))
    yield "the ranking of one trust, when somebody asks", seconds
    yield f"(then the process holds {resident()} MB)", 0.0


def resident() -> int:
    """Megabytes that this process holds by itself."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


if __name__ == "__main__":
    sys.exit(main())
