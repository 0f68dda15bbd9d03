"""What measures is tested too, so that it can be believed and does not rot."""

import sys
from pathlib import Path

BENCH = str(Path(__file__).parents[2] / "bench")
if BENCH not in sys.path:  # last: names of benchmarks must hide no folder of the tests
    sys.path.append(BENCH)
