"""`watchward intel`, of what a node keeps: collections, what is brought into them, and keys with which others read."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.intel.brought import Form
from watchward.node import logs
from watchward.node.cli.columns import identifiers
from watchward.node.cli.home import opened
from watchward.node.config import Config

if TYPE_CHECKING:
    from watchward.console.access.guard import Service
    from watchward.console.estate.models import Organisation
    from watchward.console.intel.bringing import Brought
    from watchward.console.intel.models import Collection

AsJson = Annotated[bool, Parameter(name="--json", negative=())]
NAME = "watchward intel"
_SHOWN = 20


def collection_(  # noqa: PLR0913 - each is an option of the command
    title: str,
    *,
    organisation: str,
    alias: str = "",
    unmarked: str = "amber+strict",
    open_to: str = "",
    home: Path | None = None,
) -> None:
    """Make a collection, and print its identifier.

    Args:
        title: what it holds.
        organisation: the code of the organisation whose it is.
        alias: a short name for its address.
        unmarked: the level of what carries no marking: clear, green, amber, amber+strict or red.
        open_to: who may read it besides: the code of an organisation, with those below it, or "all".
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    opened(home)
    from watchward.console.intel import actions  # noqa: PLC0415 - needs Django to be ready
    from watchward.intel.markings import Tlp  # noqa: PLC0415 - needs Django to be ready

    level = Tlp.of(unmarked)
    if level is None:
        raise BadInputError(f"{unmarked!r} is no level.", advice="Use clear, green, amber, amber+strict or red.")
    by, where = _by(), _organisation(organisation)
    wanted = actions.NewCollection(organisation=where, title=title, alias=alias, unmarked=level)
    reader = None if open_to in {"", "all"} else _organisation(open_to)
    made = actions.add_collection(by=by, collection=wanted, clock=SystemClock())
    if open_to:
        actions.share_collection(by=by, collection=made, share=actions.Share(organisation=reader), clock=SystemClock())
    print(made.pk)  # noqa: T201 - this is the command's output


def list_(*, home: Path | None = None, as_json: AsJson = False) -> None:
    """List the collections, with how many objects each has.

    Args:
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object a line.

    """
    opened(home)
    from watchward.console.intel import queries  # noqa: PLC0415 - needs Django to be ready

    found = list(queries.collections_visible_to(_by()))
    counts = queries.counts_of(_by(), found)
    if as_json:
        for one in found:
            line = {"collection": str(one.pk), "alias": one.alias, "title": one.title, "objects": counts[one.pk],
                    "organisation": one.organisation.code}  # fmt: skip
            sys.stdout.write(json.dumps(line) + "\n")
        return
    table = Table(identifiers("collection"), "alias", "title", "organisation", "objects", box=None, header_style="bold")
    for one in found:
        table.add_row(str(one.pk), one.alias, one.title, one.organisation.code, f"{counts[one.pk]:,}")
    Console(soft_wrap=True, highlight=False).print(table)


def import_(
    *files: Path,
    collection: str,
    form: str = "",
    home: Path | None = None,
    as_json: AsJson = False,
) -> None:
    """Put the objects of files into a collection: STIX, MISP JSON, or plain lists.

    Args:
        files: what to read.
        collection: its identifier, alias or title.
        form: stix, misp or list; without it the text of each file tells.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object a file.

    """
    opened(home)
    logs.only_warnings()
    from watchward.console.intel.bringing import File, bring  # noqa: PLC0415 - needs Django to be ready

    if form and form not in set(Form):
        raise BadInputError(f"{form!r} is no form.", advice=f"Use one of {', '.join(Form)}.")
    into = _collection(collection)
    for path in files:
        raw, at = _read(path)
        file = File(raw=raw, name=path.stem, at=at, form=Form(form) if form else None)
        _show(path, bring(by=_by(), collection=into, file=file, clock=SystemClock()), as_json=as_json)


def key_(  # noqa: PLR0913 - each is an option of the command
    name: str,
    *,
    organisation: str,
    read: tuple[str, ...] = (),
    write: tuple[str, ...] = (),
    home: Path | None = None,
    as_json: AsJson = False,
) -> None:
    """Make a key with which a program of an organisation speaks TAXII. Its secret is shown this once.

    Args:
        name: the program that will use it.
        organisation: the code of the organisation whose it is.
        read: collections that it may read, as far as its organisation may.
        write: collections that it may read and write, likewise.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object.

    """
    config = opened(home)
    from watchward.console.intel import actions  # noqa: PLC0415 - needs Django to be ready

    scopes = [actions.Wanted(collection=_collection(one)) for one in read if one not in write]
    scopes += [actions.Wanted(collection=_collection(one), write=True) for one in write]
    made = actions.add_client(
        by=_by(), organisation=_organisation(organisation), name=name, scopes=scopes, clock=SystemClock()
    )
    said = {"url": f"{_url(config)}/taxii2/", "user": made.client.key_id, "password": made.secret}
    print(json.dumps(said) if as_json else "\n".join(f"{name:9} {value}" for name, value in said.items()))  # noqa: T201


