import json
import subprocess
import sys

import pytest


@pytest.fixture
def watchward(tmp_path):
    def run(*arguments):
        command = [sys.executable, "-m", "watchward", *arguments, "--home", str(tmp_path / "home")]
        return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command

    return run


def test_people_are_invited_listed_and_disabled_from_the_command_line(watchward):
    invited = watchward("user", "invite", "sam@watchward.example", "--name", "Sam", "--role", "auditor")
    listed = json.loads(watchward("user", "list", "--json").stdout)
    disabled = watchward("user", "disable", "sam@watchward.example")

    assert invited.stdout.startswith("https://localhost:8443/account/link/")
    assert listed["roles"] == ["Auditor, the whole node"]
    assert disabled.returncode == 0
    assert json.loads(watchward("user", "list", "--json").stdout)["state"] == "disabled"


def test_a_role_that_there_is_not_is_bad_input_with_advice(watchward):
    done = watchward("user", "invite", "sam@watchward.example", "--name", "Sam", "--role", "king")

    assert done.returncode == 2
    assert "Use one of national_analyst" in done.stderr


def test_the_audit_log_is_verified_from_the_command_line(watchward):
    watchward("user", "link")
    exported = watchward("audit", "export")
    verified = watchward("audit", "verify")

    assert "is signed in" in exported.stdout
    assert verified.returncode == 0
    assert "none changed or missing; 1 exported heads agree." in verified.stdout


def test_a_log_that_was_tampered_with_ends_in_exit_code_1(watchward, tmp_path):
    import sqlite3  # noqa: PLC0415 - as whoever owns the file would

    watchward("user", "link")
    database = sqlite3.connect(tmp_path / "home" / "watchward.db")
    database.execute("UPDATE access_auditentry SET actor_name = 'nobody' WHERE number = 1")
    database.commit()
    database.close()
    done = watchward("audit", "verify", "--json")

    assert done.returncode == 1
    assert "Entry 1 (post.given" in json.loads(done.stdout)["faults"][0]
