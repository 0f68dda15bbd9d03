"""What is refused, the switch, adoption by policy, and signs that care fails."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.intel.observable import Kind, Observable
from watchward.intel.warninglists import compile_lists, read
from watchward.respond.blocks.adopting import Adoption, Offer, Policy, adopt
from watchward.respond.blocks.errors import BlockError
from watchward.respond.blocks.failing import WATCHED_FOR, Failing, Held, Sign, judge
from watchward.respond.blocks.refusing import judge as judged
from watchward.respond.blocks.refusing import require_blockable
from watchward.respond.blocks.switch import BLOCKING, require_blocking, throw, turn_back

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LISTS = compile_lists(
    [read(b'{"name": "Top", "version": 3, "type": "hostname", "list": ["popular.example"], "matching_attributes": []}')]
)


@pytest.mark.parametrize("name", ["uk", "nhs.uk", "ward.nhs.uk", "co.uk"])
def test_what_others_stand_under_and_the_health_services_own_is_never_blocked(name):
    thing = Observable(Kind.DOMAIN, name)

    with pytest.raises(BlockError, match="never blocked"):
        require_blockable(thing, judged(thing), person=True)


def test_what_is_well_known_needs_a_persons_word():
    thing = Observable(Kind.DOMAIN, "popular.example")
    found = judged(thing, lists=LISTS)

    require_blockable(thing, found, person=True)
    with pytest.raises(BlockError, match="well known"):
        require_blockable(thing, found, person=False)


def test_the_switch_lifts_everything_until_it_is_turned_back_with_a_reason():
    thrown = throw(BLOCKING, by="Ada", why="The laboratory is down.", at=NOW)

    with pytest.raises(BlockError, match="Ada lifted everything"):
        require_blocking(thrown)
    with pytest.raises(BlockError, match="needs a reason"):
        turn_back(thrown, why=" ")
    with pytest.raises(BlockError, match="needs a reason"):
        throw(BLOCKING, by="Ada", why="", at=NOW)
    with pytest.raises(BlockError, match="Blocks hold"):
        turn_back(BLOCKING, why="All is well.")
    assert throw(thrown, by="Bob", why="Again.", at=NOW) == thrown
    require_blocking(turn_back(thrown, why="It was a cable."))


offers = st.builds(
    Offer,
    kind=st.sampled_from([Kind.DOMAIN, Kind.IPV4, Kind.SHA256]),
    decided=st.booleans(),
    believed=st.floats(0, 1),
    source=st.sampled_from(["", "RJ1", "X26"]),
    well_known=st.booleans(),
    care=st.none() | st.booleans(),
)
policies = st.builds(
    Policy,
    decided=st.booleans(),
    confidence=st.none() | st.integers(0, 100),
    sources=st.frozensets(st.sampled_from(["RJ1", "X26"])),
    kinds=st.frozensets(st.sampled_from([Kind.DOMAIN, Kind.IPV4])),
    check_first=st.booleans(),
)


@given(policies, offers)
def test_a_policy_adopts_at_once_only_what_it_names_and_says_why(policy, offer):
    answer = adopt(policy, offer)

    assert answer.why
    if answer.adoption is Adoption.AT_ONCE and not offer.decided:
        assert policy.confidence is not None
        assert round(offer.believed * 100) >= policy.confidence
        assert not policy.sources or offer.source in policy.sources
        assert not policy.kinds or offer.kind in policy.kinds
        assert not offer.well_known
        assert offer.care is False or not policy.check_first
    if answer.adoption is Adoption.AT_ONCE and offer.decided:
        assert policy.decided
        assert not (policy.check_first and offer.care)


def test_an_organisation_that_wrote_no_policy_blocks_what_people_decided_and_no_indicator():
    assert adopt(Policy(), Offer(kind=Kind.DOMAIN, decided=True)).adoption is Adoption.AT_ONCE
    assert adopt(Policy(), Offer(kind=Kind.DOMAIN, believed=0.99)).adoption is Adoption.REFUSED


def failing(sign, thing="lab-1", after=timedelta(hours=1), organisation="RJ1"):
    return Failing(sign=sign, organisation=organisation, thing=thing, at=NOW + after)


HELD = [Held(organisation="RJ1", since=NOW)]


def test_a_persons_report_withdraws_a_block():
    verdict = judge([failing(Sign.REPORTED)], HELD)

    assert verdict.withdraw
    assert verdict.why == ("RJ1: lab-1. Somebody reported that care is failing.",)


def test_a_refusal_alone_may_be_the_infection_and_counts_only_with_a_device_that_falls_silent():
    refused = failing(Sign.REFUSED)

    assert not judge([refused, refused], HELD).withdraw
    assert judge([refused, failing(Sign.SILENT, "lab-2")], HELD).withdraw


def test_silence_counts_when_two_care_devices_share_it_soon_after_the_block_came():
    one, two = failing(Sign.SILENT), failing(Sign.SILENT, "lab-2")

    assert not judge([one, one], HELD).withdraw
    assert judge([one, two], HELD).withdraw
    assert not judge([one, failing(Sign.SILENT, "lab-2", WATCHED_FOR + timedelta(hours=1))], HELD).withdraw
    assert not judge([one, failing(Sign.SILENT, "x", organisation="RJ2")], HELD).withdraw


@given(st.sampled_from(Sign), st.text(max_size=5), st.timedeltas(timedelta(days=-9), timedelta(seconds=-1)))
def test_what_began_before_a_block_came_or_elsewhere_speaks_not_against_it(sign, thing, before):
    assert not judge([failing(sign, thing, before), failing(sign, f"{thing}2", before)], HELD).withdraw
    assert not judge([failing(sign, organisation="RJ9")], HELD).withdraw
