"""NDJSON to matches on one core, beside other engines: the same machine, rules and events, in one run.

    python bench/peers.py [--pairs 3] [--configuration NAME] [--rules FOLDER ...]

RSigma runs by its own command line where it is installed (`rsigma` on the path), in the quickest of its documented
configurations, which is found by trying each on a part of the events. It is given what it reads best: events that are
flat already, under Sigma's names, with their log source, so that it is spared the mapping, which Watchward does within
its own time. Both write every match into a file, as JSON. Both are bound to one processor and run in turn; what counts
is processor time (user and system). A run on one event tells what starting and reading the rules takes.
"""

import argparse
import collections
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import scan

from watchward.telemetry import identity
from watchward.telemetry.batch import LIST_MARK, UNMAPPED, field_names, field_of, items
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin
from watchward.telemetry.sources.text import TextFile

PART = 30_000
"""Events on which the configurations are tried."""

LOG_SOURCE = ("product", "category", "service")
RSIGMA = ("engine", "eval", "--output-format", "ndjson", "--input-format", "json", "--quiet", "--no-stats")
CONFIGURATIONS = {
    "as it comes": (),
    "log source routing": ("--logsource-routing",),
    "routing, bloom filter": ("--logsource-routing", "--bloom-prefilter"),
    "routing, cross-rule automaton": ("--logsource-routing", "--cross-rule-ac"),
    "cross-rule automaton": ("--cross-rule-ac",),
}


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run: seconds of processor and of the clock, and what it found."""

    cpu: float
    wall: float
    output: Path

    def matches(self) -> collections.Counter[str]:
        """How often each rule matched."""
        with self.output.open() as lines:
            return collections.Counter(json.loads(line)["rule_id"] for line in lines)


def run(command: Sequence[str | Path], output: Path) -> Run:
    """A command on one processor, its matches in a file."""
    began = time.perf_counter()
    with output.open("wb") as out:
        words = [str(word) for word in command]
        process = subprocess.Popen(words, stdout=out, stderr=subprocess.DEVNULL, env=scan.environment())
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return Run(cpu=used.ru_utime + used.ru_stime, wall=time.perf_counter() - began, output=output)


def flattened(events: Path) -> Iterator[bytes]:
    """The events of a file as one flat JSON object a line, under Sigma's names, each with its log source."""
    origin = Origin(organisation="", source="bench", received_at=datetime(2026, 3, 1, tzinfo=UTC))
    decoder = Decoder()
    for piece in TextFile(events).pieces():
        batch = decoder.decode_lines(
            piece.data, piece.size, origin, digest=identity.body_digest(b""), first=piece.first
        ).batch
        for start in range(0, batch.num_rows, PART):
            yield from _objects(batch.slice(start, PART))


def _objects(batch: pa.RecordBatch) -> Iterator[bytes]:
    names = {name: name for name in LOG_SOURCE} | {name: field_of(name) for name in field_names(batch)}
    columns = [(field, batch.column(column).cast(pa.string()).to_pylist()) for column, field in names.items()]
    more = batch.column(UNMAPPED.name).to_pylist()
    for row in range(batch.num_rows):
        event = json.loads(more[row]) if more[row] else {}
        event |= {name: _plain(values[row]) for name, values in columns if values[row] is not None}
        yield json.dumps(event).encode() + b"\n"


def _plain(text: str) -> str | list[str]:
    return items(text) if text.startswith(LIST_MARK) else text


def first_lines(source: Path, count: int, target: Path) -> Path:
    with source.open("rb") as lines, target.open("wb") as out:
        for _, line in zip(range(count), lines, strict=False):
            out.write(line)
    return target


def spread(values: Sequence[float], form: str) -> str:
    """The least, the middle and the greatest of some values."""
    return " / ".join(form.format(value) for value in (min(values), statistics.median(values), max(values)))


