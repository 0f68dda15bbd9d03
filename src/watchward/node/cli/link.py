"""`watchward link`: the node above, the nodes below, what left, and the withdrawal of what one of them sent."""

import json
import sys
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.node.cli.days import require_days
from watchward.node.cli.home import opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from watchward.console.access.guard import Service
    from watchward.console.link.models import Passage, Peer

app = App(name="link", help="Link this node with the one above and those below, and withdraw what came from one.")

AsJson = Annotated[bool, Parameter(name="--json", negative=())]
NAME = "watchward link"


@app.command
def invite(  # noqa: PLR0913 - the options of a command
    organisation: str,
    name: str,
    *,
    days: int = 3,
    again: int | None = None,
    home: Path | None = None,
    as_json: AsJson = False,
) -> None:
    """Make a code with which one node may join this one as a child, once.

    Args:
        organisation: the code of the organisation for which it speaks, with those below it.
        name: how this node calls it.
        days: how long the code may be used.
        again: the number of a link in whose place it comes, where a child lost its keys or its machine.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object.

    """
    opened(home)
    from watchward.console.estate import queries  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.link import actions  # noqa: PLC0415

    by = _service()
    where = queries.organisation_visible_to(by, organisation)
    if where is None:
        raise BadInputError(
            f"There is no organisation {organisation!r}.", advice="Look it up with: watchward estate list"
        )
    peer = None if again is None else _peer(str(again))
    made = actions.invite(
        by=by, name=name, organisation=where, clock=SystemClock(), peer=peer, good_for=timedelta(days=days)
    )
    if as_json:
        sys.stdout.write(json.dumps({"code": made.text, "until": made.invitation.until.isoformat()}) + "\n")
        return
    sys.stdout.write(f"{made.text}\n")
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(
        f"Hand it over so that nobody else reads it. It is good for one node, until"
        f" {made.invitation.until:%d %B %Y %H:%M} UTC.\nThere: watchward link join CODE"
    )


@app.command
def join(code: str, *, home: Path | None = None, as_json: AsJson = False) -> None:
    """Join the node that made a code: it is this one's parent from now on, in the place of any other.

    Args:
        code: as it was handed over.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object.

    """
    opened(home)
    from watchward.console.link import queries  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.link.over import join as join_with  # noqa: PLC0415 - needs Django to be ready
    from watchward.link.code import read  # noqa: PLC0415 - as above

    before = queries.present_parent()
    peer = join_with(read(code), by=_service(), clock=SystemClock())
    if as_json:
        sys.stdout.write(json.dumps({"parent": peer.name, "node": peer.node, "address": peer.address}) + "\n")
    else:
        still = "still " if before == peer else ""
        sys.stdout.write(f"{peer.name} ({peer.address}) is {still}the parent of this node.\n")
        if not queries.has_organisations():
            sys.stdout.write(
                "This node has no organisations, and can take nothing that is for any: import them, with\n"
                "“watchward estate import”. What is refused until then is asked for again by itself.\n"
            )


@app.command(name="list")
def list_(*, home: Path | None = None, as_json: AsJson = False) -> None:
    """List the nodes above and below, with when each was last in contact and what waits for it.

    Args:
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object a line.

    """
    opened(home)
    from watchward.console.link import queries  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.link.presenters import described  # noqa: PLC0415

    found = list(described(list(queries.peers_visible_to(_service())), now=SystemClock().now()))
    if as_json:
        sys.stdout.writelines(one.model_dump_json() + "\n" for one in found)
        return
    table = Table("link", "node", "is the", "speaks for", "state", "last contact (UTC)", "waiting", box=None)
    for one in found:
        last = f"{one.last_at:%Y-%m-%d %H:%M}" if one.last_at else "never"
        table.add_row(str(one.id), one.name, one.way, one.organisation or "", one.state, last, f"{one.waiting:,}")
    screen = Console(soft_wrap=True, highlight=False, markup=False)
    screen.print(table if found else "This node is linked with no other.")
    for one in found:
        for bad in one.wrong:
            screen.print(f"\n{one.name}: {bad.what}\n  {bad.advice}")


