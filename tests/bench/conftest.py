"""What measures is tested too, so that it can be believed and does not rot."""

import sys
from pathlib import Path

# Not the folder of the benchmarks itself: even as the last one, it would hide tests' folders of the same names.
PARTS = str(Path(__file__).parents[2] / "bench" / "parts")
if PARTS not in sys.path:
    sys.path.append(PARTS)
