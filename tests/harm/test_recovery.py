"""How people write that a thing comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.harm import recovery
from watchward.harm.errors import HarmError


@st.composite
def steps(draw):
    starts = sorted(draw(st.sets(st.integers(1, 9000), max_size=5)))
    shares = draw(st.lists(st.integers(0, 1000), min_size=len(starts) + 1, max_size=len(starts) + 1))
    return tuple(zip([0, *starts], [share / 1000 for share in shares], strict=True))


@given(steps())
def test_what_is_written_is_read_again(one):
    assert recovery.read(recovery.typed(one)) == one
    assert recovery.named(recovery.written("supplier/a@b", one)) == ("supplier/a@b", one)


@pytest.mark.parametrize("identifier", ["RXX/ward-pc@7", "RXX/scanner@10.0.0.1", "RXX/a@b", "RXX/a@"])
def test_what_only_looks_like_a_recovery_belongs_to_the_name(identifier):
    assert recovery.named(identifier) == (identifier, recovery.LOST)


@pytest.mark.parametrize(
    "text", ["24h 50%, 72h 100%", "24:50,72:100", "1d 50; 3d 100", " 24 50 , 72 100% ", "24H:50%,3D:100"]
)
def test_hours_and_days_and_shares_are_written_as_people_like(text):
    assert recovery.read(text) == ((0, 0.0), (24, 0.5), (72, 1.0))


@pytest.mark.parametrize(
    "text", ["50%", "24h", "24h 101%", "24h 50%, 12h 100%", "24h 50%, 24h 60%", "soon", "1e3 50", "-1h 5%"]
)
def test_what_cannot_be_is_refused_with_an_example(text):
    with pytest.raises(HarmError) as refused:
        recovery.read(text)
    assert "such as 24h 50%" in refused.value.advice


def test_a_recovery_of_very_many_steps_is_refused():
    with pytest.raises(HarmError, match="too long"):
        recovery.read(",".join(f"{hour}:5" for hour in range(1, 60)))


def test_a_name_with_an_at_sign_that_no_steps_follow_is_a_name():
    assert recovery.named("RXX/printer@ward") == ("RXX/printer@ward", recovery.LOST)
