"""`watchward harm`, through the real command line. JSON is pinned by its shape: numbers move with parameters."""

import json
import shutil
from pathlib import Path

import pytest

from shapes import shape
from watchward.node.cli import main

GOLDEN = Path(__file__).parents[2] / "golden" / "harm"
MAP = Path(__file__).parents[2] / "golden" / "care" / "map.json"
SUPPLIER = "supplier/records-1"


def harm(*arguments):
    return main(["harm", *map(str, arguments)])


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


def test_what_comes_back_in_steps_is_named_with_them(capsys):
    asked = ("--hours", 6, "--samples", 0, "--map", MAP)
    assert harm("what-if", "--down", "X-1/gp_appointments@0:100,2:0,4:50", *asked, "--json") == 0

    found = json.loads(capsys.readouterr().out)
    assert found["down"] == ["X-1/gp_appointments@0:100,2:0,4:50"]
    assert found["services"][0]["capacity"] == [1, 1, 0, 0, 0.5, 0.5]

    assert harm("what-if", "--down", "X-1/gp_appointments@0:30", *asked) == 0
    assert "X-1/gp_appointments (30% left) down for 6 hours" in capsys.readouterr().out
    assert harm("what-if", "--down", "X-1/gp_appointments@5:300", *asked) == 2
    assert "says not how a thing comes back" in capsys.readouterr().err


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


HEAD = "parameter,value,low,high,by,why\n"


def test_a_sites_own_figures_come_from_a_file_and_are_named(tmp_path, capsys):
    file = tmp_path / "own.csv"
    file.write_text(HEAD + "service/gp_appointments/by_loss,0.019,0.01,0.03,Dr Elm,Counted\n")
    asked = ["what-if", "--down", SUPPLIER, "--hours", "6", "--samples", "0", "--map", MAP]

    harm(*asked, "--json")
    ours = json.loads(capsys.readouterr().out)["total"]["harm"]["value"]
    assert harm(*asked, "--json", "--parameters", file) == 0
    told = json.loads(capsys.readouterr().out)
    harm(*asked, "--parameters", file)

    assert told["total"]["harm"]["value"] > ours
    assert [(one["key"], one["by"]) for one in told["own_numbers"]] == [("service/gp_appointments/by_loss", "Dr Elm")]
    assert "In the place of ours: 1 number of a site's own" in capsys.readouterr().out


def test_all_that_is_wrong_with_a_file_of_figures_is_said_with_row_and_column(tmp_path, capsys):
    file = tmp_path / "own.csv"
    file.write_text(
        HEAD
        + "service/gp_appointments/spare,1.5,0.1,2,Dr Elm,Counted\n"
        + "service/gp_appointments/near,0.2,0.3,0.1,Dr Elm,Counted\n"
        + "service/gp_apointments/far,0.1,0.05,0.2,Dr Elm,Counted\n"
        + "service/gp_appointments/deferrable,half,0.1,0.2,Dr Elm,Counted\n"
        + "service/gp_appointments/catch_up,0.1,0.1,0.1,,\n"
    )

    assert harm("rank", "--map", MAP, "--parameters", file) == 2

    said = capsys.readouterr().err
    for part in (
        "own.csv row 2: service/gp_appointments/spare, low and high: a share lies between 0 and 1",
        "own.csv row 3: service/gp_appointments/near, value: 0.3 ≤ 0.2 ≤ 0.1 does not hold",
        "there is no such parameter; the nearest are service/gp_appointments/far",
        "own.csv row 5, value: 'half' is no number",
        "own.csv row 6: service/gp_appointments/catch_up, by: say who says so",
        "own.csv row 6: service/gp_appointments/catch_up, why: say why",
    ):
        assert part in said


@pytest.mark.parametrize("text", ["", "parameter,value\n", "\x00"])
def test_a_file_that_holds_no_figures_is_refused(tmp_path, capsys, text):
    file = tmp_path / "own.csv"
    file.write_text(text)

    assert harm("rank", "--map", MAP, "--parameters", file) == 2
    assert "is missing" in capsys.readouterr().err
    assert harm("rank", "--map", MAP, "--parameters", tmp_path / "none.csv") == 2
