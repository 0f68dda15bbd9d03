"""Who else: every organisation that the same touched, in order of patient harm, as far as the asker may see."""

import re
from datetime import timedelta
from html import unescape

import pytest

from console.detect.factories import MOMENT, AlertEventFactory, AlertFactory, RuleFactory
from console.factories import OrganisationFactory, PostFactory
from watchward.access.roles import AUDITOR, ORGANISATION_CYBER_LEAD, REGIONAL_LEAD
from watchward.console.access.guard import Service
from watchward.console.detect.who_else import who_else


@pytest.fixture
def rule():
    return RuleFactory(title="A look-up of a known server")


@pytest.fixture
def region(rule):
    """A region in which three trusts met the same, on two days; and a trust elsewhere that did too."""
    region = OrganisationFactory(code="R1", kind="region")
    for code, score, day in (("T1", 0.1, 0), ("T2", 0.7, 2), ("T3", 0.4, 2)):
        place = OrganisationFactory(code=code, parent=region)
        for device in ("WS-1", "WS-2"):
            at = MOMENT + timedelta(days=day)
            AlertFactory(organisation=place, rule=rule, device=device, score=score, count=3, first_at=at, last_at=at)
    AlertFactory(organisation=OrganisationFactory(code="X9"), rule=rule, score=0.9)
    AlertFactory(organisation=region, rule=RuleFactory())
    return region


def test_the_worst_hurt_stands_first_and_nobody_is_shown_that_one_may_not_see(rule, region):
    found = who_else(PostFactory(role=REGIONAL_LEAD.key, organisation=region).user, rule.pk)

    assert [one.organisation.code for one in found.worst] == ["T2", "T3", "T1"]
    assert [(one.devices, one.count) for one in found.worst] == [(2, 6)] * 3
    assert [(one.day - MOMENT.date(), one.new, one.total) for one in found.spread] == [
        (timedelta(days=0), 1, 1), (timedelta(days=2), 2, 3),
    ]  # fmt: skip


@pytest.mark.usefixtures("region")
def test_the_whole_node_sees_all(rule):
    assert who_else(Service(name="Test"), rule.pk).total == 4


def test_the_page_and_the_api_say_the_same(client, rule, region):
    client.force_login(PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=region).user)
    alert = rule.alerts.filter(organisation__code="T1")[0]
    told = client.get(f"/api/v1/alerts/{alert.pk}/who-else").json()
    page = " ".join(client.get(f"/alerts/{alert.pk}/who-else/").content.decode().split())

    assert [one["code"] for one in told["worst"]] == ["T2", "T3", "T1"]
    assert "3 organisations that you may see have met the same" in page
    assert "From 1 to 3 organisations in 2 days" in page
    assert "X9" not in page


def test_what_the_attacker_used_leads_to_the_proposal_of_a_block_with_the_value_filled_in(client, rule, region):
    client.force_login(PostFactory(role=REGIONAL_LEAD.key, organisation=region).user)
    alert = rule.alerts.filter(organisation__code="T1")[0]
    AlertEventFactory(alert=alert, fields={"QueryName": "evil.example", "User": "a.nurse"})
    text = client.get(f"/alerts/{alert.pk}/who-else/").content.decode()
    address = unescape(re.search(r'href="(/blocks/new/[^"]*)"', text)[1])
    form = client.get(address).content.decode()

    assert "a.nurse" not in address
    assert 'value="evil.example"' in form
    assert "met by 3 organisations" in form


def test_whoever_may_not_propose_blocks_is_offered_none(client, rule, region):
    client.force_login(PostFactory(role=AUDITOR.key, organisation=region).user)
    alert = rule.alerts.filter(organisation__code="T1")[0]
    AlertEventFactory(alert=alert, fields={"QueryName": "evil.example"})

    assert "Block this" not in client.get(f"/alerts/{alert.pk}/who-else/").content.decode()


def test_a_line_is_drawn_over_days_with_what_its_ends_stand_for_and_of_one_day_there_is_none(client, rule, region):
    alert = rule.alerts.filter(organisation__code="T1")[0]
    client.force_login(PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=alert.organisation).user)
    assert "<polyline" not in client.get(f"/alerts/{alert.pk}/who-else/").content.decode()

    client.force_login(PostFactory(role=REGIONAL_LEAD.key, organisation=region).user)
    text = client.get(f"/alerts/{alert.pk}/who-else/").content.decode()
    assert "<polyline" in text
    assert "<span>3 organisations</span>" in text
    assert f"<span>{MOMENT + timedelta(days=2):%-d %B %Y}</span>" in text
