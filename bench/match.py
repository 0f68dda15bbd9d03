"""Matching: events a second from memory and from Parquet, small batches, unlike values, memory, and two cores.

    python bench/match.py [NDJSON[.zst]] [RULES]

Without arguments it reads the shared recordings and rules. A plan first meets the one half of the events; what is timed
is the other half, as it arrives: in batches of 10,000 that a decoder made, or in the row groups of segments that the
worker has merged. Figures are of processor time, the best of three runs; what other processes do costs little of it.
"""

import ctypes
import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import scan
import zstandard

from watchward.detect.plan import plan
from watchward.detect.plan.plan import Plan
from watchward.detect.sigma import rules
from watchward.detect.sigma.rule import Rule
from watchward.node.scan.files import Kind
from watchward.node.scan.run import Scan
from watchward.telemetry.batch import ENVELOPE
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin
from watchward.telemetry.registry import Registry

Batches = Sequence[pa.RecordBatch]

SHARED = scan.SHARED
LINES_A_BODY = 10_000
SMALL = 1_000
UNLIKE_EVENTS = 100_000
RUNS = 3


def text_of(file: Path) -> bytes:
    if file.suffix != ".zst":
        return file.read_bytes()
    with file.open("rb") as stream:
        return zstandard.ZstdDecompressor().stream_reader(stream).read()


def bodies(file: Path, compiled: Plan, lines_a_body: int = LINES_A_BODY) -> Iterator[pa.RecordBatch]:
    """The events of a file, so many lines at a time."""
    decoder = Decoder(Registry.standard().with_fields(compiled.fields))
    origin = Origin(organisation="XA1", source="bench", received_at=datetime(2026, 1, 1, tzinfo=UTC))
    lines = text_of(file).splitlines()
    for at in range(0, len(lines), lines_a_body):
        yield decoder.decode_ndjson(b"\n".join(lines[at : at + lines_a_body]), origin).batch


def rows_in(batches: Batches) -> int:
    return sum(batch.num_rows for batch in batches)


def halves(batches: Batches) -> tuple[Batches, Batches]:
    middle, at, events = rows_in(batches) // 2, 0, 0
    while events < middle:
        events += batches[at].num_rows
        at += 1
    return batches[:at], batches[at:]


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock on the wall, and of processors."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def matched(compiled: Plan, batches: Batches) -> int:
    return sum(len(compiled.match(batch)) for batch in batches)


def second_half(loaded: Sequence[Rule], batches: Batches) -> float:
    """Events a second of one core for the second half, by a plan that has met the first."""
    first, second = halves(batches)
    best = 0.0
    for _ in range(RUNS):
        compiled = plan.compile(loaded)
        matched(compiled, first)
        best = max(best, rows_in(second) / timed(lambda: matched(compiled, second))[1])  # noqa: B023 - called at once
    return best


def from_parquet(loaded: Sequence[Rule], home: Path) -> float:
    """The same from merged segments, reading and keywords included, as a scan does it in one process."""
    files = [(path, Kind.PARQUET) for path in sorted((home / "lake").rglob("*-*-*.parquet"))]
    best = 0.0
    for _ in range(RUNS):
        looking = Scan(loaded, processes=1)
        half = len(files) // 2
        for _ in looking.run(files[:half]):
            pass
        before = looking.measures.events
        spent = timed(lambda: sum(1 for _ in looking.run(files[half:])))[1]  # noqa: B023 - called at once
        best = max(best, (looking.measures.events - before) / spent)
    return best


def latencies(loaded: Sequence[Rule], batches: Batches) -> list[float]:
    """Milliseconds for each batch of the second half, in order of size."""
    compiled = plan.compile(loaded)
    first, second = halves(batches)
    matched(compiled, first)
    return sorted(1000 * timed(lambda: compiled.match(batch))[1] for batch in second)  # noqa: B023 - called at once