@app.command
def left(*, days: int = 30, home: Path | None = None, as_json: AsJson = False) -> None:
    """What left this node: every class of data, to whom, when, how much, and why.

    Args:
        days: how many days to look back.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object a line.

    """
    opened(home)
    from watchward.console.link import queries  # noqa: PLC0415 - needs Django to be ready

    _print_passed(queries.LEAVING, whom="to", days=days, as_json=as_json)


@app.command
def came(*, days: int = 30, home: Path | None = None, as_json: AsJson = False) -> None:
    """What came in by links, what of it was refused, and what this version does not know.

    Args:
        days: how many days to look back.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object a line.

    """
    opened(home)
    from watchward.console.link import queries  # noqa: PLC0415 - needs Django to be ready

    _print_passed(queries.COMING, whom="from", days=days, as_json=as_json)


def _print_passed(fates: "Sequence[Passage.Fate]", *, whom: str, days: int, as_json: bool) -> None:
    from watchward.console.link import queries  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.link.presenters import passed  # noqa: PLC0415
    from watchward.console.node.presenters import size_in_words  # noqa: PLC0415

    require_days(days)
    since = SystemClock().now().date() - timedelta(days=days - 1)
    rows = queries.passages_visible_to(_service(), fates=fates).filter(day__gte=since)
    found = (passed(one) for one in rows.order_by("-day", "peer", "kind", "id").iterator())
    if as_json:
        sys.stdout.writelines(one.model_dump_json() + "\n" for one in found)
        return
    screen, said = Console(soft_wrap=True, highlight=False, markup=False), False
    for (day, peer), several in groupby(found, key=lambda one: (one.day, one.peer)):
        said = True
        screen.print(f"{day}, {whom} {peer}")
        for one in several:
            why = f": {one.why}" if one.why else ""
            screen.print(f"  {one.label}, {one.count:,} ({size_in_words(one.bytes)}), {one.fate}{why}")
    if not said:
        screen.print(f"Nothing in {days:,} days; --days looks back further.")


@app.command
def policy(
    link: str,
    *,
    out: tuple[str, ...] = (),
    withhold: tuple[str, ...] = (),
    home: Path | None = None,
    as_json: AsJson = False,
) -> None:
    """Say, class by class, what this node tells another; without anything to change, show it.

    What is withheld, the other end is told to drop.

    Args:
        link: its number, as `watchward link list` shows it.
        out: a class to let out; may be given several times.
        withhold: a class to withhold; may be given several times.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object.

    """
    opened(home)
    from watchward.console.link import actions, kinds  # noqa: PLC0415 - needs Django to be ready

    if both := sorted({*out} & {*withhold}):
        raise BadInputError(f"{', '.join(both)} is both let out and withheld.", advice="Name each class once.")
    peer = _peer(link)
    if out or withhold:
        wanted = {**dict.fromkeys(out, True), **dict.fromkeys(withhold, False)}
        actions.set_policy(by=_service(), peer=peer, lets_out=wanted, clock=SystemClock())
    going = [kind for kind in kinds.all_kinds() if kind.may_go_to(peer)]
    if as_json:
        sys.stdout.write(json.dumps({kind.name: kind.is_let_out_to(peer) for kind in going}) + "\n")
        return
    table = Table("class", "what", f"to {peer}", box=None)
    for kind in going:
        table.add_row(kind.name, kind.label, "let out" if kind.is_let_out_to(peer) else "withheld")
    Console(soft_wrap=True, highlight=False, markup=False).print(table if going else f"Nothing goes to {peer}.")


