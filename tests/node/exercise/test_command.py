import json

import pytest

from watchward.node.cli import main


@pytest.fixture
def written(tmp_path):
    def write(name, *more):
        folder = tmp_path / name
        arguments = ("--minutes", "0.5", "--rate", "40", "--sector", "small", "--speed", "600", "--json")
        assert main(["exercise", "write", str(folder), *arguments, *more]) == 0
        return folder

    return write


def test_writing_twice_gives_the_same_files_byte_for_byte(written, capsys):
    first, again = written("first"), written("again")
    counts = json.loads(capsys.readouterr().out.splitlines()[0])

    names = sorted(path.name for path in first.iterdir())
    assert names == sorted(path.name for path in again.iterdir())
    assert all((first / name).read_bytes() == (again / name).read_bytes() for name in names)
    assert counts["events"] == sum(len((first / name).read_bytes().splitlines()) for name in names if name[0] == "X")


def test_labels_say_which_line_of_which_file_belongs_to_which_step(written):
    folder = written("one", "--story", "worm")

    labels = [json.loads(line) for line in (folder / "labels.ndjson").read_text().splitlines()]

    assert labels
    arrival = next(label for label in labels if label["label"] == "worm/0/spreads")
    line = (folder / arrival["file"]).read_text().splitlines()[arrival["line"] - 1]
    assert "mssecsvc" in line


def test_an_unknown_story_or_sector_is_bad_input(tmp_path, capsys):
    assert main(["exercise", "write", str(tmp_path), "--story", "nonsense"]) == 2
    assert main(["exercise", "write", str(tmp_path), "--sector", "enormous"]) == 2
    assert "Choose from" in capsys.readouterr().err


def test_the_stories_are_listed_with_their_sources(capsys):
    assert main(["exercise", "list", "--json"]) == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) >= 5
    assert all(line["told_from"] for line in lines)
