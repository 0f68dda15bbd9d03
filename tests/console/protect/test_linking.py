"""Blocks, lifts and signs that care fails, as they travel between nodes."""

import json
from datetime import timedelta

import pytest

from console.factories import OrganisationFactory
from console.intel.factories import MOMENT, a_collection, add, an_indicator
from console.link.factories import PeerFactory
from console.protect.factories import NODE, a_block, a_clock, an_analyst, in_force, tried
from watchward.console.intel.adapters import publish as publish_indicators
from watchward.console.link.models import Letter, Peer
from watchward.console.protect import actions, adapters, linking, own_actions, telling
from watchward.console.protect.models import Block, Excepted, Failure
from watchward.console.protect.publishing import publish
from watchward.intel.markings import Tlp
from watchward.intel.observable import Kind, observable
from watchward.link.stream import Envelope
from watchward.lists import published
from watchward.respond.blocks.adopting import Policy
from watchward.respond.blocks.errors import BlockError

KEY = "block--00"


def a_parent():
    return PeerFactory(way=Peer.Way.PARENT, organisation=None, name="The nation")


def a_child(organisation, name="A region"):
    return PeerFactory(way=Peer.Way.CHILD, organisation=organisation, name=name)


def told(**given):
    """What the node above tells of a block."""
    body = {
        "kind": "domain",
        "value": "evil.example",
        "reach": "nation",
        "state": "in_force",
        "why": "It steals passwords.",
        "proposed_by": "An analyst",
        "proposed_at": MOMENT.isoformat(),
        "since": MOMENT.isoformat(),
        "until": (MOMENT + timedelta(days=30)).isoformat(),
        "where": [],
        **given,
    }
    return Envelope(kind="block", id=KEY, made_at=MOMENT.isoformat(), body=json.dumps(body).encode())


def lists(home, now=MOMENT):
    publish(now=now)
    return {one.block.observable.value: one.where for one in published.read(home / "lists").blocks}


def test_what_is_blocked_above_is_blocked_here_where_it_is_meant(home):
    place = OrganisationFactory()
    parent = a_parent()
    linking.take_block(told(), parent, MOMENT)
    assert lists(home) == {"evil.example": ()}

    linking.take_block(told(state="canary", where=[place.code]), parent, MOMENT)
    assert lists(home) == {"evil.example": (place.code,)}
    with pytest.raises(BlockError, match="none of those organisations"):
        linking.take_block(told(where=["NOWHERE"]), parent, MOMENT)


def test_what_is_lifted_above_is_lifted_here_and_what_is_not_told_again_too(home):
    parent = a_parent()
    linking.take_block(told(), parent, MOMENT)
    linking.take_block(told(state="lifted"), parent, MOMENT)
    assert lists(home) == {}

    linking.take_block(told(), parent, MOMENT)
    assert lists(home) == {"evil.example": ()}
    linking.drop_blocks(parent, frozenset())
    assert lists(home) == {}


def test_what_was_lifted_here_stays_lifted_here(home):
    parent = a_parent()
    linking.take_block(told(), parent, MOMENT)
    actions.lift_block(by=NODE, block=Block.objects.get(), why="Our laboratory needs it.", clock=a_clock())

    linking.take_block(told(), parent, MOMENT)

    assert lists(home) == {}


def test_an_emergency_that_nobody_reviewed_ends_here_too_while_the_link_is_away(home):
    review_by = MOMENT + timedelta(hours=4)
    linking.take_block(told(emergency=True, review_by=review_by.isoformat()), a_parent(), MOMENT)

    assert adapters.lift_due(clock=a_clock(hours=5)) == 1
    assert lists(home) == {}


def test_a_compromised_parent_cannot_block_the_health_service():
    parent = a_parent()
    with pytest.raises(BlockError, match="never blocked"):
        linking.take_block(told(value="nhs.uk"), parent, MOMENT)
    with pytest.raises(BlockError, match="cannot be read"):
        linking.take_block(Envelope(kind="block", id=KEY, made_at="", body=b"{}"), parent, MOMENT)


def test_a_policy_here_stands_aside_from_what_is_decided_above(home):
    place = OrganisationFactory()
    own_actions.write_policy(by=NODE, organisation=place, policy=Policy(decided=False), clock=a_clock())

    linking.take_block(told(), a_parent(), MOMENT)
    lists(home)

    assert [one.organisation for one in published.read(home / "lists").exceptions] == [place.code]


