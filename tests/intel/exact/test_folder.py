import os
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intel.exact.builders import AT, an_entry, matched
from watchward.base.errors import BadSetupError
from watchward.intel.exact import folder
from watchward.intel.exact.sets import ExactSets

FEW = [an_entry(text=f"n{number}.example", number=number) for number in range(6)]


def kept(home):
    return {one.indicator for one in folder.kept(home)}


def names(entries):
    return {one.indicator for one in entries}


_SOME = st.lists(st.sampled_from(FEW), max_size=4)


@given(first=_SOME, changes=st.lists(st.tuples(_SOME, _SOME), max_size=6))
def test_a_set_holds_what_was_added_and_not_taken_out_since(tmp_path_factory, first, changes):
    home = tmp_path_factory.mktemp("exact")
    folder.publish(home, first)
    expected = names(first)
    for added, removed in changes:
        folder.append(home, added, removed)
        expected = (expected - names(removed)) | names(added)
    assert kept(home) == expected
    held = matched(ExactSets.open(home), "QueryName", [one.observable.value for one in FEW])
    assert held == [{one.indicator} & expected for one in FEW]


def test_what_is_said_last_of_an_indicator_counts(tmp_path):
    folder.publish(tmp_path, [an_entry(title="Before")])
    folder.append(tmp_path, [an_entry(title="After", confidence=90)])
    assert [(one.title, one.confidence) for one in folder.kept(tmp_path)] == [("After", 90)]


def test_an_entry_is_read_as_it_was_written(tmp_path):
    whole = an_entry(title="Ward 7, été", confidence=0, source="Elm ICB", since=AT, until=AT)
    folder.publish(tmp_path, [whole, an_entry(number=2)])
    assert set(folder.kept(tmp_path)) == {whole, an_entry(number=2)}


def test_many_small_changes_make_few_layers(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "_SMALL", 10)
    folder.publish(tmp_path, [an_entry(text=f"n{number}.example", number=number) for number in range(1_000)])
    for number in range(1_000, 1_100):
        folder.append(tmp_path, [an_entry(text=f"n{number}.example", number=number)])
    assert len(folder.read(tmp_path).layers) <= 8
    assert len(list(tmp_path.glob("*.layer"))) == len(folder.read(tmp_path).layers)
    assert len(kept(tmp_path)) == 1_100


@pytest.mark.parametrize("step", range(1, 40))
def test_a_crash_at_any_moment_leaves_the_set_as_it_was_or_as_it_is(tmp_path, step):
    folder.publish(tmp_path, FEW[:3])
    reader = ExactSets.open(tmp_path)
    before = names(FEW[:3])
    after = names(FEW[1:5])
    done = _ended_at(step, lambda: folder.append(tmp_path, FEW[3:5], FEW[:1]))
    assert kept(tmp_path) == after if done else kept(tmp_path) in (before, after)
    held = matched(reader, "QueryName", [one.observable.value for one in FEW])
    assert set().union(*held) == kept(tmp_path)
    folder.append(tmp_path, FEW[3:5], FEW[:1])
    assert kept(tmp_path) == after
    assert len(list(tmp_path.glob("*.layer"))) == len(folder.read(tmp_path).layers)


def _ended_at(step, work):
    """Do some work in a process that is killed at its n-th call of the system that touches a disk; whether it ended."""
    child = os.fork()
    if child == 0:
        left = [step]

        def killing(call):
            def counted(*arguments, **named):
                left[0] -= 1
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)
                return call(*arguments, **named)

            return counted

        for name in ("write", "fsync", "rename", "replace", "open", "unlink", "close"):
            setattr(os, name, killing(getattr(os, name)))
        work()
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def test_a_disk_that_is_full_leaves_the_set_as_it_was(tmp_path, monkeypatch):
    folder.publish(tmp_path, FEW[:3])

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        folder.append(tmp_path, FEW[3:])
    assert kept(tmp_path) == names(FEW[:3])
    assert len(list(tmp_path.glob("*.layer"))) == 1


def test_a_damaged_layer_says_what_to_do(tmp_path):
    folder.publish(tmp_path, FEW)
    (layer,) = tmp_path.glob("*.layer")
    layer.write_bytes(layer.read_bytes()[:5_000])
    with pytest.raises(BadSetupError, match="damaged") as raised:
        list(folder.kept(tmp_path))
    assert "published again" in raised.value.advice


def test_a_reader_whose_layers_are_replaced_meanwhile_goes_on(tmp_path):
    folder.publish(tmp_path, FEW[:2])
    left = folder.kept(tmp_path)
    first = next(left)
    folder.publish(tmp_path, FEW[2:])
    assert {first.indicator, *(one.indicator for one in left)} == names(FEW[:2])
