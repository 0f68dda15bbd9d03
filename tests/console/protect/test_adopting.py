"""What organisations block by policy, as indicators come and go."""

from console.intel.factories import a_collection, add, an_indicator
from console.protect.factories import NODE, a_block, a_clock, an_analyst
from watchward.console.intel import standings
from watchward.console.intel.adapters import publish
from watchward.console.intel.models import Source
from watchward.console.protect import actions, adapters, own_actions
from watchward.console.protect.adopting import adopt_indicators
from watchward.console.protect.checking import check_waiting
from watchward.console.protect.models import Block
from watchward.intel.observable import Kind, observable
from watchward.intel.stix.telling import UNNAMED
from watchward.respond.blocks.adopting import Policy

ADDRESS = observable(Kind.IPV4, "198.51.100.1")


def an_organisation(**policy):
    """One that blocks indicators from a confidence of 70, with a collection in which it has some."""
    collection = a_collection()
    said = Policy(confidence=70, **policy)
    own_actions.write_policy(by=NODE, organisation=collection.organisation, policy=said, clock=a_clock())
    return collection


def come(collection, **given):
    """An indicator came, and the gateways were told of it; how many blocks policies want since."""
    before = Block.objects.count()
    add(collection, an_indicator(**given))
    publish(clock=a_clock())
    return Block.objects.count() - before


def test_a_policy_that_does_not_ask_blocks_a_sure_indicator_at_once():
    collection = an_organisation(check_first=False)

    assert come(collection, confidence=85) == 1
    block = Block.objects.get()
    assert (block.state, block.value, block.organisation) == ("in_force", "198.51.100.1", collection.organisation)
    assert block.indicator == an_indicator()["id"]
    assert adopt_indicators([block.indicator], clock=a_clock()) == 0  # it is blocked already


def test_an_unsure_indicator_and_one_that_an_organisation_may_not_have_are_not_blocked():
    own = an_organisation(check_first=False)
    other = a_collection(title="Another's")

    assert come(own, confidence=50) == 0
    assert come(other, value="198.51.100.2", confidence=90, object_marking_refs=[RED]) == 0


RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"


def test_a_policy_that_asks_about_care_waits_for_the_check_and_then_blocks():
    collection = an_organisation()
    come(collection, confidence=85)
    assert Block.objects.get().state == "proposed"

    check_waiting(clock=a_clock())

    assert Block.objects.get().state == "in_force"


def test_nothing_is_adopted_while_the_switch_is_thrown():
    collection = an_organisation(check_first=False)
    own_actions.throw_switch(by=an_analyst(), why="The laboratory is down.", clock=a_clock())

    assert come(collection, confidence=85) == 0


def test_the_withdrawal_of_an_indicator_lifts_its_blocks():
    collection = a_collection()
    says = an_indicator()
    add(collection, says)
    place = collection.organisation
    block = a_block(place, ADDRESS, indicator=says["id"])
    actions.agree_to_block(by=an_analyst(place), block=block, why="Seen.", clock=a_clock())
    publish(clock=a_clock())
    adapters.lift_withdrawn(clock=a_clock())
    assert Block.objects.get().state == "in_force"

    add(collection, an_indicator(modified="2026-02-20T00:00:00.000Z", revoked=True))
    publish(clock=a_clock())

    assert (Block.objects.get().state, Block.objects.get().because) == ("lifted", "indicator")


def test_a_source_on_trial_blocks_nothing_by_policy_and_what_it_blocked_is_lifted():
    collection = an_organisation(check_first=False)
    assert come(collection, confidence=85) == 1
    standings.try_source(by=NODE, source=Source.objects.get(), because="It floods.", clock=a_clock())

    assert come(collection, value="198.51.100.9", confidence=100) == 0
    adapters.lift_withdrawn(clock=a_clock())
    assert (Block.objects.get().state, Block.objects.get().because) == ("lifted", "indicator")


def test_a_copy_by_somebody_else_keeps_no_block_alive_that_their_word_would_not_make():
    collection = an_organisation(check_first=False)
    assert come(collection, confidence=85) == 1
    add(a_collection(), an_indicator(confidence=20))

    add(collection, an_indicator(modified="2026-02-20T00:00:00.000Z", revoked=True))
    publish(clock=a_clock())

    assert Block.objects.get().state == "lifted"


def test_a_block_ends_when_its_indicator_names_another_thing():
    collection = an_organisation(check_first=False)
    assert come(collection, confidence=85) == 1

    corrected = {"modified": "2026-02-20T00:00:00.000Z", "pattern": "[ipv4-addr:value = '198.51.100.7']"}
    add(collection, an_indicator(confidence=85, **corrected))
    publish(clock=a_clock())

    assert dict(Block.objects.values_list("value", "state")) == {"198.51.100.1": "lifted", "198.51.100.7": "in_force"}


def test_who_shares_without_a_name_is_not_named_on_a_block():
    collection = an_organisation(check_first=False)
    add(collection, an_indicator(confidence=85))
    Source.objects.update(unnamed=True)
    publish(clock=a_clock())

    assert Block.objects.get().source == UNNAMED
