"""Blocks that are undone because care fails where they hold."""

from datetime import timedelta

import pytest

from console.factories import OrganisationFactory
from console.intel.factories import MOMENT
from console.protect.factories import NODE, a_block, a_clock, in_force, tried
from watchward.base.errors import BadInputError
from watchward.console.detect.models import Stake
from watchward.console.estate.models import Device
from watchward.console.protect import adapters, own_actions
from watchward.console.protect.models import Excepted, Failure
from watchward.respond.blocks.life import Because, State


def report(block, place, *, what="Results do not come.", **later):
    return own_actions.report_failing(
        by=NODE, block=block, organisation=place, what=what, clock=a_clock(**(later or {"hours": 3}))
    )


def test_one_report_lifts_a_block_that_is_tried_and_two_lift_one_that_is_in_force():
    block, member = tried()
    assert report(block, member)
    block.refresh_from_db()
    assert (block.state, block.because) == (State.LIFTED.value, Because.CARE.value)

    wide, _ = in_force()
    first, second = OrganisationFactory(), OrganisationFactory()
    assert not report(wide, first)
    assert Excepted.objects.get(block=wide).organisation == first
    assert not report(wide, first, what="Still.")
    assert report(wide, second)


def test_a_report_from_where_a_block_does_not_hold_changes_nothing():
    block, _ = tried()

    assert not report(block, OrganisationFactory())
    assert not report(a_block(OrganisationFactory()), OrganisationFactory())
    assert Failure.objects.count() == 0


def test_a_report_says_what_is_failing():
    block, member = tried()

    with pytest.raises(BadInputError, match="Say what is failing"):
        report(block, member, what=" ")


def carries(place, name, *, last):
    Stake.objects.create(organisation=place, device=name, own=2.0, whole=5.0)
    return Device.objects.create(
        id=f"00000000-0000-4000-8000-{Device.objects.count():012d}",
        organisation=place,
        organisation_path=place.path,
        name=name,
        first_seen_at=MOMENT - timedelta(days=9),
        last_seen_at=last,
    )


def test_care_devices_of_the_canary_group_that_fall_silent_together_lift_a_block():
    block, member = tried()
    soon, now = MOMENT + timedelta(minutes=5), a_clock(hours=1)
    carries(member, "lab1", last=soon)
    carries(OrganisationFactory(), "talks", last=now.now())
    assert adapters.watch_care(clock=now) == 0

    carries(member, "lab2", last=soon)

    assert adapters.watch_care(clock=now) == 1
    block.refresh_from_db()
    assert block.because == Because.CARE.value


def test_a_node_that_hears_nothing_at_all_takes_silence_for_no_sign():
    _, member = tried()
    for name in ("lab1", "lab2"):
        carries(member, name, last=MOMENT + timedelta(minutes=5))

    assert adapters.watch_care(clock=a_clock(hours=1)) == 0
