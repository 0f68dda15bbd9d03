import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta

import pytest

from node.listeners import answering
from watchward.base.clock import HeldClock, SystemClock
from watchward.console.node.finding import State
from watchward.node import doctor
from watchward.node.certificate import certificate_for
from watchward.node.config import Config, load
from watchward.node.doctor import examine


def _doctor(*arguments):
    command = [sys.executable, "-m", "watchward", "doctor", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command


def test_doctor_tells_a_newcomer_how_to_begin(tmp_path):
    done = _doctor("--home", str(tmp_path / "none"))

    assert done.returncode == 0
    assert "is no node's home yet." in done.stdout
    assert "make up" in done.stdout
    assert not (tmp_path / "none").exists()


def test_doctor_says_what_is_wrong_with_a_node_that_does_not_run(tmp_path):
    (tmp_path / "config.toml").write_text("")
    tmp_path.chmod(0o755)
    before = sorted(tmp_path.rglob("*"))
    done = _doctor("--home", str(tmp_path), "--json")
    found = {each["about"]: each for each in map(json.loads, done.stdout.splitlines())}

    assert done.returncode == 3
    assert found["Privacy"]["advice"] == f"Run: chmod 700 {tmp_path}"
    assert found["Database"]["state"] == "bad"
    assert found["Database"]["found"] == f"{tmp_path}/watchward.db is not there."
    assert found["Gateway"]["state"] == "bad"
    assert sorted(tmp_path.rglob("*")) == before, "it changes nothing"


def test_doctor_warns_before_a_certificate_of_the_sites_own_ends(tmp_path):
    long_ago = HeldClock(at=SystemClock().now() - timedelta(days=390))
    made = certificate_for(Config(home=tmp_path / "elsewhere"), clock=long_ago)
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text(f'tls_certificate = "{made.chain}"\ntls_key = "{made.key}"\n')
    done = _doctor("--home", str(home), "--json")
    found = {each["about"]: each for each in map(json.loads, done.stdout.splitlines())}

    assert found["Certificate"]["state"] == "look"
    assert "takes it up within a minute" in found["Certificate"]["advice"]


@pytest.fixture
def home(started):
    """A home with everything that a node makes when it starts."""
    certificate_for(load(started), clock=SystemClock())
    (started / "keys" / "sources.json").write_text("{}")
    (started / "keys" / "sources.json").chmod(0o600)
    return started


def _found(home, about):
    return [each for each in examine(load(home)) if each.about == about]


@pytest.mark.django_db
def test_a_home_in_order_is_private_and_has_its_keys(home):
    assert [each.state for each in _found(home, "Privacy")] == [State.GOOD]
    assert _found(home, "Keys") == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["console-secret", "sources.json", "authority.key"])
def test_a_secret_that_is_missing_is_named_and_not_made(home, name):
    (home / "keys" / name).unlink()
    (found,) = _found(home, "Keys")

    assert found.state is State.BAD
    assert f"keys/{name} is missing." in found.found
    assert "from a backup" in found.advice
    assert not (home / "keys" / name).exists()


@pytest.mark.django_db
def test_missing_keys_are_told_as_one(home):
    shutil.rmtree(home / "keys")
    (found,) = _found(home, "Keys")

    assert (found.state, found.found) == (
        State.BAD,
        f"{home}/keys is missing, and with it every secret of this node.",
    )
    assert not (home / "keys").exists()


@pytest.mark.django_db
def test_a_key_that_others_can_read_is_told_with_the_command_that_mends_it(home):
    (home / "keys" / "authority.key").chmod(0o644)

    assert _found(home, "Privacy")[0].advice == f"Run: chmod 600 {home}/keys/authority.key"


@pytest.mark.django_db
def test_a_console_is_told_from_another_program_at_its_port(home):
    with answering(b"<title>Sign in - Watchward</title>") as ours, answering(b"<h1>It works!</h1>") as theirs:
        (home / "config.toml").write_text(f"web_port = {ours}\n")
        good = _found(home, "Console")
        (home / "config.toml").write_text(f"web_port = {theirs}\n")
        bad = _found(home, "Console")

    assert [each.state for each in good + bad] == [State.GOOD, State.BAD]
    assert bad[0].advice == "Stop that program, or set web_port in config.toml."


@pytest.mark.django_db
def test_a_database_that_another_program_holds_is_not_called_well(home, monkeypatch):
    monkeypatch.setattr(doctor, "HELD_SECONDS", 0.1)
    with closing(sqlite3.connect(home / "watchward.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        found = _found(home, "Database lock")

    assert found[0].state is State.BAD
    assert found[0].found.startswith(f"Another program holds {home}/watchward.db")
