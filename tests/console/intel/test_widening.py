"""What a change would widen: the sentence beside what is seen once it is done."""

import pytest

from console.factories import OrganisationFactory, PostFactory
from console.intel.factories import MOMENT, NODE, a_clock, a_collection, a_group, a_source, add, an_indicator, share
from watchward.access.roles import NATIONAL_ANALYST
from watchward.base.errors import BadInputError
from watchward.console.intel import actions, guard, queries, retiring_actions, widening
from watchward.console.intel.actions import Share
from watchward.console.intel.bringing import File, bring
from watchward.console.intel.models import Collection, Source
from watchward.intel.markings import Tlp, group_marking

RETIRE = {"by": NODE, "reason": "It is over", "clock": a_clock()}


def _seen_by(organisation):
    viewer = PostFactory(organisation=organisation, role=NATIONAL_ANALYST.key).user
    found = queries.objects_visible_to(viewer).filter(current=True).exclude(type="marking-definition")
    return found.count()


@pytest.fixture
def kept():
    """A collection with objects of every level, and one for a group."""
    found = a_collection(title="Kept")
    marks = [[level.marking] for level in Tlp] + [[Tlp.GREEN.marking, group_marking("Theatres")["id"]]]
    a_group("Theatres")
    things = [an_indicator(f"198.51.100.{n}", object_marking_refs=refs) for n, refs in enumerate(marks)]
    add(found, group_marking("Theatres"), *things)
    return found


@pytest.mark.parametrize("everyone", [True, False])
def test_opening_a_collection_lets_see_just_what_was_said(kept, everyone):
    reader = OrganisationFactory(name="Ashcombe Trust")
    wanted = Share(organisation=None if everyone else reader)
    told = widening.by_share(kept, wanted)
    actions.share_collection(by=NODE, collection=kept, share=wanted, clock=a_clock())

    assert told.objects == _seen_by(reader) == 2
    assert told.kept == 4
    assert "gain" in told.sentence
    assert widening.by_share(kept, wanted).sentence == "Nobody gains sight of anything by this."


def test_closing_a_collection_says_who_sees_it_no_longer(kept):
    reader = OrganisationFactory(name="Ashcombe Trust")
    share(kept, reader)
    told = widening.by_share(kept, Share(organisation=reader, read=False))

    assert (told.gain, told.lose) == (0, 1)
    assert "1 organisation sees it here no longer, and keeps what they have." in told.sentence


def test_joining_a_group_lets_see_just_what_was_said_and_only_where_the_collection_is_open(kept):
    reader, other = OrganisationFactory(name="Ashcombe Trust"), OrganisationFactory(name="Brackwater Trust")
    share(kept, reader)
    before = _seen_by(reader)
    told = widening.by_members("Theatres", [reader, other])
    actions.change_group(by=NODE, name="Theatres", members=[reader, other], clock=a_clock())

    assert told.objects == _seen_by(reader) - before == 1
    assert told.gain == 2
    assert _seen_by(other) == 0


def test_a_group_that_nobody_joined_is_known_to_those_alone_who_look_after_the_node():
    member = OrganisationFactory()
    a_group("Theatres", member), a_group("Empty")
    inside = PostFactory(organisation=member, role=NATIONAL_ANALYST.key).user
    outside = PostFactory(role=NATIONAL_ANALYST.key).user
    whole = PostFactory(organisation=None, role=NATIONAL_ANALYST.key).user

    known = [sorted(one.name for one in queries.groups_visible_to(who)) for who in (inside, outside, whole)]

    assert known == [["Theatres"], [], ["Empty", "Theatres"]]


def test_a_retired_collection_is_open_to_nobody_else_and_read_into_by_nothing(kept):
    reader = OrganisationFactory()
    share(kept, reader)
    source = a_source(kept)
    retiring_actions.retire_collection(collection=kept, **RETIRE)

    assert _seen_by(reader) == 0
    assert not Source.objects.get(pk=source.pk).enabled
    assert kept not in queries.collections_in_use(NODE)
    assert queries.counts_of(NODE, [kept])[kept.pk] > 0

    retiring_actions.restore_collection(collection=kept, **RETIRE)
    assert kept in queries.collections_in_use(NODE)


def _add_source(kept):
    a_source(kept, name="Another")


def _begin_again(kept):
    actions.switch_source(by=NODE, source=kept.sources.get(name="A neighbour"), enabled=True, clock=a_clock())


def _bring(kept):
    bring(by=NODE, collection=kept, file=File(raw=b"198.51.100.9", name="A list", at=MOMENT), clock=a_clock())


def _make_key(kept):
    wanted = actions.Wanted(collection=kept)
    actions.add_client(by=NODE, organisation=kept.organisation, name="Ours", scopes=[wanted], clock=a_clock())


@pytest.mark.parametrize("act", [lambda kept: share(kept, None), _add_source, _begin_again, _bring, _make_key])
def test_a_retired_collection_is_opened_to_nobody_and_nothing_is_put_into_it_until_it_is_restored(kept, act):
    a_source(kept)
    stale = Collection.objects.get(pk=kept.pk)
    retiring_actions.retire_collection(collection=kept, **RETIRE)

    with pytest.raises(BadInputError, match="is retired"):
        act(stale)

    retiring_actions.restore_collection(collection=kept, **RETIRE)
    act(stale)


def test_programs_are_not_offered_a_retired_collection(kept):
    wanted = [actions.Wanted(collection=kept)]
    made = actions.add_client(by=NODE, organisation=kept.organisation, name="Ours", scopes=wanted, clock=a_clock())
    assert list(guard.caller(made.client.key_id, made.secret).rights) == [kept.pk]

    retiring_actions.retire_collection(collection=kept, **RETIRE)

    assert not guard.caller(made.client.key_id, made.secret).rights


def test_to_retire_a_collection_needs_a_reason(kept):
    with pytest.raises(BadInputError, match="Say why"):
        retiring_actions.retire_collection(collection=kept, **{**RETIRE, "reason": " "})
