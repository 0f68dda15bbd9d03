"""What a week's outage of a parent looks like when it ends: two nodes as real processes, each with its own store.

    python bench/outage.py [--a-day 4000] [--megabytes 4]

A child joins a parent, and the parent's web process is ended. For a week of the clock that the tests hold, the child
goes on telling sightings (by the hours of a working day), changes of what holds, and the hourly head of its audit log;
its worker's jobs are done at their times. Then its link process runs against nothing for a while, the parent comes
back, and the clock on the wall says how long it takes until everything had its effect there. Then the same again with
so little room (`--megabytes`) that the oldest has to be given up.

Two classes of data of its own stand in for those of a node, because their effect is a row in a table, whose order shows
in which order they had it.
"""

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

from link import free_port, join
from watchward.node.config import load

HAPPENED, HOLDS = "bench_sighting", "bench_posture"
CHANGES_A_DAY = 40
HOURS = 7 * 24
AWAY_SECONDS = 45
PATIENCE_SECONDS = 1_200
HEADS = "SELECT coalesce(sum(count), 0) FROM link_passage WHERE kind = 'audit_head' AND fate = 'came'"
REFUSED = "SELECT coalesce(sum(count), 0) FROM link_passage WHERE fate = 'refused'"
# How many of a day's sightings fall into each hour: few at night, most in working hours.
BY_HOUR = [1] * 7 + [4, 8, 10, 10, 10, 8, 9, 10, 9, 8, 5, 3, 2] + [1] * 4
WATCHWARD = [sys.executable, "-m", "watchward"]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--a-day", type=int, default=4_000)
    options.add_argument("--megabytes", type=int, default=4)
    options.add_argument("part", nargs="*")
    given = options.parse_args()
    match given.part:
        case ["serve", what, home]:
            serve(what, Path(home))
        case ["week", name, home, most]:
            week(name, Path(home), given.a_day, int(most))
        case _:
            report(given.a_day, given.megabytes)


def report(a_day, megabytes):
    """Print both weeks."""
    with tempfile.TemporaryDirectory() as folder:
        parent, child = Path(folder, "parent"), Path(folder, "child")
        for home in (parent, child):
            home.mkdir()
            home.joinpath("config.toml").write_text(f"web_port = {free_port()}\ngateway_port = {free_port()}\n")
        with serving(parent, "web"):
            join(parent, child)
            with serving(child, "link"):
                time.sleep(8)  # the two have agreed where each stands
        rows = [outage("a", parent, child, a_day, 256), outage("b", parent, child, a_day, megabytes)]
    for name in rows[0]:
        print(f"| {name} | {rows[0][name]} | {rows[1][name]} |")


