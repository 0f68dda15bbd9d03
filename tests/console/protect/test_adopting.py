"""What organisations block by policy, as indicators come and go."""

from datetime import timedelta

import pytest

from console.factories import OrganisationFactory
from console.intel.factories import a_collection, a_sighting, add, an_indicator, share
from console.protect.factories import NODE, a_block, a_clock, a_wish, an_analyst
from watchward.console.estate.actions import import_organisations
from watchward.console.intel import actions as actions_of_intel
from watchward.console.intel import standings
from watchward.console.intel.adapters import publish
from watchward.console.intel.models import Source, Unpublished
from watchward.console.jobs import all_jobs
from watchward.console.protect import actions, adapters, adopting, jobs, own_actions, wanting
from watchward.console.protect.adopting import adopt_indicators, lift_faded
from watchward.console.protect.checking import check_waiting
from watchward.console.protect.models import Block, OfferAgain
from watchward.console.protect.offering import offer_left
from watchward.console.protect.rows import OFFERS
from watchward.estate.organisation import OrganisationKind, OrganisationRecord
from watchward.intel.markings import Tlp
from watchward.intel.observable import Kind, observable
from watchward.intel.stix.telling import UNNAMED
from watchward.intel.trust import Reliability
from watchward.respond.blocks.adopting import Policy

ADDRESS = observable(Kind.IPV4, "198.51.100.1")


def an_organisation(**policy):
    """One that blocks what it believes to 15%, with a collection in which it has some.

    Of what nobody has rated, 100 is believed to 19% after these four weeks, 85 to 16% and 50 to 9%.
    """
    collection = a_collection()
    said = Policy(**{"confidence": 15, **policy})
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


def a_typed_block(collection, *, by=None):
    """One in force for the collection's organisation, which somebody typed without naming an indicator."""
    place = collection.organisation
    wanted = a_wish(place, ADDRESS)
    block = actions.propose_block(by=by or an_analyst(place), wanted=wanted, clock=a_clock())
    return actions.agree_to_block(by=an_analyst(place), block=block, why="Seen.", clock=a_clock())


def test_the_withdrawal_of_an_indicator_lifts_what_somebody_typed_beside_it():
    collection = a_collection()
    add(collection, an_indicator(object_marking_refs=[Tlp.GREEN.marking]))
    assert a_typed_block(collection).indicator == an_indicator()["id"]

    add(collection, an_indicator(modified="2026-02-20T00:00:00.000Z", revoked=True))
    publish(clock=a_clock())

    assert (Block.objects.get().state, Block.objects.get().because) == ("lifted", "indicator")


def test_what_somebody_typed_stands_while_another_says_the_same_and_no_longer():
    collection, other = a_collection(), a_collection(title="Another's")
    name = {"object_marking_refs": [Tlp.GREEN.marking]}
    same = {"pattern": "[ipv4-addr:value = '198.51.100.1']", **name}
    add(collection, an_indicator(**name))
    a_typed_block(collection)
    add(other, an_indicator("another", **same))
    add(collection, an_indicator(modified="2026-02-20T00:00:00.000Z", revoked=True))
    publish(clock=a_clock())
    assert Block.objects.get().state == "in_force"

    add(other, an_indicator("another", modified="2026-02-20T00:00:00.000Z", revoked=True, **same))
    publish(clock=a_clock())

    assert Block.objects.get().because == "indicator"


@pytest.mark.parametrize("whole_node", [False, True])
def test_nobody_lifts_what_others_typed_by_revoking_an_indicator_of_their_own(whole_node):
    compromised, place = a_collection(), OrganisationFactory()
    share(compromised, None)
    add(compromised, an_indicator(object_marking_refs=[Tlp.GREEN.marking]))
    by = an_analyst() if whole_node else an_analyst(place)
    block = actions.propose_block(by=by, wanted=a_wish(place, ADDRESS), clock=a_clock())
    actions.agree_to_block(by=an_analyst(place), block=block, why="Seen.", clock=a_clock())
    assert Block.objects.get().indicator == ""

    add(compromised, an_indicator(modified="2026-02-20T00:00:00.000Z", revoked=True))
    publish(clock=a_clock())
    adapters.lift_withdrawn(clock=a_clock())

    assert Block.objects.get().state == "in_force"


