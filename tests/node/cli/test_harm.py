"""`watchward harm`, through the real command line. JSON is pinned by its shape: numbers move with parameters."""

import json
import shutil
from pathlib import Path

import pytest

from watchward.node.cli import main

GOLDEN = Path(__file__).parents[2] / "golden" / "harm"
MAP = Path(__file__).parents[2] / "golden" / "care" / "map.json"
SUPPLIER = "supplier/records-1"


def harm(*arguments):
    return main(["harm", *map(str, arguments)])


def shape(value):
    """What a value is, without its texts and numbers: lists of objects by their first member."""
    match value:
        case dict():
            return {key: shape(one) for key, one in value.items()}
        case list():
            return [shape(value[0])] if value and isinstance(value[0], dict) else "list"
        case str():
            return "text"
        case _:
            return "number"


CASES = {
    "rank": ["rank", "--top", "2", "--samples", "8"],
    "sensitivity": ["sensitivity", "--down", SUPPLIER, "--hours", "24"],
    "what-if": ["what-if", "--down", SUPPLIER, "--hours", "6", "--begins", "Tue 10:00", "--samples", "8"],
}


@pytest.mark.parametrize("case", CASES)
def test_the_shape_of_what_is_printed_as_json_matches_the_golden_file(case, capsys):
    assert harm(*CASES[case], "--map", MAP, "--json") == 0
    assert shape(json.loads(capsys.readouterr().out)) == json.loads((GOLDEN / f"{case}.json").read_text())


def test_a_what_if_gives_a_capacity_for_each_hour_and_intervals_around_each_number(capsys):
    assert harm("what-if", "--down", SUPPLIER, "--hours", 30, "--map", MAP, "--json") == 0

    (service,) = json.loads(capsys.readouterr().out)["services"]
    assert service["id"] == "X-1/gp_appointments"
    assert len(service["capacity"]) == 30
    assert all(0 <= share <= 1 for share in service["capacity"])
    for amount in (service["displaced"], service["harmed"]["major"]):
        assert amount["low"] < amount["value"] < amount["high"]


def test_without_draws_there_are_no_intervals(capsys):
    assert harm("what-if", "--down", "X-1", "--hours", 1, "--samples", 0, "--map", MAP, "--json") == 0

    assert json.loads(capsys.readouterr().out)["total"]["harm"]["low"] is None


def test_a_folder_of_csv_files_is_a_map_too(tmp_path, capsys):
    for file in MAP.parent.glob("*.csv"):
        shutil.copy(file, tmp_path)

    assert harm("rank", "--map", tmp_path, "--top", 3, "--samples", 8) == 0

    printed = capsys.readouterr().out
    assert "X-1/patient_record" in printed
    assert "severity-weighted patient" in printed
    assert "have not confirmed their map" in printed


def test_a_ranking_of_a_board_holds_what_its_organisations_have_and_need(capsys):
    assert harm("rank", "--in", "x-i1", "--map", MAP, "--samples", 0, "--json") == 0

    assert SUPPLIER in {one["id"] for one in json.loads(capsys.readouterr().out)["ranking"]}


def test_sensitivity_names_what_moves_the_answer(capsys):
    assert harm("sensitivity", "--down", SUPPLIER, "--hours", 24, "--map", MAP) == 0

    assert "service/gp_appointments/by_loss" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["what-if", "--down", "supplier/record-1", "nothing-like-it", "--hours", "2"],
            "nearest are supplier/records-1",
        ),
        (["what-if", "--down", "SUPPLIER/RECORDS-1", "--hours", "2"], "nearest are supplier/records-1"),
        (["what-if", "--down", SUPPLIER, "--hours", "-3"], "1 to 8784 hours, not -3"),
        (["what-if", "--down", SUPPLIER, "--hours", "9000"], "1 to 8784 hours"),
        (["what-if", "--down", SUPPLIER, "--hours", "2", "--begins", "Mon 24:00"], "no hour of the week"),
        (["what-if", "--down", SUPPLIER, "--hours", "2", "--begins", "T 9"], "no hour of the week"),
        (["what-if", "--down", SUPPLIER, "--hours", "2", "--samples", "-1"], "-1 draws cannot"),
        (["rank", "--top", "0"], "0 places cannot"),
        (["rank", "--in", "X-9"], "nearest are X-1"),
    ],
)
def test_what_cannot_be_worked_out_is_refused_with_the_next_step(arguments, said, capsys):
    assert harm(*arguments, "--map", MAP) == 2
    assert said in capsys.readouterr().err


def test_a_map_that_is_not_there_or_holds_nothing_is_refused(tmp_path, capsys):
    assert harm("rank", "--map", tmp_path / "none") == 2
    assert harm("rank", "--map", tmp_path) == 2
    (tmp_path / "suppliers.csv").write_text("id,name\nsupplier/x,Somebody\n")
    assert harm("rank", "--map", tmp_path) == 2

    assert "has no service" in capsys.readouterr().err
