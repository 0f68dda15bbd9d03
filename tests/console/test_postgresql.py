"""The console on PostgreSQL: a server of this test's own, and what is most likely to differ from SQLite."""

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SAME = [
    "access/test_audit.py",
    "advisory/test_actions.py",
    "advisory/test_watching.py",
    "care/test_surroundings.py",
    "detect/test_alert_pages.py",
    "detect/test_projection.py",
    "detect/test_weighing_all.py",
    "estate/test_adapters.py",
    "estate/test_pages.py",
    "harm/test_at_once.py",
    "harm/test_large_maps.py",
    "harm/test_own_numbers.py",
    "hunts/test_deciding.py",
    "hunts/test_rows.py",
    "intel/test_believing.py",
    "intel/test_fading.py",
    "intel/test_forgetting.py",
    "intel/test_publishing.py",
    "intel/test_storing.py",
    "link/test_locks.py",
    "protect/test_adopting.py",
    "protect/test_deciding.py",
    "protect/test_policy_page.py",
    "scenarios/test_scenarios.py",
    "taxii/test_clients.py",
    "taxii/test_objects.py",
]
"""Where rows are locked, searched in words, counted along indexes, written twice, or hold what an attacker wrote."""


def _tools():
    """Where the server's own commands are: Debian keeps them off the path."""
    places = [Path(shutil.which("initdb") or "/nowhere").parent, *Path("/usr/lib/postgresql").glob("*/bin")]
    return next((place for place in sorted(places, reverse=True) if (place / "initdb").exists()), None)


@pytest.fixture
def database_url():
    """A server that is gone after the test."""
    tools = _tools()
    if tools is None:
        pytest.skip("needs the PostgreSQL server: apt-get install postgresql")
    with tempfile.TemporaryDirectory() as folder:
        shutil.chown(folder, _account() or getpass.getuser())
        port = _free_port()
        data, options = f"{folder}/data", f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
        _run(tools / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8")
        _run(tools / "pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start")
        yield f"postgresql://tester@127.0.0.1:{port}/postgres"
        _run(tools / "pg_ctl", "-D", data, "-m", "immediate", "stop")


def _account():
    """The account of the server, which refuses to run as root."""
    if os.geteuid() != 0:
        return None
    return "postgres" if "postgres" in {one.pw_name for one in pwd.getpwall()} else "nobody"


def _run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=_account())  # noqa: S603 - the server's own


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_the_console_does_the_same_on_postgresql(database_url):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(  # noqa: S603 - our own tests
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *(str(TESTS / name) for name in SAME)],
        env=environment | {"WATCHWARD_CONSOLE_DATABASE_URL": database_url},
        cwd=TESTS.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
