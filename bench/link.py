"""From telling to effect over a link: two nodes as real processes on one machine, each with its own store.

    python bench/link.py [HOW_MANY]

The effect is the place in the stream, which is kept in the transaction of what was told.
"""

import json
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path

WATCHWARD = [sys.executable, "-m", "watchward"]
HOW_MANY = 100
KIND = "bench"


def main():
    """Print how long it took, down and up."""
    if sys.argv[1:2] == ["tell"]:
        tell_as_asked(Path(sys.argv[2]))
        return
    if sys.argv[1:2] == ["between"]:
        tabled(measure(Path(sys.argv[2]), Path(sys.argv[3]), 40), measure(Path(sys.argv[3]), Path(sys.argv[2]), 40))
        return
    how_many = int(sys.argv[1]) if sys.argv[1:] else HOW_MANY
    with tempfile.TemporaryDirectory() as folder:
        parent, child = Path(folder, "parent"), Path(folder, "child")
        for home in (parent, child):
            home.mkdir()
            home.joinpath("config.toml").write_text(f"web_port = {free_port()}\ngateway_port = {free_port()}\n")
        with serving(parent, "web"):
            join(parent, child)
            with serving(child, "link"):
                time.sleep(3)
                down = measure(parent, child, how_many)
                up = measure(child, parent, how_many)
    tabled(down, up)


def tabled(down, up):
    """Print the two."""
    print(f"{'from telling to effect, over one link':40} {'median':>9} {'p95':>9} {'longest':>9}")
    for name, took in (("down (parent to child)", down), ("up (child to parent)", up)):
        ordered = sorted(took)
        p95 = ordered[int(len(ordered) * 0.95) - 1]
        print(f"{name:40} {statistics.median(took):8.3f}s {p95:8.3f}s {ordered[-1]:8.3f}s")


def join(parent, child):
    """Link the two."""
    subprocess.run([*WATCHWARD, "serve", "web", "--help"], check=True, capture_output=True)
    make = (
        "from pathlib import Path; from watchward.node.config import load; from watchward.node.wiring import *;"
        "c = load(Path(__import__('sys').argv[1])); start_django(c); migrate(c);"
        "from watchward.console.estate.models import Organisation as O;"
        "O.objects.get_or_create(code='AA1', name='Invented Trust', kind='trust', path='/AA1/')"
    )
    for home in (parent, child):
        subprocess.run([sys.executable, "-c", make, str(home)], check=True)
    invited = [*WATCHWARD, "link", "invite", "AA1", "Invented Trust", "--home", str(parent), "--json"]
    code = json.loads(subprocess.run(invited, check=True, capture_output=True).stdout)["code"]
    for _ in range(60):
        done = subprocess.run(
            [*WATCHWARD, "link", "join", code, "--home", str(child)], check=False, capture_output=True
        )
        if done.returncode == 0:
            return
        time.sleep(1)
    raise SystemExit(done.stderr.decode())


def measure(teller, hearer, how_many):
    """How many seconds each took."""
    took = []
    with (
        subprocess.Popen(
            [sys.executable, __file__, "tell", str(teller)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as telling,
        closing(sqlite3.connect(hearer / "watchward.db")) as database,
    ):
        telling.stdout.readline()
        for number in range(how_many):
            before = stands(database)
            telling.stdin.write(f"{number}\n")
            telling.stdin.flush()
            began = float(telling.stdout.readline())
            while stands(database) == before:
                time.sleep(0.001)
            took.append(time.time() - began)
            time.sleep(0.05 + number % 7 / 100)
        telling.stdin.close()
    return took


def stands(database):
    return database.execute("SELECT epoch, seq FROM link_hearing").fetchall()


def tell_as_asked(home):
    """Tell one thing for each line that comes, and print when it was told."""
    from watchward.node.config import load
    from watchward.node.wiring import start_django

    start_django(load(home))
    from django.db import transaction

    from watchward.base.clock import SystemClock
    from watchward.console.link import telling
    from watchward.link.stream import Envelope

    print("ready", flush=True)
    for line in sys.stdin:
        began = time.time()
        with transaction.atomic():
            told = Envelope(kind=KIND, id=f"{line.strip()}-{began}", made_at=str(began), body=b'{"says":"x"}')
            telling.queue([told], to=[*telling.children(), *telling.parent()], event=False, why="", at=SystemClock())
        print(began, flush=True)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def serving(home, what):
    log = (home / f"{what}.log").open("wb")
    process = subprocess.Popen([*WATCHWARD, "serve", what, "--home", str(home)], stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
