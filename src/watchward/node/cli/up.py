"""`watchward up`: a whole node from one command."""

import asyncio
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.node.config import Config
from watchward.node.up import check_ports, keep_running, node_of, open_home, sole_use
from watchward.node.wiring import migrate, start_django


def up(
    *,
    home: Annotated[Path | None, Parameter(help="The folder that holds all that the node keeps.")] = None,
    exercise: Annotated[bool, Parameter(negative="", help="Play attacks on an invented sector.")] = False,
    rate: Annotated[float, Parameter(help="How many events a second the exercise sends.")] = 300.0,
    sector: Annotated[
        str | None,
        Parameter(help="The exercise's sector, at its first start: small, default, large, or trusts=2,devices=3000."),
    ] = None,
) -> None:
    """Start a node, say where it serves, and keep it running until Ctrl-C."""
    screen = Console(highlight=False)
    if sector is not None:
        _check(sector, exercise=exercise)
    config = open_home(home, exercise=exercise)
    with sole_use(config.layout):
        check_ports(config)
        screen.print(f"Starting a node in {config.layout.path} …")
        node = node_of(config, feed=_feed(config, rate) if config.exercise else ())
        link: list[str] = []
        running = keep_running(
            config,
            node,
            prepare=lambda: link.append(_prepare(config, sector)),
            slow=lambda: screen.print("  The first start takes longer: the matcher is compiled for this machine …"),
            served=lambda: _announce(screen, config, link[0]),
        )
        asyncio.run(running)
        screen.print("The node has stopped. What it acknowledged is on disk.")


def _check(sector: str, *, exercise: bool) -> None:
    """Refuse what is no sector before a home is made for it."""
    from watchward.node.exercise.sector import Sector, size_of  # noqa: PLC0415 - only an exercise needs it

    if not exercise:
        raise BadInputError("Only an exercise has a sector.", advice="Add --exercise, or leave --sector out.")
    Sector(size_of(sector))


def _prepare(config: Config, sector: str | None) -> str:
    """Bring the database up to date, and make the first administrator's link where there is none yet."""
    start_django(config)
    migrate(config)
    from watchward.console.access import actions  # noqa: PLC0415 - Django is ready only now
    from watchward.console.access.guard import Service  # noqa: PLC0415 - as above

    if config.exercise:
        from watchward.node.exercise.prepare import prepare  # noqa: PLC0415 - as above

        prepare(config, sector=sector)
    fresh = actions.make_first_link(by=Service(name="watchward up"), clock=SystemClock())
    return fresh.address(config.web_url) if fresh else ""


def _feed(config: Config, rate: float) -> tuple[str, ...]:
    return ("exercise", "run", "--home", str(config.layout.path), "--rate", str(rate))


def _announce(screen: Console, config: Config, link: str) -> None:
    screen.print("\n[bold]Watchward is serving.[/bold] Stop it with Ctrl-C.\n")
    screen.print(f"  Console   {config.web_url}/", soft_wrap=True)
    if link:
        screen.print(f"  Sign in   {link}", soft_wrap=True)
        screen.print("            The link works once. It makes you the node's first administrator.")
    screen.print(f"  Gateway   {config.gateway_url}/", soft_wrap=True)
    screen.print(f"  Logs      {config.layout.logs}", soft_wrap=True)
    if config.exercise:
        screen.print("\nThis is an exercise: every organisation, person and attack that you will see is invented.")