def test_what_those_over_the_whole_node_typed_stands_on_what_the_body_over_all_others_brought():
    nation = OrganisationFactory(kind="nation")
    collection = a_collection(nation)
    add(collection, an_indicator(object_marking_refs=[Tlp.GREEN.marking]))

    block = actions.propose_block(by=an_analyst(), wanted=a_wish(None, ADDRESS), clock=a_clock())

    assert block.indicator == an_indicator()["id"]


@pytest.mark.parametrize("identifier", [{}, {"id": "indicator--11111111-1111-4111-8111-111111111111"}])
def test_what_few_may_have_keeps_no_typed_block_in_force(identifier):
    collection, other = a_collection(), a_collection(title="Another's")
    add(collection, an_indicator(object_marking_refs=[Tlp.GREEN.marking]))
    a_typed_block(collection)
    add(other, an_indicator(object_marking_refs=[RED], **identifier))

    add(collection, an_indicator(modified="2026-02-20T00:00:00.000Z", revoked=True))
    publish(clock=a_clock())

    assert Block.objects.get().because == "indicator"


def test_indicators_are_not_asked_about_where_nothing_stands_on_any(django_assert_num_queries):
    a_block(thing=ADDRESS)

    with django_assert_num_queries(1):
        adapters.indicators_told([an_indicator()["id"]] * 10_000, clock=a_clock())


@pytest.mark.parametrize("marking", [Tlp.AMBER_STRICT.marking, RED])
def test_what_somebody_typed_tells_of_no_indicator_that_few_may_have(marking):
    collection = a_collection()
    add(collection, an_indicator(object_marking_refs=[marking]))

    block = a_typed_block(collection)

    assert (block.indicator, block.source, block.alone) == ("", "", False)


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


def what_is_blocked():
    return dict(Block.objects.values_list("value", "state"))


def missed(collection, **given):
    """An indicator came while the database was locked: the gateways know it, and no policy was asked."""
    add(collection, an_indicator(**given))
    Unpublished.objects.all().delete()


def test_what_a_crash_kept_from_a_policy_is_offered_again_by_the_worker():
    collection = an_organisation(check_first=False)
    missed(collection, confidence=85)

    offer_left(clock=a_clock())

    assert what_is_blocked() == {"198.51.100.1": "in_force"}


def test_what_came_while_everything_was_lifted_is_blocked_when_the_switch_is_turned_back():
    collection = an_organisation(check_first=False)
    come(collection, value="198.51.100.7", confidence=85)
    offer_left(clock=a_clock())
    own_actions.throw_switch(by=an_analyst(), why="The laboratory is down.", clock=a_clock())
    come(collection, confidence=85)
    offer_left(clock=a_clock())
    assert len(what_is_blocked()) == 1

    own_actions.turn_switch_back(by=an_analyst(), why="It was a cable.", clock=a_clock())
    offer_left(clock=a_clock())

    assert what_is_blocked() == {"198.51.100.7": "in_force", "198.51.100.1": "in_force"}


def test_a_policy_written_later_is_offered_what_came_before():
    collection = a_collection()
    come(collection, confidence=85)
    OrganisationFactory(code="NOBODY")
    other = an_organisation(check_first=False, sources=frozenset({"NOBODY"}))
    offer_left(clock=a_clock())
    assert not what_is_blocked()

    for place in (collection.organisation, other.organisation):
        policy = Policy(confidence=15, check_first=False)
        own_actions.write_policy(by=NODE, organisation=place, policy=policy, clock=a_clock(minutes=1))
    offer_left(clock=a_clock(minutes=1))

    assert set(Block.objects.values_list("organisation", "value")) == {
        (collection.organisation.pk, "198.51.100.1"),
        (other.organisation.pk, "198.51.100.1"),
    }


