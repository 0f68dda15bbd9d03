"""Pages reach what is stored through queries, which say who is looking, and change it through actions."""

import ast
from pathlib import Path

import pytest

import watchward.console

CONSOLE = Path(watchward.console.__file__).parent
SHOWING = ("views.py", "api.py", "presenters.py", "presenter.py", "forms.py", "live.py")
FILES = sorted(path for path in CONSOLE.rglob("*.py") if path.name.endswith(SHOWING))
REACHING = {"objects", "_default_manager", "save", "delete", "bulk_create", "update_or_create"}
SHORTCUTS = {"get_object_or_404"}  # takes a query's rows as well as a model; only the former is allowed


def _reaches(path):
    tree = ast.parse(path.read_text())
    # A form's field begins with no rows at all, and is given the right ones when somebody looks.
    harmless = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "none"}
    for node in ast.walk(tree):
        if id(node) in harmless:
            continue
        if isinstance(node, ast.Attribute) and node.attr in REACHING and not _is_form_or_file(node):
            yield f"{path.relative_to(CONSOLE)}:{node.lineno}: .{node.attr}"
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SHORTCUTS:
            first = node.args[0]
            if isinstance(first, ast.Name) and first.id[0].isupper():
                yield f"{path.relative_to(CONSOLE)}:{node.lineno}: {node.func.id}({first.id})"


def _is_form_or_file(node):
    return isinstance(node.value, ast.Name) and node.value.id in {"form", "file"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CONSOLE)))
def test_a_page_reads_through_queries_and_writes_through_actions(path):
    assert list(_reaches(path)) == []


def test_there_are_pages_to_hold():
    assert len(FILES) > 10
