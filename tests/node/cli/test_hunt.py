import json

import pytest

from console.factories import OrganisationFactory
from lake.batches import rows
from lake.journals import MOMENT
from watchward.lake import segments
from watchward.lake.segments import Segment
from watchward.node.cli import main
from watchward.node.home import Home


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "home")
    made.create()
    made.database.touch()  # organisations are looked up in the test's own database
    segments.write(made.lake, Segment.of("g1", 1, MOMENT), rows("a", "b", CommandLine="whoami [/all]"))
    segments.write(made.lake, Segment.of("g1", 2, MOMENT), rows("c", organisation="ZZ2"))
    return made


def hunt(home, *arguments):
    return main(["hunt", *arguments, "--home", str(home.path)])


def test_a_hunt_prints_a_table(home, capsys):
    assert hunt(home, "SELECT device, CommandLine FROM events WHERE CommandLine IS NOT NULL") == 0

    assert "whoami [/all]" in capsys.readouterr().out


def test_an_event_cannot_steer_the_terminal_of_whoever_looks_at_it(home, capsys):
    hunt(home, "SELECT 'a' || chr(27) || '[2J' || chr(155) || 'é\\' AS text")

    assert "a\\x1b[2J\\x9bé\\" in capsys.readouterr().out


def test_with_json_each_row_is_an_object(home, capsys):
    hunt(home, "SELECT observed_at, Hashes FROM events ORDER BY 1 LIMIT 1", "--json")

    assert json.loads(capsys.readouterr().out) == {"observed_at": "2026-03-01 12:00:00+00:00", "Hashes": None}


@pytest.mark.django_db
def test_a_hunt_may_be_kept_to_some_organisations_and_times(home, capsys):
    OrganisationFactory(code="ZZ1")
    hunt(home, "SELECT count(*) AS n FROM events", "--json", "--organisation", "ZZ1", "--since", "2026-03-01T12:00:01Z")

    assert json.loads(capsys.readouterr().out) == {"n": 1}


def test_a_long_answer_says_that_there_is_more(home, capsys):
    hunt(home, "SELECT * FROM range(10)", "--rows", "3", "--json")

    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 3
    assert "There are more than" in captured.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["DROP VIEW events"],
        ["SELECT 1", "--since", "yesterday"],
        ["SELECT 1", "--seconds", "-1"],
        ["SELECT 1", "--rows", "0"],
        ["SELECT 1", "--organisation", "NOPE"],
    ],
)
@pytest.mark.django_db
def test_what_cannot_be_asked_ends_with_bad_input_and_advice(home, capsys, arguments):
    assert hunt(home, *arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) >= 2
