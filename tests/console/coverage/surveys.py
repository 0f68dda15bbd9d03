"""Surveys for the console's tests: what a worker would have found of the lake and a few rules."""

from datetime import UTC, datetime
from pathlib import Path

from detect.builders import rule_text
from watchward.base.clock import HeldClock
from watchward.console.config import current
from watchward.console.coverage import adapters

SURVEYED_AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
NUMBERS = {"Image": 1, "ScriptBlockText": 2, "CommandLine": 3}


def write_rules(folder: Path) -> Path:
    """Three rules: for programs' names, for command lines, and for scripts, which come in another log source."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, number in NUMBERS.items():
        text = rule_text(f"one:\n    {name}: a\ncondition: one", id=f"3f1c1d6e-0000-4000-8000-{number:012}")
        text = text.replace("Backups Deleted", f"Odd {name}").replace("attack.t1490", "attack.t1059.001")
        if name == "ScriptBlockText":
            text = text.replace("category: process_creation", "category: ps_script")
        (folder / f"{name}.yml").write_text(text)
    return folder


def a_survey(*, clock: HeldClock | None = None) -> None:
    """Hold three rules against what is in the lake."""
    clock = clock or HeldClock(at=SURVEYED_AT)
    adapters.note_arrivals(current().lake, clock=clock)
    adapters.survey([write_rules(current().home / "covering")], cache=None, clock=clock)
