"""The hazard log: rated by the matrix, and every control held by tests that exist."""

import ast
import csv
import re
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SAFETY = PROJECT / "docs" / "safety"
HAZARDS = list(csv.DictReader((SAFETY / "hazards.csv").read_text(encoding="utf-8").splitlines()))
MOST_AFTER = 4
"""What is rated higher after its controls is not accepted."""


def matrix():
    lines = [line for line in (SAFETY / "README.md").read_text().splitlines() if line.startswith("| ")]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    first = next(at for at, row in enumerate(table) if row[0] == "likelihood")
    words = table[first][1:]
    rows = [row for row in table[first + 1 :] if not set(row[0]) <= {"-"}]
    return {(row[0], word): int(risk) for row in rows for word, risk in zip(words, row[1:], strict=True)}


@cache
def functions_of(path):
    tree = ast.parse((PROJECT / path).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard["id"])
def test_every_control_names_tests_that_exist(hazard):
    named = [one.partition("::") for one in hazard["evidence"].split()]

    assert named
    assert [f"{path}::{name}" for path, _, name in named if name not in functions_of(path)] == []


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard["id"])
def test_every_hazard_is_whole_and_rated_by_the_matrix(hazard):
    risks = matrix()

    assert all(hazard.values()), "a hazard has a cause, an effect, controls and somebody who answers for it"
    for when in ("initial", "residual"):
        assert int(hazard[f"{when}_risk"]) == risks[hazard[f"{when}_likelihood"], hazard[f"{when}_severity"]]
    assert int(hazard["residual_risk"]) <= min(int(hazard["initial_risk"]), MOST_AFTER)


def test_hazards_have_names_of_their_own_and_the_report_tells_the_same_risks():
    report = (SAFETY / "case.md").read_text()
    told = {}
    for risk, names in re.findall(r"^\| ([1-5]) \| (H.*?) \|$", report, re.MULTILINE):
        for part in names.split(", "):
            first, _, last = part.replace("H", "").partition("\N{EN DASH}")
            told |= {f"H{number:02}": int(risk) for number in range(int(first), int(last or first) + 1)}

    assert told == {one["id"]: int(one["residual_risk"]) for one in HAZARDS}
    assert len({one["id"] for one in HAZARDS}) == len(HAZARDS)


@pytest.mark.parametrize("page", sorted(SAFETY.glob("*.md")), ids=lambda page: page.name)
def test_a_document_has_one_title_and_whole_tables(page):
    lines = page.read_text().splitlines()
    tables = [line for line in lines if line.startswith("|")]
    columns = [line.count("|") for line in tables]
    starts = [at for at, line in enumerate(tables) if set(line) <= set("|- ")]

    assert sum(line.startswith("# ") for line in lines) == 1
    for start, end in zip(starts, [*(at - 1 for at in starts[1:]), len(tables)], strict=True):
        assert len(set(columns[start - 1 : end])) == 1
