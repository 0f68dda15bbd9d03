"""What it takes to find the names that an organisation knows in what is to be shared: 100,000 accounts in its events.

`python bench/names.py [accounts]` writes them into a lake of its own, in 10 segments, and says how long reading them
took the first time and again, and how long looking them up took in a short text and in the longest.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import pyarrow as pa

from lake.batches import rows
from watchward.base.clock import SystemClock
from watchward.intel.personal import accounts_in
from watchward.intel.sharing import fields_of_users
from watchward.lake import named, segments
from watchward.lake.segments import Segment
from watchward.telemetry.batch import FIELD

SEGMENTS = 10
NOW = SystemClock().now()
TEXTS = {"a command": "mail jsmith7 about it " * 20, "65,536 characters": "word and other-thing.exe " * 2_600}


def _build(lake: Path, accounts: int) -> None:
    each = accounts // SEGMENTS
    for segment in range(SEGMENTS):
        names = [f"{segment}-{number}" for number in range(each)]
        users = pa.array([f"WARD\\jsmith{segment * each + number}" for number in range(each)], pa.string())
        events = rows(*names, organisation="XT1", at=NOW, User="")
        events = events.set_column(events.schema.get_field_index("User"), "User", users.cast(FIELD))
        segments.write(lake, Segment.of("g1", segment + 1, NOW), events)


def _ms(done: Callable[[], object]) -> float:
    began = time.perf_counter()
    done()
    return (time.perf_counter() - began) * 1_000


def main() -> None:
    """Measure, and print a line for each."""
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder)
        _build(lake, accounts)

        def read(seconds: float) -> set[str]:
            return named.values(lake, "XT1", fields_of_users(), since=NOW - timedelta(days=30), seconds=seconds)

        found = set[str]()
        print(f"read first: {_ms(lambda: found.update(read(0.15))):,.0f} ms for {len(found):,} accounts")
        read(60.0)
        print(f"read again: {_ms(lambda: read(0.15)):,.0f} ms for {len(read(0.15)):,} accounts")
        known = read(60.0)
        for name, text in TEXTS.items():
            print(f"looked up in {name}: {_ms(lambda text=text: accounts_in([text], known)):,.0f} ms")


if __name__ == "__main__":
    main()
