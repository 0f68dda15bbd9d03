"""What a change would widen: the sentence beside what is seen once it is done."""

import re

import pytest

from console.factories import OrganisationFactory, PostFactory
from console.intel.factories import MOMENT, NODE, a_clock, a_collection, a_group, a_source, add, an_indicator, share
from watchward.access.roles import ADMINISTRATOR, NATIONAL_ANALYST
from watchward.base.errors import BadInputError
from watchward.console.estate.models import Organisation
from watchward.console.intel import actions, guard, opening_views, queries, retiring_actions, widening
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


@pytest.mark.parametrize("said", ["Salle d'e\u0301tude", "  Salle d'\u00e9tude "])
def test_a_group_that_is_yet_to_be_made_shows_what_came_for_it_before_however_its_name_is_written(kept, said):
    reader = OrganisationFactory()
    share(kept, reader)
    marking = group_marking("Salle d'\u00e9tude")
    marks = [Tlp.GREEN.marking, marking["id"]]
    add(kept, marking, an_indicator("198.51.100.77", object_marking_refs=marks))
    before = _seen_by(reader)

    told = widening.by_members(said, [reader])
    actions.change_group(by=NODE, name=said, members=[reader], clock=a_clock())

    assert told.objects == _seen_by(reader) - before == 1


def test_audiences_are_read_once_however_many_join(kept, django_assert_max_num_queries):
    some = [OrganisationFactory() for _ in range(10)]
    share(kept, None)

    with django_assert_max_num_queries(10 + len(some)):
        assert widening.by_members("Theatres", some).objects == 1


@pytest.fixture
def asked(client):
    """Asks the page on which a group is changed, as one who looks after the whole node."""
    client.force_login(PostFactory(organisation=None, role=ADMINISTRATOR.key).user)
    return client


def _change(asked, group, members):
    address = f"/intelligence/groups/{group.pk}/change/"
    shown = asked.post(address, {"members": members, "step": "look"}).content.decode()
    mark = re.search(r'name="seen" value="([^"]*)"', shown).group(1)
    return asked.post(address, {"members": members, "step": "do", "seen": mark})


def test_a_group_with_a_member_that_was_closed_can_be_changed_and_the_member_stays_or_leaves(asked):
    closed, first, second = (OrganisationFactory(code=code) for code in ("ZZ1", "ZZ2", "ZZ3"))
    group = a_group("Theatres", closed, first)
    Organisation.objects.filter(pk=closed.pk).update(closed_on=MOMENT.date())
    assert "ZZ1\nZZ2" in asked.get(f"/intelligence/groups/{group.pk}/change/").content.decode()

    assert _change(asked, group, "ZZ1 ZZ2 ZZ3").status_code == 302
    assert set(group.members.all()) == {closed, first, second}
    assert _change(asked, group, "ZZ2").status_code == 302
    assert set(group.members.all()) == {first}
    answer = asked.post(f"/intelligence/groups/{group.pk}/change/", {"members": "ZZ1", "step": "look"})
    assert "No open organisation has the code ZZ1" in answer.content.decode()


def test_a_group_of_more_members_than_the_page_shows_is_not_changed_there(asked, monkeypatch):
    group = a_group("Theatres", *(OrganisationFactory() for _ in range(3)))
    monkeypatch.setattr(opening_views, "MOST_MEMBERS", 2)
    answer = asked.get(f"/intelligence/groups/{group.pk}/change/")

    assert answer.status_code == 400
    assert "saving it would drop the others" in answer.content.decode()
    assert asked.post(f"/intelligence/groups/{group.pk}/change/", {"members": ""}).status_code == 400
    assert group.members.count() == 3


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
