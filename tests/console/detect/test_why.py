import html
import re
from urllib.parse import parse_qs, quote

import pytest

from console.detect.factories import MOMENT, AlertEventFactory, AlertFactory, RuleFactory
from console.factories import OrganisationFactory, PostFactory
from console.lakes import an_event_id, keep
from detect.builders import write_rule
from watchward.access.roles import ORGANISATION_CYBER_LEAD, REGIONAL_LEAD
from watchward.console.access.models import AuditEntry
from watchward.console.config import current, use
from watchward.detect.sigma.rules import load
from watchward.estate.organisation import OrganisationKind

MATCHES = "selection:\n  Image|endswith: '\\inside.exe'\n  CommandLine|contains: delete\ncondition: selection"
MISSES = "wanted:\n  CommandLine|contains: '-enc'\ncondition: wanted"
OTHER = "22222222-0000-4000-8000-000000000002"


def a_rule(file, detection, **known):
    (loaded,) = load([write_rule(current().rules / file, detection, **known)]).rules
    return RuleFactory(id=loaded.id, title=f"Title of {file}", file=file, digest=loaded.digest)


@pytest.fixture
def alert(tmp_path):
    before = current()
    use(before.model_copy(update={"lake": tmp_path / "lake", "rules": tmp_path / "rules"}))
    region = OrganisationFactory(kind=OrganisationKind.REGION)
    trust = OrganisationFactory(code="FM1", parent=region)
    rule = a_rule("own.yml", MATCHES)
    a_rule("other.yml", MISSES, id=OTHER)
    alert = AlertFactory(organisation=trust, rule=rule)
    fields = {"Image": "C:\\inside.exe", "CommandLine": "delete 943 476 5919"}
    segment = keep(current().lake, "x", organisation="FM1", device=alert.device, **fields)
    AlertEventFactory(alert=alert, event_id=an_event_id("x").hex(), segment=segment, fields=fields)
    yield alert
    use(before)


def page(client, alert, role, organisation, query=""):
    client.force_login(PostFactory(role=role.key, organisation=organisation).user)
    response = client.get(f"/alerts/{alert.pk}/why/{query}")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_an_alert_says_which_parts_matched_and_with_what(client, alert):
    text = page(client, alert, ORGANISATION_CYBER_LEAD, alert.organisation)

    assert "The rule matched because all of this was so" in text
    assert "CommandLine contains &#39;delete&#39;" in text
    assert "943 476 5919" in text


def test_from_outside_nhs_numbers_are_hidden_in_what_is_explained(client, alert):
    text = page(client, alert, REGIONAL_LEAD, alert.organisation.parent)

    assert "943 476 5919" not in text
    assert "[NHS number hidden]" in text
    api = client.get(f"/api/v1/alerts/{alert.pk}/why").content.decode()
    assert "943 476 5919" not in api


def test_another_rule_says_why_it_did_not_match(client, alert):
    text = page(client, alert, ORGANISATION_CYBER_LEAD, alert.organisation, "?rule=other")

    assert "The rule does not match this event: one thing is missing." in text
    assert "wanted → CommandLine contains &#39;-enc&#39;: the event has &#39;delete" in text
    found = client.get(f"/api/v1/alerts/{alert.pk}/why?rule={OTHER}").json()
    assert (found["verdict"], len(found["missing"])) == ("not_met", 1)


def test_of_several_rules_one_chooses_and_of_none_it_is_said(client, alert):
    lead, trust = ORGANISATION_CYBER_LEAD, alert.organisation

    assert "Which rule?" in page(client, alert, lead, trust, "?rule=Title")
    assert "No rule that this node runs has" in page(client, alert, lead, trust, "?rule=nothing")


def test_a_rule_that_has_changed_since_says_so(client, alert):
    write_rule(current().rules / "own.yml", MATCHES.replace("delete", "resize"))

    text = page(client, alert, ORGANISATION_CYBER_LEAD, alert.organisation)

    assert "The rule has changed since" in text


def test_a_row_of_a_hunt_can_be_asked_why_a_rule_does_not_find_it(client, alert):
    client.force_login(PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=alert.organisation).user)
    sql = "SELECT observed_at, device, CommandLine FROM events"
    answer = client.post("/hunt/", {"sql": sql, "purpose": "A near miss"}).content.decode()
    address = html.unescape(re.search(r'href="(/hunt/why/[^"]*)"', answer)[1])

    assert "Which rule?" in client.get(address).content.decode()
    assert "Several rules are called so" in client.post(address, {"rule": "Title"}).content.decode()
    text = " ".join(client.post(address, {"rule": "other"}).content.decode().split())
    assert "The rule does not match this event: one thing is missing." in text
    assert "943 476 5919" in text
    assert AuditEntry.objects.filter(event="hunt.run").count() == 2
    spot = parse_qs(address.partition("?")[2])
    body = {"device": spot["device"][0], "at": spot["at"][0], "rule": OTHER}
    (told,) = client.post("/api/v1/hunt/why", body, content_type="application/json").json()
    assert (told["verdict"], len(told["missing"])) == ("not_met", 1)


def test_of_a_row_nobody_elses_events_are_told_and_nhs_numbers_are_hidden_from_outside(client, alert):
    address = f"/hunt/why/?device={alert.device}&at={quote(MOMENT.isoformat())}&organisation=FM1"
    client.force_login(PostFactory(role=REGIONAL_LEAD.key, organisation=alert.organisation.parent).user)
    text = client.post(address, {"rule": "other"}).content.decode()
    assert "[NHS number hidden]" in text
    assert "943 476 5919" not in text

    client.force_login(PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=OrganisationFactory()).user)
    assert "no longer kept, or is not one that you may see" in client.post(address, {"rule": "other"}).content.decode()
    for at in ("yesterday", "2026-01-01T00:00:00", quote("0001-01-01T00:00:00+14:00")):
        assert client.get(f"/hunt/why/?device=x&at={at}").status_code == 404
