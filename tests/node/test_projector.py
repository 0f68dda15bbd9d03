import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from console.detect.journals import a_match, an_entry, write
from watchward.node.home import Home

PATIENCE_SECONDS = 240
"""No test is about speed, and a machine may be busy: only what never comes should fail."""


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    home.create()
    return home


@pytest.fixture
def start(home):
    """Start projectors as a node does; those that still run are ended."""
    started = []

    def begin():
        command = [sys.executable, "-m", "watchward", "serve", "projector", "--home", str(home.path)]
        with (home.path / "projector.log").open("a") as output:
            started.append(subprocess.Popen(command, stdout=output, stderr=output))  # noqa: S603 - our own program
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


def asked(home, sql):
    """One row of the node's database, or none while there is no such table yet."""
    try:
        with closing(sqlite3.connect(f"file:{home.database}?mode=ro", uri=True, timeout=10)) as database:
            return database.execute(sql).fetchone()
    except sqlite3.OperationalError:
        return None


def until(home, sql, wanted):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not wanted(found := asked(home, sql)):
        assert time.monotonic() < deadline, f"still {found}"
        time.sleep(0.005)


def test_a_projector_killed_at_any_moment_misses_nothing_and_counts_nothing_twice(home, start):
    entries = [an_entry(2 * n + 1, *(a_match(10 * n + m, device=f"WS-{m % 3}") for m in range(10))) for n in range(400)]
    done = "SELECT coalesce(sum(entries), 0) FROM detect_projection"
    for part in range(4):
        write(home.journal, *entries[100 * part : 100 * part + 100])
        projector = start()
        until(home, done, lambda row, part=part: row is not None and row[0] > 100 * part)
        projector.send_signal(signal.SIGKILL)
        projector.wait()
    start()
    until(home, done, lambda row: row == (400,))

    assert asked(home, "SELECT count(*), sum(count) FROM detect_alert") == (3, 4_000)
    assert asked(home, "SELECT matches, entries FROM detect_projection") == (4_000, 400)


def test_a_second_projector_on_one_home_is_refused_and_the_first_ends_when_asked(home, start):
    first = start()
    until(home, "SELECT count(*) FROM django_migrations", lambda row: row is not None)
    second = start()

    assert second.wait(PATIENCE_SECONDS) == 3
    assert "Another projector works on" in (home.path / "projector.log").read_text()
    first.send_signal(signal.SIGTERM)
    assert first.wait(PATIENCE_SECONDS) == 0


def test_a_locked_database_only_delays_the_projector(home, start):
    start()
    until(home, "SELECT count(*) FROM detect_rule", lambda row: row is not None)
    with closing(sqlite3.connect(home.database, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        write(home.journal, an_entry(1, a_match(1)))
        time.sleep(0.5)
        other.execute("ROLLBACK")

    until(home, "SELECT count(*) FROM detect_alert", lambda row: row == (1,))
