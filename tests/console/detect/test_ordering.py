"""Alerts in order of harm: what the map carries, what people closed, and what changes the order."""

import pytest

from console.care.arranged import CLOCK, NODE, bring, refine
from console.detect.factories import AlertFactory, RuleFactory
from console.factories import OrganisationFactory
from watchward.console.care import adapters as care
from watchward.console.detect import actions, jobs
from watchward.console.detect.models import Alert, RuleRecord, Stake
from watchward.console.detect.ordering import order_for
from watchward.console.detect.weighing import why_here
from watchward.detect.alerts.triage import CloseReason
from watchward.detect.sigma.rule import Level
from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap
from watchward.estate.care.system import Equipment
from watchward.estate.device import Importance
from watchward.estate.organisation import OrganisationKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice():
    return OrganisationFactory(code="X-P1", kind=OrganisationKind.GP_PRACTICE)


@pytest.fixture
def region():
    return OrganisationFactory(code="X-R1", kind=OrganisationKind.REGION)


def ordered(organisation):
    """Alerts of the organisation are noted for working out, as the projector does."""
    order_for([organisation], ())
    jobs.order_alerts(clock=CLOCK)


def carry(organisation, system="patient_record", name="SRV01"):
    """Put a device on the map that one of the template's systems needs."""
    device = Equipment(id=f"{organisation.code}/device/{name}", organisation=organisation.code, name=name)
    need = Dependency(consumer=f"{organisation.code}/{system}", provider=device.id)
    bring([organisation], CareMap(equipment=(device,), dependencies=(need,)))


def test_an_alert_of_an_unmapped_organisation_counts_by_its_template_and_says_so(practice):
    alert = AlertFactory(organisation=practice)
    before = why_here(alert)

    ordered(practice)

    alert.refresh_from_db()
    assert "not worked out yet" in before
    assert why_here(alert).endswith("severity-weighted patients, by the usual map of its kind")
    assert alert.score < 0.001


def test_what_the_map_says_that_a_device_carries_orders_its_alerts_at_once(practice):
    server = AlertFactory(organisation=practice, device="srv01.elm.example", level=Level.MEDIUM.rank)
    desk = AlertFactory(organisation=practice, device="WS-1", level=Level.HIGH.rank)
    ordered(practice)
    before = list(Alert.objects.all())

    carry(practice)

    assert before == [desk, server]
    assert list(Alert.objects.select_related("stake")) == [server, desk]
    server.refresh_from_db()
    assert "the device carries patient record (harm " in why_here(server)


def test_alerts_are_ordered_together_as_each_is_by_itself(practice):
    carry(practice)
    carry(practice, "telephony", name="SRV02")
    devices = ("srv01", "SRV01.elm.example", "srv02", "WS-1", "", "100% 'real'")
    alerts = [
        AlertFactory(organisation=practice, device=one, importance=mark) for one in devices for mark in Importance
    ]
    shut = AlertFactory(organisation=practice, device="srv01", closed=True)
    elsewhere = AlertFactory(organisation=OrganisationFactory(code="X-P2"), device="srv01")

    ordered(practice)

    order = order_for([practice], {one.rule_id for one in alerts})
    for alert in alerts:
        alert.refresh_from_db()
        found = (alert.stake, alert.score)
        order.place(alert)
        assert found == (alert.stake, pytest.approx(alert.score))
    for other in (shut, elsewhere):
        before = other.score
        other.refresh_from_db()
        assert (other.stake, other.score) == (None, before)


def test_a_device_that_leaves_the_map_counts_like_any_other_again(practice):
    server = AlertFactory(organisation=practice, device="SRV01")
    desk = AlertFactory(organisation=practice, device="WS-1")
    ordered(practice)
    carry(practice)

    bring([practice], CareMap(equipment=(), **_rest_of(practice)), whole=True)

    server.refresh_from_db()
    desk.refresh_from_db()
    assert server.score == pytest.approx(desk.score)


def _rest_of(organisation):
    found = care.part_of(organisation).care
    return {
        "services": found.services,
        "systems": found.systems,
        "dependencies": tuple(one for one in found.dependencies if "/device/" not in one.provider),
    }


def test_a_change_of_the_map_works_nothing_out_where_there_are_no_alerts(practice):
    carry(practice)

    assert not Stake.objects.exists()


def test_where_nobody_can_say_what_is_at_stake_alerts_stand_by_their_level(region):
    low, high = (AlertFactory(organisation=region, level=level.rank) for level in (Level.LOW, Level.HIGH))

    ordered(region)

    assert list(Alert.objects.all()) == [high, low]
    high.refresh_from_db()
    assert "nobody has said what depends on this organisation" in why_here(high)


def test_a_rule_that_was_never_real_sinks_below_one_of_a_milder_level(practice):
    noisy, mild = RuleFactory(level=Level.HIGH.rank), RuleFactory(level=Level.MEDIUM.rank)
    closed = [AlertFactory(organisation=practice, rule=noisy) for _ in range(40)]
    alert, other = AlertFactory(organisation=practice, rule=noisy), AlertFactory(organisation=practice, rule=mild)
    ordered(practice)
    before = list(Alert.objects.filter(pk__in=[alert.pk, other.pk]))

    actions.close_alerts(
        by=NODE, alerts=[one.pk for one in closed], reason=CloseReason.FALSE_ALARM, note="Backup", clock=CLOCK
    )
    jobs.order_alerts(clock=CLOCK)

    assert before == [alert, other]
    assert list(Alert.objects.filter(closed=False)) == [other, alert]


def test_opening_again_takes_back_what_was_said(practice):
    alert = AlertFactory(organisation=practice)
    actions.close_alerts(by=NODE, alerts=[alert.pk], reason=CloseReason.FALSE_ALARM, note="", clock=CLOCK)
    actions.reopen_alerts(by=NODE, alerts=[alert.pk], clock=CLOCK)

    assert RuleRecord.objects.values_list("real", "not_real").get() == (0, 0)


def test_tests_and_duplicates_say_nothing_about_a_rule(practice):
    for reason in (CloseReason.TEST, CloseReason.DUPLICATE):
        alert = AlertFactory(organisation=practice)
        actions.close_alerts(by=NODE, alerts=[alert.pk], reason=reason, note="", clock=CLOCK)

    assert not RuleRecord.objects.exists()


def test_refining_the_map_of_another_leaves_an_alert_where_it_is(practice):
    alert = AlertFactory(organisation=practice)
    ordered(practice)
    alert.refresh_from_db()
    other = OrganisationFactory(code="X-P2", kind=OrganisationKind.GP_PRACTICE)

    refine(other, Equipment(id="X-P2/device/A", organisation="X-P2", name="A"), "equipment")

    assert Alert.objects.get().score == alert.score
