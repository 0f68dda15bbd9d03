"""What reviews kept saying, as tests."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
SOURCE = PROJECT / "src" / "watchward"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
ANY_PER_THOUSAND_LINES = 5
LONGEST_FUNCTION = 60
LONGEST_FILE = 500
PATCHES_PER_HUNDRED_TESTS = 5


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_any_stays_within_its_budget():
    texts = [path.read_text() for path in MODULES]
    lines = sum(text.count("\n") for text in texts)
    uses = sum(len(re.findall(r"\bAny\b", text)) for text in texts)

    assert uses <= lines * ANY_PER_THOUSAND_LINES / 1000


def test_no_function_is_longer_than_one_would_show():
    long = [
        f"{path.relative_to(PROJECT)}:{function.lineno} {function.name}: {length} lines"
        for path in MODULES
        if path.parent.name != "kernels"  # numba's inner loops: a call there costs more than the work
        for function in functions(path)
        if (length := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    ]

    assert not long


def test_no_file_is_too_long_to_read():
    long = [str(path.relative_to(PROJECT)) for path in MODULES if path.read_text().count("\n") > LONGEST_FILE]

    assert not long


def test_patching_stays_rare():
    texts = [path.read_text() for path in (PROJECT / "tests").rglob("*.py")]
    tests = sum(len(re.findall(r"^def test_", text, re.MULTILINE)) for text in texts)
    patches = sum(len(re.findall(r"monkeypatch\.setattr|mock\.patch|mocker\.", text)) for text in texts)

    assert patches <= max(5, tests * PATCHES_PER_HUNDRED_TESTS / 100)


@pytest.mark.parametrize(
    "path", ["requirements.lock", "requirements-dev.lock", "requirements-elasticsearch-8.lock", "package-lock.json"]
)
def test_a_lock_file_carries_hashes_and_no_addresses(path):
    text = (PROJECT / path).read_text()

    assert re.search(r"sha(256:|512-)", text)
    assert not re.search(r"https?://(?!opencollective|github\.com/sponsors|tidelift)", re.sub(r'"url": ".*"', "", text))


def test_every_library_that_a_node_installs_is_used_by_it():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    names = {
        re.split(r"[\[<>=]", one)[0] for one in [*project["dependencies"], *project["optional-dependencies"]["node"]]
    }
    modules = {
        "dnspython": "dns",
        "google-re2": "re2",
        "django-ninja": "ninja",
        "django-allauth": "allauth",
        "pyyaml": "yaml",
    }
    by_django = {"argon2-cffi", "psycopg"}  # which looks for them by itself, for passwords and for PostgreSQL
    text = "\n".join(path.read_text() for path in MODULES)
    unused = [
        name
        for name in names - by_django
        if not re.search(rf"(import |from |\"){modules.get(name, name.replace('-', '_'))}\b", text)
    ]

    assert not unused


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "manager", "misc"])
def test_no_module_has_a_name_that_says_nothing(word):
    assert not [path for path in SOURCE.rglob("*") if path.stem == word]
