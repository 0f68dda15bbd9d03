"""What is compiled is kept, and belongs to the sources of which it was made."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import watchward

_DIGEST = """
import numpy as np
from watchward.detect.kernels.hashing import digest_values
found = np.empty(1, np.uint64)
digest_values(np.frombuffer(b"ward", np.uint8), np.array([0, 4]), np.uint64(1), np.uint64(2), found)
print(found[0])
"""


def _copy(folder: Path) -> Path:
    sources = Path(watchward.__file__).parent
    left_out = shutil.ignore_patterns("__pycache__", "console", "starter")
    return shutil.copytree(sources, folder / "watchward", ignore=left_out)


def _digest(package: Path) -> str:
    path = {"PYTHONPATH": str(package.parent), "PATH": os.environ["PATH"], "HOME": str(package.parent)}
    done = subprocess.run(  # noqa: S603 - this Python, and the text above
        [sys.executable, "-c", _DIGEST], env=path, check=True, capture_output=True, text=True
    )
    return done.stdout


def test_a_change_in_one_loop_reaches_the_kept_loops_that_call_it(tmp_path: Path) -> None:
    package = _copy(tmp_path)
    before = _digest(package)
    called = package / "telemetry/kernels/siphash.py"
    called.write_text(called.read_text().replace("_rotated(v1, 13)", "_rotated(v1, 14)"))
    assert _digest(package) != before


def test_what_is_compiled_is_kept_for_the_next_process(tmp_path: Path) -> None:
    package = _copy(tmp_path)
    first = _digest(package)
    kept = {path.name: path.stat().st_mtime_ns for path in package.rglob("*.nbc")}
    assert kept
    assert _digest(package) == first
    assert {path.name: path.stat().st_mtime_ns for path in package.rglob("*.nbc")} == kept