@dataclass(kw_only=True)
class Bench:
    """Where and how engines are compared.

    Args:
        program: RSigma, and `options` those with which it is quickest.
        here: a folder for events and matches.
        rules: the folder of all rules.
        pairs: how often each runs.

    """

    program: str
    here: Path
    rules: Path
    pairs: int
    name: str = ""
    options: tuple[str, ...] = ()

    def watchward(self, events: Path, output: str) -> Run:
        """A scan."""
        command = [sys.executable, "-m", "watchward", "scan", events, "--rules", self.rules, "--json"]
        return run(command, self.here / output)

    def rsigma(self, events: Path, output: str) -> Run:
        """The same by RSigma."""
        command = [self.program, *RSIGMA, *self.options, "--rules", self.rules, "--event", f"@{events}"]
        return run(command, self.here / output)

    def configure(self, events: Path) -> None:
        """Find out with which options RSigma takes least on a part of the events, starting included."""
        found = {}
        for name, self.options in CONFIGURATIONS.items():
            found[name] = min(self.rsigma(events, "tried").cpu for _ in range(2))
            print(f"  RSigma, {name:32} {found[name]:6.2f} s for {PART:,} events, starting included", flush=True)
        self.name = min(found, key=found.__getitem__)
        self.options = CONFIGURATIONS[self.name]

    def compare(self, name: str, events: Path) -> None:
        """Run both in turn on some events, and print how they did."""
        flat = self.here / "flat.ndjson"
        with flat.open("wb") as out:
            out.writelines(flattened(events))
        if not self.name:
            self.configure(first_lines(flat, PART, self.here / "part.ndjson"))
        one, one_flat = first_lines(events, 1, self.here / "one"), first_lines(flat, 1, self.here / "one-flat")
        self.watchward(one, "start")  # so that rules and loops that were compiled are kept, as on any second day
        ours, theirs, our_start, their_start = [], [], [], []
        for _ in range(self.pairs):
            our_start.append(self.watchward(one, "start").cpu)
            ours.append(self.watchward(events, "ours"))
            their_start.append(self.rsigma(one_flat, "start").cpu)
            theirs.append(self.rsigma(flat, "theirs"))
        with flat.open("rb") as lines:
            count = sum(1 for _ in lines)
        print(f"{name}: {count:,} events, {self.pairs} pairs in turn; least / median / greatest", flush=True)
        our_time = told("Watchward", count, [one.cpu for one in ours], our_start)
        their_time = told(f"RSigma, {self.name}", count, [one.cpu for one in theirs], their_start)
        alone = [b / a for a, b in zip(our_time, their_time, strict=True)]
        whole = [b.cpu / a.cpu for a, b in zip(ours, theirs, strict=True)]
        print(f"  times RSigma, events alone:    {spread(alone, '{:.2f}'):>30}  (aim 2, stretch 5)")
        print(f"  times RSigma, start included:  {spread(whole, '{:.2f}'):>30}")
        tell_difference(ours[0].matches(), theirs[0].matches())


def told(engine: str, count: int, seconds: Sequence[float], starts: Sequence[float]) -> list[float]:
    """Print what an engine did, and return its seconds for the events alone."""
    spent = [whole - start for whole, start in zip(seconds, starts, strict=True)]
    print(f"  {engine:30} {spread([count / one for one in spent], '{:,.0f}'):>30} events/s of a core")
    print(f"  {'':30} {spread(spent, '{:.2f}'):>30} s for the events, {spread(starts, '{:.2f}')} s to start")
    return spent


def tell_difference(ours: collections.Counter[str], theirs: collections.Counter[str]) -> None:
    """Print how many matches each found, and the rules on which they differ most."""
    print(f"  matches: {ours.total():,} of {len(ours)} rules; RSigma {theirs.total():,} of {len(theirs)} rules")
    apart = {rule: ours[rule] - theirs[rule] for rule in {*ours, *theirs} if ours[rule] != theirs[rule]}
    print(f"  the same count for {len({*ours, *theirs}) - len(apart)} rules, another for {len(apart)}", flush=True)
    for rule in sorted(apart, key=lambda rule: -abs(apart[rule]))[:8]:
        print(f"    {rule}: {ours[rule]:,} and {theirs[rule]:,}")


def others() -> None:
    """Say why other engines are not compared."""
    for name, program in (("Hayabusa", "hayabusa"), ("Zircolite", "zircolite")):
        there = shutil.which(program) or shutil.which(f"{program}.py")
        print(f"{name} is {'there, but has its own form of events: it is not run' if there else 'not installed'}.")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--configuration", choices=CONFIGURATIONS, help="of RSigma; the others are not tried")
    parser.add_argument("--rules", type=Path, nargs="+", default=scan.RULES)
    options = parser.parse_args()
    others()
    program = shutil.which("rsigma")
    if program is None:
        print("RSigma is not installed, so nothing is compared: cargo install rsigma --features daachorse-index")
        return 0
    if not scan.EVENTS.exists():
        print("needs the shared data, which is not part of the project")
        return 0
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # both engines are started from here, and keep to it
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        for number, source in enumerate(options.rules):
            shutil.copytree(source, here / "rules" / str(number))
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
        print(f"RSigma {version}, with events that are flat and know their log source", flush=True)
        name = options.configuration or ""
        how = CONFIGURATIONS[name] if name else ()
        bench = Bench(program=program, here=here, rules=here / "rules", pairs=options.pairs, name=name, options=how)
        events = here / "events.ndjson"
        with scan.EVENTS.open("rb") as raw, events.open("wb") as out:
            scan.zstandard.ZstdDecompressor().copy_stream(raw, out)
        bench.compare("shared events", events)
        scan.write_second_mix(events)
        bench.compare("second mix, 10% process creation", events)
    return 0


if __name__ == "__main__":
    sys.exit(main())
