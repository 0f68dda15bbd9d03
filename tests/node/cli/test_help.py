import subprocess
import sys

import pytest

from watchward.node.cli import _COMMANDS, main

HEAVY = {"django", "duckdb", "numba", "numpy", "pyarrow"}


@pytest.mark.parametrize("arguments", [["--help"], ["scan", "--help"], ["up", "--help"]], ids=" ".join)
def test_help_loads_nothing_that_makes_one_wait(arguments):
    ask = f"import sys; from watchward.node.cli import main; main({arguments!r})"
    code = f"{ask}; sys.exit(repr({HEAVY!r} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 - ours

    assert done.stderr.strip() == "set()"
    assert "Usage: watchward" in done.stdout


@pytest.mark.parametrize("command", _COMMANDS)
def test_every_command_says_what_it_does(command, capsys):
    assert main([command, "--help"]) == 0

    assert f"Usage: watchward {command}" in capsys.readouterr().out
