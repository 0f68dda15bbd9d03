"""Matching alone: rules compiled, cold and from the cache, and events a second from Arrow.

    python bench/match.py [NDJSON[.zst]] [RULES]

Without arguments it reads the shared recordings and rules. Events are decoded first and held in memory; then they are
matched in batches as a gateway sends them (5,000) and as a scan does (the decoder's own). "first sight" is the first
pass of a new plan, "again" the steady state: values that were seen before.
"""

import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import zstandard

from watchward.detect.plan import plan
from watchward.detect.plan.plan import Plan
from watchward.detect.sigma import rules
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin
from watchward.telemetry.registry import Registry

SHARED = Path(__file__).parents[2] / "shared" / "data"
LINES_A_BODY = 10_000
SMALL = 5_000


def text_of(file: Path) -> bytes:
    if file.suffix != ".zst":
        return file.read_bytes()
    with file.open("rb") as stream:
        return zstandard.ZstdDecompressor().stream_reader(stream).read()


def decoded(file: Path, compiled: Plan) -> list[pa.RecordBatch]:
    decoder = Decoder(Registry.standard().with_fields(compiled.fields))
    origin = Origin(organisation="XA1", source="bench", received_at=datetime(2026, 1, 1, tzinfo=UTC))
    lines = text_of(file).splitlines()
    bodies = (b"\n".join(lines[at : at + LINES_A_BODY]) for at in range(0, len(lines), LINES_A_BODY))
    return [decoder.decode_ndjson(body, origin).batch for body in bodies]


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock on the wall, and of processors."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def row(name: str, seconds: tuple[float, float], events: int = 0) -> None:
    rates = f"{events / seconds[0]:>12,.0f}/s {events / seconds[1]:>12,.0f}/s a core" if events else ""
    print(f"{name:34} {seconds[0]:8.2f} s {seconds[1]:8.2f} s of processors {rates}", flush=True)


def main(arguments: list[str]) -> int:
    file = Path(arguments[0]) if arguments else SHARED / "telemetry" / "windows-events.ndjson.zst"
    folders = [Path(arguments[1])] if len(arguments) > 1 else sorted((SHARED / "sigma").glob("rules*"))
    if not file.exists() or not folders:
        print("needs the shared data, or a file of events and a folder of rules")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        row("rules read and parsed", timed(lambda: rules.load(folders, cache=Path(folder))))
        row("rules read from the cache", timed(lambda: rules.load(folders, cache=Path(folder))))
        loaded = rules.load(folders, cache=Path(folder)).rules
    row(f"plan of {len(loaded):,} rules", timed(lambda: plan.compile(loaded)))
    compiled = plan.compile(loaded)
    batches = decoded(file, compiled)
    measure(compiled, batches)
    return 0


def measure(compiled: Plan, batches: list[pa.RecordBatch]) -> None:
    events = sum(batch.num_rows for batch in batches)
    compiled.match(batches[0].slice(0, 10))  # so that no loop is compiled while it is measured
    small = [batch.slice(at, SMALL) for batch in batches for at in range(0, batch.num_rows, SMALL)]
    fresh = plan.compile(compiled.rules)
    row("first sight", timed(lambda: [fresh.match(batch) for batch in batches]), events)
    for _ in range(3):
        row("again", timed(lambda: [fresh.match(batch) for batch in batches]), events)
    row(f"again, in batches of {SMALL:,}", timed(lambda: [fresh.match(batch) for batch in small]), events)
    row("again, two threads", timed(lambda: side_by_side(fresh, batches)), 2 * events)


def side_by_side(compiled: Plan, batches: list[pa.RecordBatch]) -> None:
    threads = [threading.Thread(target=lambda: [compiled.match(batch) for batch in batches]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
