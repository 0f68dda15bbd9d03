"""`watchward scan` on the shared events with all Windows rules: the four rows of docs/benchmarks.md.

    python bench/scan.py [--repeat 2] [--rules FOLDER ...]

Each row is the best of several runs of the real command, compilation of rules and of machine code apart (a small scan
goes before). The second mix has one process creation in ten events, each with a command line of its own. The Parquet
segments are those of a node whose worker has merged what its gateway wrote.
"""

import argparse
import io
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import zstandard

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT / "src"))

from watchward.lake.journal import JournalEntry, Writer  # noqa: E402 - the project need not be installed
from watchward.lake.merge import merge  # noqa: E402
from watchward.lake.segments import Segment, write  # noqa: E402
from watchward.telemetry import identity  # noqa: E402
from watchward.telemetry.batch import compact  # noqa: E402
from watchward.telemetry.decode import Decoder  # noqa: E402
from watchward.telemetry.decoded import Origin  # noqa: E402
from watchward.telemetry.sources.text import TextFile  # noqa: E402

SHARED = PROJECT.parent / "shared" / "data"
EVENTS = SHARED / "telemetry" / "windows-events.ndjson.zst"
RULES = [SHARED / "sigma" / name / "windows" for name in ("rules", "rules-threat-hunting")] + [
    SHARED / "sigma" / "rules-emerging-threats"
]
GATEWAY_ROWS = 4_096
"""What a gateway joins in 200 ms at 20,000 events a second."""

IMAGES = ["cmd.exe", "powershell.exe", "svchost.exe", "msedge.exe", "reg.exe", "wmic.exe", "rundll32.exe", "EXCEL.EXE"]
WORDS = [
    "/c",
    "-NoProfile",
    "copy",
    "query",
    "start",
    "update",
    "--type=renderer",
    "/quiet",
    "list",
    "http://intra/",
    "-k",
]


def environment() -> dict[str, str]:
    """This process's variables, for a command that keeps bytecode as an installed one does."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # noqa: TID251
    return {**inherited, "PYTHONPATH": str(PROJECT / "src")}


def scan(path: Path, rules: list[Path], stats: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "watchward", "scan", str(path), "--stats", str(stats), "--rules", *map(str, rules)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment())
    return json.loads(stats.read_text())


def process_creation(chance: random.Random, number: int) -> bytes:
    image = rf"C:\Windows\System32\{chance.choice(IMAGES)}"
    words = " ".join(chance.choices(WORDS, k=chance.randint(1, 6)))
    command = rf'"{image}" {words} C:\Users\u{chance.randrange(5000)}\AppData\{chance.getrandbits(64):x}.tmp {number}'
    event = {
        "EventID": 1,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "SourceName": "Microsoft-Windows-Sysmon",
        "Hostname": f"WS{chance.randrange(3000):05}",
        "TimeCreated": f"2026-03-01 {number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.000",
        "RecordNumber": number,
        "Image": image,
        "CommandLine": command,
        "ParentImage": rf"C:\Windows\{chance.choice(IMAGES)}",
        "ParentCommandLine": f"parent {chance.getrandbits(32):x}",
        "User": rf"WARD\u{chance.randrange(5000)}",
        "ProcessGuid": f"{{{chance.getrandbits(128):032x}}}",
        "Hashes": f"SHA256={chance.getrandbits(256):064X}",
        "Message": f"Process Create:\r\nCommandLine: {command}\r\n" + "x" * 900,
    }
    return json.dumps(event).encode() + b"\n"


def write_second_mix(path: Path) -> None:
    chance = random.Random(7)
    with EVENTS.open("rb") as raw, path.open("wb") as out:
        source = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw), 1 << 20)
        for number, line in enumerate(source):
            out.write(line)
            if number % 9 == 0:
                out.write(process_creation(chance, number))


def stored(decoder: Decoder, origin: Origin) -> Iterator[pa.RecordBatch]:
    """The events in batches of the size that a gateway joins when it is busy."""
    for piece in TextFile(EVENTS).pieces():
        batch = decoder.decode_lines(
            piece.data, piece.size, origin, digest=identity.body_digest(b""), first=piece.first
        ).batch
        for start in range(0, batch.num_rows, GATEWAY_ROWS):
            yield compact(batch.slice(start, GATEWAY_ROWS))


def write_lake(home: Path) -> None:
    origin = Origin(organisation="QX9", source="bench", received_at=datetime(2026, 3, 1, tzinfo=UTC))
    entries = Writer(home / "journal" / "bench")
    for number, batch in enumerate(stored(Decoder(), origin), start=1):
        segment = Segment.of("bench", number, origin.received_at)
        write(home / "lake", segment, pa.Table.from_batches([batch]))
        entries.append(
            JournalEntry(
                gateway="bench",
                sequence=number,
                segment=str(segment),
                received_at=origin.received_at,
                events=batch.num_rows,
                sources=[],
                devices=[],
                matches=[],
            )
        )
    entries.close()
    merge(home / "lake", home / "journal")


def best(path: Path, rules: list[Path], repeat: int, stats: Path) -> dict[str, float]:
    return max((scan(path, rules, stats) for _ in range(repeat)), key=lambda one: one["events_per_second"])


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--rules", type=Path, nargs="+", default=RULES)
    options = parser.parse_args()
    if not EVENTS.exists():
        print("needs the shared data, which is not part of the project")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        small = here / "small.ndjson"
        small.write_bytes(b"".join(process_creation(random.Random(1), number) for number in range(1000)))
        scan(small, options.rules, here / "stats")
        write_second_mix(here / "mix.ndjson")
        write_lake(here)
        rows = {
            "shared events": EVENTS,
            "second mix, 10% process creation": here / "mix.ndjson",
            "shared events from Parquet": here / "lake" / "events",
        }
        for name, path in rows.items():
            found = best(path, options.rules, options.repeat, here / "stats")
            rate, peak = found["events_per_second"], found["peak_rss_bytes"] / 2**20
            spent = ", ".join(f"{name} {found[f'{name}_seconds']:.1f} s" for name in ("decode", "match", "compile"))
            print(f"{name:34} {rate:>10,.0f} events/s   peak {peak:>6,.0f} MiB   ({spent})", flush=True)
            print(f"{'':34} {found['events']:,} events, {found['rules_loaded']:,} rules", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
