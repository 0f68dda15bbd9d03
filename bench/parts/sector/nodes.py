"""A small sector as real processes on this machine: a nation, its regions and their organisations.

Each node has its own home, database, keys and ports, and joins its parent by a one-time code. Only those processes run
that the way of a block needs: at the nation and the regions the web process, which tells children; the worker where
harm is checked; the link process at every child; at organisations the server of lists, and a real Unbound beside it.
"""

import json
import random
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from watchward.node.config import child_environment

WATCHWARD = (sys.executable, "-m", "watchward")
UNHURRIED = {"WATCHWARD_API_REQUESTS_A_MINUTE": "1000000"}
"""One person presses here what hundreds would."""

NATION = "NAT"
FIRST = "T01"
"""The organisation that sees the attack first."""

CANARIES = frozenset({"T02", "T03"})
"""The organisations that try national blocks first; the first organisation, where these are not."""

_PROCESSES = {
    "nation": ("web", "worker"),
    "region": ("web", "link"),
    "trust": ("lists", "unbound", "link"),
}
JOIN_SECONDS = 240
STOP_SECONDS = 30
_PORTS = range(15_000, 30_000)
"""Below what the system gives to outgoing connections, so that none of them takes a node's port."""

UNBOUND = """
server:
  chroot: ""
  directory: "{folder}"
  username: ""
  pidfile: ""
  logfile: "{folder}/unbound.log"
  do-daemonize: no
  interface: 127.0.0.1@{port}
  port: {port}
  do-ip6: no
  do-not-query-localhost: no
remote-control:
  control-enable: no
auth-zone:
  name: "example."
  zonefile: "{folder}/example.db"
  for-downstream: no
  for-upstream: yes
"""
EXAMPLE = """$TTL 60
$ORIGIN example.
@ SOA ns.example. h.example. 1 60 60 60 60
@ NS ns.example.
ns A 127.0.0.1
* A 192.0.2.1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An organisation of the invented sector.

    Args:
        code: its code.
        kind: what it is.
        above: the code of the one above; empty for the nation.
        path: all codes from the top down to it.

    """

    code: str
    kind: str
    above: str
    path: str


def places(regions: int, organisations: int) -> list[Place]:
    """A nation, so many regions, and so many organisations over all of them, or else below the nation itself."""
    found = [Place(code=NATION, kind="nation", above="", path=f"/{NATION}/")]
    for number in range(1, regions + 1):
        found.append(Place(code=f"Y{number}", kind="region", above=NATION, path=f"/{NATION}/Y{number}/"))
    for number in range(organisations):
        above = found[1 + number % regions] if regions else found[0]
        code = f"T{number + 1:02}"
        found.append(Place(code=code, kind="trust", above=above.code, path=f"{above.path}{code}/"))
    return found


@dataclass(slots=True)
class Node:
    """A node: its place, its home, and what runs of it."""

    place: Place
    home: Path
    processes: dict[str, subprocess.Popen[bytes]]

    @property
    def code(self) -> str:
        """The code of the organisation whose it is."""
        return self.place.code

    @property
    def ports(self) -> dict[str, int]:
        """The ports of its `config.toml`."""
        return tomllib.loads((self.home / "config.toml").read_text())

    @property
    def resolver(self) -> Path:
        """The folder of its Unbound."""
        return self.home / "resolver"

    @property
    def resolver_port(self) -> int:
        """The port of its Unbound."""
        return int((self.resolver / "port").read_text())

    @property
    def url(self) -> str:
        """Where its console is."""
        return f"https://localhost:{self.ports['web_port']}"

    def command(self, *arguments: str) -> str:
        """What a `watchward` command on this node prints."""
        done = subprocess.run(
            [*WATCHWARD, *arguments, "--home", str(self.home)], check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"{self.code}: watchward {' '.join(arguments[:3])}: {done.stderr or done.stdout}")
        return done.stdout

    def start(self, *names: str) -> None:
        """Start some of the node's processes, or its resolver."""
        for name in names:
            command = [*WATCHWARD, "serve", name, "--home", str(self.home)]
            if name == "unbound":
                command = [unbound(), "-d", "-c", str(self.resolver / "unbound.conf")]
            with (self.home / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    command, stdout=log, stderr=log, env=child_environment(UNHURRIED)
                )

    def stop(self) -> None:
        """End all that runs of it."""
        end(self.processes.values())
        self.processes.clear()

    def rows(self, statement: str, *values: object) -> list[tuple]:
        """What its database says now."""
        with closing(sqlite(self.home)) as database:
            return database.execute(statement, values).fetchall()