def outage(name, parent, child, a_day, megabytes):
    """A week, and its end, as a column of the table."""
    before, heads_before = disk(child), one(parent, HEADS)
    ran = [sys.executable, __file__, "--a-day", str(a_day), "week", name, str(child), str(megabytes << 20)]
    said = json.loads(subprocess.run(ran, check=True, stdout=subprocess.PIPE).stdout)
    grown = disk(child) - before
    mine = f"FROM bench_happened WHERE id LIKE '{name}-%'"
    wanted = said["told"] - said["lost"]
    with serving(child, "link"):
        time.sleep(AWAY_SECONDS)
        trouble = one(child, "SELECT trouble FROM link_peer WHERE way = 'parent'").split("\n")[0]
        with serving(parent, "web") as web:
            first = until(lambda: one(parent, f"SELECT count(*) {mine}") > 0, web)
            last = until(lambda: is_through(parent, child, mine, wanted), web)
            time.sleep(6)  # the acknowledgement of the last is heard, and one exchange more
            waits = one(child, "SELECT count(*) FROM link_queued WHERE acknowledged_at IS NULL")
    numbers = [int(key.partition("-")[2]) for (key,) in many(parent, f"SELECT id {mine} ORDER BY n")]
    faults = one(parent, "SELECT count(*) FROM link_heldhead WHERE faults <> ''")
    agree = many(parent, "SELECT id, value FROM bench_holds ORDER BY id") == many(
        child, "SELECT id, value FROM bench_holds ORDER BY id"
    )
    told = [json.loads(line) for line in command(child, "left", "--json").splitlines()]
    lost = sum(row["count"] for row in told if row["kind"] == HAPPENED and row["fate"].startswith("waited too long"))
    return {
        "room for what happened": f"{megabytes} MB",
        "sightings told in the week; changes of what holds; heads of the audit log": (
            f"{said['told']:,}; {said['changed']:,}; {HOURS}"
        ),
        "waited when it ended": f"{said['waiting']:,} things, {said['bytes'] / 1e6:.1f} MB",
        "the child's disk grew by": f"{grown / 1e6:.1f} MB",
        "given up before it ended": f"{said['lost']:,} sightings",
        "what the child said meanwhile": f"“{trouble.replace(address(parent), 'https://…')}”",
        "from the parent's start until it answered the first": f"{first:.0f} s",
        "until all was through": f"{first + last:.0f} s, {len(numbers) / max(last, 0.2):,.0f} sightings a second",
        "sightings that had their effect; twice; missing": (
            f"{len(numbers):,}; {len(numbers) - len(set(numbers)):,}; {wanted - len(set(numbers)):,}"
        ),
        "in the order in which they happened": "yes" if numbers == sorted(numbers) else "NO",
        "those given up were the oldest": "yes" if min(numbers) == said["lost"] else "NO",
        "what holds is the same at both": "yes" if agree else "NO",
        "heads that came; that did not agree": (f"{one(parent, HEADS) - heads_before:,}; {faults}"),
        "refused": f"{one(parent, REFUSED):,}",
        "`watchward link left` says that were given up": f"{lost:,}",
        "waits afterwards": f"{waits:,}",
    }


def is_through(parent, child, mine, wanted):
    """Whether every sighting has come, and what holds is the same."""
    holds = "SELECT id, value FROM bench_holds ORDER BY id"
    return one(parent, f"SELECT count(*) {mine}") >= wanted and many(parent, holds) == many(child, holds)


