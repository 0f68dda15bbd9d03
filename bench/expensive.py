"""Rule sets that would slow an engine down: very many texts for one field, and expressions that cost too much.

    python bench/expensive.py

Each row lays a plan out and matches values of a hundred bytes that were not seen before, by processor time of one core,
in a process of its own, so that its memory is its own too. The last rows put one very dear expression beside a hundred
plain rules, without and with the budget that gateways have.
"""

import multiprocessing
import random
import resource
import sys
import time
from pathlib import Path

import pyarrow as pa

MANY = 100_000
VALUES = 5_000
DEAR = r"[ab].{50}[cd].{450}z"
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789 \\.:-"


def texts() -> list[str]:
    chance = random.Random(1)
    return [f"{chance.getrandbits(160):040x}" for _ in range(MANY)]


def sets() -> dict[str, list]:
    """The rule sets by name, each a list of conditions."""
    from watchward.detect.sigma.ir import ANYWHERE, How, Regex, Some, Text

    many = texts()
    return {
        "one plain rule": [Text("CommandLine", How.CONTAINS, "mimikatz")],
        "100,000 texts within a field": [Some(tuple(Text("CommandLine", How.CONTAINS, text) for text in many))],
        "100,000 whole values": [Some(tuple(Text("CommandLine", How.EQUALS, text) for text in many))],
        "100,000 endings": [Some(tuple(Text("CommandLine", How.ENDS, text) for text in many))],
        "100,000 expressions": [Some(tuple(Regex("CommandLine", rf"{text}\d+") for text in many))],
        "20,000 keywords": [Some(tuple(Text(ANYWHERE, How.CONTAINS, text) for text in many[:20_000]))],
        "20,000 rules of one text": [Text("CommandLine", How.CONTAINS, text) for text in many[:20_000]],
        "300 expressions without a text": [
            Regex("CommandLine", rf"[{c}-z]\d[{n}-9]\s\w\d$") for c in "abc" for n in range(10)
        ]
        * 10,
    }


def rules_of(conditions: list) -> list:
    from dataclasses import replace

    from watchward.detect.sigma.document import parse

    text = "title: a\nlogsource: {category: process_creation}\ndetection: {s: {A: b}, condition: s}\n"
    (rule,) = parse(text.encode(), Path("bench.yml"))
    return [replace(rule, id=str(number), condition=condition) for number, condition in enumerate(conditions)]


def batch_of(values: list[str]) -> pa.RecordBatch:
    from datetime import UTC, datetime

    from watchward.telemetry.batch import ENVELOPE

    known = {"category": "process_creation", "product": "windows", "service": "sysmon"}
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    columns = []
    for field in ENVELOPE:
        one = moment if pa.types.is_timestamp(field.type) else bytes(16) if field.name == "event_id" else ""
        plain = pa.string() if pa.types.is_dictionary(field.type) else field.type
        columns.append(pa.array([known.get(field.name, one)] * len(values), plain).cast(field.type))
    columns.append(pa.array(values).dictionary_encode())
    return pa.RecordBatch.from_arrays(columns, names=[*ENVELOPE.names, "CommandLine"])


def values(count: int, length: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choices(ALPHABET, k=length)) for _ in range(count)]


def spent(work) -> tuple[float, object]:
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def measure(name: str) -> None:
    from watchward.detect.plan import plan

    rules = rules_of(sets()[name])
    warm = plan.compile(rules_of(sets()["one plain rule"]))
    warm.match(batch_of(values(10, 100, 0)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    laid, compiled = spent(lambda: plan.compile(rules))
    compiled.match(batch_of(values(10, 100, 0)))
    batch = batch_of(values(VALUES, 100, 2))
    first, again = spent(lambda: compiled.match(batch))[0], spent(lambda: compiled.match(batch))[0]
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    each = [f"{seconds / VALUES * 1e6:8.1f} µs" for seconds in (first, again)]
    print(
        f"{name:34} {laid:8.2f} s to lay out {memory:8,.0f} MiB {each[0]} a new value {each[1]} a known one", flush=True
    )


def one_dear(*, limited: bool) -> None:
    from watchward.detect.plan import plan
    from watchward.detect.plan.budget import SECOND, Budget
    from watchward.detect.sigma.ir import How, Regex, Text

    plain = [Text("CommandLine", How.CONTAINS, text) for text in texts()[:100]]
    budget = Budget(window=SECOND // 2, batch=SECOND // 2, running=2) if limited else None
    compiled = plan.compile(rules_of([*plain, Regex("CommandLine", DEAR)]), budget=budget)
    batches = [batch_of(values(100, 8_000, seed)) for seed in range(6)]
    each = [spent(lambda: compiled.match(batch))[0] for batch in batches]  # noqa: B023 - called at once
    aside = ", ".join(f"rule {one.rule}" for one in compiled.set_aside()) or "none"
    said = " ".join(f"{seconds * 1e3:,.0f}" for seconds in each)
    print(
        f"one dear expression{', limited' if limited else ', unlimited':12} six batches: {said} ms; set aside: {aside}"
    )


def main() -> int:
    apart = multiprocessing.get_context("spawn")
    works = [(measure, (name,), {}) for name in sets()]
    works += [(one_dear, (), {"limited": limited}) for limited in (False, True)]
    for work, arguments, more in works:
        process = apart.Process(target=work, args=arguments, kwargs=more)
        process.start()
        process.join()
        if process.exitcode:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
