"""Expected harm of an alert: laws of likelihood and stake, and the parts beside the sum."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harm.builders import a_device, a_model, a_place, a_service, a_supplier, a_system, losing, needs, wholly
from harm.strategies import maps
from watchward.estate.care.system import SystemKind
from watchward.harm.expected import UNKNOWN, AtStake, Record, at_stake, expected, likelihood
from watchward.harm.losing import HOURS, SAMPLES, alone, losses, losses_of_many
from watchward.harm.model import model
from watchward.harm.outcome import Amount
from watchward.harm.parameters.alerts import LEVELS, MARKS, alert_parameters
from watchward.harm.parameters.drawing import draw
from watchward.harm.parameters.table import standard
from watchward.harm.what_if import in_worlds

records = st.builds(Record, real=st.integers(0, 10_000), not_real=st.integers(0, 10_000))
harms = st.floats(0, 1e6)
stakes = st.builds(
    AtStake,
    whole=st.builds(Amount, value=harms),
    own=st.none() | st.builds(Amount, value=harms),
    identity=st.booleans(),
)


@given(records)
def test_a_worse_level_is_never_less_likely_real(record):
    found = [likelihood(level, record) for level in LEVELS]

    assert found == sorted(found)
    assert all(0 < one < 1 for one in found)


@given(stakes)
def test_a_device_marked_as_more_important_never_puts_less_at_stake(stake):
    found = [at_stake(stake, mark) for mark in MARKS]

    assert found == pytest.approx(sorted(found), rel=1e-12)


@given(st.sampled_from(LEVELS), records)
def test_a_rule_whose_alerts_were_real_rises_and_one_whose_were_not_sinks(level, record):
    more = Record(real=record.real + 1, not_real=record.not_real)
    less = Record(real=record.real, not_real=record.not_real + 1)

    assert likelihood(level, less) < likelihood(level, record) < likelihood(level, more)


@given(stakes, st.floats(1, 100), st.sampled_from(MARKS))
def test_more_to_lose_never_puts_less_at_stake(stake, factor, mark):
    worse = AtStake(
        whole=Amount(value=stake.whole.value * factor),
        own=stake.own and Amount(value=stake.own.value * factor),
        identity=stake.identity,
    )

    assert at_stake(worse, mark) >= at_stake(stake, mark) * (1 - 1e-12)


@given(stakes, st.sampled_from(MARKS))
def test_what_carries_the_accounts_never_puts_less_at_stake(stake, mark):
    without = AtStake(whole=stake.whole, own=stake.own)
    carrying = AtStake(whole=stake.whole, own=stake.own, identity=True)

    assert at_stake(carrying, mark) >= at_stake(without, mark)


@given(st.sampled_from([*LEVELS, "report"]), records, stakes, st.sampled_from(MARKS))
def test_expected_harm_is_the_product_of_its_parts(kind, record, stake, mark):
    found = expected(kind, record, stake, mark)

    assert found.likelihood.value == pytest.approx(likelihood(kind, record))
    assert found.harm.value == pytest.approx(likelihood(kind, record) * at_stake(stake, mark))
    assert found.likelihood.low <= found.likelihood.high
    assert 0 <= found.harm.low <= found.harm.high


def test_what_is_not_worked_out_yet_is_ordered_by_level_and_mark():
    found = {(level, mark): likelihood(level, Record()) * at_stake(UNKNOWN, mark)
             for level, mark in product(LEVELS, MARKS)}  # fmt: skip

    assert min(found, key=found.get) == ("informational", "low")
    assert max(found, key=found.get) == ("critical", "vital")


def test_a_wider_stake_makes_a_wider_interval():
    sure = expected("high", Record(real=50, not_real=50), AtStake(whole=Amount(value=2.0, low=2.0, high=2.0)), "vital")
    wide = expected("high", Record(real=50, not_real=50), AtStake(whole=Amount(value=2.0, low=0.1, high=40.0)), "vital")

    assert wide.harm.value == sure.harm.value
    assert wide.harm.low < sure.harm.low < sure.harm.high < wide.harm.high


def test_every_level_and_mark_has_its_parameters():
    named = {f"alert/real/{one}" for one in (*LEVELS, "report")}
    named |= {f"alert/{what}/{mark}" for what in ("reach", "carries") for mark in MARKS}

    assert alert_parameters().keys() == named | {"alert/strength", "alert/reach/identity", "alert/unknown"}


def test_losing_a_device_is_losing_what_depends_on_it():
    laid_out = a_model(
        a_service(), a_system(), a_system("T1/accounts", kind=SystemKind.IDENTITY),
        a_device(), a_device("T1/controller"), a_device("T1/spare"),
        dependencies=[
            wholly("T1/ed", "T1/record"), wholly("T1/record", "T1/server"), wholly("T1/accounts", "T1/controller"),
        ],
    )  # fmt: skip

    found = losses(laid_out, "T1")

    by_id = {one.equipment.id: one for one in found.devices}
    assert by_id["T1/server"].systems == (SystemKind.PATIENT_RECORD,)
    assert by_id["T1/server"].stake.own.value == pytest.approx(found.whole.whole.value)
    assert not by_id["T1/server"].stake.identity
    assert by_id["T1/controller"].stake.identity
    assert by_id["T1/spare"].stake.own.value == 0


def test_what_hurts_nobody_by_the_estimate_keeps_what_it_may_do_if_the_numbers_are_worse():
    laid_out = a_model(
        a_service(), a_system("T1/record", host="T2"), a_supplier(), places=[a_place(), a_place("T2")],
        dependencies=[needs("S1", "T1/record"), needs("T1/ed", "S1", share=0.25)],
    )  # fmt: skip

    alone_lost = by_itself(laid_out, "T2")
    assert alone_lost.value == 0 < alone_lost.high
    assert_alike(losses_of_many(laid_out, ["T1", "T2"])["T2"].whole.whole, alone_lost)


@given(maps())
def test_what_is_at_stake_at_many_organisations_is_what_losing_each_thing_by_itself_does(care):
    laid_out = model(care, standard())
    codes = sorted(care.places)

    found = losses_of_many(laid_out, codes)

    assert sorted(found) == codes
    for code in codes:
        whole, by_self = found[code].whole.whole, by_itself(laid_out, code)
        assert whole.value == pytest.approx(by_self.value, rel=1e-6, abs=1e-9)
        if by_self.value > 0:  # those that hurt nobody by the estimate share an interval, as devices do
            assert_alike(whole, by_self)
        devices = {one.id for one in care.equipment if one.organisation == code}
        assert {one.equipment.id for one in found[code].devices} == devices
        for one in found[code].devices:  # those hurt alike at the estimate share an interval: only estimates are exact
            alone_lost = by_itself(laid_out, one.equipment.id)
            assert one.stake.own.value == pytest.approx(alone_lost.value, rel=1e-6, abs=1e-9)


def by_itself(laid_out, thing):
    draws = draw(laid_out.table, SAMPLES, laid_out.activities)
    return in_worlds(alone(laid_out), losing(thing, hours=HOURS, exposes=True), draws).harm()


def assert_alike(one, other):
    assert one.value == pytest.approx(other.value, rel=1e-6, abs=1e-9)
    assert (one.low, one.high) == pytest.approx((other.low, other.high), rel=1e-6, abs=1e-9)


@given(maps())
def test_what_is_at_stake_is_what_would_be_lost_if_nobody_took_anybody_in(care):
    far_apart = replace(care, places={code: replace(one, icb="", region="") for code, one in care.places.items()})

    for code in care.places:
        near, far = (losses(model(some, standard()), code) for some in (care, far_apart))
        assert_alike(near.whole.whole, far.whole.whole)
