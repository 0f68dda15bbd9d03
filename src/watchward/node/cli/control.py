"""`watchward control`: what reads the protective lists of this node, and the secrets by which it does."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.lists.connecting import Program
from watchward.node.cli.columns import identifiers
from watchward.node.cli.home import opened
from watchward.node.cli.switching import Switched, add_switches

if TYPE_CHECKING:
    from watchward.console.controls.actions import NewSecret
    from watchward.console.controls.models import Control

app = App(name="control", help="Let resolvers, firewalls and proxies read the protective lists, and see which did.")

AsJson = Annotated[bool, Parameter(name="--json", negative=())]
Several = Annotated[tuple[str, ...], Parameter(negative=())]
NAME = "watchward control"


@app.command
def add(  # noqa: PLR0913 - each is an option of its own
    organisation: str,
    name: str,
    program: Program,
    *,
    address: Several = (),
    notify: Several = (),
    home: Path | None = None,
    as_json: AsJson = False,
) -> None:
    """Let something of an organisation read its lists, and print its configuration. The secrets are shown this once.

    Args:
        organisation: the code of the organisation whose it is.
        name: what people call it.
        program: what it is.
        address: an address or network from which it may ask; may be given several times. Unbound needs one.
        notify: where a resolver is told of each new edition, as address or address@port; may be given several times.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object.

    """
    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.controls import actions  # noqa: PLC0415
    from watchward.console.estate import queries  # noqa: PLC0415

    by = Service(name=NAME)
    where = queries.organisation_visible_to(by, organisation)
    if where is None:
        raise BadInputError(
            f"There is no organisation {organisation!r}.", advice="Look it up with: watchward estate list"
        )
    wanted = actions.Wanted(
        name=name,
        forms=[program.family],
        addresses=address,
        notify=notify,
        unsigned=program is Program.UNBOUND,
    )
    made = actions.add_control(by=by, organisation=where, wanted=wanted, clock=SystemClock())
    _show(made, program, as_json=as_json)


@app.command(name="list")
def list_(*, home: Path | None = None, as_json: AsJson = False) -> None:
    """List the controls, with what each read last, and whether it holds what is blocked now.

    Args:
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object a line.

    """
    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.controls import queries  # noqa: PLC0415

    standings = queries.standings()
    lines = []
    for control in queries.controls_visible_to(Service(name=NAME)):
        standing = standings.get(control.pk)
        last = standing.last if standing else None
        lines.append(
            {
                "control": control.pk,
                "name": control.name,
                "organisation": control.organisation.code,
                "forms": control.forms,
                "enabled": control.enabled,
                "last_read_at": last.at.isoformat(timespec="seconds") if last else None,
                "serial": last.serial if last else None,
                "changed_at": standing.changed_at.isoformat(timespec="seconds") if standing else None,
                "holds_now": standing.holds_now if standing else None,
            }
        )
    if as_json:
        sys.stdout.writelines(json.dumps(line) + "\n" for line in lines)
        return
    table = Table(
        identifiers("control"), "name", "organisation", "last read (UTC)", "holds what is blocked now", box=None
    )
    for line in lines:
        holds = "not known" if line["holds_now"] is None else "yes" if line["holds_now"] else "no"
        table.add_row(
            str(line["control"]),
            str(line["name"]),
            str(line["organisation"]),
            str(line["last_read_at"] or "never"),
            holds,
        )
    Console(soft_wrap=True, highlight=False).print(table)


@app.command
def renew(control: str, program: Program, *, home: Path | None = None, as_json: AsJson = False) -> None:
    """Give a control new secrets, and print its configuration. Its secret of before counts until the next renewal.

    Args:
        control: its identifier, as `watchward control list` prints it.
        program: what it is.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object.

    """
    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.controls import actions  # noqa: PLC0415

    made = actions.renew_control(by=Service(name=NAME), control=_found(control), clock=SystemClock())
    _show(made, program, as_json=as_json)


def _turn(key: str, enabled: bool) -> None:  # noqa: FBT001 - as `Switched` wants it
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.controls import actions  # noqa: PLC0415

    act = actions.enable_control if enabled else actions.disable_control
    act(by=Service(name=NAME), control=_found(key), clock=SystemClock())


add_switches(
    app, Switched(noun="control", off="Let a control read nothing more.", on="Let a control read again.", turn=_turn)
)


def _found(key: str) -> "Control":
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.controls import queries  # noqa: PLC0415

    control = queries.controls_visible_to(Service(name=NAME)).filter(pk=key).first()
    if control is None:
        raise BadInputError(f"There is no control {key!r}.", advice="List them with: watchward control list")
    return control


def _show(made: "NewSecret", program: Program, *, as_json: bool) -> None:
    from watchward.console.controls.connecting import connected  # noqa: PLC0415 - needs Django to be ready

    told = connected(made, program)
    if as_json:
        line = {"control": made.control.pk, "secret": made.secret, "transfer_key": made.transfer_key}
        print(json.dumps({**line, "url": told.url, "zone": told.zone, "configuration": told.text}))  # noqa: T201 - this is the command's output
        return
    print(told.text, end="")  # noqa: T201 - as above
