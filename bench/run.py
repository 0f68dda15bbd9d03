"""Run every benchmark and print what was measured, with the machine, the date and the commands.

`python bench/run.py scan gateway` runs just those; without names it runs all. Each is a file of its own beside
this one and can be run by itself.
"""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


def header() -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=HERE, check=False
    )
    return (
        f"{platform.node()}: {processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{time.strftime('%Y-%m-%d')}, commit {commit.stdout.strip() or 'unknown'}"
    )


def main(names: list[str]) -> int:
    benchmarks = {path.stem: path for path in sorted(HERE.glob("*.py")) if path.stem != "run"}
    if unknown := set(names) - set(benchmarks):
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(benchmarks)}", file=sys.stderr)
        return 2
    print(header(), flush=True)
    failed = []
    for name in names or benchmarks:
        print(f"\n## {name}    (python bench/{name}.py)", flush=True)
        if subprocess.run([sys.executable, benchmarks[name]], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