def week(name, home, a_day, most):
    """Tell for a week whose clock is moved, and print what was told."""
    made_ready(load(home))
    from django.db import transaction
    from django.db.models import Sum

    from watchward.base.clock import HeldClock, SystemClock
    from watchward.console.link import adapters, heads, speaking, telling
    from watchward.console.link.models import Passage, Queued

    (parent,) = telling.parent()
    # The two weeks are not the same, or the second would say at the same hours where the audit log stands.
    began = SystemClock().now() - timedelta(hours=HOURS * (1 if name == "a" else 2))
    clock, chance, told, changed = HeldClock(at=began), random.Random(name), 0, 0
    for hour in range(HOURS):
        for _ in range(round(a_day * BY_HOUR[clock.now().hour] / sum(BY_HOUR))):
            with transaction.atomic():
                telling.tell(
                    HAPPENED, id=f"{name}-{told}", body=sighting(told), to=[parent], clock=clock, why="It was met here"
                )
            told += 1
        for _ in range(CHANGES_A_DAY // 24 + (hour % 24 < CHANGES_A_DAY % 24)):
            key, value = f"posture-{chance.randrange(200)}", str(chance.random())
            with transaction.atomic():
                execute("INSERT OR REPLACE INTO bench_holds VALUES (%s, %s, %s)", [key, value, clock.now().isoformat()])
                telling.tell(HOLDS, id=key, body={"value": value}, to=[parent], clock=clock, why="It changed")
            changed += 1
        heads.send(clock=clock)
        speaking.bound(parent, clock=clock, most_events=most)
        if hour % 6 == 0:
            adapters.forget(clock=clock)
        clock.advance(timedelta(hours=1))
    waiting = Queued.objects.filter(acknowledged_at=None)
    size = waiting.aggregate(size=Sum("size"))["size"]
    given_up = Passage.objects.filter(kind=HAPPENED, fate=Passage.Fate.LOST)
    lost = given_up.aggregate(count=Sum("count"))["count"] or 0
    print(
        json.dumps({"told": told, "changed": changed, "lost": lost, "waiting": waiting.count(), "bytes": size}),
    )


def sighting(number):
    """As large as a sighting in STIX with what was observed."""
    key = f"{number:012x}"
    return {
        "type": "sighting",
        "spec_version": "2.1",
        "id": f"sighting--00000000-0000-4000-8000-{key}",
        "sighting_of_ref": "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
        "where_sighted_refs": ["identity--4b4b1f6e-5d3f-4f6e-9d55-5a4f0f7e9a11"],
        "first_seen": "2026-03-01T09:00:00.000Z",
        "last_seen": "2026-03-01T09:00:00.000Z",
        "count": 1 + number % 7,
        "object_marking_refs": ["marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"],
        "x_observed": {"type": "domain-name", "value": f"host-{number % 977}.attacker.example"},
    }


def serve(what, home):
    """Serve a node's process that knows the two classes of data besides its own."""
    from watchward.node import link, web

    for module in (link, web):
        module.start_django = made_ready
    (web.serve_web if what == "web" else link.serve_link)(load(home))


def made_ready(config):
    """Make Django ready, and let the two classes travel."""
    from watchward.node.wiring import migrate, start_django

    start_django(config)
    migrate(config)
    from watchward.console.link import kinds
    from watchward.console.link.kinds import Kind, Way

    execute("CREATE TABLE IF NOT EXISTS bench_happened (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT)")
    execute("CREATE TABLE IF NOT EXISTS bench_holds (id TEXT PRIMARY KEY, value TEXT, made_at TEXT)")
    kinds.register(Kind(name=HAPPENED, way=Way.UP, label="Sightings", take=happened, withdraw=lambda _: 0))
    kinds.register(
        Kind(
            name=HOLDS, way=Way.UP, label="Posture", take=holds, withdraw=lambda _: 0, holding=holding,
            drop=lambda *_: None,
        )
    )  # fmt: skip


def happened(envelope, _peer, _now):
    execute("INSERT INTO bench_happened (id) VALUES (%s)", [envelope.id])


def holds(envelope, _peer, _now):
    value = json.loads(envelope.body)["value"]
    execute("INSERT OR REPLACE INTO bench_holds VALUES (%s, %s, %s)", [envelope.id, value, envelope.made_at])


def holding(_peer):
    from watchward.console.link.telling import written
    from watchward.link.stream import Envelope

    for key, value, made_at in execute("SELECT id, value, made_at FROM bench_holds"):
        yield Envelope(kind=HOLDS, id=key, made_at=made_at, body=written({"value": value}))


def execute(statement, values=()):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return cursor.fetchall() if cursor.description else []


def many(home, question, *values):
    with closing(sqlite3.connect(home / "watchward.db", timeout=60)) as database:
        return database.execute(question, values).fetchall()


def one(home, question, *values):
    return many(home, question, *values)[0][0]


def command(home, *words):
    ran = [*WATCHWARD, "link", *words, "--home", str(home)]
    return subprocess.run(ran, check=True, capture_output=True, text=True).stdout


def address(home):
    return load(home).web_url


def disk(home):
    return sum(path.stat().st_size for path in home.glob("watchward.db*"))


def until(is_so, process):
    """How many seconds until something is so."""
    began = time.monotonic()
    while not is_so():
        if process.poll() is not None or time.monotonic() - began > PATIENCE_SECONDS:
            raise SystemExit("It never came to that.")
        time.sleep(0.2)
    return time.monotonic() - began


@contextmanager
def serving(home, what):
    with (home / f"{what}.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, __file__, "serve", what, str(home)], stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
