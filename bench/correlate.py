"""How fast matches are correlated: a hundred correlations of all kinds, a million groups alive.

`python bench/correlate.py` fills the state with groups, then times batches of matches for groups that are known, all by
processor time of one core: from columns to findings. A second passes between batches, and the figure is the mean of all
of them, so that what is done now and then (settling rows, forgetting texts) is in it.
"""

import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

RULES = 100
GROUPS = 1_000_000
FILLING = 50_000
BATCHES = {100: 200, 1_000: 150, 5_000: 40, 50_000: 8}
SECOND = 1_000_000
AIM = "aim 100,000, stretch 500,000"
KINDS = [
    ("event_count", {"gte": 20}, None),
    ("value_count", {"gte": 20, "field": "TargetUserName"}, None),
    ("temporal", None, None),
    ("temporal_ordered", None, None),
    ("value_sum", {"gt": 1e9, "field": "BytesOut"}, None),
    ("event_count", {"gt": 20, "lte": 50}, None),
    ("value_avg", {"gt": 1e9, "field": "BytesOut"}, None),
    ("value_percentile", {"gt": 1e9, "field": "BytesOut", "percentile": 95}, None),
    ("temporal", "{0} and not {1}", None),
    ("value_count", {"gte": 20, "field": "IpAddress"}, None),
]


def main() -> int:
    from watchward.detect.correlate import program
    from watchward.detect.correlate.engine import Correlator
    from watchward.detect.correlate.marks import Lateness

    correlator = Correlator(
        program.compile(correlations()), lateness=Lateness(usual=timedelta(hours=1)), most_events=4_000_000
    )
    random = np.random.default_rng(1)
    filling = 0.0
    for start in range(0, GROUPS, FILLING):
        batch = matches(random, FILLING, at=0, users=np.arange(start, start + FILLING))
        filling += timed(lambda: correlator.take(batch))  # noqa: B023 - called at once
    held = correlator.events
    size = sum(rows.nbytes for one in correlator.held for rows in one.table.storeys)
    print(f"{RULES} correlations; {held:,} events held, each in a group of its own: {size / held:.0f} bytes each")
    print(f"new groups, {FILLING:,} matches a batch: {GROUPS / filling:,.0f} matches/s")
    at = 1
    correlator.take(matches(random, 1_000, at=at, users=random.integers(0, GROUPS, 1_000)))
    for size, count in BATCHES.items():
        seconds = 0.0
        for at in range(at + 1, at + 1 + count):  # noqa: B020 - time goes on
            batch = matches(random, size, at=at, users=random.integers(0, GROUPS, size))
            seconds += timed(lambda: correlator.take(batch))  # noqa: B023
        print(f"known groups, {size:,} matches a batch: {size * count / seconds:,.0f} matches/s ({AIM})")
    return 0


def timed(work) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def correlations():
    from watchward.detect.correlate.document import correlation_of

    found = []
    for number in range(RULES):
        kind, condition, _ = KINDS[number % len(KINDS)]
        rules = [f"rule{number}"]
        if kind.startswith("temporal"):
            rules.append(f"rule{(number + 1) % RULES}")
        section = {"type": kind, "rules": rules, "group-by": ["User"], "timespan": "30m"}
        if isinstance(condition, str):
            section["condition"] = condition.format(*rules)
        elif condition:
            section["condition"] = condition
        document = {"title": f"c{number}", "id": f"c{number}", "correlation": section}
        found.append(correlation_of(document, path=Path("bench.yml"), line=1, digest=str(number)))
    return found


def matches(random, count, *, at, users):
    from watchward.detect.correlate.matched import Matched

    def texts(values):
        return pa.array(values).cast(pa.string())

    return Matched(
        at=(at * SECOND + random.integers(0, SECOND, count)).astype(np.int64),
        event_ids=random.integers(1, 2**63, (count, 2)).astype(np.uint64),
        rules=random.integers(0, RULES, count).astype(np.int32),
        rule_ids=[f"rule{number}" for number in range(RULES)],
        received_at=1 << 60,
        organisations=pa.array(["XA1"] * count),
        sources=pa.array(["beats"] * count),
        fields={
            "User": texts(users),
            "TargetUserName": texts(random.integers(0, 5000, count)),
            "IpAddress": texts(random.integers(0, 5000, count)),
            "BytesOut": texts(random.integers(0, 100_000, count)),
        },
    )


if __name__ == "__main__":
    raise SystemExit(main())
