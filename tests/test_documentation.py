"""What the documentation says is run or checked, so that it stays true."""

import doctest
import importlib
import pkgutil
import re
import shlex
from pathlib import Path

import pytest

import watchward
from watchward.node.cli import app

PROJECT = Path(__file__).parents[1]
PAGES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
PURE = ("base", "access", "estate", "telemetry", "harm", "detect", "respond")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
SHELL_BLOCK = re.compile(r"```(?:sh|bash|console)\n(.*?)```", re.DOTALL)


def pure_modules() -> list[str]:
    found = pkgutil.walk_packages(watchward.__path__, "watchward.")
    return [module.name for module in found if module.name.split(".")[1] in PURE]


def commands_on(page: Path) -> list[str]:
    blocks = "\n".join(SHELL_BLOCK.findall(page.read_text())).replace("\\\n", " ")
    return [line.removeprefix("$ ") for line in blocks.splitlines() if line.removeprefix("$ ").startswith("watchward ")]


@pytest.mark.parametrize("name", pure_modules())
def test_the_examples_in_docstrings_are_true(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_link_on_a_page_leads_somewhere(page):
    assert [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_command_on_a_page_can_be_given(page):
    for line in commands_on(page):
        words = shlex.split(line, comments=True)[1:]
        plain = [word for word in words if word not in {"|", ">", "&&"}][: len(words)]
        app.parse_args(plain, exit_on_error=False, print_error=False)


def test_every_make_target_on_a_page_exists():
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"`make ([a-z]+)", page.read_text())}

    assert named <= targets
