"""Run the engines that are installed here on the suite, and write how they do: `report.py docs/conformance.md`.

What is said of disagreements is in `explained.yml`, family by family; a disagreement that nothing there explains is
listed as such.
"""

import importlib.metadata
import shutil
import subprocess
import sys
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path

import run
import yaml

HERE = Path(__file__).parent
RUNNERS = HERE / "runners"
PATIENCE = 20
LEGEND = """\
*Wrong* is another answer than the specification permits. *Refused* is a rule that should run and is not taken, with a
reason; *unsupported* what the engine or its runner says it lacks; *failed* no answer at all."""


def main() -> None:
    """Write the report."""
    cases = run.load()
    engines = installed()
    results = run.run(cases, {name: command for name, (command, _) in engines.items() if command}, PATIENCE)
    results = {name: results.get(name, []) for name in engines}
    explained = yaml.safe_load((HERE / "explained.yml").read_text(encoding="utf-8"))
    Path(sys.argv[1]).write_text(page(cases, results, engines, explained), encoding="utf-8")
    print(run.table(cases, results))


def installed() -> dict[str, tuple[str, str]]:
    """Each engine with the command that runs it, empty where it is not installed, and its version."""
    python = sys.executable
    found = {
        "Watchward (plan)": (f"{python} {RUNNERS / 'watchward_runner.py'} plan", "this repository"),
        "Watchward (reference)": (f"{python} {RUNNERS / 'watchward_runner.py'} reference", "this repository"),
    }
    try:
        version = f"{importlib.metadata.version('pysigma-backend-sqlite')} on {importlib.metadata.version('pysigma')}"
        found["pySigma to SQLite"] = (f"{python} {RUNNERS / 'pysigma_sqlite.py'}", version)
    except importlib.metadata.PackageNotFoundError:
        found["pySigma to SQLite"] = ("", "")
    path = shutil.which("rsigma") or (sys.argv[2] if len(sys.argv) > 2 else "")
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout if path else ""
    version = told.split()[1] if told else ""
    found["RSigma"] = (f"{python} {RUNNERS / 'rsigma.py'} {path}" if path else "", version)
    return found


def page(cases: list, results: dict, engines: dict, explained: dict) -> str:
    """The report as Markdown."""
    versions = "; ".join(
        f"{name} {version}" for name, (_, version) in engines.items() if version != "this repository" and version
    )
    bases = Counter(case.basis for case in cases)
    some = {one.case.id for found in results.values() for one in found if one.outcome in {"disagrees", "fails"}}
    counted = (
        f"{len(cases)} cases: {bases['specification']} by the specification, {bases['extension']} of extensions, "
        f"{bases['convention']} of conventions. {len(some)} cases are such that some engine gets them wrong. "
        f"Versions: {versions}."
    )
    words = (HERE / "report.md").read_text(encoding="utf-8").rstrip()
    parts = [words, "## Results", counted, run.table(cases, results), LEGEND]
    for name, verdicts in results.items():
        parts += [f"## {name}", _disagreements(verdicts, explained.get(name, []))]
    return "\n\n".join(parts) + "\n"


def _disagreements(verdicts: list, families: list) -> str:
    if not verdicts:
        return "Not installed where this page was made."
    rest = {one.case.id: one for one in verdicts if one.outcome != "agrees"}
    if not rest:
        return "No disagreement."
    lines = ["| what | cases | why |", "|---|--:|---|"]
    for family in families:
        mine = [name for name in rest if any(fnmatch(name, pattern) for pattern in family["cases"])]
        if mine:
            outcomes = Counter(run.SHORT[rest.pop(name).outcome] for name in mine)
            counts = ", ".join(f"{count} {word}" for word, count in outcomes.items())
            lines.append(
                f"| {family['what']}: {', '.join(f'`{name}`' for name in _few(mine))} | {counts} | {family['why']} |"
            )
    lines += [
        f"| `{name}` | 1 {run.SHORT[one.outcome]} | not explained: {one.words[:200]} |" for name, one in rest.items()
    ]
    return "\n".join(lines)


def _few(names: list[str]) -> list[str]:
    return names if len(names) <= 4 else [*names[:3], "…"]


if __name__ == "__main__":
    main()
