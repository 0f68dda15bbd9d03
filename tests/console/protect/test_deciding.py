"""Blocks from being wanted to being lifted, and what the server of lists is told."""

from datetime import UTC, datetime, timedelta

import pytest

from console.estate.factories import DeviceFactory
from console.factories import OrganisationFactory
from console.intel.factories import MOMENT
from console.protect.factories import (
    NODE,
    a_block,
    a_canary,
    a_clock,
    an_analyst,
    an_excepted,
    in_force,
    tried,
)
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access.models import AuditEntry
from watchward.console.config import ConsoleConfig, current, use
from watchward.console.estate.models import DeviceAlias, Organisation
from watchward.console.protect import actions, adapters, own_actions
from watchward.console.protect.checking import check_waiting
from watchward.console.protect.models import Block
from watchward.console.protect.publishing import publish, publish_everything
from watchward.intel.observable import Kind, observable
from watchward.lists import published
from watchward.respond.blocks.adopting import Policy
from watchward.respond.blocks.errors import BlockError
from watchward.respond.blocks.life import REVIEWED_WITHIN, State


def told(home, clock=None):
    """What the server of lists reads: of each thing, where it holds."""
    publish(now=(clock or a_clock()).now())
    return {one.block.observable.value: one.where for one in published.read(home / "lists").blocks}


def test_an_organisation_that_agrees_to_its_own_block_has_it_at_once(home):
    place = OrganisationFactory()
    block = actions.agree_to_block(by=an_analyst(place), block=a_block(place), why="Seen here.", clock=a_clock())

    assert block.state == State.IN_FORCE.value
    assert told(home) == {"evil.example": (place.code,)}


def test_a_national_block_goes_to_the_canary_group_first_and_to_all_when_it_was_tried(home):
    block, member = tried()
    assert told(home) == {"evil.example": (member.code,)}
    with pytest.raises(BlockError, match="less than 1 hour"):
        actions.enforce_block(by=an_analyst(), block=block, why="", clock=a_clock())
    later = a_clock(hours=2)
    with pytest.raises(BlockError, match="not checked since"):
        actions.enforce_block(by=an_analyst(), block=block, why="", clock=later)

    actions.check_block(by=NODE, block=block, clock=later)
    check_waiting(clock=later)
    actions.enforce_block(by=an_analyst(), block=block, why="Nothing failed.", clock=later)

    assert told(home, later) == {"evil.example": ()}
    assert [one.step for one in block.decisions.all()] == [
        "Proposed",
        "Agreed",
        "Agreed, and let the canary group try it",
        "Put in force",
    ]
    assert all(one.check_before for one in block.decisions.all()[1:])


def a_sector():
    """A nation of two regions with two trusts each; whoever tries blocks first is in both."""
    nation = OrganisationFactory(kind="nation")
    regions = [OrganisationFactory(kind="region", parent=nation) for _ in range(2)]
    for trust in [OrganisationFactory(parent=region) for region in regions for _ in range(2)][::2]:
        own_actions.choose_canary(by=NODE, organisation=trust, member=True, clock=a_clock())
    return nation, regions


@pytest.mark.parametrize("kind", ["nation", "region", "other"])
def test_a_block_for_whatever_all_others_stand_below_takes_two_people_and_the_trial_of_a_national_one(kind):
    nation, _ = a_sector()
    nation.kind = kind
    nation.save()
    by, block = an_analyst(nation), a_block(nation)
    check_waiting(clock=a_clock())

    block = actions.agree_to_block(by=by, block=block, why="Seen.", clock=a_clock())
    assert (block.reach, block.state) == ("nation", "proposed")
    with pytest.raises(BlockError, match="You have agreed"):
        actions.agree_to_block(by=by, block=block, why="Seen.", clock=a_clock())
    block = actions.agree_to_block(by=an_analyst(nation), block=block, why="Seen too.", clock=a_clock())

    assert block.state == State.CANARY.value
    later = a_clock(hours=2)
    with pytest.raises(BlockError, match="not checked since"):
        actions.enforce_block(by=by, block=block, why="", clock=later)


def test_a_block_for_one_of_several_regions_or_for_a_trust_with_its_sites_takes_one_person():
    _, (region, _) = a_sector()
    trust = OrganisationFactory()
    OrganisationFactory(parent=trust, kind="trust_site")

    assert [a_block(one).reach for one in (None, region, trust)] == ["nation", "region", "organisation"]


def test_who_agrees_to_what_came_to_be_for_all_since_it_was_proposed_is_asked_for_a_second_person():
    nation, (region, other) = a_sector()
    block = a_block(region)
    check_waiting(clock=a_clock())
    for place in Organisation.objects.filter(parent=other):
        place.parent, place.path = region, f"{region.path}{place.code}/"
        place.save()
    other.delete()

    block = actions.agree_to_block(by=an_analyst(nation), block=block, why="Seen.", clock=a_clock())

    assert (block.reach, block.state) == ("nation", "proposed")


