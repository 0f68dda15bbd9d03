import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.usefixtures("started")


def test_people_are_invited_listed_and_disabled_from_the_command_line(watchward):
    invited = watchward("user", "invite", "sam@watchward.example", "--name", "Sam", "--role", "auditor")
    listed = json.loads(watchward("user", "list", "--json").stdout)
    disabled = watchward("user", "disable", "sam@watchward.example")

    assert invited.stdout.startswith("https://localhost:8443/account/link/")
    assert listed["roles"] == ["Auditor, the whole node"]
    assert disabled.returncode == 0
    assert json.loads(watchward("user", "list", "--json").stdout)["state"] == "disabled"


ADMINISTRATOR = """
from pathlib import Path
from watchward.node.config import load
from watchward.node.wiring import start_django
import sys, re
start_django(load(Path(sys.argv[1])))
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from watchward.console.access.models import User
user = User.objects.get()
browser = Client(headers={"host": "localhost"})
secure = {"secure": True}
"""
SETS_UP = """
user.set_password("three random words")
user.save()
TOTP.activate(user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
"""
COMES_BACK = """
form = {"login": user.email, "password": "three random words"}
assert not Authenticator.objects.exists()
old = browser.post("/account/sign-in/", form, follow=True, **secure).content.decode()
assert "The time for setting up your account is over" in old, old
answer = browser.post(sys.argv[2], {"password": "three other words indeed"}, **secure)
assert answer["Location"] == "/account/", answer["Location"]
assert browser.get("/alerts/", **secure)["Location"] == "/account/", "the second step comes first"
"""


@pytest.fixture
def in_the_home(tmp_path):
    """Run a few lines on the node's own database, as its console would."""

    def run(lines, *arguments):
        command = [sys.executable, "-c", ADMINISTRATOR + lines, str(tmp_path / "home"), *arguments]
        subprocess.run(command, check=True)  # noqa: S603 - our own lines

    return run


def test_the_only_administrator_who_lost_their_authenticator_comes_back_by_the_command_line(watchward, in_the_home):
    watchward("user", "invite", "sam@watchward.example", "--name", "Sam", "--role", "administrator")
    in_the_home(SETS_UP)

    recovered = watchward("user", "recover", "sam@watchward.example")

    assert "sam@watchward.example. It works once" in recovered.stderr
    in_the_home(COMES_BACK, recovered.stdout.strip().removeprefix("https://localhost:8443"))
    assert watchward("audit", "verify").returncode == 0


def test_a_disabled_account_is_enabled_before_it_is_recovered(watchward):
    watchward("user", "invite", "sam@watchward.example", "--name", "Sam", "--role", "auditor")
    watchward("user", "disable", "sam@watchward.example")

    refused = watchward("user", "recover", "sam@watchward.example")

    assert refused.returncode == 2
    assert "watchward user enable" in refused.stderr


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
    assert "none changed or missing; the one exported head agrees." in verified.stdout


def test_an_audit_log_whose_heads_are_gone_is_not_called_well(watchward, started):
    watchward("user", "link")
    watchward("audit", "export")
    mistyped = watchward("audit", "verify", "--heads", "/nowhere")
    (started / "audit" / "audit-heads.ndjson").unlink()
    removed = watchward("audit", "verify")

    assert (mistyped.returncode, mistyped.stdout) == (2, "")
    assert "There is no audit-heads.ndjson in /nowhere.\n" in mistyped.stderr
    assert removed.returncode == 1
    assert "they were removed, or kept elsewhere." in removed.stdout


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
