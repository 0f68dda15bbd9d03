"""Patterns on disk: changed as a whole, noticed at once."""

import pytest

from intel.live.builders import a_pattern
from watchward.base.errors import BadSetupError
from watchward.intel.exact import standing
from watchward.intel.live import folder

ONE, TWO, THREE = (a_pattern(number=number) for number in (1, 2, 3))


def test_what_is_published_is_read_and_what_is_withdrawn_is_gone(tmp_path):
    assert folder.read(tmp_path) == ()
    assert folder.publish(tmp_path, [ONE, TWO]) == 2
    assert folder.change(tmp_path, added=[THREE], removed=[ONE.id]) == ()
    assert folder.read(tmp_path) == (TWO, THREE)


def test_a_pattern_takes_the_place_of_an_earlier_one_with_its_id(tmp_path):
    folder.publish(tmp_path, [ONE, TWO])
    later = a_pattern("[process:command_line LIKE '%plover%']", number=1)
    folder.change(tmp_path, added=[later], removed=[ONE.id])
    assert folder.read(tmp_path) == (later, TWO)


def test_what_has_no_room_is_named_and_changes_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "MOST", 2)
    folder.publish(tmp_path, [ONE])
    later = a_pattern("[process:command_line LIKE '%plover%']", number=1)
    assert folder.change(tmp_path, added=[TWO, THREE, later]) == (THREE.id,)
    assert folder.read(tmp_path) == (later, TWO)


def test_a_change_is_seen_by_the_version_and_no_change_writes_nothing(tmp_path):
    before = folder.version_of(tmp_path)
    folder.publish(tmp_path, [ONE])
    assert before != folder.version_of(tmp_path)
    version = folder.version_of(tmp_path)
    folder.change(tmp_path, added=[ONE], removed=[TWO.id])
    assert folder.version_of(tmp_path) == version
    folder.change(tmp_path, removed=[ONE.id])
    assert folder.version_of(tmp_path) != version


def test_a_damaged_file_is_named_with_what_to_do(tmp_path):
    (tmp_path / folder.CURRENT).write_bytes(b"\x93")
    with pytest.raises(BadSetupError, match="is damaged") as caught:
        folder.read(tmp_path)
    assert "watchward intel publish" in caught.value.advice


def test_how_sources_stand_says_what_counts_and_is_a_change(tmp_path):
    mine, theirs, both = (a_pattern(number=number, brought=keys) for number, keys in ((1, "7"), (2, "8"), (3, "7,8")))
    folder.publish(tmp_path, [mine, theirs, both])
    version = folder.version_of(tmp_path)
    standing.write(tmp_path, trial=["7"], withdrawn=[])
    assert folder.version_of(tmp_path) != version
    assert [(one.title[-1], one.trial) for one in folder.counting(tmp_path)] == [
        ("1", True),
        ("2", False),
        ("3", False),
    ]
    standing.write(tmp_path, trial=["8"], withdrawn=["7"])
    assert [(one.title[-1], one.trial) for one in folder.counting(tmp_path)] == [("2", True), ("3", True)]
