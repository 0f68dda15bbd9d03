"""`watchward exercise`: attacks on an invented sector, and how well they are found."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

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
        home: the node's home.
        rate: everyday events a second.
        sector: small, default or large; without it, the one for which the home was prepared.
        story: play this story (may be given several times); without it, all of them in turn.
        seed: the same seed plays the same exercise.
        speed: how many times faster than in life the attacks go.
        every: how many seconds after one attack the next begins.
        seconds: how long to play; 0 is until stopped.

    """
    from watchward.node.config import load  # noqa: PLC0415 - a command loads only what it uses
    from watchward.node.exercise import play  # noqa: PLC0415 - as above

    wish = play.Wish(rate=rate, stories=story or (), seed=seed, speed=speed, every=every, seconds=seconds)
    play.run(load(home), wish, sector=sector)


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
        sector: small, default or large.
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