def test_the_switch_above_lifts_what_comes_from_there_and_nothing_else(home):
    place, parent = OrganisationFactory(), a_parent()
    linking.take_block(told(), parent, MOMENT)
    own = a_block(place, observable(Kind.DOMAIN, "own.example"))
    actions.enforce_in_emergency(by=_a_lead(place), block=own, why="Seen here.", clock=a_clock())
    thrown = {"thrown_at": MOMENT.isoformat(), "by": "Ada", "why": "The laboratory is down."}
    body = json.dumps(thrown).encode()
    linking.take_switch(Envelope(kind="block_switch", id="switch", made_at="", body=body), parent, MOMENT)
    assert lists(home) == {"own.example": (place.code,)}

    linking.drop_switch(parent, frozenset())
    assert lists(home) == {"own.example": (place.code,), "evil.example": ()}


def _a_lead(place):
    return an_analyst(place)


def test_a_child_is_told_of_what_concerns_it_and_of_its_end():
    region, elsewhere = OrganisationFactory(), OrganisationFactory()
    child, other = a_child(region), a_child(elsewhere, "Another")
    trust = OrganisationFactory(parent=region)
    block = a_block(trust)
    actions.agree_to_block(by=_a_lead(trust), block=block, why="Seen.", clock=a_clock())
    block.refresh_from_db()

    assert telling.where_for(block, child, now=MOMENT) == [trust.code]
    assert telling.where_for(block, other, now=MOMENT) is None
    assert [one.id for one in telling.blocks_holding(child)] == [block.key]
    assert list(telling.blocks_holding(other)) == []
    assert Letter.objects.filter(kind="block").count() == 1
    actions.lift_block(by=NODE, block=block, why="Ours.", clock=a_clock())
    assert list(telling.blocks_holding(child)) == []
    assert Letter.objects.filter(kind="block").count() == 2


def vote(block, place, sign="silent", thing="lab1"):
    body = {
        "block": block.key,
        "organisation": place.code,
        "sign": sign,
        "thing": thing,
        "at": (MOMENT + timedelta(hours=2)).isoformat(),
    }
    said = f"{block.key}:{place.code}:{thing}"
    return Envelope(kind="block_vote", id=said, made_at="", body=json.dumps(body).encode())


def test_a_childs_vote_lifts_what_is_tried_and_for_what_is_in_force_it_takes_two():
    at = MOMENT + timedelta(hours=3)
    block, member = tried()
    linking.take_vote(vote(block, member), a_child(member), at)
    block.refresh_from_db()
    assert block.because == "care"

    wide, _ = in_force()
    first, second = OrganisationFactory(), OrganisationFactory()
    one = a_child(first, "One")
    linking.take_vote(vote(wide, first), one, at)
    linking.take_vote(vote(wide, first, thing="lab2"), one, at)
    linking.take_vote(vote(wide, OrganisationFactory(parent=first)), one, at)
    wide.refresh_from_db()
    assert wide.state == "in_force"
    linking.take_vote(vote(wide, second), a_child(second, "Two"), at)
    wide.refresh_from_db()
    assert wide.because == "care"


def test_a_child_speaks_for_itself_only_and_what_it_said_can_be_taken_back():
    wide, _ = in_force()
    child = a_child(OrganisationFactory())
    with pytest.raises(BlockError, match="does not speak for"):
        linking.take_vote(vote(wide, OrganisationFactory()), child, MOMENT)
    linking.take_vote(vote(wide, child.organisation), child, MOMENT + timedelta(hours=3))

    assert linking.withdraw_votes(child) == 1
    assert Failure.objects.get().withdrawn
    assert Excepted.objects.count() == 0


def test_a_block_that_those_below_may_not_have_is_told_to_no_node_nor_is_its_end():
    region = OrganisationFactory()
    trust = OrganisationFactory(parent=region)
    a_child(trust)
    collection = a_collection(region)
    own_actions.write_policy(by=NODE, organisation=region, policy=POLICY, clock=a_clock())
    for value, marking in (("198.51.100.1", Tlp.GREEN), ("198.51.100.2", Tlp.AMBER_STRICT)):
        add(collection, an_indicator(value, confidence=95, object_marking_refs=[marking.marking]))
    publish_indicators(clock=a_clock())
    for block in Block.objects.all():
        actions.lift_block(by=an_analyst(), block=block, why="It was a mistake.", clock=a_clock())

    assert [(json.loads(bytes(one.body))["value"], json.loads(bytes(one.body))["state"]) for one in blocks_told()] == [
        ("198.51.100.1", "in_force"),
        ("198.51.100.1", "lifted"),
    ]


def test_a_block_that_concerns_another_organisation_is_not_told_when_it_ends():
    a_child(OrganisationFactory())
    block = a_block(OrganisationFactory())
    actions.lift_block(by=an_analyst(), block=block, why="It was a mistake.", clock=a_clock())

    assert not blocks_told()


POLICY = Policy(confidence=1, check_first=False)


def blocks_told():
    return list(Letter.objects.filter(kind="block").order_by("pk"))
