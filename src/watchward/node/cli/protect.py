"""`watchward protect`: what is blocked, and the switch that lifts it all, in the hands of whoever runs the node."""

import getpass
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.node.cli.home import opened
from watchward.node.words import WIDTH_IN_A_PIPE, counted

if TYPE_CHECKING:
    from watchward.console.access.guard import Service

app = App(name="protect", help="What is blocked: list it, lift it, stop everything, and write the lists anew.")

_SHOWN = 1_000


@app.command(name="list")
def list_(
    *,
    state: str = "",
    home: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> None:
    """List blocks, the newest first: what, for whom, until when, and where they stand.

    Args:
        state: only those that are proposed, canary, in_force or lifted; holding for those that hold.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object a line.

    """
    opened(home)
    from watchward.console.protect import queries  # noqa: PLC0415 - Django is ready only now

    rows = [
        {
            "id": one.pk,
            "kind": one.kind,
            "value": one.value,
            "state": one.state,
            "organisation": one.organisation.code if one.organisation else "",
            "until": one.until.isoformat(),
            "why": one.why,
        }
        for one in queries.block_list(_operator(), state=state, text="")[:_SHOWN]
    ]
    if as_json:
        sys.stdout.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in rows)
        return
    table = Table("id", "what", "for", "state", "until", "why")
    for one in rows:
        table.add_row(
            str(one["id"]), str(one["value"]), str(one["organisation"]) or "all", str(one["state"]),
            str(one["until"])[:16], str(one["why"]),
        )  # fmt: skip
    console = Console(width=None if sys.stdout.isatty() else WIDTH_IN_A_PIPE)
    if queries.switch().thrown:
        console.print(f"Nothing is blocked: {queries.switch().by} lifted everything ({queries.switch().why})")
    console.print(table if rows else "Nothing is blocked. Propose a block on the page Blocks.")


@app.command
def lift(block: int, why: str, *, home: Path | None = None) -> None:
    """Lift one block at once.

    Args:
        block: its number, as `watchward protect list` gives it.
        why: the reason, for those who come after you.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    opened(home)
    from watchward.console.protect import actions, queries  # noqa: PLC0415 - Django is ready only now

    found = queries.block_visible_to(_operator(), block)
    if found is None:
        raise BadInputError(f"There is no block {block}.", advice="Look at watchward protect list.")
    actions.lift_block(by=_operator(), block=found, why=why, clock=SystemClock())
    Console().print(f"{found} is lifted.", markup=False)


@app.command
def stop(why: str, *, home: Path | None = None) -> None:
    """Lift everything that is blocked, here and at nodes below, and let nothing new in.

    Args:
        why: what you see, in a sentence.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    opened(home)
    from watchward.console.protect import own_actions  # noqa: PLC0415 - Django is ready only now

    own_actions.throw_switch(by=_operator(), why=why, clock=SystemClock())
    Console().print("Everything is lifted. Nothing new is blocked until `watchward protect resume`.")


@app.command
def resume(why: str, *, home: Path | None = None) -> None:
    """Let blocks hold again: those that nobody lifted meanwhile, and that have not ended.

    Args:
        why: why it is safe now.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    opened(home)
    from watchward.console.protect import own_actions  # noqa: PLC0415 - Django is ready only now

    own_actions.turn_switch_back(by=_operator(), why=why, clock=SystemClock())
    Console().print("Blocks hold again.")


@app.command
def publish(*, home: Path | None = None) -> None:
    """Write the lists anew from what is decided, where their files were damaged or are from before a backup.

    Args:
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    opened(home)
    from watchward.console.protect import publishing  # noqa: PLC0415 - Django is ready only now

    count = publishing.publish_everything(now=SystemClock().now())
    Console().print(f"The lists hold {counted(count, 'block')}.")


def _operator() -> "Service":
    from watchward.console.access.guard import Service  # noqa: PLC0415 - Django is ready only now

    return Service(name=f"{getpass.getuser()} on the command line")