def test_closed_organisations_are_none_of_the_others_that_a_region_is_compared_with():
    _, (region, other) = a_sector()
    Organisation.objects.filter(path__startswith=other.path).update(closed_on=MOMENT.date())

    assert a_block(region).reach == "nation"


def test_a_policy_of_a_nation_blocks_no_indicator():
    nation, (region, _) = a_sector()
    for_all = {"policy": Policy(confidence=90), "organisation": nation}
    with pytest.raises(BadInputError, match="No policy blocks indicators for all"):
        own_actions.write_policy(by=an_analyst(nation), **for_all, clock=a_clock())

    own_actions.write_policy(by=an_analyst(nation), organisation=nation, policy=Policy(decided=False), clock=a_clock())
    own_actions.write_policy(by=NODE, organisation=region, policy=Policy(confidence=90), clock=a_clock())


def test_nobody_agrees_to_a_wide_block_before_its_harm_was_found():
    a_canary()

    with pytest.raises(BlockError, match="has not been found yet"):
        actions.agree_to_block(by=an_analyst(), block=a_block(), why="", clock=a_clock())


def test_a_block_without_a_canary_group_stays_proposed():
    block = a_block()
    check_waiting(clock=a_clock())
    actions.agree_to_block(by=an_analyst(), block=block, why="", clock=a_clock())

    with pytest.raises(BlockError, match="no members"):
        actions.agree_to_block(by=an_analyst(), block=block, why="", clock=a_clock())
    assert Block.objects.get().state == State.PROPOSED.value


def test_an_emergency_holds_at_once_and_ends_unless_somebody_else_keeps_it(home):
    by, block = an_analyst(), a_block()
    check_waiting(clock=a_clock())
    actions.enforce_in_emergency(by=by, block=block, why="It spreads now.", clock=a_clock())
    assert told(home) == {"evil.example": ()}
    with pytest.raises(BlockError, match="cannot review"):
        actions.keep_block(by=by, block=block, why="", clock=a_clock())

    later = a_clock(seconds=REVIEWED_WITHIN.total_seconds())
    adapters.lift_due(clock=later)

    block.refresh_from_db()
    assert (block.state, block.because) == ("lifted", "unreviewed")
    assert told(home, later) == {}


def test_an_emergency_that_was_reviewed_stays():
    block = a_block()
    check_waiting(clock=a_clock())
    actions.enforce_in_emergency(by=an_analyst(), block=block, why="It spreads now.", clock=a_clock())
    actions.keep_block(by=an_analyst(), block=block, why="I saw it too.", clock=a_clock())

    assert adapters.lift_due(clock=a_clock(hours=5)) == 0


def test_lifting_takes_one_person_and_a_reason_and_is_told_at_once(home):
    block, _ = in_force()
    told(home)
    with pytest.raises(BadInputError, match="reason is needed"):
        actions.lift_block(by=an_analyst(), block=block, why=" ", clock=a_clock(hours=2))
    actions.lift_block(by=an_analyst(), block=block, why="It is ours.", clock=a_clock(hours=2))

    assert told(home) == {}
    assert AuditEntry.objects.filter(event="block.lifted").count() == 1


def test_the_switch_lifts_everything_lets_nothing_in_and_brings_back_what_still_holds(home):
    block, _ = in_force()
    other, _ = in_force(thing=observable(Kind.IPV4, "198.51.100.7"))
    own_actions.throw_switch(by=an_analyst(), why="The laboratory is down.", clock=a_clock())
    assert told(home) == {}
    waiting = a_block(place := OrganisationFactory(), observable(Kind.DOMAIN, "bad.example"))
    with pytest.raises(BlockError, match="lifted everything"):
        actions.agree_to_block(by=an_analyst(place), block=waiting, why="", clock=a_clock())

    actions.lift_block(by=an_analyst(), block=other, why="That was it.", clock=a_clock(hours=2))
    assert told(home) == {}
    own_actions.turn_switch_back(by=an_analyst(), why="It was one address.", clock=a_clock(hours=2))

    assert told(home, a_clock(hours=2)) == {block.value: ()}


def test_only_somebody_over_the_whole_node_throws_the_switch():
    with pytest.raises(NotAllowedError):
        own_actions.throw_switch(by=an_analyst(OrganisationFactory()), why="I want to.", clock=a_clock())


def test_what_is_never_blocked_is_refused_by_name():
    with pytest.raises(BlockError, match="never blocked"):
        a_block(thing=observable(Kind.DOMAIN, "nhs.uk"))


def test_the_same_thing_is_not_proposed_twice():
    a_block()

    with pytest.raises(BlockError, match="already"):
        a_block()