def withdraw_(key_id: str, *, home: Path | None = None) -> None:
    """End a TAXII key: whoever comes with it is refused from now on.

    Args:
        key_id: the user name of the key.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    opened(home)
    from watchward.console.intel import actions, queries  # noqa: PLC0415 - needs Django to be ready

    found = queries.clients_visible_to(_by()).filter(key_id=key_id).first()
    if found is None:
        raise BadInputError(f"There is no TAXII key {key_id!r}.", advice="See the page Intelligence for the keys.")
    actions.withdraw_client(by=_by(), client=found, clock=SystemClock())


def poll_(  # noqa: PLR0913 - each is an option of the command
    name: str,
    url: str,
    *,
    collection: str,
    user: str = "",
    password_file: Path | None = None,
    minutes: int = 5,
    home: Path | None = None,
) -> None:
    """Poll a collection of another organisation's TAXII 2.1 server, into one of ours.

    Args:
        name: whose server it is.
        url: the address of its collection.
        collection: ours: its identifier, alias or title.
        user: the account there.
        password_file: a file whose first line is its password.
        minutes: how long to wait between two polls.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    opened(home)
    from watchward.console.intel import actions  # noqa: PLC0415 - needs Django to be ready

    secret = _password(password_file) if password_file else ""
    server = actions.Server(url=url, username=user, secret=secret, every_minutes=minutes)
    actions.add_source(by=_by(), collection=_collection(collection), name=name, server=server, clock=SystemClock())


def _password(path: Path) -> str:
    try:
        return _read(path)[0].decode().partition("\n")[0].strip()
    except UnicodeDecodeError:
        raise BadInputError(f"{path} is no text in UTF-8.", advice="Write the password on its first line.") from None


def publish_(*, home: Path | None = None) -> None:
    """Tell the gateways anew of everything that indicators look for: after their files were lost or damaged.

    Args:
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    opened(home)
    from watchward.console.intel.adapters import publish_all, tell_standings  # noqa: PLC0415 - needs Django to be ready

    publish_all(clock=SystemClock())
    tell_standings()


def source_(
    name: str, stands: Literal["on-trial", "believed", "withdrawn"], *, because: str, home: Path | None = None
) -> None:
    """Say how a source stands, and so all that it ever sent.

    Args:
        name: the source's name, or its number.
        stands: on-trial: what its indicators match is counted, and nobody is told; believed: they raise alerts again;
            withdrawn: all that it ever sent is taken back, and nothing more is taken from it.
        because: why, in a sentence.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    opened(home)
    from watchward.console.intel import queries, standings  # noqa: PLC0415 - needs Django to be ready

    by = _by()
    found = [one for one in queries.sources_visible_to(by) if name in {one.name, str(one.pk)}]
    if len(found) != 1:
        raise BadInputError(
            f"{'No' if not found else 'More than one'} source is called {name!r}.",
            advice="Give its number, which stands in the address of its page.",
        )
    act = {
        "on-trial": standings.try_source,
        "believed": standings.believe_source,
        "withdrawn": standings.withdraw_source,
    }[stands]
    act(by=by, source=found[0], because=because, clock=SystemClock())


def _by() -> "Service":
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready

    return Service(name=NAME)


def _organisation(code: str) -> "Organisation":
    from watchward.console.estate import queries  # noqa: PLC0415 - needs Django to be ready

    found = queries.organisation_visible_to(_by(), code)
    if found is None:
        raise BadInputError(f"There is no organisation {code!r}.", advice="Look it up with: watchward estate list")
    return found


def _collection(name: str) -> "Collection":
    from watchward.console.intel import queries  # noqa: PLC0415 - needs Django to be ready

    found = queries.collection_named(_by(), name)
    if found is None:
        raise BadInputError(f"There is no one collection {name!r}.", advice="List them with: watchward intel list")
    return found


def _read(path: Path) -> tuple[bytes, datetime]:
    """A file's text, and when it was last changed."""
    try:
        return path.read_bytes(), datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    except OSError as error:
        raise BadInputError(f"{path} cannot be read: {error.strerror}.", advice="Check its name.") from error


def _url(config: Config) -> str:
    return config.public_url.rstrip("/")


def _show(path: Path, done: "Brought", *, as_json: bool) -> None:
    stored, unread = done.stored, list(done.unread)
    if as_json:
        refused = [{"id": one.stix_id, "reason": one.message} for one in stored.refused]
        line = {"file": str(path), "form": done.form.value, "new": len(stored.new), "known": len(stored.known),
                "not_looked_for": [{"id": one.stix_id, "reason": one.message} for one in stored.unsought],
                "refused": refused, "unread": unread}  # fmt: skip
        sys.stdout.write(json.dumps(line) + "\n")
        return
    console = Console(soft_wrap=True, highlight=False, markup=False)
    bad = len(stored.refused) + len(unread)
    console.print(f"{path}: {len(stored.new):,} new, {len(stored.known):,} known already, {bad:,} refused.")
    if stored.unsought:
        console.print(f"{len(stored.unsought):,} of the new are kept, and not looked for:")
    for one in stored.unsought[:_SHOWN]:
        console.print(f"  {one.stix_id}: {one.message}")
    if len(stored.unsought) > _SHOWN:
        console.print(f"  … and {len(stored.unsought) - _SHOWN:,} more; --json lists all.")
    for why in [f"{one.stix_id}: {one.message}" for one in stored.refused[:_SHOWN]] + unread[:_SHOWN]:
        console.print(f"  {why}")
