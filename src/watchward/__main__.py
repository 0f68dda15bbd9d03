"""`python -m watchward` is the `watchward` command."""

from watchward.node.cli import run

run()
