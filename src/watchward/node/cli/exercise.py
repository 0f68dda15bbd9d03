"""`watchward exercise`: attacks on an invented sector, and how well they are found."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from watchward.detect.sigma.rule import Level

if TYPE_CHECKING:
    from watchward.node.exercise.score import Score

app = App(
    name="exercise", help="Play attacks on an invented health and care sector, and score how well they are found."
)

AsJson = Annotated[bool, Parameter(name="--json", negative=())]
Stories = Annotated[list[str] | None, Parameter(name="--story", negative=())]
Rate = Annotated[float, Parameter(name="--rate")]


@app.command
def run(  # noqa: PLR0913 - what a person may choose
    *,
    home: Path | None = None,
    rate: Rate = 300.0,
    sector: str | None = None,
    story: Stories = None,
    seed: int = 1,
    speed: float = 30.0,
    every: float = 120.0,
    seconds: float = 0.0,
) -> None:
    """Send an exercise to a node that was started with `watchward up --exercise`, until Ctrl-C.

    Args:
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        rate: everyday events a second.
        sector: small, default, large, or numbers such as trusts=2,practices=10,devices=3000; without it, the one for
            which the home was prepared.
        story: play this story (may be given several times); without it, all of them in turn.
        seed: the same seed plays the same exercise.
        speed: how many times faster than in life the attacks go.
        every: how many seconds after one attack the next begins.
        seconds: how long to play; 0 is until stopped.

    """
    from watchward.node.cli.home import existing  # noqa: PLC0415 - a command loads only what it uses
    from watchward.node.exercise import play  # noqa: PLC0415 - as above

    wish = play.Wish(rate=rate, stories=story or (), seed=seed, speed=speed, every=every, seconds=seconds)
    play.run(existing(home), wish, sector=sector)


@app.command
def write(  # noqa: PLR0913 - what a person may choose
    folder: Path,
    *,
    minutes: float = 10.0,
    rate: Rate = 300.0,
    sector: str = "default",
    story: Stories = None,
    seed: int = 1,
    speed: float = 30.0,
    every: float = 120.0,
    start: datetime | None = None,
    as_json: AsJson = False,
) -> None:
    """Write an exercise's events to files: one NDJSON file an organisation, and the labels of the attacks beside them.

    Args:
        folder: where; it is made if it is not there.
        minutes: how long the exercise lasts.
        rate: everyday events a second.
        sector: small, default, large, or numbers such as trusts=2,practices=10,devices=3000.
        story: play this story (may be given several times); without it, all of them in turn.
        seed: the same seed, sector and start write the same bytes.
        speed: how many times faster than in life the attacks go.
        every: how many seconds after one attack the next begins.
        start: when it begins (UTC); without it, a Monday morning in March 2026.
        as_json: print one JSON object.

    """
    from datetime import UTC  # noqa: PLC0415

    from watchward.node.exercise import play  # noqa: PLC0415 - a command loads only what it uses

    wish = play.Wish(rate=rate, stories=story or (), seed=seed, speed=speed, every=every, seconds=minutes * 60)
    begins = (start.astimezone(UTC) if start.tzinfo else start.replace(tzinfo=UTC)) if start else play.A_MONDAY_MORNING
    written = play.write(folder, wish, sector=sector, start=begins)
    if as_json:
        print(json.dumps({"events": written.events, "attack_events": written.attacks, "files": written.files}))  # noqa: T201
        return
    Console(highlight=False).print(
        f"{folder}: {written.events:,} events of {written.files} organisations; {written.attacks:,} belong to attacks"
    )


@app.command(name="score")
def score_(  # noqa: PLR0913 - what a person may choose
    *,
    home: Path | None = None,
    rules: Annotated[list[Path] | None, Parameter(name="--rules", negative=())] = None,
    story: Stories = None,
    performances: int = 3,
    hours: float = 24.0,
    seed: int = 1,
    least: Level = Level.LOW,
    as_json: AsJson = False,
) -> None:
    """Say which steps of the attacks were found, how soon, and how often everyday work was taken for an attack.

    With rule folders, no node is needed: the attacks and a day of everyday telemetry are played and matched here.
    Without, the last exercise that ran on the node is scored.

    Args:
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        rules: score the rules in these folders, without a node.
        story: without a node: play this story (may be given several times); all of them otherwise.
        performances: without a node: how often each story is played, each time at another organisation.
        hours: without a node: how many hours of everyday telemetry are looked at, from 9 in the morning.
        seed: without a node: the same seed plays the same.
        least: the lowest level of rule that counts as finding something.
        as_json: print one JSON object.

    """
    import msgspec  # noqa: PLC0415 - a command loads only what it uses

    from watchward.node.cli.home import existing  # noqa: PLC0415 - as above
    from watchward.node.exercise import judge  # noqa: PLC0415 - as above

    if rules:
        trial = judge.Trial(stories=story or (), performances=performances, hours=hours, seed=seed)
        result = judge.of_rules(rules, trial, least=least)
    else:
        result = judge.of_node(existing(home).layout, least=least)
    if as_json:
        print(msgspec.json.encode(result).decode())  # noqa: T201
    else:
        _show(result)


def _show(result: "Score") -> None:
    screen = Console(highlight=False, soft_wrap=False)
    for story in result.stories:
        when = "was not found" if story.found_minutes is None else f"was found after {story.found_minutes:g} minutes"
        harm = "" if story.impact_minutes is None else f"; care suffered from minute {story.impact_minutes:g}"
        screen.print(f"\n[bold]{story.story}[/bold] at {story.organisation} {when}{harm}")
        table = Table("step", "technique", "recorded", "found at", "by", box=None, header_style="bold", padding=(0, 1))
        for step in story.steps:
            found = "-" if step.found_minutes is None else f"{step.found_minutes:g} min"
            by = "; ".join(f"{rule.title} ({rule.level})" for rule in step.by[:3]) or (
                "-" if step.recorded else "no sensor"
            )
            table.add_row(("! " if step.impact else "") + step.name, step.technique, str(step.recorded), found, by)
        screen.print(table)
    screen.print(
        f"\nSteps found: {result.steps_found} of {result.steps_recorded} that were recorded. Attacks found before care "
        f"suffered: {result.stories_found_before_impact} of {len(result.stories)}."
    )
    if result.seconds_to_match is not None:
        screen.print(f"From an event to its arrival, median: {result.seconds_to_match:g} s.")
    screen.print(
        f"False alerts per 1,000 devices a day: {result.false_per_1000_devices_a_day:g} "
        f"({result.everyday_events:,} everyday events, {result.device_days:,.0f} device-days)."
    )
    for false in result.false_alerts:
        screen.print(f"  {false.level:14} {false.alerts:6,}   {false.per_1000_devices_a_day:g} a day")
    for title, level, count in result.noisiest:
        screen.print(f"    {count:5,} x {title} ({level})")


@app.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """List the stories, with the published accounts that they follow.

    Args:
        as_json: print one JSON object a line.

    """
    from watchward.node.exercise.stories import all_stories  # noqa: PLC0415 - a command loads only what it uses

    found = all_stories().values()
    if as_json:
        lines = ({"story": s.key, "title": s.title, "steps": len(s.steps), "told_from": s.told_from} for s in found)
        sys.stdout.writelines(json.dumps(line) + "\n" for line in lines)
        return
    table = Table("story", "what happens", "steps", "told from", box=None, header_style="bold")
    for story in found:
        table.add_row(story.key, story.title, str(len(story.steps)), "\n".join(story.told_from))
    Console(highlight=False).print(table)
