import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.harm.history.fit import Lesson, learn, untaught
from watchward.harm.history.score import Interval, naive


@given(st.integers(min_value=0, max_value=2**32 - 1), st.integers(1, 4), st.integers(1, 6))
def test_learning_from_straight_lines_is_what_algebra_says(seed, figures, size):
    drawn = np.random.default_rng(seed)
    slope, observed = drawn.normal(size=(figures, size)), drawn.normal(size=figures)
    spread, common = drawn.uniform(0.2, 2, figures), drawn.uniform(0, 1, size)

    found = learn([Lesson(predict=lambda tried: tried @ slope.T, observed=observed, spread=spread)], common)

    shared = slope * np.sqrt(common)
    noise = np.linalg.inv(np.diag(spread**2) + (slope * (1 - common)) @ slope.T)
    covariance = np.linalg.inv(np.eye(size) + shared.T @ noise @ shared)
    assert found.root @ found.root.T == pytest.approx(covariance, abs=1e-6)
    # It stops before a step that would gain too little.
    reached, best = (
        (observed - shared @ at) @ noise @ (observed - shared @ at) + at @ at
        for at in (found.centre, covariance @ shared.T @ noise @ observed)
    )
    assert reached - best <= 0.05 + 1e-6


def test_what_is_each_places_own_is_never_learnt():
    lesson = Lesson(predict=lambda tried: tried, observed=np.array([5.0]), spread=np.array([0.1]))

    found = learn([lesson], np.zeros(1))

    assert found.next_incident(np.array([[1.0]]), np.array([[-2.0]])).tolist() == [[0.0], [-2.0]]


def test_what_was_never_learnt_is_the_prior():
    known = untaught(np.array([1.0, 0.0]))

    assert known.next_incident(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])).tolist() == [[0.0, 0.0], [1.0, 4.0]]


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
