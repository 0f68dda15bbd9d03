from datetime import UTC, datetime, timedelta

import pytest

from console.detect.factories import AlertFactory, RuleFactory
from console.factories import OrganisationFactory
from console.respond.factories import ContactFactory, a_rota
from watchward.access.roles import ORGANISATION_CYBER_LEAD
from watchward.base.clock import HeldClock
from watchward.console.respond.adapters import write_due_notices

NOW = datetime.now(tz=UTC)


@pytest.fixture
def trust(address):  # noqa: ARG001 - what is stored is what the server shows
    """A trust below an ICB, both with a rota."""
    icb = OrganisationFactory(code="XE", name="Larkmere Care Board")
    trust = OrganisationFactory(code="XT", name="Larkmere Hospitals Trust", parent=icb)
    people = [ContactFactory(organisation=trust, name=name) for name in ("Ana (on call)", "Ben (deputy)")]
    people.append(
        ContactFactory(organisation=trust, name="Security channel", channel="teams", address="https://chat.example/abc")
    )
    a_rota(trust, [people[0], people[2]], [people[1]])
    a_rota(icb, [ContactFactory(organisation=icb, name="Care board duty desk")])
    return trust


def test_a_rota_is_usable(page_for, passes, trust):
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto("/organisations/XT/rota/")
    passes(page, "rota")

    page.get_by_label("Who is reached by it?").fill("Night desk")
    page.get_by_label("Mail address, or web address of the webhook").fill("night@trust.example")
    page.get_by_role("button", name="Add the contact").click()
    page.get_by_text("The contact is added").wait_for()


def test_notices_are_readable(page_for, passes, trust):
    AlertFactory(organisation=trust, rule=RuleFactory(level=4), received_at=NOW)
    write_due_notices(clock=HeldClock(at=NOW + timedelta(minutes=20)))
    page = page_for(ORGANISATION_CYBER_LEAD, trust.parent)
    page.goto("/notices/")
    passes(page, "notices")


def test_an_incident_is_opened_from_an_alert_and_worked_on(page_for, passes, trust):
    alert = AlertFactory(organisation=trust, received_at=NOW)
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto(f"/alerts/{alert.pk}/")
    page.get_by_role("link", name="Open an incident with it").click()
    passes(page, "incident-new")

    page.get_by_label("What is happening?").fill("Ransomware on ward 4")
    page.get_by_label("Severe").check()
    page.get_by_role("button", name="Open the incident").click()
    page.get_by_label("Add to the time line").fill("The ward works on paper.")
    page.get_by_role("button", name="Add it").click()
    page.get_by_text("The note is in the time line").wait_for()
    page.get_by_role("button", name="It spreads no further").click()
    page.get_by_text("The incident is changed").wait_for()
    passes(page, "incident")

    page.goto("/incidents/")
    passes(page, "incidents")
