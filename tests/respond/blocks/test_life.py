"""The life of a block, step by step and in any order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchward.respond.blocks import life as lives
from watchward.respond.blocks.errors import BlockError
from watchward.respond.blocks.life import Because, Life, Reach, State, Who

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADA, BOB, EVE = Who(key="ada"), Who(key="bob"), Who(key="eve")
POLICY = Who(key="policy", person=False)


def national() -> Life:
    return lives.check(lives.propose(Reach.NATION, at=NOW), at=NOW)


def tried() -> Life:
    return lives.try_out(lives.agree(lives.agree(national(), by=ADA), by=BOB), at=NOW, members=3)


def test_a_national_block_needs_two_people_a_canary_group_and_a_second_check():
    life = lives.agree(national(), by=ADA)
    with pytest.raises(BlockError, match="1 more person must agree"):
        lives.try_out(life, at=NOW, members=3)
    with pytest.raises(BlockError, match="You have agreed"):
        lives.agree(life, by=ADA)

    life = lives.try_out(lives.agree(life, by=BOB), at=NOW, members=3)
    with pytest.raises(BlockError, match="less than 1 hour"):
        lives.enforce(life, at=NOW + HOUR / 2)
    with pytest.raises(BlockError, match="was not checked since"):
        lives.enforce(life, at=NOW + HOUR)
    life = lives.enforce(lives.check(life, at=NOW + HOUR), at=NOW + HOUR)

    assert (life.state, life.since) == (State.IN_FORCE, NOW)


def test_an_organisation_blocks_for_itself_with_one_person():
    life = lives.agree(lives.propose(Reach.ORGANISATION, at=NOW), by=ADA)

    assert lives.enforce(life, at=NOW).state is State.IN_FORCE


def test_a_block_goes_no_further_than_one_organisation_without_a_check_of_harm():
    life = lives.agree(lives.propose(Reach.REGION, at=NOW), by=ADA)

    with pytest.raises(BlockError, match="was not checked"):
        lives.try_out(life, at=NOW, members=1)
    with pytest.raises(BlockError, match="was not checked"):
        lives.in_emergency(life, by=ADA, at=NOW)


def test_an_empty_canary_group_tries_nothing():
    with pytest.raises(BlockError, match="no members"):
        lives.try_out(lives.agree(lives.agree(national(), by=ADA), by=BOB), at=NOW, members=0)


def test_a_policy_agrees_for_one_organisation_only_and_never_to_what_is_well_known():
    assert lives.agree(lives.propose(Reach.ORGANISATION, at=NOW), by=POLICY).missing == 0
    with pytest.raises(BlockError, match="more than one organisation"):
        lives.agree(national(), by=POLICY)
    with pytest.raises(BlockError, match="well known"):
        lives.agree(lives.propose(Reach.ORGANISATION, at=NOW, well_known=True), by=POLICY)
    with pytest.raises(BlockError, match="Only a person"):
        lives.in_emergency(national(), by=POLICY, at=NOW)


def test_an_emergency_needs_one_person_and_is_lifted_unless_another_keeps_it():
    life = lives.in_emergency(national(), by=ADA, at=NOW)
    with pytest.raises(BlockError, match="cannot review"):
        lives.keep(life, by=ADA, at=NOW)

    assert life.review_by == NOW + lives.REVIEWED_WITHIN
    assert lives.due(life, now=NOW + lives.REVIEWED_WITHIN) is Because.UNREVIEWED
    assert not lives.holds(life, now=NOW + lives.REVIEWED_WITHIN)
    assert lives.due(lives.keep(life, by=BOB, at=NOW), now=NOW + lives.REVIEWED_WITHIN) is None


def test_a_block_ends_by_itself_and_so_does_a_proposal_that_nobody_decides_on():
    assert lives.due(tried(), now=NOW + lives.USUAL) is Because.ENDED
    assert lives.due(national(), now=NOW + lives.LAPSES) is Because.LAPSED
    with pytest.raises(BlockError, match="within a year"):
        lives.propose(Reach.NATION, at=NOW, until=NOW + timedelta(days=400))
    with pytest.raises(BlockError, match="after now"):
        lives.propose(Reach.NATION, at=NOW, until=NOW)


def test_a_person_changes_when_a_block_ends_but_no_national_one_becomes_longer():
    longer = NOW + timedelta(days=60)

    assert lives.extend(tried(), by=ADA, at=NOW, until=NOW + HOUR).until == NOW + HOUR
    with pytest.raises(BlockError, match="cannot simply hold longer"):
        lives.extend(tried(), by=ADA, at=NOW, until=longer)
    with pytest.raises(BlockError, match="Only a person"):
        lives.extend(lives.propose(Reach.ORGANISATION, at=NOW), by=POLICY, at=NOW, until=longer)


def test_every_state_reach_and_reason_has_its_words():
    assert all(one.label for kind in (State, Reach, Because) for one in kind)


whos = st.sampled_from([ADA, BOB, EVE, POLICY])
steps = st.one_of(
    st.tuples(st.just("check"), st.none()),
    st.tuples(st.just("agree"), whos),
    st.tuples(st.just("try_out"), st.integers(0, 3)),
    st.tuples(st.just("enforce"), st.none()),
    st.tuples(st.just("in_emergency"), whos),
    st.tuples(st.just("keep"), whos),
    st.tuples(st.just("extend"), whos),
    st.tuples(st.just("lift"), st.sampled_from(Because)),
)
waits = st.sampled_from([timedelta(0), timedelta(minutes=10), HOUR, 5 * HOUR, timedelta(days=2), timedelta(days=20)])


TAKEN = {
    "check": lambda life, at, _: lives.check(life, at=at),
    "agree": lambda life, _, who: lives.agree(life, by=who),
    "try_out": lambda life, at, members: lives.try_out(life, at=at, members=members),
    "enforce": lambda life, at, _: lives.enforce(life, at=at),
    "in_emergency": lambda life, at, who: lives.in_emergency(life, by=who, at=at),
    "keep": lambda life, at, who: lives.keep(life, by=who, at=at),
    "extend": lambda life, at, who: lives.extend(life, by=who, at=at, until=at + timedelta(days=40)),
    "lift": lambda life, at, why: lives.lift(life, because=why, at=at),
}


@settings(max_examples=400)
@given(st.sampled_from(Reach), st.booleans(), st.lists(st.tuples(waits, steps), max_size=14))
def test_whatever_is_tried_in_whatever_order_the_promises_hold(reach, well_known, tries):
    life, at, done = lives.propose(reach, at=NOW, well_known=well_known), NOW, list[str]()
    people: set[str] = set()
    for wait, (name, value) in tries:
        at += wait
        before = life
        try:
            life = TAKEN[name](life, at, value)
        except BlockError:
            continue
        if isinstance(value, Who) and value.person:
            people.add(value.key)
        done.append(name)
        assert before.state is not State.LIFTED, "what was lifted stays lifted"
        if life.state is not before.state and life.state in (State.CANARY, State.IN_FORCE):
            assert lives.due(before, now=at) is None
            _came_to_hold(life, done, people, at)
    if life.state is State.IN_FORCE and lives.holds(life, now=at) and reach is Reach.NATION:
        assert len(people) >= 2 or (life.review_by is not None and at < life.review_by)
    assert life.until <= at + lives.LONGEST
    assert not lives.holds(life, now=life.until)


def _came_to_hold(life, done, people, at):
    if life.reach.wide:
        assert life.checked_at is not None
        assert at - life.checked_at <= lives.CHECKED_WITHIN
        assert people
    if life.well_known:
        assert people, "a person's word stands behind what is well known"
    if life.state is State.IN_FORCE and not life.emergency:
        assert len(life.agreed) >= life.reach.people
        if life.reach.wide:
            assert "try_out" in done
            assert life.canary_at is not None
            assert at - life.canary_at >= lives.TRIED_FOR
