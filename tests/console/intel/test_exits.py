"""No way out gives anybody what markings keep from them; and this test would find it if one did."""

from pathlib import Path

import pytest
from django.db.models import Q
from django.test import Client

from console.intel import exits
from console.intel.exits import FULL, MACHINE, PARTIAL, PROGRAMS, READERS, TOLD, allowed, told_to_all
from watchward.access.permissions import Permission
from watchward.console.detect import adapters
from watchward.console.intel import guard, queries
from watchward.console.protect import publishing

PAGE = Path(__file__).parents[3] / "docs/reference/markings-and-exits.md"


@pytest.fixture
def world():
    return exits.build()


def _may(name):
    code, role = READERS[name]
    return allowed(code, person=True) if Permission.INTEL_VIEW in role.grants else set()


def _leaks(world):
    """What somebody is given that they may not have, and what is kept from somebody who may."""
    for name in READERS:
        for way, look in (FULL | PARTIAL).items():
            seen = look(world, name)
            yield from ((way, name, key) for key in seen - _may(name))
            yield from ((way, name, key) for key in (_may(name) - seen if way in FULL else ()))
        for way, look in TOLD.items():
            yield from ((way, name, key) for key in look(world, name) - told_to_all())
    for code in PROGRAMS:
        for way, look in MACHINE.items():
            may = set() if (way, code) == ("protective lists", exits.WITHOUT_POLICY) else allowed(code, person=False)
            yield from ((way, code, key) for key in look(world, code) ^ may)


def test_every_way_out_gives_everybody_exactly_what_markings_let_them_have(world):
    assert list(_leaks(world)) == []


def test_counts_count_only_what_the_reader_may_have(world):
    for name in ("a lead of the owner", "a stranger that has joined", "a member of the group"):
        code, _ = READERS[name]
        definitions = {"T1": 6, "T3": 2}.get(code, 0)  # those of the groups to which it belongs, or that it brought
        assert exits.counted(world, name) == len(allowed(code, person=True)) + definitions, name


def test_a_stranger_who_is_not_signed_in_is_given_nothing(world):
    client = Client()
    for address in ["/intelligence/", "/intelligence/objects/", "/alerts/", "/audit/", "/api/v1/alerts"]:
        assert exits.marks_in(client.get(address).content.decode()) == set()
    for one in world.objects.values():
        assert client.get(f"/intelligence/objects/{one.pk}/").status_code == 302


def test_an_alert_is_raised_only_where_its_indicator_may_be_had(world):
    raised = {(one.organisation.code, one.rule_id) for one in adapters.Alert.objects.select_related("organisation")}
    expected = {
        (code, one.stix_id)
        for key, one in world.objects.items()
        for code in exits.EVERYBODY
        if key in allowed(code, person=True)
    }
    assert raised == expected


@pytest.mark.parametrize("way", [*FULL, "pages of collections"])
def test_a_page_without_its_filter_is_found(world, monkeypatch, way):
    monkeypatch.setattr(queries, "may_receive", lambda _viewer: Q())
    look = (FULL | PARTIAL)[way]

    assert look(world, "a stranger that has joined") - _may("a stranger that has joined")


@pytest.mark.parametrize("way", [way for way in MACHINE if way.startswith("TAXII")])
def test_taxii_without_its_filter_is_found(world, monkeypatch, way):
    everything = frozenset(pk for pk, _ in guard._audiences(0))
    monkeypatch.setattr(guard, "_admitted", lambda _now, _reader: everything)
    guard._caller.cache_clear()

    assert MACHINE[way](world, "T4") - allowed("T4", person=False)
    guard._caller.cache_clear()


def test_a_block_is_seen_where_its_indicator_may_be_had_and_by_those_above_who_answer_for_it(world):
    for name, (code, role) in READERS.items():
        path = world.organisations[code].path
        below = [one for one, place in world.organisations.items() if place.path.startswith(path)]
        may = set().union(*(allowed(one, person=False) for one in below))
        assert exits.values_of_blocks(world, name) == (may if Permission.BLOCK_VIEW in role.grants else set()), name


def test_a_list_that_goes_below_whoever_may_have_it_is_found(monkeypatch):
    monkeypatch.setattr(publishing, "alone", lambda code: code)

    assert exits.blocked(exits.build(), "S1") - allowed("S1", person=False)


def test_an_alert_that_says_what_a_few_may_know_is_found(monkeypatch):
    monkeypatch.setattr(adapters, "_as_markings_allow", lambda matches, _organisations: iter(matches))

    assert exits.alerts(exits.build(), "a stranger that has joined") - told_to_all()


def test_the_page_says_what_was_tested():
    text = PAGE.read_text(encoding="utf-8")

    assert exits.matrix() in text
    for way in [*FULL, *PARTIAL, *MACHINE, *TOLD, *exits.BY_LINKS]:
        assert f"- {way}\n" in text
