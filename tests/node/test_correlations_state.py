"""What correlations hold, on disk: it is read whole or not at all, for loops run over it that check nothing."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchward.lake.journal import Position
from watchward.node.correlations import state
from watchward.node.correlations.state import State

STATE = State(position=Position.parse(""), correlator=bytes(range(256)), where=[["a", 1]])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("journal")


def test_a_state_is_read_as_it_was_written(folder):
    state.write(folder, STATE)

    assert state.read(folder) == STATE


@settings(max_examples=200)
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7), is_cut=st.booleans())
def test_a_state_that_is_broken_anywhere_is_none(folder, place, bit, is_cut):
    state.write(folder, STATE)
    file = folder / state.FILE
    content = bytearray(file.read_bytes())
    place %= len(content)
    content[place] ^= 1 << bit
    file.write_bytes(content[:place] if is_cut else content)

    assert state.read(folder) is None


def test_a_state_of_a_time_when_there_was_no_checksum_is_read(folder):
    plain = [1, str(STATE.position), STATE.correlator, STATE.where]
    (folder / state.FILE).write_bytes(msgspec.msgpack.encode(plain))

    assert state.read(folder) == STATE
