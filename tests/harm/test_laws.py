"""The laws that harm keeps, on maps that Hypothesis makes."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harm.strategies import EXAMPLES, cases, failures, maps, own_numbers, scenarios
from watchward.estate.care.dependency import Dependency
from watchward.harm.model import model
from watchward.harm.parameters.table import standard
from watchward.harm.scenario import Failure, Scenario
from watchward.harm.what_if import what_if

ROUNDING = 1e-6


def no_less(more, less):
    """Whether one outcome is at least as bad as another, in every world and service, but for rounding."""
    assert (more.total.displaced >= less.total.displaced - ROUNDING).all()
    assert (more.total.lost >= less.total.lost - ROUNDING).all()
    assert (more.total.delay >= less.total.delay * (1 - ROUNDING) - ROUNDING).all()
    assert (more.total.harm(more.weighting) >= less.total.harm(less.weighting) * (1 - ROUNDING) - ROUNDING).all()
    by_id = {one.service.id: one for one in more.services()}
    for one in less.services():
        if one.service.id not in by_id:  # what nothing reaches has all its capacity
            assert (one.capacity == 1).all()
            continue
        assert (by_id[one.service.id].capacity <= one.capacity + ROUNDING).all()
        assert (by_id[one.service.id].parts.displaced >= one.parts.displaced - ROUNDING).all()


@settings(max_examples=EXAMPLES)
@given(cases(), st.data())
def test_losing_more_never_displaces_less(case, data):
    care, scenario = case
    further = data.draw(failures(care, scenario.hours))
    laid_out = model(care, standard())

    worse = replace(scenario, failures=(*scenario.failures, further))

    no_less(what_if(laid_out, worse, samples=2), what_if(laid_out, scenario, samples=2))


@settings(max_examples=EXAMPLES)
@given(cases(), st.integers(1, 20))
def test_a_failure_that_goes_on_for_longer_never_displaces_less(case, more):
    care, scenario = case
    laid_out = model(care, standard())

    longer = tuple(replace(failure, steps=held(failure.steps, more)) for failure in scenario.failures)

    no_less(what_if(laid_out, replace(scenario, failures=longer), samples=2), what_if(laid_out, scenario, samples=2))


def held(steps, hours):
    """Recovery so many hours later: a step up comes later, unless what comes after is a step down."""
    within = 400
    left = Failure(thing="", steps=steps).left(within)
    worst = [min(left[max(0, at - hours) : at + 1]) for at in range(within)]
    return tuple((at, worst[at]) for at in range(within) if at == 0 or worst[at] != worst[at - 1])


@settings(max_examples=EXAMPLES)
@given(maps(), st.data())
def test_looking_for_longer_never_finds_less(care, data):
    scenario = data.draw(scenarios(care))
    laid_out = model(care, standard())

    longer = Scenario(begins=scenario.begins, hours=scenario.hours + 24, failures=scenario.failures)

    before, after = (what_if(laid_out, one).total for one in (scenario, longer))
    assert after.displaced[0] >= before.displaced[0] - ROUNDING
    assert after.lost[0] >= before.lost[0] - ROUNDING


@settings(max_examples=EXAMPLES)
@given(cases(), st.data())
def test_another_alternative_never_makes_it_worse(case, data):
    care, scenario = case
    full = [one for one in care.dependencies if not one.group]
    if not full:
        return
    chosen = data.draw(st.sampled_from(full))
    beside = [one for one in care.dependencies if one is not chosen]
    alone = replace(chosen, group="new", share=1.0)
    provider = data.draw(st.sampled_from(sorted(care.identifiers())))
    another = Dependency(consumer=chosen.consumer, provider=provider, group="new", **data.draw(own_numbers()))

    one, two = (
        what_if(model(replace(care, dependencies=(*beside, *group)), standard()), scenario, samples=2)
        for group in ((alone,), (alone, another))
    )

    no_less(one, two)


@settings(max_examples=EXAMPLES)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_listing_changes_nothing(case, random):
    care, scenario = case

    def shuffled(things):
        return tuple(random.sample(things, len(things)))

    other = replace(
        care,
        places=dict(shuffled(list(care.places.items()))),
        services=shuffled(care.services),
        systems=shuffled(care.systems),
        suppliers=shuffled(care.suppliers),
        dependencies=shuffled(care.dependencies),
    )
    first = what_if(model(care, standard()), scenario, samples=2)
    second = what_if(model(other, standard()), replace(scenario, failures=shuffled(scenario.failures)), samples=2)

    assert first.total.harm(first.weighting) == pytest.approx(second.total.harm(second.weighting), rel=1e-9, abs=1e-9)
    assert [one.service for one in first.services()] == [one.service for one in second.services()]


@settings(max_examples=EXAMPLES)
@given(maps())
def test_where_nothing_fails_nothing_is_displaced(care):
    outcome = what_if(model(care, standard()), Scenario(begins=0, hours=30, failures=()), samples=2)

    assert not list(outcome.services())
    assert not outcome.total.harm(outcome.weighting).any()
