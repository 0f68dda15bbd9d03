"""What is decided is read as it was written, whole, whoever writes and whenever a writer ends."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lists.builders import excepted, ids, placed, some_excepted, some_placed
from watchward.base.errors import BadSetupError
from watchward.lists.published import Publication, Reader, append, publish, read

changes = st.lists(
    st.fixed_dictionaries(
        {
            "changed": st.lists(some_placed, max_size=3),
            "lifted": st.lists(ids, max_size=3),
            "excepted": st.lists(some_excepted, max_size=2),
            "ended": st.lists(some_excepted.map(lambda one: one.id), max_size=2),
        }
    ),
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(changes)
def test_what_is_read_is_what_the_changes_say_one_after_the_other(tmp_path_factory, told):
    folder = tmp_path_factory.mktemp("lists")
    blocks, exceptions = {}, {}
    reader = Reader(folder)
    reader.everything()
    for number, change in enumerate(told, 1):
        assert append(folder, **change) == number
        for key in change["lifted"]:
            blocks.pop(key, None)
        for key in change["ended"]:
            exceptions.pop(key, None)
        blocks |= {one.id: one for one in change["changed"]}
        exceptions |= {one.id: one for one in change["excepted"]}
    found = read(folder)
    assert {one.id: one for one in found.blocks} == blocks
    assert {one.id: one for one in found.exceptions} == exceptions


def test_a_reader_is_told_of_each_change_once_and_of_everything_when_everything_is_published(tmp_path):
    publish(tmp_path, Publication(blocks=(placed("evil.example"),), own_domains=("ours.example",)))
    reader = Reader(tmp_path)
    edition, found = reader.everything()
    assert (edition, found.blocks, found.own_domains) == (1, (placed("evil.example"),), ("ours.example",))
    append(tmp_path, changed=[placed("worse.example")], excepted=[excepted("evil.example")])
    append(tmp_path, lifted=[placed("evil.example").id])
    assert not reader.moved()
    assert [(one.edition, len(one.changed), len(one.lifted)) for one in reader.news()] == [(2, 1, 0), (3, 0, 1)]
    assert list(reader.news()) == []
    assert publish(tmp_path, Publication()) == 4
    assert reader.moved()
    assert reader.everything() == (4, Publication())


def test_what_a_killed_writer_left_is_neither_read_nor_kept(tmp_path):
    append(tmp_path, changed=[placed("evil.example")])
    reader = Reader(tmp_path)
    reader.everything()
    [journal] = tmp_path.glob("*.journal")
    with journal.open("ab") as file:
        file.write(b'{"edition":2,"changed":[{"id":')
    assert list(reader.news()) == []
    assert append(tmp_path, changed=[placed("worse.example")]) == 2
    assert [one.edition for one in reader.news()] == [2]
    assert len(read(tmp_path).blocks) == 2


def test_a_long_journal_becomes_a_new_base_and_nothing_is_lost(tmp_path):
    many = [placed(f"n{number}.evil.example") for number in range(5000)]
    for start in range(0, 5000, 500):
        append(tmp_path, changed=many[start : start + 500])
    assert append(tmp_path, lifted=[many[0].id]) == 11
    assert len(list(tmp_path.glob("*.base"))) == len(list(tmp_path.glob("*.journal"))) == 1
    assert next(iter(tmp_path.glob("*.base"))).stat().st_size > 500_000
    assert {one.id for one in read(tmp_path).blocks} == {one.id for one in many[1:]}


def test_nothing_published_is_nothing_blocked(tmp_path):
    assert Reader(tmp_path / "none").everything() == (0, Publication())
    assert list(Reader(tmp_path / "none").news()) == []


@pytest.mark.parametrize("ending", ["*.json", "*.base", "*.journal"])
def test_a_damaged_file_is_named_with_what_to_do(tmp_path, ending):
    publish(tmp_path, Publication(blocks=(placed("evil.example"),)))
    append(tmp_path, changed=[placed("worse.example")])
    [file] = tmp_path.glob(ending)
    file.write_bytes(b"{not this}\n")
    with pytest.raises(BadSetupError, match="is damaged") as raised:
        read(tmp_path)
    assert "publish" in raised.value.advice
