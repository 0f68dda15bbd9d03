"""TAXII 2.1: objects in, objects out and an empty poll, over HTTP on loopback, with OpenTAXII in the same run.

    python bench/taxii.py [--objects 100000] [--peer PYTHON] [--peer-objects 5000] [--pairs 3]

OpenTAXII needs an environment of its own, with gunicorn; `--peer` names its interpreter, or else it is that of
`.venv/opentaxii`:

    python -m venv .venv/opentaxii && .venv/opentaxii/bin/pip install opentaxii==0.9.3 gunicorn

OpenTAXII 0.9.3 cannot write the answer to a POST when its database is SQLite (an identifier is no text there): it is
started with one line that lets it. Asked for the newest versions, as clients ask by default, it takes longer the more
objects there are: only one page of that is measured, and all versions besides.

Each server is one process with a database in a file. "CPU" is what the server's process computed, so it holds on a
machine with other work too; everything that comes out is counted, and compared with what went in. Without `--peer` and
without that environment, Watchward is measured alone, and the table says so.
"""

import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid5

import httpx

PROJECT = Path(__file__).parents[1]
sys.path[:0] = [str(PROJECT / "src")]

from watchward.node.config import child_environment  # noqa: E402 - found only now

PEER = PROJECT / ".venv" / "opentaxii" / "bin" / "python"
TAXII = "application/taxii+json;version=2.1"
HEADERS = {"Accept": TAXII, "Content-Type": TAXII, "Accept-Encoding": "identity"}
NAMES = UUID("00000000-0000-4000-8000-000000000000")
DESCRIPTION = "An address that was seen in attacks on hospitals, with the tools that came from it. "
TICKS = os.sysconf("SC_CLK_TCK")
POLLS = 300
EVERY = 1_000_000


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--objects", type=int, default=100_000)
    arguments.add_argument("--peer", type=Path, default=PEER)
    arguments.add_argument("--peer-objects", type=int, default=5_000)
    arguments.add_argument("--pairs", type=int, default=3)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        servers = [lambda: watchward(Path(folder) / "home", given.objects)]
        if given.peer.is_file():
            servers.append(lambda: opentaxii(given.peer.absolute(), Path(folder), given.peer_objects))
        else:
            print(f"OpenTAXII is not installed ({given.peer}); see --help.")
        rows = [row for serve in servers for row in measured(serve, given.pairs)]
    table(rows)
    return 0


def indicator(number: int) -> dict[str, object]:
    address = f"{10 + number // 65_536}.{number // 256 % 256}.{number % 256}.7"
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid5(NAMES, address)}",
        "created": "2026-02-01T00:00:00.000Z",
        "modified": "2026-02-01T00:00:00.000Z",
        "name": f"Address {address}",
        "description": DESCRIPTION * 2,
        "indicator_types": ["malicious-activity"],
        "pattern": f"[ipv4-addr:value = '{address}']",
        "pattern_type": "stix",
        "valid_from": "2026-02-01T00:00:00Z",
    }


class Target:
    """A server that runs: its name and process, where its collection is, how to sign in, and how much goes through."""

    def __init__(self, **given):
        vars(self).update(given)

    def cpu(self) -> float:
        """Seconds that its processes computed."""
        pids = [self.process.pid, *children(self.process.pid)]
        return (
            sum(sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13])) for pid in pids)
            / TICKS
        )

    def memory(self) -> int:
        """MiB that its process ever held."""
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        return int(found[1]) >> 10


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def measured(serve, pairs):
    with serve() as target, httpx.Client(auth=target.auth, headers=HEADERS, timeout=600) as http:
        yield (
            target.name,
            "objects in",
            f"{target.objects:,} in requests of {target.per_request:,}",
            *went_in(http, target),
        )
        for how, query, most in target.out:
            runs = [came_out(http, target, query, most) for _ in range(pairs if most > 1 else 1)]
            yield (target.name, "objects out", how, *map(max, zip(*runs, strict=True)), "objects/s")
        runs = [polled(http, target) for _ in range(pairs)]
        yield (target.name, "empty poll", "added after the last", *map(min, zip(*runs, strict=True)), "ms")
        if target.longest:
            before = target.memory()
            sent_longest(http, target)
            print(f"{target.name}: memory at most {before:,} MiB, and {target.memory():,} MiB after a longest request.")


