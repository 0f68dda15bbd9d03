"""What the page of an organisation's policy says beside the policy."""

from importlib import import_module

import pytest
from django.apps import apps

from console.factories import OrganisationFactory
from console.intel.factories import a_collection, a_source, add, an_indicator
from console.protect.factories import NODE, a_clock
from watchward.access.roles import AUDITOR, ORGANISATION_CYBER_LEAD, REGIONAL_LEAD
from watchward.console.access.models import AuditEntry
from watchward.console.intel import standings
from watchward.console.intel.adapters import publish
from watchward.console.intel.models import Source
from watchward.console.protect import adapters, own_actions, queries
from watchward.console.protect.adopting import lift_faded
from watchward.console.protect.models import AdoptionPolicy, Block, CanaryMember, Decision
from watchward.intel.trust import Reliability
from watchward.respond.blocks.adopting import Policy


def a_policy(collection, **policy):
    said = Policy(**{"confidence": 70, "check_first": False, **policy})
    own_actions.write_policy(by=NODE, organisation=collection.organisation, policy=said, clock=a_clock())


def page(signed_in, collection):
    place = collection.organisation
    return signed_in(ORGANISATION_CYBER_LEAD, place).get(f"/blocks/policies/{place.code}/").content.decode()


def rate(letter, source=None):
    source = source or Source.objects.get()
    standings.rate_source(by=NODE, source=source, reliability=letter, because="So far.", clock=a_clock())


def test_a_policy_that_no_source_reaches_says_so_names_the_best_and_links_to_rating_it(signed_in):
    collection = a_collection()
    a_policy(collection)
    add(collection, an_indicator(confidence=100))

    shown = page(signed_in, collection)
    assert "It blocks nothing at present" in shown
    assert "No source alone reaches 70%" in shown
    assert "is believed to 35% when it is sure" in shown
    assert f'href="/intelligence/sources/{Source.objects.get().pk}/"' in shown

    rate(Reliability.B)
    assert "No source alone reaches" not in page(signed_in, collection)


def test_a_source_whom_the_policy_does_not_name_or_that_is_on_trial_reaches_nothing_for_it(signed_in):
    collection = a_collection()
    OrganisationFactory(code="ELSEWHERE")
    a_policy(collection, sources=frozenset({"ELSEWHERE"}))
    add(collection, an_indicator(confidence=100))
    rate(Reliability.A)
    assert "there is none of whom it names" in page(signed_in, collection)

    a_policy(collection)
    standings.try_source(by=NODE, source=Source.objects.get(), because="It floods.", clock=a_clock())
    assert "there is none of whom it names" in page(signed_in, collection)


def test_a_source_that_others_may_not_know_is_counted_and_not_named(signed_in):
    mine, secret = a_collection(), a_source(name="The secret service", collection=a_collection())
    rate(Reliability.C, secret)
    a_policy(mine)

    shown = page(signed_in, mine)
    assert "believed to 60%" in shown
    assert "secret service" not in shown


def test_a_policy_that_blocks_no_indicator_says_nothing_of_sources(signed_in):
    collection = a_collection()
    a_policy(collection, confidence=None)

    assert "No source alone" not in page(signed_in, collection)


@pytest.fixture
def upgraded():
    """An organisation whose policy asks for 70%, and blocked something before belief decided: believed to 33% now."""
    collection = a_collection()
    a_policy(collection, confidence=15)
    add(collection, an_indicator(confidence=100))
    publish(clock=a_clock())
    Decision.objects.filter(step="Put in force by policy").update(why="The policy blocks from a confidence of 70.")
    import_module("watchward.console.protect.migrations.0005_before_belief").mark(apps, None)
    a_policy(collection)
    lift_faded(clock=a_clock())
    lift_faded(clock=a_clock(minutes=11))
    return collection


def standing():
    return list(Block.objects.values_list("state", "because"))


def told_in_the_log():
    return AuditEntry.objects.filter(event="block.left_standing").count()


def test_what_was_blocked_before_belief_decided_stands_until_its_end_and_is_said_once(upgraded, signed_in):
    assert standing() == [("in_force", "")]
    assert told_in_the_log() == 1
    shown = page(signed_in, upgraded)
    assert "blocks would not be made today" in shown
    assert "198.51.100.1" in shown
    assert f'href="/intelligence/sources/{Source.objects.get().pk}/"' in shown

    adapters.lift_due(clock=a_clock(days=31))
    assert standing() == [("lifted", "ended")]
    assert "would not be made today" not in page(signed_in, upgraded)


