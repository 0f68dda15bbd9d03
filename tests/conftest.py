"""Fixtures that every test may use."""

from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes depends on the machine, and the first one may have to compile; no test asserts time.
settings.register_profile("watchward", deadline=None)
settings.load_profile("watchward")

PROJECT = Path(__file__).parents[1]
SHARED_DATA = PROJECT.parent / "shared" / "data"


def pytest_addoption(parser):
    """Let a person look at what the browser tests saw."""
    parser.addoption("--screenshots", type=Path, default=None, help="Keep a picture of each page in this folder.")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The shared data beside the project; the test is skipped, and says so, where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the shared data, which is not part of the project")
    return SHARED_DATA


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request, tmp_path_factory):
    """Keep the test database in a file, as a node does: a server in another thread must see it too."""
    from django.db import connections  # noqa: PLC0415 - most tests have no database

    settings = connections["default"].settings_dict
    if connections["default"].vendor == "postgresql":
        worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
        settings["TEST"]["NAME"] = f"test_watchward_{worker}"
        return
    settings["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "watchward.db")
    options = settings["OPTIONS"]
    if "init_command" in options:  # no test pulls the plug, so none has to wait for the disk
        options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")


@pytest.fixture(autouse=True, scope="session")
def _quick_passwords():
    """Hash passwords in no time; that Argon2 does it in a node is its own test."""
    from django.conf import settings  # noqa: PLC0415 - as above

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
