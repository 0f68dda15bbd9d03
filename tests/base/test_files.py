import pytest

from watchward.base.files import put_whole


def test_a_file_takes_the_place_of_the_one_before_and_only_its_owner_may_read_it(tmp_path):
    for content in (b"one", b"two"):
        put_whole(tmp_path / "file", content)

    assert (tmp_path / "file").read_bytes() == b"two"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_that_cannot_be_put_leaves_nothing_behind(tmp_path):
    (tmp_path / "file").mkdir()

    with pytest.raises(OSError, match="file"):
        put_whole(tmp_path / "file", b"one")

    assert [path.name for path in tmp_path.iterdir()] == ["file"]