def test_who_joins_a_sharing_group_later_is_offered_what_its_members_have():
    member = an_organisation(check_first=False).organisation
    group = {"object_marking_refs": [], "confidence": 85}
    collection = a_collection(unmarked=Tlp.AMBER_STRICT, addressed=["Pharmacies"])
    actions_of_intel.change_group(by=NODE, name="Pharmacies", members=[], clock=a_clock())
    come(collection, **group)
    offer_left(clock=a_clock())
    assert not what_is_blocked()

    actions_of_intel.change_group(by=NODE, name="Pharmacies", members=[member], clock=a_clock())
    offer_left(clock=a_clock())

    assert what_is_blocked() == {"198.51.100.1": "in_force"}


def test_one_source_that_wants_too_much_takes_no_room_from_another(monkeypatch):
    monkeypatch.setattr(wanting, "MOST_A_DAY", 2)
    mine = an_organisation(check_first=False)
    noisy = a_collection()
    share(noisy, None)

    wanted = [come(noisy, value=f"198.51.100.{n}", confidence=90) for n in range(10, 14)]

    assert wanted == [1, 1, 0, 0]
    assert come(mine, confidence=85) == 1
    offer_left(clock=a_clock(hours=25))
    assert len(what_is_blocked()) == 5


def test_nothing_more_is_asked_where_everything_was_offered(django_assert_max_num_queries):
    collection = an_organisation(check_first=False)
    add(collection, *(an_indicator(f"198.51.100.{n}", confidence=85) for n in range(1, 100)))
    publish(clock=a_clock())
    offer_left(clock=a_clock())
    offer_left(clock=a_clock())

    with django_assert_max_num_queries(16):
        offer_left(clock=a_clock(minutes=1))


def test_many_organisations_with_one_policy_are_not_asked_one_by_one(django_assert_max_num_queries):
    OrganisationFactory(code="TEST1")
    places = [an_organisation(check_first=False, sources=frozenset({"TEST1"})).organisation for _ in range(20)]
    collection = a_collection()
    add(collection, *(an_indicator(f"198.51.100.{n}", confidence=85) for n in range(1, 100)))
    ids = [an_indicator(f"198.51.100.{n}")["id"] for n in range(1, 100)]

    with django_assert_max_num_queries(4):
        assert adopt_indicators(ids, clock=a_clock()) == 0
    assert len(places) == 20


def test_what_a_person_lifted_is_not_blocked_again_by_policy():
    collection = an_organisation(check_first=False)
    come(collection, confidence=85)
    block = Block.objects.get()
    actions.lift_block(by=an_analyst(collection.organisation), block=block, why="It is ours.", clock=a_clock())

    offer_left(clock=a_clock())

    assert what_is_blocked() == {"198.51.100.1": "lifted"}


def test_the_name_of_an_indicator_that_few_may_have_does_not_stand_on_its_block():
    collection = an_organisation(check_first=False)
    come(collection, confidence=85, name="Found at the pharmacy", object_marking_refs=[AMBER_STRICT])
    come(collection, value="198.51.100.2", confidence=85, name="Found by everybody")

    few, all_may = Block.objects.order_by("value")
    assert "pharmacy" not in few.why
    assert few.why.startswith("An indicator that was shared with a few")
    assert all_may.why.startswith("Found by everybody")


AMBER_STRICT = Tlp.AMBER_STRICT.marking


def rate(letter, source=None):
    standings.rate_source(
        by=NODE, source=source or Source.objects.first(), reliability=letter, because="So far.", clock=a_clock()
    )


def test_what_nobody_is_known_for_is_not_blocked_until_its_source_is_rated_however_sure_it_is():
    collection = an_organisation(check_first=False, confidence=45)
    assert come(collection, confidence=100) == 0

    rate(Reliability.A)
    offer_left(clock=a_clock())

    assert what_is_blocked() == {"198.51.100.1": "in_force"}
    assert "believed to 45%; it is believed to 50%" in Block.objects.get().why


