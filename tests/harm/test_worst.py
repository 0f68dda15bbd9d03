"""What hurts most within an area, and a scenario as some organisations see it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harm.builders import a_map, a_place, a_service, a_supplier, a_system, losing, needs, wholly
from harm.strategies import maps
from watchward.harm.model import model
from watchward.harm.parameters.table import standard
from watchward.harm.sensitivity import sensitivity
from watchward.harm.what_if import what_if
from watchward.harm.within import Within, area, codes_within, things_of
from watchward.harm.worst import worst


@given(maps(), st.data())
def test_the_organisations_of_a_map_share_out_the_whole_outcome(care, data):
    thing = data.draw(st.sampled_from(sorted(care.identifiers())))
    codes = data.draw(st.frozensets(st.sampled_from(sorted(care.places))))
    laid_out = model(care, standard())
    outcome = what_if(laid_out, losing(thing, exposes=True), samples=4)

    some = Within(outcome=outcome, area=area(laid_out, codes)).total
    rest = Within(outcome=outcome, area=area(laid_out, frozenset(care.places) - codes)).total
    whole = Within(outcome=outcome, area=None).total

    for name in ("displaced", "absorbed", "lost", "delay", "harmed", "records"):
        both = getattr(some, name) + getattr(rest, name)
        assert both == pytest.approx(getattr(outcome.total, name), rel=1e-9, abs=1e-12)
        assert getattr(whole, name) == pytest.approx(getattr(outcome.total, name), rel=1e-9, abs=1e-12)


@given(maps(), st.data())
def test_displaced_care_by_the_hour_adds_up_to_the_total(care, data):
    thing = data.draw(st.sampled_from(sorted(care.identifiers())))
    outcome = what_if(model(care, standard()), losing(thing, hours=30, begins=150))
    seen = Within(outcome=outcome, area=None)

    assert sum(map(np.sum, seen.displaced().values())) == pytest.approx(seen.total.displaced[0], rel=1e-9, abs=1e-9)
    assert {kind: parts.displaced[0] for kind, parts in seen.by_kind().items()} == pytest.approx(
        {kind: one.sum() for kind, one in seen.displaced().items()}, rel=1e-9, abs=1e-9
    )
    assert sum(parts.displaced[0] for _, parts in seen.by_board()) == pytest.approx(seen.total.displaced[0], abs=1e-9)


@given(maps(), st.data())
def test_what_is_unmapped_and_what_is_mapped_share_out_the_whole(care, data):
    thing = data.draw(st.sampled_from(sorted(care.identifiers())))
    confirmed = data.draw(st.frozensets(st.sampled_from(sorted(care.places))))
    ways = [_confirmed(care, confirmed), _confirmed(care, frozenset(care.places) - confirmed)]
    outcomes = [what_if(model(one, standard()), losing(thing, exposes=True), samples=4) for one in ways]
    shares = [Within(outcome=one, area=None).unmapped for one in outcomes]

    hurts = outcomes[0].total.harm(outcomes[0].weighting) > 0
    assert (shares[0] + shares[1])[hurts] == pytest.approx(1.0)
    assert not (shares[0] + shares[1])[~hurts].any()


def _confirmed(care, codes):
    return replace(care, places={code: replace(one, mapped=code in codes) for code, one in care.places.items()})


def two_boards():
    """Two trusts in two boards, both with their records at one supplier."""
    places = [a_place("T1"), a_place("T2", icb="Q2", region="R2")]
    things = [a_supplier("S1")]
    for code in ("T1", "T2"):
        things += [a_service(f"{code}/ed"), a_system(f"{code}/record", host="S1")]
    return a_map(*things, places=places, dependencies=[wholly(f"{code}/ed", f"{code}/record") for code in ("T1", "T2")])


def test_a_supplier_counts_within_an_area_for_what_it_does_there():
    laid_out = model(two_boards(), standard())

    everywhere = worst(laid_out, begins=0, hours=24, samples=8)
    here = worst(laid_out, begins=0, hours=24, area=area(laid_out, codes_within(laid_out.care, "Q2")), samples=8)

    whole = next(one for one in everywhere.losses if one.thing == "S1")
    part = next(one for one in here.losses if one.thing == "S1")
    assert part.harm.value == pytest.approx(whole.harm.value / 2)
    assert (part.organisations, whole.organisations) == (1, 2)
    assert {one.thing for one in here.losses} == {"S1", "T2", "T2/record"}


def test_a_ranking_is_in_order_with_each_part_between_its_ends():
    found = worst(model(two_boards(), standard()), begins=0, hours=24, samples=32, least=2)

    harms = [one.harm.value for one in found.losses]
    assert harms == sorted(harms, reverse=True)
    assert [one.places[0] for one in found.losses] == list(range(1, len(harms) + 1))
    assert all(one.harm.low <= one.harm.value <= one.harm.high for one in found.losses)
    assert [one.thing for one in found.shared] == ["S1"]


def test_codes_and_things_of_an_area_reach_to_what_it_needs():
    site = a_place("T1-S", site_of="T1", icb="", region="")
    lab = [a_service("T3/pathology"), a_system("T3/laboratory")]
    care = a_map(
        a_service("T1-S/ed"), *lab, places=[a_place("T1"), site, a_place("T3", icb="Q3", region="R3")],
        dependencies=[needs("T1-S/ed", "T3/laboratory")],
    )  # fmt: skip

    codes = codes_within(care, "Q1")

    assert codes == {"T1", "T1-S"}
    assert things_of(care, codes) == {"T1", "T1-S", "T3/laboratory", "T3"}


def test_a_number_moves_only_the_harm_of_whoever_depends_on_it():
    laid_out = model(two_boards(), standard())
    both = sensitivity(laid_out, losing("S1"))
    one = sensitivity(laid_out, losing("S1"), area=area(laid_out, codes_within(laid_out.care, "Q1")))
    none = sensitivity(laid_out, losing("T2"), area=area(laid_out, codes_within(laid_out.care, "Q1")))

    assert [swing.key for swing in both] == [swing.key for swing in one]
    assert one[0].estimate == pytest.approx(both[0].estimate / 2)
    assert all(swing.width == 0 for swing in none)
