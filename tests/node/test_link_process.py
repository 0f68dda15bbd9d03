"""The link process of a child against the web process of its parent, both real: joined, told, restarted and ended."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import pytest

from watchward.node import up
from watchward.node.config import child_environment, load

PATIENCE_SECONDS = 300
"""Nothing here is about speed, and a machine may be busy: only what never comes should fail."""

_HAS_A_TRUST = """
import sys
from pathlib import Path
from watchward.node.config import load
from watchward.node.wiring import start_django
start_django(load(Path(sys.argv[1])))
from watchward.console.estate.models import Organisation
Organisation.objects.create(code="XJ1", name="Invented Trust", kind="trust", path="/XJ1/")
"""
_SAYS_WHERE_ITS_LOG_STANDS = """
import sys
from pathlib import Path
from watchward.node.config import load
from watchward.node.wiring import start_django
start_django(load(Path(sys.argv[1])))
from watchward.base.clock import SystemClock
from watchward.console.link import heads
heads.send(clock=SystemClock())
"""


def _free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _run(lines, home):
    subprocess.run([sys.executable, "-c", lines, str(home)], check=True)  # noqa: S603 - our own lines


@contextmanager
def _serving(home, what):
    with (home / f"{what}.txt").open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "watchward", "serve", what, "--home", str(home)],
            stdout=output,
            stderr=output,
            env=child_environment({}),
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def _asked(home, question):
    with closing(sqlite3.connect(home / "watchward.db", timeout=60)) as database:
        return database.execute(question).fetchone()[0]


def _until(is_so, what):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def _heads(home):
    return _asked(home, "SELECT count(*) FROM link_heldhead")


def _trouble(home):
    return _asked(home, "SELECT trouble FROM link_peer")


@pytest.fixture
def pair(started, tmp_path, watchward):
    """The homes of a parent and of a child, on ports of their own; the parent has invited the child."""
    child = tmp_path / "child"
    subprocess.run(["cp", "-r", str(started), str(child)], check=True)  # noqa: S603, S607 - as shutil, with modes
    for home in (started, child):
        (home / "config.toml").write_text(f"web_port = {_free_port()}\ngateway_port = {_free_port()}\n")
    _run(_HAS_A_TRUST, started)
    invited = watchward("link", "invite", "XJ1", "Invented Trust", "--json", home=started)
    return started, child, json.loads(invited.stdout)["code"]


def test_a_child_joins_tells_outlives_its_parents_restart_and_ends_when_asked(pair, watchward):
    parent, child, code = pair
    is_wanted = {one.name: wanted for one, wanted in up.node_of(load(child)).later}["link"]
    assert not is_wanted()
    with _serving(parent, "web"):
        _until(lambda: watchward("link", "join", code, home=child).returncode == 0, "it never joined")
        said = watchward("link", "join", code, home=child).stdout  # as if it had not heard the answer
        assert "is still the parent of this node" in said
        assert "import them, with\n“watchward estate import”" in said
        assert is_wanted()  # so `watchward up` starts the link process from now on
        with _serving(child, "link"):
            _run(_SAYS_WHERE_ITS_LOG_STANDS, child)
            _until(lambda: _heads(parent) == 1, "what it told never came")

    with _serving(child, "link") as link:
        assert watchward("link", "ask-again", "1", home=child).returncode == 0  # something new in its audit log
        _run(_SAYS_WHERE_ITS_LOG_STANDS, child)
        _until(lambda: "could not be reached" in _trouble(child), "nobody says that the parent is away")
        with _serving(parent, "web"):
            _until(lambda: _heads(parent) == 2, "what waited never came")
            _until(lambda: not _trouble(child), "the trouble is over, and still told")
            link.send_signal(signal.SIGTERM)
            assert link.wait(PATIENCE_SECONDS) == 0
    assert _asked(parent, "SELECT count(*) FROM link_heldhead WHERE faults <> ''") == 0
    assert "Traceback" not in (child / "link.txt").read_text()