def went_in(http, target):
    bodies = [
        json.dumps({"objects": [indicator(n) for n in range(first, min(first + target.per_request, target.objects))]})
        for first in range(0, target.objects, target.per_request)
    ]
    computed, began = target.cpu(), time.perf_counter()
    for body in bodies:
        answer = http.post(f"{target.url}objects/", content=body)
        answer.raise_for_status()
        said = answer.json()
        while said["status"] == "pending":
            time.sleep(0.05)
            said = http.get(f"{target.url.partition('collections')[0]}status/{said['id']}/").json()
        assert said["failure_count"] == 0, said
    seconds, computed = time.perf_counter() - began, target.cpu() - computed
    return target.objects / seconds, target.objects / max(computed, 0.01), "objects/s"


def sent_longest(http, target):
    """Send as many objects at once as one request may hold."""
    each = len(json.dumps(indicator(EVERY)).encode()) + 16  # an address may be longer than the first
    objects = [indicator(EVERY + number) for number in range((target.longest - 1_000) // each)]
    answer = http.post(f"{target.url}objects/", content=json.dumps({"objects": objects}))
    answer.raise_for_status()
    assert answer.json()["total_count"] == len(objects), answer.json()


def came_out(http, target, query, most):
    pages, following = [], {}
    computed, began = target.cpu(), time.perf_counter()
    while len(pages) < most:
        answer = http.get(f"{target.url}objects/", params={**query, **following})
        pages.append(answer.content)
        ends = answer.content[:300] + answer.content[-300:]
        if not re.search(rb'"more": ?true', ends):
            break
        following = {"next": re.search(rb'"next": ?"([^"]+)"', ends)[1].decode()}
    seconds, computed = time.perf_counter() - began, target.cpu() - computed
    ids = [one["id"] for page in pages for one in json.loads(page)["objects"]]
    assert len(ids) == len(set(ids)) == min(target.objects, most * query["limit"]), (len(ids), len(set(ids)))
    return len(ids) / seconds, len(ids) / max(computed, 0.01)


def polled(http, target):
    last = "2100-01-01T00:00:00.000000Z"
    times = []
    computed = target.cpu()
    for _ in range(POLLS):
        began = time.perf_counter()
        answer = http.get(f"{target.url}objects/", params={"added_after": last})
        times.append(time.perf_counter() - began)
        assert "objects" not in answer.json()
    return 1000 * statistics.median(times), 1000 * (target.cpu() - computed) / POLLS


@contextmanager
def watchward(home: Path, objects: int):
    port = free_port()
    environment = {
        **child_environment({}),
        "WATCHWARD_HOME": str(home),
        "WATCHWARD_WEB_PORT": str(port),
        "WATCHWARD_EXERCISE": "1",  # so that the console speaks plain HTTP on loopback, as its peer does
    }
    subprocess.run([sys.executable, "-c", PREPARE, str(home)], check=True, env=environment)
    run = [sys.executable, "-m", "watchward", "intel"]
    made = ["collection", "Shared", "--organisation", "XX1", "--unmarked", "green"]
    collection = subprocess.run(
        [*run, *made], check=True, env=environment, capture_output=True, text=True
    ).stdout.strip()
    given = ["key", "Bench", "--organisation", "XX1", "--write", collection, "--json"]
    key = json.loads(subprocess.run([*run, *given], check=True, env=environment, capture_output=True).stdout)
    process = subprocess.Popen([sys.executable, "-m", "watchward", "serve", "web"], env=environment)
    url = f"http://127.0.0.1:{port}/taxii2/intelligence/collections/{collection}/"
    with ended(process, f"http://127.0.0.1:{port}/taxii2/"):
        yield Target(
            name="Watchward", process=process, url=url, auth=(key["user"], key["password"]), objects=objects,
            per_request=10_000, longest=32 << 20, out=[
                ("the newest versions, pages of 1,000", {"limit": 1_000}, EVERY),
                ("the newest versions, pages of 10,000", {"limit": 10_000}, EVERY),
                ("all versions, pages of 1,000", {"limit": 1_000, "match[version]": "all"}, EVERY),
            ],
        )  # fmt: skip


PREPARE = """
import sys
from pathlib import Path
from watchward.node.config import load
from watchward.node.wiring import migrate, start_django
config = load(Path(sys.argv[1]))
config.layout.create()
config.layout.config.write_text("")
start_django(config)
migrate(config)
from watchward.console.estate.models import Organisation
Organisation.objects.create(code="XX1", name="Invented Trust", kind="trust", path="/XX1/")
"""


@contextmanager
def opentaxii(python: Path, folder: Path, objects: int):
    port = free_port()
    config = folder / "opentaxii.yml"
    config.write_text(f"""
domain: "127.0.0.1:{port}"
auth_api:
  class: opentaxii.auth.sqldb.SQLDatabaseAPI
  parameters: {{db_connection: "sqlite:///{folder}/auth.db", create_tables: yes, secret: bench}}
taxii1:
taxii2:
  persistence_api:
    class: opentaxii.persistence.sqldb.Taxii2SQLDatabaseAPI
    parameters: {{db_connection: "sqlite:///{folder}/taxii2.db", create_tables: yes}}
  title: Bench
  public_discovery: true
  max_content_length: 104857600
logging: {{opentaxii: error, root: error}}
""")
    environment = {**child_environment({}), "OPENTAXII_CONFIG": str(config)}
    environment.pop("PYTHONPATH", None)
    made = subprocess.run([python, "-c", PREPARE_PEER], check=True, env=environment, capture_output=True, text=True)
    root, collection = made.stdout.split()[-2:]
    (folder / "peer.py").write_text(PEER_APPLICATION)
    serve = [
        python,
        "-m",
        "gunicorn",
        "--chdir",
        folder,
        "peer:app",
        "-w",
        "1",
        "-b",
        f"127.0.0.1:{port}",
        "--timeout",
        "600",
    ]
    process = subprocess.Popen([*serve, "--log-level", "error"], env=environment)
    url = f"http://127.0.0.1:{port}/taxii2/{root}/collections/{collection}/"
    with ended(process, f"http://127.0.0.1:{port}/taxii2/"):
        yield Target(
            name="OpenTAXII 0.9", process=process, url=url, auth=None, objects=objects, per_request=1_000,
            longest=0, out=[
                ("the newest versions, the first page of 1,000", {"limit": 1_000}, 1),
                ("all versions, pages of 1,000", {"limit": 1_000, "match[version]": "all"}, EVERY),
            ],
        )  # fmt: skip


PREPARE_PEER = """
from opentaxii.http import server
api = server.servers.taxii2.persistence.api
root = api.add_api_root(title="Bench", description="", default=True, is_public=True)
one = api.add_collection(api_root_id=str(root.id), title="Shared", is_public=True, is_public_write=True)
print(root.id, one.id)
"""


PEER_APPLICATION = """
import json
from types import SimpleNamespace
import opentaxii.taxii2.http
opentaxii.taxii2.http.json = SimpleNamespace(dumps=lambda said: json.dumps(said, default=str))
from opentaxii.http import app
"""


@contextmanager
def ended(process, url):
    """A server that answers, and that is gone afterwards."""
    try:
        for _ in range(600):
            try:
                httpx.get(url, timeout=60)
                break
            except httpx.TransportError:
                time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def table(rows) -> None:
    print("| server | what | how | measured | by the server's CPU | unit |")
    print("|---|---|---|--:|--:|---|")
    for name, what, how, wall, cpu, unit in rows:
        shown = [f"{one:,.1f}" if unit == "ms" else f"{one:,.0f}" for one in (wall, cpu)]
        print(f"| {name} | {what} | {how} | {shown[0]} | {shown[1]} | {unit} |")


if __name__ == "__main__":
    sys.exit(main())
