import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.harm.history.fit import learn, untaught
from watchward.harm.history.score import Interval, naive


@given(st.integers(min_value=0, max_value=2**32 - 1), st.integers(1, 4), st.integers(1, 6))
def test_learning_from_straight_lines_is_what_algebra_says(seed, figures, size):
    drawn = np.random.default_rng(seed)
    slope, observed, spread = drawn.normal(size=(figures, size)), drawn.normal(size=figures), drawn.uniform(0.2, 2)
    scaled = slope / spread

    found = learn(lambda tried: tried @ slope.T, observed, np.full(figures, spread), size=size)

    covariance = np.linalg.inv(np.eye(size) + scaled.T @ scaled)
    assert found.root @ found.root.T == pytest.approx(covariance, abs=1e-6)
    # It stops when a step gains too little to matter: half a unit of what the figures leave open at most.
    assert np.abs(found.centre - covariance @ scaled.T @ (observed / spread)).max() < 0.25


def test_what_was_never_learnt_is_the_prior():
    assert untaught(2).draws(np.array([[1.0, -2.0]])).tolist() == [[1.0, -2.0]]


def test_missing_costs_twenty_times_the_distance():
    assert Interval(estimate=2, low=1, high=3).score(2.5) == 2
    assert Interval(estimate=2, low=1, high=3).score(3.5) == pytest.approx(2 + 20 * 0.5)
    assert Interval(estimate=2, low=1, high=3).score(0) == pytest.approx(2 + 20)


def test_nothing_predicted_is_never_narrow():
    assert not Interval(estimate=0, low=0, high=0).narrow


@given(st.lists(st.floats(0.001, 1.0), min_size=3, max_size=20))
def test_the_naive_model_keeps_to_shares(shares):
    found = naive(shares)

    assert 0 < found.low <= found.estimate <= found.high <= 1
    assert min(shares) <= found.estimate * (1 + 1e-9)
    assert found.estimate <= max(shares) * (1 + 1e-9)