def test_what_several_organisations_saw_on_their_own_is_blocked_though_none_of_them_alone_is_believed():
    collection = an_organisation(check_first=False, confidence=30)
    assert come(collection, confidence=100) == 0
    for _ in range(3):
        other = a_collection()
        share(other, None)
        add(other, a_sighting(an_indicator(), last_seen="2026-03-01T08:00:00Z"))

    offer_left(clock=a_clock())

    assert what_is_blocked() == {"198.51.100.1": "in_force"}


def test_what_an_organisation_may_not_have_moves_no_belief_of_its_policy():
    collection = an_organisation(check_first=False, confidence=30)
    come(collection, confidence=100)
    for _ in range(3):
        add(a_collection(), an_indicator(confidence=100, object_marking_refs=[AMBER_STRICT]))

    offer_left(clock=a_clock())

    assert not what_is_blocked()


def test_a_policys_block_ends_when_it_has_faded_and_holds_again_when_it_is_seen_again():
    collection = an_organisation(check_first=False)
    come(collection, confidence=85)
    lift_faded(clock=a_clock())
    assert what_is_blocked() == {"198.51.100.1": "in_force"}

    lift_faded(clock=a_clock(days=10))
    assert (Block.objects.get().state, Block.objects.get().because) == ("lifted", "faded")

    seen = {"last_seen": "2026-03-11T08:00:00Z", "modified": "2026-03-11T08:00:00Z"}
    add(collection, a_sighting(an_indicator(), **seen))
    offer_left(clock=a_clock(days=10))
    assert set(Block.objects.values_list("state", flat=True)) == {"lifted", "in_force"}


def test_a_block_on_which_a_person_decided_stands_though_it_has_faded():
    collection = an_organisation(check_first=False)
    place = collection.organisation
    come(collection, confidence=85)
    a_block(place, observable(Kind.IPV4, "198.51.100.9"), indicator=an_indicator()["id"])
    block = Block.objects.get(by_policy=True)
    until = block.until - timedelta(days=1)
    actions.change_end(by=an_analyst(place), block=block, until=until, why="Still needed.", clock=a_clock())

    lift_faded(clock=a_clock(days=10))

    assert what_is_blocked() == {"198.51.100.1": "in_force", "198.51.100.9": "proposed"}


def test_two_processes_that_offer_the_same_at_once_block_it_once(monkeypatch):
    collection = an_organisation(check_first=False)
    add(collection, an_indicator(confidence=85))

    def wants(values, policies, *, clock):
        found = list(wanting.wants_in(values, policies, clock=clock))
        monkeypatch.undo()
        assert adopt_indicators([an_indicator()["id"]], clock=clock) == 1  # the other process is quicker
        return found

    monkeypatch.setattr(adopting, "wants_in", wants)

    assert adopt_indicators([an_indicator()["id"]], clock=a_clock()) == 0
    assert Block.objects.count() == 1


def test_the_sender_of_a_copy_that_few_may_have_is_not_named_where_another_says_the_same_to_all():
    few, many = a_collection(), a_collection(title="For all")
    add(few, an_indicator(object_marking_refs=[AMBER_STRICT]))
    add(many, an_indicator(object_marking_refs=[Tlp.GREEN.marking]))

    block = a_block(None, ADDRESS, indicator=an_indicator()["id"])

    assert block.said_by == many.organisation.code != few.organisation.code


