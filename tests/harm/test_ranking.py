"""What hurts most: rankings, single points of failure, pairs, and which assumption counts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harm.builders import a_map, a_model, a_place, a_service, a_supplier, a_system, losing, needs, wholly
from harm.strategies import EXAMPLES, maps
from watchward.estate.care.service import ServiceKind
from watchward.estate.care.system import Sensitivity, SystemKind
from watchward.harm.errors import ScenarioError
from watchward.harm.model import model
from watchward.harm.pairs import pairs
from watchward.harm.parameters.overriding import Override, overridden
from watchward.harm.parameters.table import standard
from watchward.harm.ranking import rank
from watchward.harm.sensitivity import sensitivity
from watchward.harm.what_if import what_if


@settings(max_examples=EXAMPLES)
@given(maps(), st.integers(0, 167), st.sampled_from([1, 30]), st.booleans())
def test_a_ranking_says_of_each_thing_what_what_if_says(care, begins, hours, exposes):
    laid_out = model(care, standard())

    ranking = rank(laid_out, begins=begins, hours=hours, things=care.identifiers(), exposes=exposes)

    for at, thing in enumerate(ranking.things):
        outcome = what_if(laid_out, losing(thing, hours=hours, begins=begins, exposes=exposes))
        total = outcome.total
        assert ranking.harm()[at] == pytest.approx(outcome.harm().value, rel=1e-6, abs=1e-9)
        assert ranking.care[at] == pytest.approx(
            [total.displaced[0], total.absorbed[0], total.lost[0], total.delay[0]], rel=1e-6, abs=1e-9
        )
        assert ranking.records[at] == pytest.approx(total.records[0])
        displaced = [one for one in outcome.services() if one.parts.displaced[0] > 0]
        tops = {care.places[one.service.organisation].site_of or one.service.organisation for one in displaced}
        assert ranking.organisations[at] == len(tops)


@settings(max_examples=EXAMPLES)
@given(maps(), st.integers(1, 6))
def test_what_hits_too_many_things_for_the_quick_way_has_the_same_answer(care, many):
    laid_out = model(care, standard())

    quick, other = (rank(laid_out, begins=3, hours=9, many=most) for most in (1000, many))

    assert quick.harm() == pytest.approx(other.harm(), rel=1e-6, abs=1e-9)
    assert quick.organisations.tolist() == other.organisations.tolist()


def practices(count=3, **changed):
    """Practices whose records all lie with one supplier, and whose telephones do not."""
    codes = [f"G{at}" for at in range(count)]
    things = [a_supplier("S1"), a_supplier("S2")]
    for at, code in enumerate(codes):
        things += [
            a_service(f"{code}/gp", kind=ServiceKind.GP_APPOINTMENTS, **changed),
            a_system(f"{code}/record", host="S1"),
            a_system(f"{code}/telephony", kind=SystemKind.TELEPHONY, host="S2" if at == 0 else ""),
        ]
    dependencies = [needs(f"{code}/gp", f"{code}/{kind}") for code in codes for kind in ("record", "telephony")]
    return a_map(*things, places=[a_place(code) for code in codes], dependencies=dependencies)


def test_the_supplier_behind_all_of_them_is_a_single_point_of_failure():
    ranking = rank(model(practices(), standard()), begins=0, hours=24)
    care = ranking.model.care

    assert [(one.thing, one.organisations) for one in ranking.shared(least=2, count=9)] == [("S1", 3)]
    assert not {one.thing for one in ranking.shared(least=1, count=99)} & set(care.places)


def test_a_ranking_says_how_sure_it_is_and_where_each_weighting_puts_it():
    care = practices(low=100, high=9000)
    ranking = rank(model(care, standard()), begins=0, hours=24, things=["S1", "S2", "G2/telephony"])

    first, second, third = ranking.sure(3, samples=64)

    assert [one.thing for one in (first, second, third)] == ["S1", "G2/telephony", "S2"]
    assert (first.above_next, second.above_next, third.above_next) == (1.0, 0.5, 1.0)
    assert first.harm.low < first.harm.value < first.harm.high
    assert first.harm.value > second.harm.value
    assert len(first.places) == len(standard().weightings)


def test_a_ranking_says_which_weightings_would_change_it():
    records = a_system("T2/archive", records=((Sensitivity.SPECIAL, 1_000_000),))
    two = a_model(a_service("T1/ed", weekly=5000), records, places=[a_place("T1", icb=""), a_place("T2")])

    ranking = rank(two, begins=0, hours=24)

    assert "records weigh nothing" in ranking.changed_by(2)
    assert ranking.top(1)[0].thing in {"T2", "T2/archive"}


def test_what_is_not_on_the_map_cannot_be_ranked():
    with pytest.raises(ScenarioError, match="X: is not on the map"):
        rank(a_model(a_service()), begins=0, hours=1, things=["X"])


def test_two_lines_that_stand_in_for_each_other_are_a_pair():
    two_lines = [wholly("T1/ed", f"T1/line{at}", group="lines") for at in (1, 2)]
    hospital = a_model(
        a_service(), a_service("T2/ed"), *[a_system(f"T1/line{at}", kind=SystemKind.NETWORK) for at in (1, 2)],
        places=[a_place("T1"), a_place("T2", icb="Q2", region="R2")], dependencies=two_lines,
    )  # fmt: skip

    (pair,) = [one for one in pairs(hospital, begins=0, hours=24) if one.first.startswith("T1/")]

    assert (pair.first, pair.second, pair.alone) == ("T1/line1", "T1/line2", (0, 0))
    assert pair.excess == pair.together > 0


def test_two_hospitals_that_take_each_others_patients_are_a_pair():
    places = [a_place("T1"), a_place("T2"), a_place("T3", icb="Q9", region="R9")]
    hospitals = a_model(*[a_service(f"{one.code}/ed") for one in places], places=places)

    found = pairs(hospitals, begins=0, hours=24, least=1.0)

    assert [(one.first, one.second) for one in found] == [("T1", "T2")]
    assert found[0].excess > 0


def test_sensitivity_names_the_number_that_moves_the_answer_most():
    hospital = a_model(a_service(), a_system(), dependencies=[needs("T1/ed", "T1/record")])

    swings = sensitivity(hospital, losing("T1/record"))

    estimate = what_if(hospital, losing("T1/record")).harm().value
    assert swings[0].key == "service/emergency_department/by_loss"
    assert swings[0].low < estimate < swings[0].high
    assert {one.estimate for one in swings} == {estimate}
    assert not [one for one in swings if "gp_appointments" in one.key]


def test_sensitivity_asks_how_far_short_needs_add_up():
    both = [needs("T1/ed", "T1/record"), needs("T1/ed", "T1/telephony")]
    hospital = a_model(a_service(), a_system(), a_system("T1/telephony", kind=SystemKind.TELEPHONY), dependencies=both)

    (apart,) = [one for one in sensitivity(hospital, losing("T1/record", "T1/telephony")) if one.key == "joint/apart"]

    assert apart.low < apart.estimate < apart.high


def test_what_a_site_knows_for_certain_moves_nothing():
    key = "dependency/emergency_department/patient_record/floor"
    certain = Override(key=key, value=0.7, low=0.7, high=0.7, by="A. Matron", why="Rehearsed in May.")
    care = a_map(a_service(low=800, high=4000), a_system(), dependencies=[needs("T1/ed", "T1/record")])

    swings = sensitivity(model(care, overridden(standard(), [certain])), losing("T1/record"))

    assert key not in {one.key for one in swings}
    assert "activity/trust/emergency_department" in {one.key for one in swings}