def end(processes: Iterable[subprocess.Popen[bytes]]) -> None:
    """End processes that were started here: all are asked first, and then waited for."""
    running = list(processes)
    for process in running:
        process.terminate()
    until = time.monotonic() + STOP_SECONDS
    for process in running:
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def sqlite(home: Path):
    import sqlite3

    return sqlite3.connect(f"file:{home / 'watchward.db'}?mode=ro", uri=True, timeout=30)


def unbound() -> str:
    """The resolver.

    Raises:
        SystemExit: there is none.

    """
    found = shutil.which("unbound", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:/sbin:/bin")
    if found is None:
        raise SystemExit("needs unbound: apt-get install unbound")
    return found


@dataclass(slots=True)
class Sector:
    """All nodes, in their order from the top down."""

    folder: Path
    nodes: dict[str, Node]

    @property
    def nation(self) -> Node:
        """The national node."""
        return self.nodes[NATION]

    @property
    def regions(self) -> list[Node]:
        """The regional nodes."""
        return [node for node in self.nodes.values() if node.place.kind == "region"]

    @property
    def organisations(self) -> list[Node]:
        """The nodes of organisations."""
        return [node for node in self.nodes.values() if node.place.kind == "trust"]

    @property
    def first(self) -> Node:
        """The node of the organisation that sees the attack first."""
        return self.nodes[FIRST]

    @property
    def canaries(self) -> list[Node]:
        """The nodes of organisations that try national blocks first."""
        return [node for node in self.organisations if node.code in CANARIES] or [self.first]

    @property
    def careful(self) -> Node:
        """The node of the one organisation whose policy asks for a look at harm first, as policies do by default."""
        return self.organisations[-1]

    @property
    def people(self) -> dict[str, str]:
        """The tokens of those who press buttons, by what they are."""
        return json.loads((self.folder / "people.json").read_text())

    def run(self, stack: ExitStack, *, sharing: bool = False) -> None:
        """Start all processes, from the top down and one node after the other; they end with the stack.

        Args:
            stack: ends them.
            sharing: whether the first organisation takes events, makes alerts, and has people who share them; and the
                worker runs at the one whose policy asks for a look at harm.

        """
        stack.callback(self.stop)
        for node in self.nodes.values():
            node.start(*_PROCESSES[node.place.kind])
            if node is self.careful and sharing:
                node.start("worker")
            if node is self.first and sharing:
                node.start("web", "gateway", "projector")
            if "web" in node.processes:
                self._until_serving(node)

    def stop(self) -> None:
        """End all processes."""
        end(process for node in self.nodes.values() for process in node.processes.values())

    def _until_serving(self, node: Node) -> None:
        """Wait until something accepts connections where a node's console listens."""
        until = time.monotonic() + JOIN_SECONDS
        while True:
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", node.ports["web_port"])) == 0:
                    return
            if time.monotonic() > until or node.processes["web"].poll() is not None:
                raise SystemExit(f"{node.code} does not come to serve; its web.log says why.")
            time.sleep(0.2)

    def memory(self) -> int:
        """How many bytes all processes hold that no other process holds too."""
        return sum(_private(process.pid) for node in self.nodes.values() for process in node.processes.values())


def _private(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))


