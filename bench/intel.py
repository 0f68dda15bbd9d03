"""What a million exact indicators cost: making the set, the engine's rate with and without it, memory, small changes.

    python bench/intel.py [NDJSON[.zst]] [RULES]

Without arguments it reads the shared recordings and rules. The indicators are addresses, networks, names, URLs,
digests, file names and registry keys, all invented; some addresses and networks are met by chance. Figures are of
processor time, in turns: decoding, rules and indicators of the same batch one after the other.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import match
import scan

from watchward.detect.plan import plan
from watchward.detect.sigma import rules
from watchward.intel.exact import folder
from watchward.intel.exact.entry import Entry
from watchward.intel.exact.sets import ExactSets
from watchward.intel.observable import Kind, observable
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin
from watchward.telemetry.registry import Registry

COUNT = 1_000_000
RUNS = 5
HEX = "0123456789abcdef"
SHARES = {
    Kind.IPV4: 30, Kind.DOMAIN: 25, Kind.URL: 15, Kind.SHA256: 12, Kind.MD5: 6, Kind.SHA1: 4, Kind.NETWORK: 2,
    Kind.FILE_NAME: 3, Kind.REGISTRY_KEY: 2, Kind.IPV6: 1,
}  # fmt: skip


def invented(kind: Kind, rng: random.Random) -> str:
    number = rng.getrandbits(64)
    digits = {Kind.MD5: 32, Kind.SHA1: 40, Kind.SHA256: 64}
    if kind in digits:
        return f"{rng.getrandbits(4 * digits[kind]):0{digits[kind]}x}"
    quad = ".".join(str(number >> shift & 255) for shift in (0, 8, 16, 24))
    return {
        Kind.IPV4: quad,
        Kind.NETWORK: f"{quad}/{rng.randint(16, 31)}",
        Kind.IPV6: f"2001:db8::{number & 0xFFFF:x}:{number >> 16 & 0xFFFF:x}:{number >> 32 & 0xFFFF:x}",
        Kind.DOMAIN: f"{number:x}.{rng.choice(['example', 'test', 'invalid'])}",
        Kind.URL: f"http://{number & 0xFFFFFF:x}.example/{number >> 24:x}.php",
        Kind.FILE_NAME: f"{number:x}.exe",
        Kind.REGISTRY_KEY: f"HKLM\\Software\\{number:x}",
    }[kind]


def entries(count: int, seed: int = 1) -> Iterator[Entry]:
    rng = random.Random(seed)
    kinds, weights = list(SHARES), list(SHARES.values())
    for number in range(count):
        kind = rng.choices(kinds, weights)[0]
        thing = observable(kind, invented(kind, rng))
        name = f"indicator--{rng.getrandbits(128):032x}"
        yield Entry(observable=thing, indicator=name, title=f"Campaign {number % 500}", confidence=75, source="bench")


def best(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def bodies(file: Path) -> Sequence[bytes]:
    lines = match.text_of(file).splitlines()
    return [b"\n".join(lines[at : at + match.LINES_A_BODY]) for at in range(0, len(lines), match.LINES_A_BODY)]


def resident() -> str:
    """What this process holds of the set's files: mapped, so that several gateways share it."""
    shared = private = 0
    mine = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split(" ", 1)[0]:
            mine = line.endswith(".layer")
        elif mine and line.startswith("Rss:"):
            shared += int(line.split()[1])
        elif mine and line.startswith(("Private_Dirty:", "Anonymous:")):
            private += int(line.split()[1])
    return f"{shared / 1024:.1f} MiB mapped and shared, {private / 1024:.1f} MiB private"


def main() -> int:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else scan.EVENTS
    where = [Path(sys.argv[2])] if len(sys.argv) > 2 else scan.RULES
    compiled = plan.compile(rules.load(where).rules)
    decoder = Decoder(Registry.standard().with_fields(compiled.fields))
    origin = Origin(organisation="XA1", source="bench", received_at=datetime(2026, 1, 1, tzinfo=UTC))
    texts = bodies(file)
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        some = list(entries(COUNT))
        seconds = best(lambda: folder.publish(home, some))  # noqa: F821 - deleted below, when it has been called
        size = sum(file.stat().st_size for file in home.iterdir()) >> 20
        print(f"publishing {COUNT:,} indicators: {seconds:.1f} s, {size} MiB on disk")
        del some
        sets = ExactSets.open(home)
        small = decoder.decode_ndjson(texts[-1].partition(b"\n")[0], origin).batch
        compiled.match(small)
        ExactSets.open(home).match(small)  # the loops are loaded
        rate(texts, decoder, origin, compiled.match, sets)
        print(resident())
        changes(home, sets, decoder.decode_ndjson(texts[-1], origin).batch)
    return 0


def rate(texts, decoder, origin, engine, sets) -> None:
    """Decode, match rules, look for indicators: the events again and again, the first time with all values unknown."""
    cost = {"decode": [], "rules": [], "indicators": []}
    events = hits = 0
    for run in range(RUNS + 1):
        spent = dict.fromkeys(cost, 0.0)
        events = hits = 0
        for text in texts:
            began = time.process_time()
            batch = decoder.decode_ndjson(text, origin).batch
            decoded = time.process_time()
            engine(batch)
            matched = time.process_time()
            hits += len(sets.match(batch))
            ended = time.process_time()
            events += batch.num_rows
            for name, took in (
                ("decode", decoded - began),
                ("rules", matched - decoded),
                ("indicators", ended - matched),
            ):
                spent[name] += took
        label = "first" if run == 0 else f"again {run}"
        base = spent["decode"] + spent["rules"]
        print(
            f"{label:<9}{events:,} events, {hits} hits: decode {spent['decode']:.2f} s, rules {spent['rules']:.2f} s, "
            f"indicators {spent['indicators']:.3f} s: {100 * spent['indicators'] / base:.1f}% of both, "
            f"{100 * spent['indicators'] / spent['rules']:.1f}% of matching alone",
            flush=True,
        )


def changes(home: Path, sets: ExactSets, batch) -> None:
    """A small change: how long until it is on disk, and what the next batch costs more."""
    sets.match(batch)
    usual = min(best(lambda: sets.match(batch)) for _ in range(RUNS))
    took, next_batch = [], []
    for seed in range(2, 12):
        more = list(entries(10, seed))
        took.append(best(lambda more=more: folder.append(home, more)))
        next_batch.append(best(lambda: sets.match(batch)))
    print(
        f"adding 10: {1000 * max(took):.1f} ms at most; the batch of {batch.num_rows:,} events after it "
        f"{1000 * max(next_batch):.1f} ms at most, others {1000 * usual:.2f} ms"
    )


if __name__ == "__main__":
    sys.exit(main())
