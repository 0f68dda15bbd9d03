import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estate.care.strategies import care_maps
from watchward.estate.care.checking import MOST_DEPENDENCIES, check, require_sound
from watchward.estate.care.circles import circles
from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap, Place
from watchward.estate.care.service import Service, ServiceKind, Week
from watchward.estate.care.system import Equipment, Sensitivity, Supplier, System, SystemKind
from watchward.estate.care.trouble import CareMapError, Origin
from watchward.estate.organisation import OrganisationKind

PLACES = {"X-1": Place(code="X-1", kind=OrganisationKind.TRUST)}


def a_service(name="X-1/ed", **changes):
    service = Service(
        id=name,
        organisation="X-1",
        kind=ServiceKind.EMERGENCY_DEPARTMENT,
        weekly=2_000,
        low=2_000,
        high=2_000,
        week=Week.EMERGENCY,
    )
    return replace(service, **changes)


def a_system(name="X-1/record", **changes):
    return replace(System(id=name, organisation="X-1", kind=SystemKind.PATIENT_RECORD), **changes)


def a_map(**parts):
    defaults = {"places": PLACES, "services": (a_service(),), "systems": (a_system(),)}
    return CareMap(**(defaults | parts))


def needing(consumer="X-1/ed", provider="X-1/record", **numbers):
    return a_map(dependencies=(Dependency(consumer=consumer, provider=provider, **numbers),))


def troubles(care):
    return [(trouble.thing, trouble.column) for trouble in check(care).troubles]


@given(care_maps())
def test_a_sound_map_has_no_troubles(care):
    assert check(care).troubles == ()


@pytest.mark.parametrize(
    ("care", "column"),
    [
        (needing(provider="X-1/nothing"), "provider"),
        (needing(consumer="X-1/nothing"), "consumer"),
        (needing(consumer="X-1"), "consumer"),
        (needing(consumer="X-1/record"), "provider"),
        (needing(floor=1.2), "floor"),
        (needing(manual=-0.1), "manual"),
        (needing(floor=0.5, manual=0.3), "manual"),
        (needing(share=0.0), "share"),
        (needing(share=1.5), "share"),
        (needing(share=0.4), "share"),
        (needing(buffer_hours=-1.0), "buffer_hours"),
        (needing(buffer_hours=float("inf")), "buffer_hours"),
        (needing(manual_hours=0.0), "manual_hours"),
        (needing(manual_hours=float("nan")), "manual_hours"),
    ],
)
def test_a_dependency_that_makes_no_sense_is_named_with_its_column(care, column):
    assert [found for _, found in troubles(care)] == [column]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"weekly": -1.0}, "weekly"),
        ({"weekly": float("nan")}, "weekly"),
        ({"weekly": 3e6, "high": 3e6}, "weekly"),
        ({"low": 2_001.0}, "low"),
        ({"high": 1_999.0}, "high"),
        ({"organisation": "X-9"}, "organisation"),
        ({"id": ""}, "id"),
        ({"id": "a > b"}, "id"),
        ({"id": "a\tb"}, "id"),
        ({"id": "x" * 200}, "id"),
        ({"id": "X-1"}, "id"),
    ],
)
def test_a_service_that_makes_no_sense_is_named_with_its_column(changes, column):
    assert [found for _, found in troubles(a_map(services=(a_service(**changes),)))] == [column]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"organisation": "X-9"}, "organisation"),
        ({"host": "supplier/none"}, "host"),
        ({"records": ((Sensitivity.CLINICAL, -1),)}, "records_clinical"),
        ({"records": ((Sensitivity.SPECIAL, 10**10),)}, "records_special"),
        ({"records": ((Sensitivity.CLINICAL, 1), (Sensitivity.CLINICAL, 2))}, "records_clinical"),
    ],
)
def test_a_system_that_makes_no_sense_is_named_with_its_column(changes, column):
    assert [found for _, found in troubles(a_map(systems=(a_system(**changes),)))] == [column]


def test_a_number_of_the_wrong_unit_is_said_with_the_right_one():
    (trouble,) = check(a_map(services=(a_service(weekly=500_000.0, high=500_000.0),))).troubles

    assert trouble.text == "500,000 a week is more than any emergency department has (100,000)."
    assert trouble.advice == "Give the number of one ordinary week, each counting one attendance."