@app.command
def limit(
    link: str, *, reason: str, things: int | None = None, megabytes: int | None = None, home: Path | None = None
) -> None:
    """Say how much a child may send in a day; what it sends beyond is refused, counted, and told to it.

    Args:
        link: its number, as `watchward link list` shows it.
        reason: why; it is recorded.
        things: how many things; 0 takes nothing; without it as before.
        megabytes: how many megabytes; without it as before.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    opened(home)
    from watchward.console.link import actions  # noqa: PLC0415 - needs Django to be ready

    peer = _peer(link)
    most = peer.most_a_day if things is None else things
    size = peer.most_bytes_a_day if megabytes is None else megabytes << 20
    actions.limit(by=_service(), peer=peer, things=most, size=size, reason=reason, clock=SystemClock())
    sys.stdout.write(f"{peer} may send {peer.most_a_day:,} things and {peer.most_bytes_a_day:,} bytes a day.\n")


@app.command(name="tell-again")
def tell_again(link: str, *, home: Path | None = None) -> None:
    """Tell a node all that holds here once more, at the next contact; nothing counts twice.

    Args:
        link: its number, as `watchward link list` shows it.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    opened(home)
    from watchward.console.link import actions  # noqa: PLC0415 - needs Django to be ready

    peer = _peer(link)
    actions.tell_all(by=_service(), peer=peer, clock=SystemClock())
    sys.stdout.write(f"{peer} is told all that holds here once more, at the next contact.\n")


@app.command(name="ask-again")
def ask_again(link: str, *, home: Path | None = None) -> None:
    """Have a node tell all that holds there once more, at the next contact.

    Args:
        link: its number, as `watchward link list` shows it.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    opened(home)
    from watchward.console.link import actions  # noqa: PLC0415 - needs Django to be ready

    peer = _peer(link)
    actions.ask_for_all(by=_service(), peer=peer, clock=SystemClock())
    sys.stdout.write(f"{peer} is asked for all that holds there, at the next contact.\n")


@app.command
def withdraw(link: str, *, reason: str, home: Path | None = None) -> None:
    """Withdraw all that a child ever sent, and take nothing more from it until its limits are set anew.

    Args:
        link: its number, as `watchward link list` shows it.
        reason: why; it is recorded.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    opened(home)
    from watchward.console.link import actions  # noqa: PLC0415 - needs Django to be ready

    peer = _peer(link)
    done = actions.withdraw_all(by=_service(), peer=peer, reason=reason, clock=SystemClock())
    said = ", ".join(f"{number:,} {label.lower()}" for label, number in done.items()) or "nothing: it had sent nothing"
    sys.stdout.write(f"Withdrawn of what {peer} sent: {said}.\n")


@app.command
def end(link: str, *, reason: str, home: Path | None = None) -> None:
    """End a link: nothing is told or taken by it any more.

    Args:
        link: its number, as `watchward link list` shows it.
        reason: why; it is recorded.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    opened(home)
    from watchward.console.link import actions  # noqa: PLC0415 - needs Django to be ready

    peer = _peer(link)
    actions.end_link(by=_service(), peer=peer, reason=reason, clock=SystemClock())
    sys.stdout.write(f"The link with {peer} has ended.\n")


@app.command(name="change-key")
def change_key(*, home: Path | None = None) -> None:
    """Give this node a new key for its links; every peer learns it at its next contact.

    Args:
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    opened(home)
    from watchward.console.link import actions  # noqa: PLC0415 - needs Django to be ready

    peers = actions.change_key(by=_service(), clock=SystemClock())
    sys.stdout.write(f"This node has a new key; {peers:,} linked nodes learn it when they are next in contact.\n")


def _service() -> "Service":
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready

    return Service(name=NAME)


def _peer(number: str) -> "Peer":
    from watchward.console.link import queries  # noqa: PLC0415 - needs Django to be ready

    found = queries.peers_visible_to(_service()).filter(pk=number if number.isdecimal() else 0).first()
    if found is None:
        raise BadInputError(f"There is no link {number!r}.", advice="Look it up with: watchward link list")
    return found
