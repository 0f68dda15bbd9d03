"""A node that is put back to an old backup: then each holds what others have for it, and no block that was lifted."""

import pytest

from console.intel.factories import NODE, a_sighting, an_indicator
from watchward.console.estate.models import Organisation
from watchward.console.intel import actions
from watchward.console.intel.models import Collection, Object, Sighting
from watchward.console.protect import own_actions
from watchward.console.protect.models import Block
from watchward.intel.markings import Tlp
from watchward.respond.blocks.adopting import Policy

GREEN = {"object_marking_refs": [Tlp.GREEN.marking]}
LATER = "2026-02-09T00:00:00.000Z"


def _evil(name, **given):
    pattern = f"[domain-name:value = '{name}.example']"
    return an_indicator(name, pattern=pattern, confidence=90, **{**GREEN, **given})


def _adopts(node, code):
    with node.inside():
        organisation, policy = Organisation.objects.get(code=code), Policy(confidence=1, check_first=False)
        own_actions.write_policy(by=NODE, organisation=organisation, policy=policy, clock=node.clock)


def _blocked(node):
    with node.inside():
        return set(Block.objects.filter(state="in_force").values_list("value", flat=True))


def _held(nation):
    """What each node holds: whose, which, and its very text."""
    found = {}
    for name, node in nation.nodes.items():
        with node.inside():
            rows = Object.objects.filter(current=True).select_related("source__organisation")
            found[name] = {(one.source.brought_by, one.stix_id, bytes(one.raw)) for one in rows}
    return found


def _take_out(node, stix_id):
    with node.inside():
        place = Collection.objects.get(held__stix_id=stix_id, sources__peer=None)
        actions.remove_object(by=NODE, collection=place, stix_id=stix_id, clock=node.clock)


@pytest.fixture
def before(nation):
    """A nation whose trusts T1 and T3 block by policy what N1, R1 and T2 shared; T1 and R1 have a backup of then."""
    for code in ("T1", "T3"):
        _adopts(nation[code], code)
    places = {code: nation[code].collection(code) for code in ("N1", "R1", "T1", "T2")}
    nation["N1"].put(places["N1"], *map(_evil, ("kept", "revoked", "narrowed")))
    nation["R1"].put(places["R1"], _evil("taken-out"))
    nation["T2"].put(places["T2"], _evil("neighbours"))
    nation["T1"].put(places["T1"], _evil("own"), a_sighting(_evil("kept"), **GREEN))
    nation.rest()
    every = {f"{name}.example" for name in ("kept", "revoked", "narrowed", "taken-out", "neighbours", "own")}
    assert _blocked(nation["T1"]) == _blocked(nation["T3"]) == every
    nation["T1"].back_up()
    nation["R1"].back_up()
    nation.places = places
    return nation


def _meanwhile(nation):
    """Some of it ends, in each way in which it can, and something new comes."""
    places = nation.places
    nation["N1"].put(places["N1"], _evil("revoked", modified=LATER, revoked=True), _evil("new"))
    strict = {"object_marking_refs": [Tlp.AMBER_STRICT.marking]}
    nation["N1"].put(places["N1"], _evil("narrowed", modified=LATER, **strict))
    nation["T2"].put(places["T2"], _evil("neighbours", modified=LATER, revoked=True))
    nation.rest()


@pytest.mark.parametrize("name", ["T1", "R1"], ids=["a child", "the node between"])
def test_a_node_that_was_put_back_ends_with_all_that_the_others_have_and_no_block_that_was_lifted(before, name):
    nation = before
    _take_out(nation["R1"], _evil("taken-out")["id"])
    _meanwhile(nation)
    held = _held(nation)
    now = {"kept.example", "new.example", "own.example"}
    assert _blocked(nation["T1"]) == _blocked(nation["T3"]) == now

    nation[name].put_back(0)
    nation.rest()
    nation.rest()

    if name == "R1":  # what its own people took out since, it does not know: it holds there and for all others again
        _take_out(nation["R1"], _evil("taken-out")["id"])
        nation.rest()
    assert _held(nation) == held
    assert _blocked(nation["T1"]) == _blocked(nation["T3"]) == now
    for node in nation.nodes.values():
        with node.inside():
            assert list(Sighting.objects.values_list("owner", "count")) == [("T1", 3)]


def test_what_the_people_of_a_node_that_was_put_back_had_shared_since_is_gone_everywhere(before):
    nation = before
    nation["R1"].put(nation.places["R1"], _evil("lost"), _evil("taken-out", modified=LATER, revoked=True))
    nation.rest()
    assert "lost.example" in _blocked(nation["T3"])
    nation["R1"].put_back(0)
    nation.rest()
    nation.rest()

    for name in ("T1", "T3"):
        assert "lost.example" not in _blocked(nation[name]), name
    held = _held(nation)
    everywhere = {one for one in held["R1"] if one[1] == _evil("taken-out")["id"]}
    assert all({one for one in held[name] if one[1] == _evil("taken-out")["id"]} == everywhere for name in held)


@pytest.mark.parametrize("name", ["T1", "N1"], ids=["a child", "the node above"])
def test_what_one_of_two_revoked_since_is_revoked_at_a_node_that_was_put_back(before, name):
    nation = before
    for code in ("T1", "T2"):
        nation[code].put(nation.places[code], _evil("twice", description=code))
    nation.rest()
    held = _held(nation)
    nation[name].back_up()
    nation["T2"].put(nation.places["T2"], _evil("twice", modified=LATER, revoked=True))
    nation.rest()
    later = _held(nation)
    assert later != held
    nation[name].put_back(-1)
    nation.rest()
    nation.rest()

    assert _held(nation) == later
