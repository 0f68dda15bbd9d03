import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.harm.history.fit import WIDTHS, Lesson, learn, untaught
from watchward.harm.history.score import Interval, naive


def a_lesson(predict, observed, spread=0.0, hospitals=1):
    observed = np.asarray(observed, dtype=np.float64)
    return Lesson(predict=predict, observed=observed, spread=np.full(observed.size, spread), hospitals=hospitals)


@given(st.integers(min_value=0, max_value=2**32 - 1), st.integers(1, 4), st.integers(1, 6), st.integers(1, 40))
def test_learning_from_straight_lines_is_what_algebra_says(seed, figures, size, hospitals):
    drawn = np.random.default_rng(seed)
    slope, observed = drawn.normal(size=(figures, size)), drawn.normal(size=figures)
    parameters = drawn.integers(0, 2, size).astype(np.float64)

    found = learn([a_lesson(lambda tried: tried @ slope.T, observed, 0.3, hospitals)], parameters)

    scale = found.scale
    shared = slope * scale.width * np.sqrt(scale.common) * parameters
    own = scale.width**2 * (1 - scale.common) * (0.5 + 0.5 / hospitals)
    local = slope * np.where(parameters > 0, own, 1)
    noise = np.linalg.inv(np.eye(figures) * (0.3**2 + scale.scatter**2) + local @ slope.T)
    covariance = np.linalg.inv(np.eye(size) + shared.T @ noise @ shared)
    assert found.root @ found.root.T == pytest.approx(covariance, abs=1e-6)
    assert found.centre == pytest.approx(covariance @ shared.T @ noise @ observed, abs=1e-6)


@pytest.mark.parametrize("scatter", [0.2, 0.75])
def test_scatter_is_learnt_where_the_model_explains_nothing(scatter):
    observed = np.random.default_rng(7).normal(scale=scatter, size=60)

    found = learn([a_lesson(lambda tried: np.zeros((len(tried), 60)), observed)], np.ones(2))

    assert found.scale.scatter == scatter


def test_ranges_that_are_far_too_wide_are_learnt_to_be():
    slope = np.eye(40) * 3.0

    found = learn([a_lesson(lambda tried: tried @ slope.T, np.zeros(40))], np.ones(40))

    assert found.scale.width == min(WIDTHS)


def test_assumptions_about_an_incident_are_never_learnt():
    lesson = a_lesson(lambda tried: tried, [5.0], 0.1)

    found = learn([lesson], np.zeros(1))

    assert found.next_incident(np.array([[1.0]]), np.array([[-2.0]]), 1).tolist() == [[0.0], [-2.0]]


def test_what_was_never_learnt_is_the_prior_half_of_it_everywhere():
    known = untaught(np.array([1.0, 0.0]))

    first, drawn = known.next_incident(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), 1)

    assert first.tolist() == [0.0, 0.0]
    assert drawn.tolist() == pytest.approx([np.sqrt(0.5) * (1.0 + 3.0), 4.0])


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