def test_one_button_lifts_what_was_blocked_before_belief_decided(upgraded, signed_in):
    place = upgraded.organisation
    client = signed_in(ORGANISATION_CYBER_LEAD, place)

    answer = client.post(f"/blocks/policies/{place.code}/", {"step": "lift"}, follow=True)

    assert standing() == [("lifted", "person")]
    assert "1 block lifted." in answer.content.decode()


def test_the_button_goes_past_what_was_lifted_meanwhile(upgraded, signed_in, monkeypatch):
    place = upgraded.organisation
    listed = queries.unbelieved_of(NODE, place)
    adapters.lift_due(clock=a_clock(days=31))
    client = signed_in(ORGANISATION_CYBER_LEAD, place)
    answers = iter([[], listed, []])
    monkeypatch.setattr(queries, "unbelieved_of", lambda *_: next(answers, []))

    answer = client.post(f"/blocks/policies/{place.code}/", {"step": "lift"}, follow=True)

    assert "0 blocks lifted." in answer.content.decode()


def test_the_source_of_such_a_block_is_that_on_which_it_stands(upgraded):
    own = Source.objects.get()
    other = a_collection(title="Another's")
    long_ago = "2026-01-09T00:00:00.000Z"
    add(other, an_indicator(created=long_ago, modified=long_ago))

    assert [one.source for one in queries.unbelieved_of(NODE, upgraded.organisation)] == [own]


def test_once_its_source_is_rated_such_a_block_goes_by_belief_as_all_others(upgraded, signed_in):
    Block.objects.update(until=a_clock(days=300).now())
    a_policy(upgraded, confidence=40)
    rate(Reliability.A)
    lift_faded(clock=a_clock(minutes=22))
    assert "would not be made today" not in page(signed_in, upgraded)
    assert standing() == [("in_force", "")]

    lift_faded(clock=a_clock(days=60))

    assert standing() == [("lifted", "faded")]


def test_nobody_who_may_not_stop_blocks_lifts_them_by_that_button(upgraded, signed_in):
    place = upgraded.organisation

    answer = signed_in(AUDITOR, place).post(f"/blocks/policies/{place.code}/", {"step": "lift"})

    assert answer.status_code == 403
    assert standing() == [("in_force", "")]


def test_what_a_policy_blocked_by_belief_is_not_kept_when_it_has_faded():
    collection = a_collection()
    a_policy(collection, confidence=15)
    add(collection, an_indicator(confidence=85))
    publish(clock=a_clock())
    import_module("watchward.console.protect.migrations.0005_before_belief").mark(apps, None)

    lift_faded(clock=a_clock(days=10))

    assert standing() == [("lifted", "faded")]


def test_a_policy_names_organisations_that_there_are_or_is_told_the_nearest(signed_in):
    place = OrganisationFactory(code="RX101")
    written = {"confidence": "70", "sources": "RX1O1"}

    refused = signed_in(ORGANISATION_CYBER_LEAD, place).post(f"/blocks/policies/{place.code}/", written)

    assert refused.status_code == 400
    assert "RX1O1 is the code of no organisation that this node knows." in refused.content.decode()
    assert "Did you mean RX101?" in refused.content.decode()


def test_who_is_above_an_organisation_that_has_people_of_its_own_leaves_its_policy_to_them(signed_in):
    region = OrganisationFactory(kind="region")
    place, alone = OrganisationFactory(parent=region), OrganisationFactory(parent=region)
    signed_in(ORGANISATION_CYBER_LEAD, place)
    client = signed_in(REGIONAL_LEAD, region)

    refused = client.post(f"/blocks/policies/{place.code}/", {"confidence": "70"})
    joined = client.post(f"/blocks/policies/{place.code}/", {"step": "canary", "member": "yes"})
    written = client.post(f"/blocks/policies/{alone.code}/", {"confidence": "70"})

    assert [one.status_code for one in (refused, joined, written)] == [400, 302, 302]
    assert "ask them to change it" in client.get(f"/blocks/policies/{place.code}/").content.decode()
    assert list(AdoptionPolicy.objects.values_list("organisation__code", flat=True)) == [alone.code]
    assert CanaryMember.objects.get().organisation == place


def test_the_page_of_policies_links_to_those_that_somebody_may_write_their_own_first(signed_in):
    region = OrganisationFactory(kind="region", name="Zeal Region")
    OrganisationFactory(parent=region, name="Abbey Trust")
    client = signed_in(REGIONAL_LEAD, region)

    shown = client.get("/blocks/policies/").content.decode()

    assert shown.index("Zeal Region") < shown.index("Abbey Trust")
    assert "Zeal Region" not in client.get("/blocks/policies/?text=abbey").content.decode()
