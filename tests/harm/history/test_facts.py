from itertools import accumulate, pairwise

import pytest

from watchward.harm.history.fact import Assumption, Fact
from watchward.harm.history.incident import Incident
from watchward.harm.history.incidents import INCIDENTS, synnovis, wannacry


def test_weeks_of_synnovis_add_up_to_the_totals_that_were_published_beside_them():
    outpatients = list(accumulate(one.value for one in synnovis.OUTPATIENTS))
    procedures = list(accumulate(one.value for one in synnovis.PROCEDURES))

    assert [outpatients[week - 1] for week in (2, 3, 4, 5, 7, 9, 10)] == [2194, 3396, 4913, 6199, 8349, 10001, 10054]
    assert [procedures[week - 1] for week in (2, 3, 4, 5, 7, 9, 10)] == [1134, 1255, 1391, 1491, 1608, 1680, 1693]


def test_losses_of_infected_trusts_are_the_percentages_that_the_study_names():
    figures = {figure.key: figure.published.value for figure in wannacry.WANNACRY.figures}
    days = 7 * wannacry.INFECTED

    assert figures["wannacry/admissions"] / (days * 210) == pytest.approx(0.06, abs=0.005)
    assert figures["wannacry/emergency"] / (days * 107.2) == pytest.approx(0.04, abs=0.005)


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda one: one.key)
def test_steps_come_in_order_and_figures_lie_within_the_incident(incident: Incident):
    for loss in incident.losses:
        assert loss.steps[0].hour == 0
        assert all(one.hour < after.hour < incident.hours for one, after in pairwise(loss.steps))
    assert all(0 <= one.first < one.end <= incident.hours for one in incident.figures)
    assert 0 <= incident.begins < 168


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda one: one.key)
def test_every_fact_names_where_it_was_published_and_every_assumption_why(incident: Incident):
    stated = [step.left for loss in incident.losses for step in loss.steps]
    stated += [own.weekly for own in incident.activity] + [figure.published for figure in incident.figures]

    for one in stated:
        match one:
            case Fact():
                assert one.low <= one.value <= one.high
                assert one.source.address.startswith("http")
            case Assumption():
                assert one.low < one.value < one.high
                assert one.why


def test_figures_have_names_of_their_own():
    keys = [figure.key for incident in INCIDENTS for figure in incident.figures]

    assert len(set(keys)) == len(keys)


def test_derived_facts_say_how():
    derived = [figure.published for incident in INCIDENTS for figure in incident.figures]

    assert all(one.note for one in derived if one.reading == "derived")
