import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from detect.builders import write_rule
from watchward.base.errors import BadInputError
from watchward.detect.library import LogSource, compile, correlate, load, match  # noqa: A004 - the library's word

PROJECT = Path(__file__).parents[2]
NEEDED = (
    *(
        "_yaml",
        "evtx",
        "llvmlite",
        "llvmlite.libs",
        "msgspec",
        "numba",
        "numpy",
        "numpy.libs",
        "pyarrow",
        "pyarrow.libs",
    ),
    *("pyparsing", "re2", "sigma", "typing_extensions.py", "yaml", "zstandard", "packaging", "diskcache"),
    *("_re2*.so", "numpy-*.dist-info", "pysigma-*.dist-info", "pySigma-*.dist-info", "llvmlite-*.dist-info"),
)
"""What a program finds that has the library and what it needs, and nothing else."""


def test_a_rule_says_which_events_meet_it_and_by_which_fields(tmp_path):
    write_rule(tmp_path / "a.yml", "s:\n  Image|endswith: \\vssadmin.exe\n  CommandLine|contains: delete\ncondition: s")
    event = {"Image": "C:\\vssadmin.exe", "CommandLine": "vssadmin delete shadows", "User": "jo"}
    source = LogSource(product="windows", category="process_creation")

    (hit,) = match(compile(load(tmp_path)), [{"Image": "x"}, event], logsource=source)

    assert (hit.event, hit.rule.title) == (1, "Backups Deleted")
    assert hit.fields == {"Image": event["Image"], "CommandLine": event["CommandLine"]}


def test_rules_that_only_serve_correlations_are_no_hits(tmp_path):
    (tmp_path / "a.yml").write_text(
        "title: a\nname: a\nlogsource: {category: x}\ndetection: {s: {A: x}, condition: s}\n---\n"
        "title: b\ncorrelation: {type: event_count, rules: a, timespan: 1m, condition: {gte: 2}}"
    )
    detector = compile(load(tmp_path / "a.yml"))
    events = [{"A": "x", "@timestamp": f"2026-03-01T09:00:0{second}Z"} for second in (5, 1)]

    (firing,) = correlate(detector, events, logsource=LogSource(category="x"))
    assert match(detector, events, logsource=LogSource(category="x")) == []
    assert (firing.correlation.title, firing.count, firing.group, firing.events) == ("b", 2, {}, (1, 0))
    assert (firing.last_at - firing.first_at).total_seconds() == 4


def test_an_event_that_cannot_be_read_is_told_by_its_place(tmp_path):
    write_rule(tmp_path / "a.yml", "s:\n  A: x\ncondition: s")

    with pytest.raises(BadInputError, match="event 1 cannot be read"):
        match(compile(load(tmp_path)), [{"A": "x"}, {"A": float("nan")}])


def test_the_example_runs_where_there_is_no_django(tmp_path):
    """In an interpreter that sees Watchward and what the library needs, and nothing that a node needs besides."""
    text = (PROJECT / "docs" / "reference" / "library.md").read_text()
    code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
    installed = Path(sysconfig.get_paths()["purelib"])
    for name in NEEDED:
        for found in installed.glob(name):
            (tmp_path / found.name).symlink_to(found)
    guard = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(PROJECT / 'src')!r}]\n"
    guard += "from importlib.util import find_spec\n"
    guard += "assert not [name for name in ('django', 'cyclopts', 'jinja2', 'httpx') if find_spec(name)]\n"

    done = subprocess.run(  # noqa: S603 - our own example
        [sys.executable, "-I", "-S", "-c", guard + code],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "Many failed log-ons {'TargetUserName': 'jo'} 3" in done.stdout