def test_who_comes_to_lie_below_a_member_of_a_group_is_offered_what_the_group_has_as_soon_as_the_import_ends():
    here, there = (OrganisationFactory(kind=OrganisationKind.ICB.value) for _ in range(2))
    mine = OrganisationFactory(parent=here, path=f"{here.path}MOVES/", code="MOVES")
    policy = Policy(confidence=15, check_first=False)
    own_actions.write_policy(by=NODE, organisation=mine, policy=policy, clock=a_clock())
    collection = a_collection(unmarked=Tlp.AMBER, addressed=["Areas"])
    actions_of_intel.change_group(by=NODE, name="Areas", members=[there], clock=a_clock())
    come(collection, object_marking_refs=[], confidence=85)
    offer_left(clock=a_clock())
    assert not what_is_blocked()

    record = OrganisationRecord(code="MOVES", name=mine.name, kind=OrganisationKind(mine.kind), parent=there.code)
    import_organisations(by=NODE, records=[record], clock=a_clock())
    offer_left(clock=a_clock(minutes=1))

    assert what_is_blocked() == {"198.51.100.1": "in_force"}
    assert next(one.name for one in all_jobs() if one.work is jobs.offer_indicators) == OFFERS


@pytest.mark.django_db(transaction=True)
def test_an_import_that_moves_organisations_calls_the_worker(home):
    record = OrganisationRecord(code="NEW", name="New", kind=OrganisationKind.TRUST, parent=None)

    import_organisations(by=NODE, records=[record], clock=a_clock())

    assert [one.name for one in (home / "calls").iterdir()] == [OFFERS]


@pytest.mark.parametrize("unnamed", [False, True], ids=["named", "without names"])
def test_when_the_first_who_said_it_withdraws_the_block_goes_on_by_the_word_of_the_second(unnamed):
    first, second = an_organisation(check_first=False), a_collection()
    come(first, confidence=85)
    other = an_indicator(id="indicator--11111111-1111-4111-8111-111111111111", confidence=85)
    add(second, other)
    Source.objects.update(unnamed=unnamed)
    Block.objects.update(source=UNNAMED if unnamed else first.organisation.code)
    publish(clock=a_clock())
    assert Block.objects.count() == 1

    add(first, an_indicator(modified="2026-02-20T00:00:00.000Z", revoked=True))
    publish(clock=a_clock())

    stands = Block.objects.get(state="in_force")
    assert (stands.value, stands.indicator) == ("198.51.100.1", other["id"])
    assert stands.source == (UNNAMED if unnamed else second.organisation.code)
    assert Block.objects.get(state="lifted").because == "indicator"


def test_nothing_is_kept_to_be_offered_where_no_policy_adopts_anything_and_all_comes_when_one_does():
    first, second = an_organisation(check_first=False), a_collection()
    come(first, confidence=85)
    add(second, an_indicator(id="indicator--11111111-1111-4111-8111-111111111111", confidence=85))
    publish(clock=a_clock())
    OfferAgain.objects.create(stix_id="indicator--11111111-1111-4111-8111-111111111111")
    own_actions.throw_switch(by=an_analyst(), why="The laboratory is down.", clock=a_clock())

    add(first, an_indicator(modified="2026-02-20T00:00:00.000Z", revoked=True))
    publish(clock=a_clock())
    offer_left(clock=a_clock())
    assert not OfferAgain.objects.exists()

    own_actions.turn_switch_back(by=an_analyst(), why="It is up.", clock=a_clock())
    offer_left(clock=a_clock())
    assert Block.objects.filter(state="in_force").count() == 1


def test_what_a_source_said_that_is_put_on_trial_is_blocked_by_the_word_of_another_within_the_workers_turn():
    first, second = an_organisation(check_first=False), a_collection()
    come(first, confidence=85)
    add(second, an_indicator(id="indicator--11111111-1111-4111-8111-111111111111", confidence=85))
    publish(clock=a_clock())
    offer_left(clock=a_clock())
    source = Source.objects.get(organisation=first.organisation)
    standings.try_source(by=NODE, source=source, because="It floods.", clock=a_clock())

    adapters.lift_withdrawn(clock=a_clock())
    offer_left(clock=a_clock())

    assert sorted(Block.objects.values_list("state", flat=True)) == ["in_force", "lifted"]
