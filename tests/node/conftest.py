"""Homes of nodes that were started once, for the tests of commands."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_STARTS = """
import sys
from pathlib import Path
from watchward.node.up import open_home
from watchward.node.wiring import migrate, start_django
config = open_home(Path(sys.argv[1]), exercise=False)
start_django(config)
migrate(config)
"""


@pytest.fixture(scope="session")
def _started_once(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("started") / "home"
    subprocess.run([sys.executable, "-c", _STARTS, str(home)], check=True)  # noqa: S603 - our own lines
    return home


@pytest.fixture
def started(tmp_path, _started_once) -> Path:
    """The home of a node that was started and has stopped: settings, keys and an empty database."""
    return Path(shutil.copytree(_started_once, tmp_path / "home"))


@pytest.fixture
def watchward(tmp_path):
    """Run a command in a process of its own, as a person would."""

    def run(*arguments, home=None, **how):
        command = [sys.executable, "-m", "watchward", *map(str, arguments), "--home", str(home or tmp_path / "home")]
        return subprocess.run(command, capture_output=True, text=True, check=False, **how)  # noqa: S603 - our own command

    return run
