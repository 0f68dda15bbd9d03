"""The laws of the simulation: whatever was measured, nobody is protected too soon, and absence never helps."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sector.spread import LONGEST_PAUSE, Away, Delays, Shape, reached, spread

SHAPE = Shape(levels=(1, 3, 7, 200))
seconds = st.lists(st.floats(0.001, 10), min_size=1, max_size=8).map(np.array)
delays = st.builds(Delays, begun=seconds, up=seconds, down=seconds, last=seconds, each=st.floats(0, 0.1))
shares = st.floats(0, 0.5)
seeds = st.integers(0, 2**32)


def most_children(shape):
    return [np.bincount(shape.parents(level)).max() for level in range(1, len(shape.levels))]


@given(delays, shares, seeds)
def test_nobody_is_protected_before_a_message_from_the_nation_could_arrive(measured, share, seed):
    times = spread(SHAPE, measured, Away(share=share, above=share), seed=seed)
    soonest = measured.begun.min() + 3 * measured.down.min() + measured.last.min()
    assert times.min() >= soonest - 1e-9


@given(delays, shares, seeds)
def test_nobody_but_who_saw_it_is_protected_before_it_went_up_and_down_one_link(measured, share, seed):
    times = spread(SHAPE, measured, Away(share=share, above=share), seed=seed, seen_below=True)
    assert times[0] >= measured.begun.min() + measured.last.min() - 1e-9
    soonest = measured.begun.min() + measured.up.min() + measured.down.min() + measured.last.min()
    assert times[1:].min() >= soonest - 1e-9


@given(delays, seeds, st.booleans())
def test_with_nobody_away_the_last_waits_no_longer_than_all_turns_and_the_slowest_links(measured, seed, seen_below):
    times = spread(SHAPE, measured, Away(), seed=seed, seen_below=seen_below)
    turns = measured.each * sum(count - 1 for count in most_children(SHAPE))
    climbs = 3 * measured.up.max() if seen_below else 0
    assert times.max() <= measured.begun.max() + climbs + 3 * measured.down.max() + turns + measured.last.max() + 1e-9


@given(delays, shares, shares, seeds, st.booleans())
def test_more_away_never_protects_anybody_sooner(measured, one, other, seed, seen_below):
    fewer, more = (
        spread(SHAPE, measured, Away(share=share, above=share), seed=seed, seen_below=seen_below)
        for share in sorted((one, other))
    )
    assert (more >= fewer).all()


@given(delays, seeds)
def test_slower_telling_never_protects_anybody_sooner(measured, seed):
    quick = spread(SHAPE, measured, Away(share=0.1, above=0.1), seed=seed)
    slow = spread(SHAPE, replace(measured, each=measured.each + 0.01), Away(share=0.1, above=0.1), seed=seed)
    assert (slow >= quick).all()


def test_who_is_away_is_protected_only_when_it_is_back_and_the_others_do_not_wait_for_it():
    instant = np.array([0.001])
    measured = Delays(begun=instant, up=instant, down=instant, last=instant)
    times = spread(Shape(levels=(1, 5, 20_000)), measured, Away(share=0.05, mean=1e6), seed=5)
    assert np.mean(times < 1) == pytest.approx(0.95, abs=0.01)


def test_children_of_a_node_that_was_away_find_it_within_the_longest_pause():
    instant = np.array([0.0])
    measured = Delays(begun=instant, up=instant, down=instant, last=instant)
    shape = Shape(levels=(1, 1, 500))
    for seed in range(20):
        times = spread(shape, measured, Away(share=0.5, above=0.5, mean=1e9), seed=seed)
        quickest = np.sort(times)[: len(times) // 3]
        assert quickest.max() - quickest.min() <= LONGEST_PAUSE


def test_the_curve_says_when_each_share_is_protected():
    times = np.array([4.0, 1.0, 3.0, 2.0])
    assert reached(times, np.array([0.25, 0.5, 0.51, 1.0])).tolist() == [1.0, 2.0, 3.0, 4.0]