def test_everything_that_is_wrong_is_found_at_once_and_with_its_row():
    care = a_map(
        services=(a_service(weekly=-5.0), a_service("X-1/ed2", organisation="X-9")),
        suppliers=(Supplier(id="X-1/ed", name="Elm"),),
        equipment=(Equipment(id="X-1/device/a", organisation="X-8", name="a"),),
        dependencies=(Dependency(consumer="X-1/ed", provider="X-1/ed"),),
    )
    origins = {"X-1/ed2": Origin(file="services.csv", row=3)}

    with pytest.raises(CareMapError, match="5 things are wrong") as caught:
        require_sound(care, origins=origins)

    assert "services.csv, row 3, organisation: There is no organisation 'X-9'." in caught.value.advice


def test_a_place_that_is_a_site_of_itself_or_of_nothing_is_named():
    first, second = (Place(code=code, kind=OrganisationKind.TRUST_SITE) for code in ("X-1", "X-2"))
    places = {
        "X-1": replace(first, site_of="X-2"),
        "X-2": replace(second, site_of="X-1"),
        "X-3": Place(code="X-3", kind=OrganisationKind.TRUST_SITE, site_of="X-9"),
    }

    assert sorted(troubles(CareMap(places=places))) == [("X-1", "site_of"), ("X-2", "site_of"), ("X-3", "site_of")]


def test_alternatives_may_share_a_need():
    pair = [Dependency(consumer="X-1/ed", provider=f"X-1/link{n}", group="links", share=0.5) for n in (1, 2)]
    links = tuple(a_system(f"X-1/link{n}", kind=SystemKind.NETWORK) for n in (1, 2))

    assert troubles(a_map(systems=links, dependencies=tuple(pair))) == []
    assert troubles(a_map(systems=links, dependencies=(pair[0],))) == [("X-1/ed > X-1/link1", "share")]


def test_a_dependency_that_is_said_twice_is_named():
    twice = (Dependency(consumer="X-1/ed", provider="X-1/record"),) * 2

    assert troubles(a_map(dependencies=twice)) == [("X-1/ed > X-1/record", "provider")]


def test_circles_are_allowed_and_noted():
    systems = tuple(a_system(f"X-1/{name}") for name in "abc")
    round_and_round = tuple(Dependency(consumer=f"X-1/{a}", provider=f"X-1/{b}") for a, b in ("ab", "bc", "ca"))

    (note,) = require_sound(a_map(systems=systems, dependencies=round_and_round))

    assert note.text == "X-1/a, X-1/b, X-1/c depend on each other in a circle."


def test_a_graph_beyond_the_limit_is_refused_before_it_is_looked_at():
    one = Dependency(consumer="nobody", provider="nothing")

    (trouble,) = check(CareMap(dependencies=(one,) * (MOST_DEPENDENCIES + 1))).troubles

    assert "2,000,001 dependencies; 2,000,000 are the most" in trouble.text


def test_a_chain_of_a_hundred_thousand_things_is_walked():
    chain = {str(n): [str(n + 1)] for n in range(100_000)}

    assert circles(chain) == []
    assert len(circles(chain | {"100000": ["0"]})[0]) == 100_001


def _reach(needs, start):
    met, wanted = set(), list(needs.get(start, ()))
    while wanted:
        thing = wanted.pop()
        if thing not in met:
            met.add(thing)
            wanted += needs.get(thing, ())
    return met


@given(st.dictionaries(st.sampled_from("abcdefg"), st.lists(st.sampled_from("abcdefg"), max_size=3)))
def test_things_stand_in_one_circle_just_when_each_reaches_the_other(needs):
    reach = {thing: _reach(needs, thing) for thing in "abcdefg"}
    expected = {tuple(sorted({a, *(b for b in "abcdefg" if b in reach[a] and a in reach[b])})) for a in "abcdefg"}

    assert circles(needs) == sorted(group for group in expected if len(group) > 1)


@given(care_maps(), st.randoms(use_true_random=False))
def test_the_order_of_listing_changes_nothing_that_is_found(care, chance: random.Random):
    broken = replace(care, places={}, dependencies=(*care.dependencies, *care.dependencies))
    mixed = replace(
        broken,
        **{
            name: tuple(chance.sample(getattr(broken, name), len(getattr(broken, name))))
            for name in ("services", "systems", "suppliers", "equipment", "dependencies")
        },
    )

    assert sorted(map(str, check(broken).troubles)) == sorted(map(str, check(mixed).troubles))
