import json

import pytest

from watchward.node.cli import main
from watchward.node.home import Home

TRUSTS = (
    "code,name,national_grouping,high_level_health_geography,open_date,close_date,postcode\n"
    "XA1,ELM NHS TRUST,Y56,QX1,20200401,,ZZ1 1ZZ\nXA2,OAK NHS TRUST,Y56,QX9,20200401,20240930,ZZ2\n"
)
ICBS = "icb_code,icb_name,commissioner_code,commissioner_name,region_code\nQX1,NHS ELM ICB,99X,ELM 99X,Y56\n"


@pytest.fixture
def files(tmp_path, db):  # noqa: ARG001 - the commands write to the database
    (tmp_path / "etr.csv").write_text(TRUSTS)
    (tmp_path / "icbs.csv").write_text(ICBS)
    return tmp_path


@pytest.fixture
def run(tmp_path, capsys):
    home = Home(tmp_path / "home")
    home.create()
    home.database.touch()  # what is asked is the test's own database

    def command(*words):
        code = main([*map(str, words), "--home", str(tmp_path / "home")])
        return code, capsys.readouterr()

    return command


def test_a_folder_is_imported_and_a_second_time_changes_nothing(run, files):
    _, first = run("estate", "import", files, "--json")
    code, second = run("estate", "import", files, "--json")

    assert json.loads(first.out)["created"] == 12  # nation, seven regions, ICB, sub-ICB location, two trusts
    assert (code, json.loads(second.out)["unchanged"], json.loads(second.out)["created"]) == (0, 12, 0)


def test_an_unknown_parent_is_reported_with_what_to_do(run, files):
    _, output = run("estate", "import", files)

    assert "QX9 is named as a parent and is not known" in output.out
    assert "Import the file that lists it" in output.out


def test_a_file_of_no_known_layout_is_named_and_the_others_are_imported(run, files):
    (files / "zoo.csv").write_text("animal,legs\ncat,4\n")

    code, output = run("estate", "import", files)

    assert code == 2
    assert "zoo.csv, line 1: found a header of 2 columns" in output.err
    assert "12 created" in output.out


def test_a_file_that_is_not_there_is_bad_input(run, db):  # noqa: ARG001
    code, output = run("estate", "import", "nowhere.csv")

    assert (code, "nowhere.csv is not there" in output.err) == (2, True)


def test_organisations_are_listed_by_kind_place_and_name(run, files):
    run("estate", "import", files)

    _, listed = run("estate", "list", "elm", "--kind", "trust", "--below", "QX1", "--json")

    assert [json.loads(line)["path"] for line in listed.out.splitlines()] == ["/ENG/Y56/QX1/XA1/"]


def test_a_source_is_added_listed_rotated_and_disabled(run, files):
    run("estate", "import", files)
    _, added = run("source", "add", "xa1", "Collector", "--shipper", "filebeat", "--json")
    source = json.loads(added.out)

    _, rotated = run("source", "rotate", source["source"], "--withdraw-old", "--json")
    _, help_ = run("source", "disable", "--help")
    code, _ = run("source", "disable", "--source", source["source"])
    _, listed = run("source", "list", "--json")

    assert source["secret"] in source["configuration"]
    assert json.loads(rotated.out)["key_id"] != source["key_id"]
    assert "SOURCE" in help_.out
    assert "KEY" not in help_.out
    assert code == 0
    assert run("source", "enable", source["source"])[0] == 0
    assert json.loads(listed.out) | {"source": ""} == {
        "source": "", "name": "Collector", "organisation": "XA1", "shipper": "filebeat", "enabled": False,
        "last_sent_at": None, "events": 0, "duplicates": 0, "bad": 0,
    }  # fmt: skip


def test_a_source_for_no_organisation_is_bad_input(run, db):  # noqa: ARG001
    code, output = run("source", "add", "XX9", "Collector")

    assert (code, "There is no organisation 'XX9'" in output.err) == (2, True)


def test_a_layout_that_reads_nothing_is_bad_input_and_changes_nothing(run, tmp_path, db):  # noqa: ARG001
    (tmp_path / "etr.csv").write_text('"RZ1","ELM NHS TRUST","Y56","QX1"' + ',""' * 23 + "\n")
    code, output = run("estate", "import", tmp_path / "etr.csv", "--as", "epraccur")

    assert (code, output.out) == (2, "")
    assert "found no row that can be read as epraccur" in output.err
    assert "leave --as out" in output.err


@pytest.mark.parametrize("option", ["--kind", "--below"])
def test_a_list_of_what_there_is_not_is_bad_input(run, db, option):  # noqa: ARG001
    code, output = run("estate", "list", option, "bogus")

    assert (code, output.out) == (2, "")
    assert "'bogus'" in output.err