def test_an_exception_has_a_reason_and_an_end_and_reaches_the_lists(home):
    in_force()
    excepted = an_excepted()
    publish(now=MOMENT)
    assert [(one.organisation, one.reason) for one in published.read(home / "lists").exceptions] == [
        (excepted.organisation.code, "The pharmacy orders there.")
    ]

    own_actions.end_exception(by=NODE, excepted=excepted, clock=a_clock())
    publish(now=MOMENT)

    assert published.read(home / "lists").exceptions == ()


def test_a_policy_that_leaves_all_to_people_stands_aside_until_somebody_adopts(home):
    place = OrganisationFactory()
    own_actions.write_policy(by=NODE, organisation=place, policy=Policy(decided=False), clock=a_clock())
    block, _ = in_force()
    publish(now=MOMENT)
    assert [one.organisation for one in published.read(home / "lists").exceptions] == [place.code]

    own_actions.end_exception(by=an_analyst(place), excepted=block.aside.get(), clock=a_clock(hours=2))
    publish(now=MOMENT)

    assert published.read(home / "lists").exceptions == ()


def test_what_was_told_piece_by_piece_is_what_is_told_as_a_whole(home):
    in_force()
    lifted, _ = in_force(thing=observable(Kind.DOMAIN, "bad.example"))
    publish(now=MOMENT)
    actions.lift_block(by=NODE, block=lifted, why="Ours.", clock=a_clock(hours=2))
    an_excepted()
    publish(now=(now := MOMENT + timedelta(hours=2)))
    before = published.read(home / "lists")

    assert publish_everything(now=now) == 1
    assert published.read(home / "lists") == before


def test_whoever_proposes_a_block_by_an_indicator_names_one_that_counts():
    with pytest.raises(BadInputError, match="no such indicator"):
        a_block(indicator="indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f")


def computers(organisation, domain, *, count, seen=None):
    for number in range(count):
        device = DeviceFactory(organisation=organisation, name=f"ws{number}.{domain}")
        DeviceAlias.objects.create(
            device=device,
            organisation=organisation,
            kind="fqdn",
            value=device.name,
            valid_from=MOMENT,
            valid_until=seen or datetime.now(UTC),
        )


@pytest.mark.parametrize(
    ("kind", "value"),
    [("domain", "larkmere.test"), ("domain", "mail.larkmere.test"), ("email", "ward@larkmere.test")],
)
def test_the_name_in_which_an_organisations_own_computers_stand_is_blocked_by_nobody(kind, value):
    place = OrganisationFactory(name="Larkmere Hospital")
    computers(place, "ad.larkmere.test", count=5)
    with pytest.raises(BlockError, match="Computers of Larkmere Hospital stand in"):
        a_block(OrganisationFactory(), observable(Kind(kind), value))

    use(current().model_copy(update={"not_own_domains": ("larkmere.test",)}))

    assert a_block(thing=observable(Kind(kind), value)).state == "proposed"


def test_a_few_computers_or_a_small_part_of_an_organisations_make_no_name_its_own():
    small, large = OrganisationFactory(), OrganisationFactory()
    computers(small, "evil.example", count=4)
    computers(large, "larkmere.test", count=30)
    computers(large, "evil.example", count=7)
    computers(large, "[odd name].x", count=6)

    assert a_block().state == "proposed"


@pytest.mark.parametrize("names", ["{0}.evil.example", "a.{0}.evil.example"])
def test_one_computer_with_many_names_and_many_that_were_long_ago_make_no_name_an_organisations_own(names):
    place = OrganisationFactory()
    computers(place, "evil.example", count=9, seen=datetime.now(UTC) - timedelta(days=40))
    device = DeviceFactory(organisation=place, name="ws0")
    for number in range(9):
        DeviceAlias.objects.create(
            device=device,
            organisation=place,
            kind="fqdn",
            value=names.format(number),
            valid_from=MOMENT,
            valid_until=datetime.now(UTC),
        )

    assert a_block().state == "proposed"


def test_computers_under_several_names_of_one_count_together():
    place = OrganisationFactory()
    for ward in range(3):
        computers(place, f"ward{ward}.larkmere.test", count=2)

    with pytest.raises(BlockError, match="Computers of"):
        a_block(thing=observable(Kind.DOMAIN, "larkmere.test"))


def test_a_name_that_may_be_blocked_all_the_same_is_one_that_somebody_registered_however_it_is_written():
    assert ConsoleConfig(not_own_domains=("Larkmere.TEST.",)).not_own_domains == ("larkmere.test",)
    with pytest.raises(ValueError, match=r"give larkmere\.test"):
        ConsoleConfig(not_own_domains=("mail.larkmere.test",))


@pytest.mark.parametrize("kind", ["national_body", "other", "supplier", "care_provider", "sub_icb"])
def test_a_block_for_any_body_over_all_trusts_is_for_all(kind):
    top = OrganisationFactory(kind=kind)
    for _ in range(3):
        OrganisationFactory(parent=top)

    assert a_block(top).reach == "nation"
