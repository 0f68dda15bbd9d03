"""Protective lists of 100,000 blocks: what a change costs until each form is served, transfers, the start, memory."""

import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.remove(str(Path(__file__).parent))  # whose names would hide folders of the tests
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from lists.builders import a_control, placed
from watchward.base.clock import SystemClock
from watchward.intel.observable import Kind
from watchward.lists.controls import Controls, written
from watchward.lists.forms import FORMS, Edition
from watchward.lists.published import Publication, append, publish
from watchward.lists.rendering import Renderings
from watchward.lists.state import Lists
from watchward.lists.zones.zone import Zones

MANY = 100_000
EDITION = Edition(zone="rj1.rpz.watchward", serial=1, tag="")


def a_thing(number):
    name = str(number)
    match number % 10:
        case 0 | 1 | 2 | 3 | 4:
            return placed(f"h{number}.evil{number % 977}.example", id=name, number=number)
        case 5 | 6:
            address = f"{11 + number % 80}.{number // 256 % 256}.{number % 256}.{number // 65536}"
            return placed(address, Kind.IPV4, id=name, number=number)
        case 7:
            return placed(f"http://h{number}.bad.example/p/{number}", Kind.URL, id=name, number=number)
        case _:
            return placed(f"{number:064x}", Kind.SHA256, id=name, number=number)


def took(do):
    start = time.process_time()
    found = do()
    return time.process_time() - start, found


def main():
    folder, control = Path(tempfile.mkdtemp()), a_control()
    every = Publication(blocks=tuple(a_thing(number) for number in range(MANY)))
    print(f"| published whole | {took(lambda: publish(folder, every))[0]:.2f} s |")
    (folder / "controls.json").write_bytes(written([control]))
    lists = Lists(folder, Controls(folder / "controls.json"), clock=SystemClock())
    print(f"| read and checked at the start | {took(lists.refresh)[0]:.2f} s |")
    zones = Zones(folder, now=SystemClock().now)
    print(f"| its zone | {took(lambda: zones.follow({control.zone: lists.of(control).view}))[0]:.2f} s |")
    zone = zones.get(control.zone)
    for which in ("first", "again"):
        seconds, sizes = took(lambda: [len(body) for _, body in zone.whole()])
        print(f"| AXFR, {which} | {seconds:.3f} s, {sum(sizes):,} bytes |")
    renderings, loop = Renderings(folder / "cache"), asyncio.new_event_loop()

    def served(form):
        return loop.run_until_complete(renderings.content(lists.of(control).view, form, EDITION)).gzipped()

    def change(number, form):
        append(folder, changed=[placed(f"new{number}.{form.name.replace('/', '-')}.example", number=number)])
        return took(lambda: (lists.refresh(), served(form)))[0]

    print("| form | rendered whole | changed, p50 | changed, worst of 20 |")
    for form in FORMS.values():
        whole, _ = took(lambda form=form: served(form))
        costs = sorted(change(number, form) for number in range(20))
        print(f"| {form.name} | {whole:.2f} s | {costs[10] * 1000:.1f} ms | {costs[-1] * 1000:.1f} ms |")
    zones.follow({control.zone: lists.of(control).view})
    append(folder, changed=[placed("last.example")])
    before = zone.serial
    seconds, _ = took(lambda: (lists.refresh(), zones.follow({control.zone: lists.of(control).view})))
    asked, sizes = took(lambda: [len(body) for _, body in zone.since(before)])
    print(f"| changed zone, on disk, ready to be told | {seconds * 1000:.1f} ms |")
    print(f"| IXFR of it | {asked * 1000:.2f} ms, {sum(sizes):,} bytes |")
    print(f"| kept for the next start | {took(lambda: renderings.keep(lists.views))[0]:.2f} s |")
    print(f"| memory at most | {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB |")


if __name__ == "__main__":
    main()