def unlike(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same events, with a number of its own behind every value."""
    count = 0
    for batch in batches:
        columns = []
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if name in ENVELOPE.names or not pa.types.is_dictionary(column.type):
                columns.append(column)
                continue
            texts = column.cast(pa.string()).to_pylist()
            marked = [None if text is None else f"{text} {count + row:x}" for row, text in enumerate(texts)]
            count += len(texts)
            columns.append(pa.array(marked, pa.string()).dictionary_encode())
        yield pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def unlike_rate(loaded: Sequence[Rule], batches: Batches) -> float:
    compiled = plan.compile(loaded)
    spent, events = 0.0, 0
    for number, batch in enumerate(unlike(batches)):
        if events > UNLIKE_EVENTS:
            break
        seconds = timed(lambda: compiled.match(batch))[1]  # noqa: B023 - called at once
        if number:  # the first has the loops compiled
            spent, events = spent + seconds, events + batch.num_rows
    return events / spent


def held() -> float:
    """The memory of this process in MiB, without what was given back."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def memory(file: Path, folders: list[Path]) -> None:
    """What a plan and what it remembers take, in MiB: compiled, after all events, after as many unlike ones, twice."""
    loaded = rules.load(folders).rules
    plan.compile(loaded[:10]).match(next(bodies(file, plan.compile(loaded[:10]))))
    before = held()
    compiled = plan.compile(loaded)
    found = [held() - before]
    for batches in (bodies(file, compiled), unlike(bodies(file, compiled)), unlike(bodies(file, compiled))):
        for batch in batches:
            compiled.match(batch)
        del batch
        found.append(held() - before)
    print("; ".join(f"{one:,.0f}" for one in found), "MiB")


def two_cores(loaded: Sequence[Rule], batches: Batches) -> tuple[float, float]:
    """How much faster two processes are, by the clock on the wall; and by processor time, were each alone on a core."""
    compiled = plan.compile(loaded)
    first, second = halves(batches)
    matched(compiled, first)
    best_wall = best_cpu = 0.0
    for _ in range(RUNS):
        alone = in_child(compiled, [second])
        shared = in_child(compiled, [second[0::2], second[1::2]])
        best_wall = max(best_wall, alone[0] / shared[0])
        best_cpu = max(best_cpu, alone[1] / shared[1])
    return best_wall, best_cpu


def in_child(compiled: Plan, parts: Sequence[Batches]) -> tuple[float, float]:
    """Seconds until as many processes are done, and of processor time of that which took most."""
    began, children = time.perf_counter(), {}
    for batches in parts:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            spent = timed(lambda: matched(compiled, batches))[1]  # noqa: B023 - called at once
            os.write(writing, str(spent).encode())
            os._exit(0)
        os.close(writing)
        children[child] = reading
    longest = 0.0
    for child, reading in children.items():
        longest = max(longest, float(os.read(reading, 100)))
        os.close(reading)
        os.waitpid(child, 0)
    return time.perf_counter() - began, longest


def row(name: str, found: str, aim: str) -> None:
    print(f"{name:58} {found:>34}   aim {aim}", flush=True)


def compiling(folders: list[Path]) -> list[Rule]:
    with tempfile.TemporaryDirectory() as folder:
        cold = timed(lambda: rules.load(folders, cache=Path(folder)))
        warm = timed(lambda: rules.load(folders, cache=Path(folder)))
        loaded = rules.load(folders, cache=Path(folder)).rules
        planned = timed(lambda: plan.compile(loaded, cache=Path(folder)))
        kept = timed(lambda: plan.compile(loaded, cache=Path(folder)))
    row(
        f"{len(loaded):,} rules compiled: cold; from the cache",
        f"{cold[1] + planned[1]:.2f} s; {warm[1] + kept[1]:.2f} s",
        "12 s, 1 s / 4 s, 0.3 s",
    )
    return list(loaded)


def main(arguments: list[str]) -> int:
    file = Path(arguments[0]) if arguments else scan.EVENTS
    given = [Path(name) for name in arguments[1:2] if name]
    windows = given or scan.RULES
    folders = given or sorted((SHARED / "sigma").glob("rules*"))
    if not file.exists() or not folders:
        print("needs the shared data, or a file of events and a folder of rules")
        return 0
    if arguments[2:] == ["--memory"]:
        memory(file, folders)
        return 0
    every = compiling(folders)
    loaded = rules.load(windows).rules
    compiled = plan.compile(every)
    measure(file, every, loaded, compiled)
    again = [sys.executable, __file__, str(file), arguments[1] if len(arguments) > 1 else "", "--memory"]
    found_memory = subprocess.run(again, check=True, capture_output=True, text=True).stdout.strip()
    row("memory: plan; after all events; after unlike ones; again", found_memory, "600 / 250 MB")
    if not arguments:
        with tempfile.TemporaryDirectory() as home:
            scan.write_lake(Path(home))
            found = from_parquet(loaded, Path(home))
        row("from Parquet, reading included, one core", f"{found:,.0f} events/s", "400,000 / 850,000")
    return 0


def measure(file: Path, every: Sequence[Rule], loaded: Sequence[Rule], compiled: Plan) -> None:
    small = list(bodies(file, compiled, SMALL))
    compiled.match(small[0].slice(0, 10))  # so that no loop is compiled while it is measured
    milliseconds = latencies(every, small)
    p50, p99 = (milliseconds[int(len(milliseconds) * part)] for part in (0.5, 0.99))
    row(f"a batch of {SMALL:,}, {len(every):,} rules: p99 (median)", f"{p99:.1f} ms ({p50:.1f} ms)", "15 ms / 5 ms")
    del small
    batches = list(bodies(file, compiled))
    row(
        f"from Arrow, {len(loaded):,} rules, one core",
        f"{second_half(loaded, batches):,.0f} events/s",
        "400,000 / 850,000",
    )
    times = two_cores(loaded, batches)
    row("two cores over one: wall; by processor time", f"{times[0]:.2f}; {times[1]:.2f}", "1.8 / 1.95")
    row("every value unlike all others, one core", f"{unlike_rate(loaded, batches):,.0f} events/s", "50,000 / 150,000")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