def opened(folder: Path, *, regions: int, organisations: int) -> Sector:
    """The sector in a folder; made, and its nodes joined, where there is none."""
    nodes = {
        place.code: Node(place=place, home=folder / place.code, processes={})
        for place in places(regions, organisations)
    }
    sector = Sector(folder=folder, nodes=nodes)
    if not (folder / "joined").exists():
        _build(sector)
        (folder / "joined").touch()
    return sector


def _build(sector: Sector) -> None:
    """Make the homes and join them."""
    sector.folder.mkdir(parents=True, exist_ok=True)
    ports = _free_ports()
    for node in sector.nodes.values():
        node.home.mkdir()
        given = {name: next(ports) for name in ("web_port", "gateway_port", "lists_port", "lists_dns_port")}
        small = {"gateway_free_mib": 0, "events_free_mib": 0, "duplicates_mib": 64}
        lines = [f"{name} = {value}" for name, value in (given | small).items()]
        (node.home / "config.toml").write_text("\n".join(lines) + "\n")
    # The database is laid out once and copied: that takes half a minute, and is the same everywhere.
    _prepare(sector, sector.nation, "sector")
    for node in list(sector.nodes.values())[1:]:
        shutil.copy(sector.nation.home / "watchward.db", node.home)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(_connect, sector.organisations, [next(ports) for _ in sector.organisations]))
        title = ("intel", "collection", "Shared with everybody", "--organisation", FIRST)
        sector.first.command(*title, "--unmarked", "green", "--open-to", "all")
        for parent in [sector.nation, *sector.regions]:
            _join(pool, parent, [node for node in sector.nodes.values() if node.place.above == parent.code])


def adopting(sector: Sector) -> None:
    """Have each organisation write its policy, once: it blocks what others share, one of them after a look at harm."""
    marker = sector.folder / "policies"
    if marker.exists():
        return
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda node: _prepare(sector, node, _policy_of(sector, node)), sector.organisations))
    marker.touch()


def _policy_of(sector: Sector, node: Node) -> str:
    return "check-first" if node is sector.careful else "at-once"


def _prepare(sector: Sector, node: Node, what: str) -> None:
    """Do something in a home, in a process of its own: a process has one home."""
    script = Path(__file__).with_name("prepare.py")
    shape = [str(len(sector.regions)), str(len(sector.organisations))]
    subprocess.run([sys.executable, str(script), what, str(node.home), str(sector.folder), *shape], check=True)


def _connect(node: Node, port: int) -> None:
    """Let a resolver read the lists of a node, and write its configuration."""
    node.resolver.mkdir()
    (node.resolver / "port").write_text(str(port))
    (node.resolver / "example.db").write_text(EXAMPLE)
    said = json.loads(
        node.command(
            "control", "add", node.code, "Resolver", "unbound",
            "--address", "127.0.0.1", "--notify", f"127.0.0.1@{port}", "--json",
        )
    )  # fmt: skip
    settings = UNBOUND.format(folder=node.resolver, port=port) + said["configuration"]
    (node.resolver / "unbound.conf").write_text(settings)


def _join(pool: ThreadPoolExecutor, parent: Node, children: Iterable[Node]) -> None:
    """Have children join a parent, each by a code of its own."""
    parent.start("web")
    try:
        list(pool.map(lambda child: _join_one(parent, child), children))
    finally:
        parent.stop()


def _join_one(parent: Node, child: Node) -> None:
    code = json.loads(parent.command("link", "invite", child.code, child.code, "--json"))["code"]
    until = time.monotonic() + JOIN_SECONDS
    while True:
        try:
            child.command("link", "join", code)
        except SystemExit:
            if time.monotonic() > until:
                raise
            time.sleep(1)
        else:
            return


def _free_ports() -> Iterator[int]:
    """Ports on which nothing listens."""
    start = random.randrange(len(_PORTS))
    for number in range(len(_PORTS)):
        port = _PORTS[(start + number) % len(_PORTS)]
        with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
        yield port
