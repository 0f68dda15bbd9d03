"""What-if: equal to the reference, and to working each thing out by itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit

from harm.builders import a_map, a_model, a_place, a_service, a_supplier, a_system, losing, needs, wholly
from harm.strategies import EXAMPLES, cases
from watchward.estate.care.map import CareMap
from watchward.estate.care.service import ServiceKind, Week
from watchward.estate.care.system import Sensitivity, SystemKind
from watchward.harm import reference
from watchward.harm.errors import MapError, ScenarioError
from watchward.harm.model import model
from watchward.harm.parameters import questions
from watchward.harm.parameters.drawing import draw
from watchward.harm.parameters.table import DRAG, SENSITIVITIES, SEVERITIES, TYPING, standard
from watchward.harm.ranking import rank
from watchward.harm.scenario import Failure, Scenario
from watchward.harm.what_if import in_worlds, what_if


def agree(care, scenario, outcome, world, at):
    """Whether an outcome says of one world what the reference does."""
    plain = reference.work_out(care, standard(), scenario, world)
    hit = {one.service.id: one for one in outcome.services()}
    for identifier, one in plain.care.items():
        if identifier not in hit:
            assert sum(one.displaced) == pytest.approx(0, abs=1e-9)
            continue
        parts = hit[identifier].parts
        if at == 0:
            assert hit[identifier].capacity == pytest.approx(np.array(plain.capacity[identifier]), abs=1e-7)
        assert parts.displaced[at] == pytest.approx(sum(one.displaced), rel=1e-6, abs=1e-6)
        assert parts.absorbed[at] == pytest.approx(sum(one.absorbed), rel=1e-6, abs=1e-6)
        assert parts.lost[at] == pytest.approx(one.lost, rel=1e-6, abs=1e-6)
        assert parts.delay[at] == pytest.approx(one.delay, rel=1e-6, abs=1e-6)
    total = outcome.total
    assert total.harmed[at] == pytest.approx(np.array([plain.harmed[one] for one in SEVERITIES]), rel=1e-6, abs=1e-6)
    assert total.records[at] == pytest.approx(np.array([plain.records[one] for one in SENSITIVITIES]))
    assert total.harm(outcome.weighting)[at] == pytest.approx(plain.harm, rel=1e-6, abs=1e-6)


@settings(max_examples=EXAMPLES)
@given(cases())
def test_what_if_says_what_the_definitions_say(case):
    care, scenario = case

    agree(care, scenario, what_if(model(care, standard()), scenario), {}, 0)


@settings(max_examples=EXAMPLES)
@given(cases(), st.integers(1, 4))
def test_what_if_says_what_the_definitions_say_in_any_world(case, at):
    care, scenario = case
    numbers = [one for one in care.dependencies if one.floor is not None]
    draws = draw(standard(), 4)
    if numbers:  # a number of the map's own moves with the table's spread, which the reference leaves out
        return

    agree(
        care,
        scenario,
        in_worlds(model(care, standard()), scenario, draws),
        dict(zip(draws.keys, draws.values[at].tolist(), strict=True)),
        at,
    )


@settings(max_examples=EXAMPLES)
@given(cases())
def test_working_alike_things_out_once_changes_nothing(case):
    care, scenario = case
    laid_out = model(care, standard())

    once, each = (what_if(laid_out, scenario, samples=3, alike=alike) for alike in (True, False))

    assert len(once.capacity) <= len(each.capacity)
    assert once.total.harm(once.weighting) == pytest.approx(each.total.harm(each.weighting), rel=1e-6, abs=1e-9)
    for one, other in zip(once.services(), each.services(), strict=True):
        assert one.service == other.service
        assert one.capacity == pytest.approx(other.capacity, abs=1e-7)
        assert one.parts.delay == pytest.approx(other.parts.delay, rel=1e-6, abs=1e-9)


@settings(max_examples=EXAMPLES)
@given(cases())
def test_totals_are_the_sums_of_their_parts(case):
    care, scenario = case
    outcome = what_if(model(care, standard()), scenario, samples=2)
    services = list(outcome.services())

    for parts in (outcome.by_board(), outcome.by_region()):
        for name in ("displaced", "absorbed", "lost", "delay", "harmed", "records"):
            whole = sum(getattr(one, name) for one in parts.values())
            assert whole == pytest.approx(getattr(outcome.total, name), rel=1e-9, abs=1e-9)
    for name in ("displaced", "absorbed", "lost", "delay", "harmed"):
        whole = sum(getattr(one, name) for one in outcome.by_kind().values())
        assert whole == pytest.approx(getattr(outcome.total, name), rel=1e-9, abs=1e-9)
        assert sum(getattr(one.parts, name) for one in services) == pytest.approx(
            getattr(outcome.total, name), rel=1e-9, abs=1e-9
        )
    assert outcome.hourly.sum(axis=(1, 2)) == pytest.approx(outcome.total.displaced, rel=1e-9, abs=1e-9)
    assert sum(outcome.taken_in().values()) == pytest.approx(outcome.total.absorbed[0], rel=1e-9, abs=1e-9)


def test_half_a_failure_uses_half_an_hour_of_the_buffer_in_an_hour():
    hospital = a_model(a_service(), a_system(), dependencies=[wholly("T1/ed", "T1/record", buffer_hours=2)])

    outcome = what_if(hospital, losing("T1/record", hours=6, steps=((0, 0.5),)))

    assert next(outcome.services()).capacity.tolist() == [1, 1, 1, 1, 0.5, 0.5]


def test_a_circle_that_fails_for_an_hour_is_back_in_the_next():
    hospital = a_model(
        a_service(),
        a_system(kind=SystemKind.NETWORK),
        dependencies=[wholly("T1/ed", "T1/record"), wholly("T1/record", "T1/ed")],
    )

    outcome = what_if(hospital, losing("T1/record", hours=3, steps=((0, 0.0), (1, 1.0))))

    assert next(outcome.services()).capacity.tolist() == [0, 1, 1]


def test_a_shortage_that_comes_round_in_a_circle_counts_once():
    hospital = a_model(
        a_service("T1/ed"),
        a_service("T1/ward"),
        a_system(),
        dependencies=[wholly("T1/ed", "T1/ward"), wholly("T1/ward", "T1/ed"), wholly("T1/ed", "T1/record")],
    )

    outcome = what_if(hospital, losing("T1/record", hours=2, steps=((0, 0.5),)))

    assert [one.capacity.tolist() for one in outcome.services()] == [[0.5, 0.5], [0.5, 0.5]]


def test_a_supplier_takes_what_it_hosts_along_and_an_organisation_its_sites():
    care = [
        a_service("T1/ed"),
        a_service("T1X/ed"),
        a_system("T2/record", host="S1"),
        a_service("T2/ed"),
        a_supplier("S1"),
    ]
    two = a_model(
        *care,
        places=[a_place("T1"), a_place("T1X", site_of="T1"), a_place("T2")],
        dependencies=[wholly("T2/ed", "T2/record")],
    )

    assert [one.service.id for one in what_if(two, losing("S1")).services()] == ["T2/ed"]
    assert [one.service.id for one in what_if(two, losing("T1")).services()] == ["T1/ed", "T1X/ed"]


def test_neighbours_take_no_more_than_they_have_room_for():
    two = a_model(
        a_service("T1/ed", weekly=168_000), a_service("T2/ed", weekly=1680), places=[a_place(), a_place("T2")]
    )

    outcome = what_if(two, losing("T1", hours=10))

    spare = standard().parameters["service/emergency_department/spare"].value
    assert outcome.total.absorbed[0] == pytest.approx(spare * 10 * 10)
    assert outcome.taken_in() == {(ServiceKind.EMERGENCY_DEPARTMENT, "Q1"): pytest.approx(spare * 100)}


def test_what_is_deferred_waits_until_it_is_caught_up():
    clinic = a_model(a_service("T1/clinic", kind=ServiceKind.OUTPATIENTS, weekly=1000, week=Week.OFFICE))

    outcome = what_if(clinic, losing("T1", hours=24 * 7 * 30, steps=((0, 0.0), (24, 1.0))))
    short = what_if(clinic, losing("T1", hours=24))

    assert outcome.waiting_hours()[ServiceKind.OUTPATIENTS] < 24 * 7 * 30
    assert outcome.total.delay[0] == pytest.approx(short.total.delay[0], rel=0.2)


def test_records_are_exposed_once_and_only_where_the_failure_exposes():
    record = a_system(records=((Sensitivity.CLINICAL, 1000),))
    hospital = a_model(a_service(), record)

    kept = what_if(hospital, losing("T1")).total.records[0]
    taken = what_if(hospital, losing("T1", "T1/record", exposes=True)).total.records[0]

    assert kept.tolist() == [0, 0, 0]
    assert taken.tolist() == [0, pytest.approx(1000 * standard().parameters["exposure/exposed"].value), 0]


def test_an_interval_holds_the_estimate_and_is_the_same_every_time():
    hospital = a_model(a_service(low=1000, high=3000), a_system(), dependencies=[needs("T1/ed", "T1/record")])

    first, second = (what_if(hospital, losing("T1/record"), samples=128).harm() for _ in range(2))

    assert first == second
    assert 0 < first.low < first.value < first.high


def test_a_number_of_the_maps_own_is_the_median_and_keeps_what_is_left_of_the_tables_spread():
    key = "dependency/emergency_department/patient_record/floor"
    hospital = [a_service(), a_system()]
    ours, own = (
        a_model(*hospital, dependencies=[needs("T1/ed", "T1/record", **numbers)])
        for numbers in ({}, {"floor": 0.2, "manual": 1.0})
    )

    draws = draw(standard(), 200)
    (spread,), (moved,) = (one.needs.values(draws, np.array([0]))[:, :, 1].T for one in (ours, own))

    assert moved[0] == pytest.approx(0.2)
    table = logit(spread[1:]) - logit(standard().parameters[key].value)
    assert logit(moved[1:]) - logit(0.2) == pytest.approx(table * questions.of("own_width"))
    assert (own.needs.values(draws, np.array([0]))[:, :, 2] == 1).all()


def test_a_map_without_anything_can_be_asked():
    empty = model(CareMap(), standard())

    assert what_if(empty, losing(), samples=2).harm().value == 0
    assert rank(empty, begins=0, hours=1).top(5) == []


def test_a_map_without_services_has_no_care_to_lose():
    only = a_model(a_system(), a_supplier(), dependencies=[needs("T1/record", "S1")])

    assert what_if(only, losing("S1")).harm().value == 0
    assert {one.harm for one in rank(only, begins=0, hours=1).top(5)} == {0}


def test_what_fails_must_be_on_the_map():
    with pytest.raises(ScenarioError, match=r"X: is not on the map of care\nY: is not"):
        what_if(a_model(a_service()), losing("Y", "X"))


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"begins": 168}, "no hour of the week"),
        ({"hours": 0}, "lasts 1 to"),
        ({"failures": (Failure(thing="a", steps=((5, 0.0), (2, 1.0))),)}, "a: its steps must begin"),
        ({"failures": (Failure(thing="a", steps=((0, 1.5),)),)}, "a: what is left of it lies between 0 and 1"),
    ],
)
def test_a_scenario_that_cannot_be_is_refused(changed, problem):
    with pytest.raises(ScenarioError, match=problem):
        Scenario(**{"begins": 0, "hours": 1, "failures": (), **changed})


def test_a_map_that_names_what_is_not_there_is_refused_as_a_whole():
    broken = a_map(a_service("T1/ed"), a_service("T9/ed"), dependencies=[needs("T1/ed", "nothing")])

    with pytest.raises(MapError) as refused:
        model(broken, standard())

    assert "there is no nothing" in refused.value.message
    assert "T9, which is not on the map" in refused.value.message


def test_planned_work_is_called_off_where_too_little_is_possible_and_emergency_care_is_not():
    hospital = a_model(
        a_service("T1/ed"),
        a_service("T1/clinic", kind=ServiceKind.OUTPATIENTS),
        a_system(kind=SystemKind.NETWORK),
        dependencies=[wholly("T1/ed", "T1/record"), wholly("T1/clinic", "T1/record")],
    )

    def left(share):
        outcome = what_if(hospital, losing("T1/record", hours=1, steps=((0, share),)))
        return {one.service.kind: one.capacity[0] for one in outcome.services()}

    half = standard().parameters["service/outpatients/half"].value
    assert left(half) == {ServiceKind.EMERGENCY_DEPARTMENT: half, ServiceKind.OUTPATIENTS: pytest.approx(half / 2)}
    assert left(0.95)[ServiceKind.OUTPATIENTS] == pytest.approx(0.95, abs=0.01)
    assert left(0.2)[ServiceKind.OUTPATIENTS] < 0.02
    assert left(0.0) == {ServiceKind.EMERGENCY_DEPARTMENT: 0, ServiceKind.OUTPATIENTS: 0}


def test_a_service_that_fails_by_itself_calls_nothing_off_besides():
    hospital = a_model(a_service("T1/clinic", kind=ServiceKind.OUTPATIENTS))

    outcome = what_if(hospital, losing("T1/clinic", hours=2, steps=((0, 0.5),)))

    assert next(outcome.services()).capacity.tolist() == [0.5, 0.5]


def test_a_record_that_comes_back_is_typed_into_first_and_a_network_is_not():
    numbers = {key: one.value for key, one in standard().parameters.items()}
    drag, typing = numbers[DRAG], numbers[TYPING]

    def left(kind):
        hospital = a_model(a_service(), a_system(kind=kind), dependencies=[wholly("T1/ed", "T1/record")])
        outcome = what_if(hospital, losing("T1/record", hours=8, steps=((0, 0.0), (3, 1.0))))
        return next(outcome.services()).capacity.tolist()

    assert typing == 1
    assert left(SystemKind.PATIENT_RECORD) == pytest.approx([0, 0, 0, *[1 - drag] * 3, 1, 1])
    assert left(SystemKind.NETWORK) == [0, 0, 0, 1, 1, 1, 1, 1]
