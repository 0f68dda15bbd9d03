"""What patterns that are more than exact values cost: laying out, the engine's rate, and from stored to looked for.

    python bench/intel_patterns.py [NDJSON[.zst]] [RULES]

Without arguments it reads the shared recordings and rules. The patterns are invented: parts of command lines, paths,
names, keys and URLs, expressions, and one in ten that joins two observations. Rates are of processor time, in turns.
"""

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import scan

import intel
from watchward.base.clock import SystemClock
from watchward.detect.plan import plan
from watchward.detect.sigma import rules
from watchward.intel.live import folder
from watchward.intel.live.looking import LivePatterns
from watchward.intel.live.pattern import Pattern
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin
from watchward.telemetry.registry import Registry

COUNT = 5_000
CHANGES = 50
RUNS = 4


def invented(rng: random.Random) -> str:
    name = f"{rng.getrandbits(40):010x}"
    address = f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}"
    line = f"[process:command_line LIKE '%{name}%']"
    query = f"[domain-name:value LIKE '%.{name}.example']"
    return rng.choice(
        [
            line,
            query,
            f"[process:command_line LIKE '%-enc%{name}%']",
            f"[process:command_line MATCHES '{name}[0-9]+\\\\.(exe|dll)']",
            f"[file:name LIKE '{name}%.dll' AND file:parent_directory_ref.path LIKE 'C:\\\\Users\\\\%']",
            f"[network-traffic:dst_ref.value = '{address}' AND network-traffic:dst_port = {rng.randrange(1, 65535)}]",
            f"[windows-registry-key:key LIKE 'HKEY_LOCAL_MACHINE\\\\SOFTWARE\\\\{name}%']",
            f"[url:value MATCHES '^https?://[a-z0-9.-]+/{name}/[a-z]+\\\\.php']",
            f"[process:name = 'p{name}.exe' AND process:command_line LIKE '%{name[:5]}%']",
            f"({line} FOLLOWEDBY {query}) WITHIN 300 SECONDS",
        ]
    )


def patterns(count: int, seed: int = 1) -> Iterator[Pattern]:
    rng = random.Random(seed)
    for number in range(count):
        pattern = invented(rng)
        yield Pattern(
            id=f"indicator--{rng.getrandbits(128):032x}",
            pattern=pattern,
            title=f"Campaign {number % 500}",
            joined="FOLLOWEDBY" in pattern,
        )


def looking(home: Path) -> LivePatterns:
    return LivePatterns(home, now=SystemClock().now)


def main() -> int:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else scan.EVENTS
    where = [Path(sys.argv[2])] if len(sys.argv) > 2 else scan.RULES
    compiled = plan.compile(rules.load(where).rules)
    decoder = Decoder(Registry.standard().with_fields(compiled.fields))
    origin = Origin(organisation="XA1", source="bench", received_at=datetime(2026, 1, 1, tzinfo=UTC))
    texts = intel.bodies(file)
    small = decoder.decode_ndjson(texts[-1].partition(b"\n")[0], origin).batch
    compiled.match(small)
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        folder.publish(home, list(patterns(COUNT)))
        began = time.process_time()
        live = looking(home)
        print(f"reading and laying out {COUNT:,} patterns: {time.process_time() - began:.1f} s")
        live.match(small)
        began = time.process_time()
        folder.change(home, added=list(patterns(1, seed=7)))
        live.refresh()
        print(f"one more: {1000 * (time.process_time() - began):.0f} ms of processor time")
        rate(texts, decoder, origin, compiled.match, live)
        noticed(home, live, small)
    return 0


def rate(texts, decoder, origin, engine, live) -> None:
    """Decode, match rules, match patterns: the events again and again, the first time with all values unknown."""
    for run in range(RUNS):
        spent, events, hits = [0.0, 0.0, 0.0], 0, 0
        for text in texts:
            began = time.process_time()
            batch = decoder.decode_ndjson(text, origin).batch
            decoded = time.process_time()
            engine(batch)
            matched = time.process_time()
            hits += sum(len(one.matches) for one in live.match(batch))
            ended = time.process_time()
            events += batch.num_rows
            for place, took in enumerate((decoded - began, matched - decoded, ended - matched)):
                spent[place] += took
        print(
            f"{'again' if run else 'first'}: {events:,} events, {hits} hits: decode {spent[0]:.2f} s, rules "
            f"{spent[1]:.2f} s, patterns {spent[2]:.2f} s: {100 * spent[2] / (spent[0] + spent[1]):.1f}% of both, "
            f"{100 * spent[2] / spent[1]:.1f}% of matching rules",
            flush=True,
        )


def noticed(home: Path, live: LivePatterns, batch) -> None:
    """From the moment at which a pattern begins to be written until batches are matched with it (or no more)."""
    live.start()
    added, removed = [], []
    for number in range(CHANGES):
        (one,) = patterns(1, seed=100 + number)
        for changes, given in ((added, {"added": [one]}), (removed, {"removed": [one.id]})):
            before, began = live.generation, time.perf_counter()
            folder.change(home, **given)
            while live.generation == before:
                time.sleep(0.002)
            changes.append(time.perf_counter() - began)
        live.match(batch)
    live.stop()
    for name, several in (("added", added), ("withdrawn", removed)):
        several.sort()
        print(f"{name}: p50 {1000 * several[len(several) // 2]:.0f} ms, p95 {1000 * several[-3]:.0f} ms (wall clock)")


if __name__ == "__main__":
    sys.exit(main())
