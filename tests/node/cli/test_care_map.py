import json

import pytest

from watchward.estate.care.tables import read
from watchward.node.cli import main
from watchward.node.home import Home

REGISTER = {
    "icbs.csv": (
        "icb_code,icb_name,commissioner_code,commissioner_name,region_code\nQX1,NHS ELM ICB,99X,ELM 99X,Y56\n"
    ),
    "etr.csv": (
        "code,name,national_grouping,high_level_health_geography,open_date,close_date,postcode\n"
        "XA1,ELM NHS TRUST,Y56,QX1,20200401,,ZZ1 1ZZ\n"
    ),
}
PAGER = "id,organisation,kind\nXA1/pager,XA1,telephony\n"
NEED = "consumer,provider,floor\nXA1/outpatients,XA1/pager,0.9\n"


@pytest.fixture
def run(tmp_path, capsys, db):  # noqa: ARG001 - the commands write to the database
    home = Home(tmp_path / "home")
    home.create()
    home.database.touch()  # what is asked is the test's own database

    def command(*words):
        code = main([*map(str, words), "--home", str(tmp_path / "home")])
        return code, capsys.readouterr()

    return command


@pytest.fixture
def known(run, tmp_path):
    """A node that knows a trust."""
    for name, text in REGISTER.items():
        (tmp_path / name).write_text(text)
    run("estate", "import", *(tmp_path / name for name in REGISTER))
    return run


def written(folder, **texts):
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def test_kinds_of_templates_are_listed(capsys):
    assert main(["estate", "template"]) == 0
    assert "acute_trust" in capsys.readouterr().out


def test_a_template_is_shown_with_what_it_gives_and_needs(capsys):
    main(["estate", "template", "care_home", "--scale", "40"])

    shown = capsys.readouterr().out
    assert "Care-home medication rounds" in shown
    assert "960" in shown
    assert "care_planning, workstations, telephony" in shown


def test_a_template_printed_as_json_is_a_map_that_can_be_read(capsys):
    main(["estate", "template", "gp_practice", "--organisation", "XP1", "--json"])

    found = read({"map.json": capsys.readouterr().out.encode()})
    assert found.care.services[0].id == "XP1/gp_appointments"


def test_an_unknown_template_is_bad_input_and_names_the_kinds(capsys):
    assert main(["estate", "template", "hospice"]) == 2
    assert "acute_trust" in capsys.readouterr().err


def test_a_map_is_recognised_among_files_and_a_second_time_changes_nothing(known, tmp_path):
    folder = written(tmp_path / "map", systems=PAGER, dependencies=NEED)

    _, first = known("estate", "import", folder, "--reason", "Asked the ward", "--json")
    _, second = known("estate", "import", folder, "--json")

    assert json.loads(first.out)["maps"] == {"XA1": {"added": 2, "changed": 0, "removed": 0}}
    assert json.loads(second.out)["maps"] == {"XA1": {"added": 0, "changed": 0, "removed": 0}}


def test_everything_wrong_with_a_map_is_said_with_row_and_column_and_nothing_is_kept(known, tmp_path):
    wrong = "consumer,provider,floor\nXA1/outpatients,XA1/nothing,0.9\nXA1/pager,XA1/pager,7\n"
    folder = written(tmp_path / "map", systems=PAGER, dependencies=wrong)

    code, output = known("estate", "import", folder)

    assert code == 2
    for place in ("row 2, provider", "row 3, provider", "row 3, floor"):
        assert f"dependencies.csv, {place}" in output.err
    assert "XA1/pager" not in known("estate", "export", "--json")[1].out


def test_a_map_of_an_organisation_that_is_not_known_is_refused(known, tmp_path):
    folder = written(tmp_path / "map", systems=PAGER.replace("XA1", "XB2"))

    code, output = known("estate", "import", folder)

    assert (code, "There is no organisation XB2" in output.err) == (2, True)


@pytest.mark.parametrize("name", ["out", "out.zip", "out.json"])
def test_what_is_exported_is_imported_again_as_it_was(known, tmp_path, name):
    known("estate", "import", written(tmp_path / "map", systems=PAGER, dependencies=NEED))
    before = known("estate", "export", "--json")[1].out

    known("estate", "export", "--to", tmp_path / name)
    _, done = known("estate", "import", tmp_path / name, "--whole", "--json")

    assert json.loads(done.out)["maps"] == {"XA1": {"added": 0, "changed": 0, "removed": 0}}
    assert known("estate", "export", "--json")[1].out == before


def test_an_export_of_what_was_refined_leaves_templates_out(known):
    assert json.loads(known("estate", "export", "--refined", "--json")[1].out) == {"version": 1}


def test_published_activity_makes_a_template_certain(known, tmp_path):
    file = tmp_path / "June-2025-AE.csv"
    file.write_text('Code,Total attendances,Total Emergency Admissions\nXA1,"30,000",6000\nXB2,1,1\n')

    _, output = known("estate", "import", file)

    assert "The size of 1 organisation is known; 1 in the files are not known here." in output.out
    services = json.loads(known("estate", "export", "--json")[1].out)["services"]
    department = next(one for one in services if one["kind"] == "emergency_department")
    assert department["low"] == department["weekly"] == 7000


def test_coverage_counts_what_is_mapped_by_template_and_nothing(known):
    _, output = known("estate", "coverage", "--json")

    found = json.loads(output.out)
    assert found["organisations"]["trust"] == {"mapped": 0, "template": 1, "nothing": 0}
    assert found["organisations"]["icb"] == {"mapped": 0, "template": 0, "nothing": 1}
    assert found["activity"]["outpatients"] == 0
    assert "by template only" in known("estate", "coverage")[1].out


def test_an_export_to_nowhere_is_bad_input(known):
    code, output = known("estate", "export")

    assert (code, "--to FOLDER" in output.err) == (2, True)


@pytest.mark.usefixtures("known")
def test_the_questions_that_matter_most_are_told_in_their_order(run):
    code, printed = run("estate", "questions", "xa1", "--count", "3", "--json")
    told = json.loads(printed.out)

    assert (code, told["organisation"], len(told["questions"])) == (0, "XA1", 3)
    assert told["questions"][0]["text"] == "How many general and acute beds do you have?"
    assert "1. How many general and acute beds do you have?" in run("estate", "questions", "XA1")[1].out


@pytest.mark.parametrize("wrong", [["XA9"], ["XA1", "--count", "0"]])
@pytest.mark.usefixtures("known")
def test_questions_to_nobody_are_refused_with_advice(run, wrong):
    code, printed = run("estate", "questions", *wrong)

    assert code == 2
    assert "Give its code" in printed.err or "Ask for 1 to 100" in printed.err
