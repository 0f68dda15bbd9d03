"""`watchward source`: what sends telemetry to this node, and the keys by which it does."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.estate.shipper import Destination, Shipper, configuration
from watchward.node.cli.home import opened
from watchward.node.cli.switching import Switched, add_switches
from watchward.node.config import Config

if TYPE_CHECKING:
    from watchward.console.estate.actions import NewKey
    from watchward.console.estate.models import Source

app = App(name="source", help="Add what sends telemetry to this node, list it, give it new keys, or refuse it.")

AsJson = Annotated[bool, Parameter(name="--json", negative=())]
NAME = "watchward source"


@app.command
def add(
    organisation: str,
    name: str,
    *,
    shipper: Shipper = Shipper.WINLOGBEAT,
    home: Path | None = None,
    as_json: AsJson = False,
) -> None:
    """Add a source for an organisation, and print its configuration. The secret in it is shown this once.

    Args:
        organisation: the code of the organisation to which everything it sends belongs.
        name: what sends: a server, a collector, a site.
        shipper: the program that sends.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object.

    """
    config = opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.estate import actions, queries  # noqa: PLC0415

    by = Service(name=NAME)
    where = queries.organisation_visible_to(by, organisation)
    if where is None:
        raise BadInputError(
            f"There is no organisation {organisation!r}.", advice="Look it up with: watchward estate list"
        )
    key = actions.add_source(by=by, organisation=where, name=name, shipper=shipper, clock=SystemClock())
    _show(key, config, as_json=as_json)


@app.command(name="list")
def list_(*, home: Path | None = None, as_json: AsJson = False) -> None:
    """List the sources, with when each last sent and how much.

    Args:
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object a line.

    """
    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.estate import queries  # noqa: PLC0415

    found = queries.sources_visible_to(Service(name=NAME)).select_related("organisation")
    if as_json:
        sys.stdout.writelines(json.dumps(_line(source)) + "\n" for source in found)
        return
    table = Table("source", "name", "organisation", "last sent (UTC)", "events", "bad", box=None, header_style="bold")
    for source in found:
        sent = f"{source.last_sent_at:%Y-%m-%d %H:%M}" if source.last_sent_at else "never"
        state = sent if source.enabled else "disabled"
        table.add_row(source.id, source.name, source.organisation.code, state, f"{source.events:,}", f"{source.bad:,}")
    Console(soft_wrap=True, highlight=False).print(table)


def _turn(key: str, enabled: bool) -> None:  # noqa: FBT001 - as `Switched` wants it
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.estate import actions  # noqa: PLC0415

    act = actions.enable_source if enabled else actions.disable_source
    act(by=Service(name=NAME), source=_found(key), clock=SystemClock())


add_switches(
    app,
    Switched(
        noun="source", off="Refuse everything that a source sends.", on="Accept what a source sends again.", turn=_turn
    ),
)


@app.command
def rotate(source: str, *, withdraw_old: bool = False, home: Path | None = None, as_json: AsJson = False) -> None:
    """Give a source a new key, and print its configuration. The old key works until it is withdrawn.

    Args:
        source: its identifier, as `watchward source list` prints it.
        withdraw_old: end the old keys at once.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object.

    """
    config = opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.estate import actions, queries  # noqa: PLC0415

    by, found = Service(name=NAME), _found(source)
    old = queries.credentials_of(found)
    key = actions.rotate_source(by=by, source=found, clock=SystemClock())
    if withdraw_old:
        for credential in old:
            actions.withdraw_credential(by=by, credential=credential, clock=SystemClock())
    _show(key, config, as_json=as_json)


def _found(key: str) -> "Source":
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.estate import queries  # noqa: PLC0415

    source = queries.source_visible_to(Service(name=NAME), key)
    if source is None:
        raise BadInputError(f"There is no source {key!r}.", advice="List them with: watchward source list")
    return source


def _show(key: "NewKey", config: Config, *, as_json: bool) -> None:
    to = Destination(url=config.gateway_url, key_id=key.key_id, secret=key.secret, authority=not config.tls_certificate)
    text = configuration(Shipper(key.source.shipper), to)
    if as_json:
        line = {"source": key.source.id, "key_id": key.key_id, "secret": key.secret, "url": to.url}
        print(json.dumps({**line, "configuration": text}))  # noqa: T201 - this is the command's output
        return
    trust = f"# Copy {config.layout.keys / 'authority.pem'} to where it says watchward-authority.pem.\n"
    print(f"# {Shipper(key.source.shipper).file}\n{trust if to.authority else ''}{text}")  # noqa: T201


def _line(source: "Source") -> dict[str, object]:
    return {
        "source": source.id,
        "name": source.name,
        "organisation": source.organisation.code,
        "shipper": source.shipper,
        "enabled": source.enabled,
        "last_sent_at": source.last_sent_at.isoformat(timespec="seconds") if source.last_sent_at else None,
        "events": source.events,
        "duplicates": source.duplicates,
        "bad": source.bad,
    }
