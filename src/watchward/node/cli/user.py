"""`watchward user`: the people who may sign in, in the hands of whoever runs the node."""

import getpass
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Column, Table

from watchward.access.roles import ROLES
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.node.cli.home import opened
from watchward.node.config import Config

if TYPE_CHECKING:
    from watchward.console.access.guard import Service
    from watchward.console.access.links import FreshLink
    from watchward.console.access.models import User

app = App(name="user", help="People who may sign in: invite, list, disable and recover them, and make one-time links.")


@app.command(name=["invite", "add"])
def invite(email: str, *, name: str, role: str, organisation: str = "", home: Path | None = None) -> None:
    """Make an account with a role, and print the one-time link with which its owner sets it up.

    Args:
        email: the address by which the person signs in; the link is mailed there too, where mail is set up.
        name: their full name.
        role: the key of a role, such as organisation_cyber_lead.
        organisation: the code of the organisation over which they hold the role; without it, the whole node.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    config = opened(home)
    from watchward.console.access import actions, queries  # noqa: PLC0415 - Django is ready only now

    if role not in ROLES:
        raise BadInputError(f"There is no role {role!r}.", advice=f"Use one of {', '.join(ROLES)}.")
    place = queries.organisation_of(organisation) if organisation else None
    fresh = actions.invite(
        by=_operator(), email=email, name=name, role=ROLES[role], organisation=place, clock=SystemClock()
    )
    _print_link(config, fresh)


@app.command
def link(email: str = "", *, home: Path | None = None) -> None:
    """Print a one-time link: for the first administrator, or with an address, for that person to set a new password.

    Args:
        email: whose link; nobody's means the first administrator's.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    config = opened(home)
    from watchward.console.access import actions  # noqa: PLC0415 - as above

    if email:
        _print_link(config, actions.make_link(by=_operator(), user=_person(email), clock=SystemClock()))
        return
    fresh = actions.make_first_link(by=_operator(), clock=SystemClock())
    if fresh is None:
        raise BadInputError(
            "This node has an administrator already.",
            advice="Give their address, to make a link for a new password: watchward user link someone@example.org",
        )
    _print_link(config, fresh)


@app.command
def recover(email: str, *, home: Path | None = None) -> None:
    """Let someone start again who lost their authenticator and whom no colleague can confirm; print a one-time link.

    Their second step is removed, they are signed out everywhere, and their tokens end. With the link they set a new
    password, and then a new second step. Make sure that it is them: this is the only check.

    Args:
        email: whose account.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    config = opened(home)
    from watchward.console.access import actions  # noqa: PLC0415 - as above

    person = _person(email)
    _print_link(config, actions.recover_without_colleague(by=_operator(), user=person, clock=SystemClock()))


@app.command(name="list")
def list_people(
    *, home: Path | None = None, as_json: Annotated[bool, Parameter(name="--json", negative=())] = False
) -> None:
    """List everyone who has an account, with their roles.

    Args:
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object a line.

    """
    opened(home)
    from watchward.console.access import queries  # noqa: PLC0415 - as above

    people = queries.people_in_words(_operator())
    if as_json:
        sys.stdout.writelines(json.dumps(person) + "\n" for person in people)
        return
    table = Table(Column("Name and address", overflow="fold"), "Roles", "State")
    for person in people:
        table.add_row(f"{person['name']}\n{person['email']}", "\n".join(person["roles"]), person["state"])
    Console().print(table)


@app.command
def disable(email: str, *, home: Path | None = None) -> None:
    """Keep someone from signing in, and end their sessions.

    Args:
        email: whose account.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    opened(home)
    from watchward.console.access import actions  # noqa: PLC0415 - as above

    actions.disable(by=_operator(), user=_person(email), clock=SystemClock())


@app.command
def enable(email: str, *, home: Path | None = None) -> None:
    """Let someone sign in again.

    Args:
        email: whose account.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    opened(home)
    from watchward.console.access import actions  # noqa: PLC0415 - as above

    actions.enable(by=_operator(), user=_person(email), clock=SystemClock())


def _operator() -> "Service":
    from watchward.console.access.guard import Service  # noqa: PLC0415 - as above

    return Service(name=f"{getpass.getuser()} at the command line")


def _person(email: str) -> "User":
    from watchward.console.access import queries  # noqa: PLC0415 - as above

    return queries.person_with_address(_operator(), email)


def _print_link(config: Config, fresh: "FreshLink") -> None:
    sys.stdout.write(fresh.address(config.web_url) + "\n")
    Console(stderr=True).print(f"For {fresh.user.email}. It works once, until {fresh.expires_at:%d %B %Y, %H:%M} UTC.")
