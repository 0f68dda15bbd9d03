"""How long a million new indicators take to be looked for in 100 million stored events.

    python bench/intel_back.py [MILLIONS OF EVENTS] [PROCESSES] [FOLDER]

The lake is made of the shared recordings: merged into one segment as a node merges (354,403 events, 18 MiB), written in
four variants whose events have other names, and copied until there are enough: 283 segments, 5 GB, for 100 million. The
copies hold the same values, but no process remembers values from one segment to the next, except addresses that it has
taken apart. Seconds are by the clock on the wall and of processors; a machine that does other things has long walls.
"""

import multiprocessing
import resource
import shutil
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import match
import numpy as np
import pyarrow as pa
import scan

import intel
from watchward.base.clock import SystemClock
from watchward.detect.plan.plan import Plan
from watchward.intel.exact.entry import Entry
from watchward.intel.observable import Kind, observable
from watchward.lake import asking, journal
from watchward.lake.merge import _in_order
from watchward.lake.segments import Segment, write
from watchward.node.home import Home
from watchward.node.lookback.indicators import look
from watchward.telemetry.batch import compact

VARIANTS = 4
TODAY = SystemClock().now()


def main() -> int:
    millions = float(sys.argv[1]) if len(sys.argv) > 1 else 100
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with tempfile.TemporaryDirectory(dir=sys.argv[3] if len(sys.argv) > 3 else None) as temporary:
        home = Home(Path(temporary) / "home")
        maker = multiprocessing.get_context("spawn").Process(target=make, args=(home, round(millions * 1_000_000)))
        maker.start()  # by another process, whose memory is not measured
        maker.join()
        (folder,) = asking.waiting(home.looks)
        wall, began, children = time.perf_counter(), time.process_time(), spent_by_children()
        told = look(home, folder, clock=SystemClock(), processes=processes)
        cpu = time.process_time() - began + spent_by_children() - children
        wall = time.perf_counter() - wall
        print(
            f"{intel.COUNT:,} indicators, {told.events:,} events in {told.segments} segments, {processes} processes: "
            f"{wall:.1f} s by the clock, {cpu:.1f} s of processors, {told.events / cpu:,.0f} events a second of one"
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        entries = [entry for _, entry in journal.read(home.journal)]
        print(
            f"{told.matches} matches in {len(entries)} entries; at most {peak} MiB in the first process, files included"
        )
    return 0


def make(home: Home, events: int) -> None:
    home.create()
    fill(home, events)
    some = [*intel.entries(intel.COUNT), *known()]
    asking.ask(home.looks, some, journals=home.journal, clock=SystemClock(), settled=True)


def spent_by_children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def known() -> list[Entry]:
    """Some indicators that the recordings hold."""
    things = [observable(Kind.FILE_NAME, "mshta.exe"), observable(Kind.DOMAIN, "download.windowsupdate.com")]
    return [
        Entry(observable=thing, indicator=f"indicator--{number}", title=thing.value)
        for number, thing in enumerate(things)
    ]


def fill(home: Home, events: int) -> None:
    batches = [compact(batch) for batch in match.bodies(scan.EVENTS, Plan([]))]
    rows = pa.concat_tables([pa.Table.from_batches([batch]) for batch in batches], promote_options="permissive")
    rows = _in_order(rows.unify_dictionaries().combine_chunks())
    rows = rows.set_column(1, rows.schema.field(1), spread(len(rows)))
    made, number = 0, 0
    variants: list[Path] = []
    while made < events:
        segment = Segment(
            day=f"{TODAY - timedelta(days=1 + number % 28):%Y-%m-%d}",
            gateway="g1",
            first=1 + 10 * number,
            last=9 + 10 * number,
        )
        path = segment.path(home.lake)
        if number < VARIANTS:
            names = np.frombuffer(rows.column(0).combine_chunks().buffers()[1], np.uint8).reshape(-1, 16).copy()
            names[:, 0] = number
            column = pa.FixedSizeBinaryArray.from_buffers(
                pa.binary(16), len(rows), [None, pa.py_buffer(names.tobytes())]
            )
            write(home.lake, segment, rows.set_column(0, rows.schema.field(0), column), for_good=True)
            variants.append(path)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(variants[number % VARIANTS], path)
        number, made = number + 1, made + len(rows)


def spread(rows: int) -> pa.Array:
    """Times of the last day, since old events would not be looked at."""
    first = np.datetime64((TODAY - timedelta(days=1)).replace(tzinfo=None), "us")
    times = first + (np.arange(rows) * (86_400_000_000 // rows)).astype("timedelta64[us]")
    return pa.array(times).cast(pa.timestamp("us", tz="UTC"))


if __name__ == "__main__":
    sys.exit(main())
