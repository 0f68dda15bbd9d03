import pytest

from console.detect.factories import AlertFactory
from console.factories import OrganisationFactory, PostFactory
from console.opened import page
from console.respond.factories import ContactFactory, IncidentFactory, a_rota
from watchward.access.roles import AUDITOR, BOARD_MEMBER, ORGANISATION_CYBER_LEAD, REGIONAL_LEAD
from watchward.console.respond.models import Contact, Incident, Notice, Rota, RotaDuty


@pytest.fixture
def trust():
    """A trust below an ICB."""
    return OrganisationFactory(code="XT", name="Elm Trust", parent=OrganisationFactory(code="XE", name="East ICB"))


def test_a_rota_is_built_step_by_step(signed_in, trust):
    client = signed_in(ORGANISATION_CYBER_LEAD, trust)
    assert "Nobody would be told" in page(client, "/organisations/XT/rota/")

    added = {"name": "Ana", "channel": "email", "address": "ana@trust.example"}
    client.post("/organisations/XT/rota/contacts/", added)
    contact = Contact.objects.get()
    weekdays = {"contact": contact.pk, "number": 1, "days": "0123456", "begin": "", "end": ""}
    client.post("/organisations/XT/rota/duties/", weekdays)
    client.post(f"/rota/steps/{Rota.objects.get().steps.get().pk}/wait/", {"minutes": "25"})

    text = page(client, "/organisations/XT/rota/")
    assert "At once</time> Ana" in text
    assert 'value="25"' in text


def test_the_rules_of_a_rota_are_kept(signed_in, trust):
    client = signed_in(ORGANISATION_CYBER_LEAD, trust)
    rules = {
        "tell_from": "2",
        "disturb_from": "4",
        "quiet_from": "22:00",
        "quiet_until": "07:00",
        "repeat_minutes": "45",
    }

    client.post("/organisations/XT/rota/", rules)

    rota = Rota.objects.get()
    assert (rota.tell_from, rota.repeat_minutes, rota.climbs, f"{rota.quiet_from:%H:%M}") == (2, 45, False, "22:00")
    assert 'value="22:00"' in page(client, "/organisations/XT/rota/")


def test_the_page_shows_that_an_alert_climbs_to_the_organisation_above(signed_in, trust):
    a_rota(trust, [ContactFactory(organisation=trust, name="Ana")])
    a_rota(trust.parent, [ContactFactory(organisation=trust.parent, name="Duty desk")])

    text = page(signed_in(ORGANISATION_CYBER_LEAD, trust), "/organisations/XT/rota/")

    assert "After 15 minutes</time> Duty desk" in text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"channel": "email", "address": "nobody"}, "not an email address"),
        ({"channel": "teams", "address": "http://chat.example/x"}, "must begin with https"),
        ({"channel": "sms_json", "address": "https://sms.example/"}, "needs a telephone number"),
    ],
)
def test_an_address_that_can_never_be_reached_is_refused_in_words(signed_in, trust, given, words):
    client = signed_in(ORGANISATION_CYBER_LEAD, trust)

    refused = client.post("/organisations/XT/rota/contacts/", {"name": "Ana", **given})

    assert words in refused.content.decode()
    assert not Contact.objects.exists()


def test_the_secret_part_of_a_webhook_is_never_shown(signed_in, trust):
    ContactFactory(organisation=trust, channel="slack", address="https://hooks.example/T0/abcdef", secret="s3cret")

    text = page(signed_in(ORGANISATION_CYBER_LEAD, trust), "/organisations/XT/rota/")

    assert "hooks.example" in text
    assert "abcdef" not in text
    assert "s3cret" not in text


def test_someone_is_taken_off_a_step_and_the_steps_after_it_move_up(signed_in, trust):
    ana, ben = ContactFactory(organisation=trust, name="Ana"), ContactFactory(organisation=trust, name="Ben")
    a_rota(trust, [ana], [ben])
    client = signed_in(ORGANISATION_CYBER_LEAD, trust)

    client.post(f"/rota/duties/{RotaDuty.objects.get(contact=ana).pk}/remove/")

    assert RotaDuty.objects.get().step.number == 1


def test_a_trial_notice_is_queued_and_listed(signed_in, trust):
    contact = ContactFactory(organisation=trust)
    client = signed_in(ORGANISATION_CYBER_LEAD, trust)

    client.post(f"/rota/contacts/{contact.pk}/try/")
    client.post(f"/rota/contacts/{contact.pk}/remove/")

    text = page(client, "/notices/?below=XT")
    assert "A trial from Watchward (Elm Trust)" in text
    assert "Waiting to be sent" in text
    assert Notice.objects.get().contact is None


def test_an_auditor_sees_a_rota_and_changes_nothing(signed_in, trust):
    contact = ContactFactory(organisation=trust)
    client = signed_in(AUDITOR, trust)

    assert "Add a contact" not in page(client, "/organisations/XT/rota/")
    assert client.post(f"/rota/contacts/{contact.pk}/remove/").status_code == 403
    assert (
        client.post(
            "/organisations/XT/rota/", {"tell_from": "2", "disturb_from": "4", "repeat_minutes": "45"}
        ).status_code
        == 403
    )


def test_a_rota_elsewhere_does_not_exist_for_someone(signed_in, trust):
    contact = ContactFactory(organisation=trust.parent)
    client = signed_in(ORGANISATION_CYBER_LEAD, trust)

    assert client.get("/organisations/XE/rota/").status_code == 404
    assert client.post(f"/rota/contacts/{contact.pk}/try/").status_code == 404


def test_an_incident_is_opened_from_an_alert_which_is_acknowledged_by_it(signed_in, trust):
    alert = AlertFactory(organisation=trust)
    client = signed_in(ORGANISATION_CYBER_LEAD, trust)
    assert 'value="XT"' in page(client, f"/incidents/new/?alert={alert.pk}")

    opened = {
        "title": "Ransomware on ward 4",
        "organisation": "XT",
        "severity": "3",
        "note": "Two beds",
        "alert": alert.pk,
    }
    text = client.post("/incidents/new/", opened, follow=True).content.decode()

    alert.refresh_from_db()
    assert alert.state == "acknowledged"
    assert "Ransomware on ward 4" in text
    assert "Severe harm" in text
    assert "Two beds" in text
    assert client.get(f"/incidents/new/?alert={alert.pk}").status_code == 302


def test_a_second_alert_is_joined_to_an_open_incident_of_the_organisation_above(signed_in, trust):
    client = signed_in(REGIONAL_LEAD, trust.parent)
    client.post("/incidents/new/", {"title": "A wave", "organisation": "XE", "severity": "2"})
    alert, elsewhere = AlertFactory(organisation=trust), AlertFactory()

    assert "A wave" in page(client, f"/incidents/new/?alert={alert.pk}")
    incident = Incident.objects.get()
    client.post(f"/incidents/{incident.pk}/alerts/", {"alert": [str(alert.pk), str(elsewhere.pk), "odd"]})

    assert list(incident.joined.values_list("alert", flat=True)) == [alert.pk]


def test_an_incident_moves_gains_notes_and_people_and_tells_it_all_in_its_time_line(signed_in, trust):
    colleague = PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=trust).user
    client = signed_in(ORGANISATION_CYBER_LEAD, trust)
    client.post("/incidents/new/", {"title": "T", "organisation": "XT", "severity": "2"})
    address = f"/incidents/{Incident.objects.get().pk}"

    client.post(f"{address}/note/", {"note": "Servers were cut off"})
    client.post(f"{address}/people/", {"person": colleague.pk})
    client.post(f"{address}/change/", {"severity": "4", "lead": colleague.pk})
    client.post(f"{address}/change/", {"state": "contained"})

    text = page(client, f"{address}/")
    for words in (
        "Servers were cut off",
        f"{colleague} works on it",
        "Severity from moderate to critical",
        "Now contained",
    ):
        assert words in text
    assert "Led by" in text


def test_an_incident_cannot_go_where_it_cannot_go(signed_in, trust):
    client = signed_in(ORGANISATION_CYBER_LEAD, trust)
    client.post("/incidents/new/", {"title": "T", "organisation": "XT", "severity": "2"})
    address = f"/incidents/{Incident.objects.get().pk}"
    client.post(f"{address}/change/", {"state": "closed"})

    refused = client.post(f"{address}/change/", {"state": "contained"})

    assert refused.status_code == 400
    assert "closed cannot become contained" in refused.content.decode()
    assert "No incident is open" in page(client, "/incidents/")
    assert "1 incident that are closed" in page(client, "/incidents/?closed=yes") or "closed" in page(
        client, "/incidents/?closed=yes"
    )


def test_a_board_member_reads_incidents_and_changes_nothing(signed_in, trust):
    incident = IncidentFactory(organisation=trust)
    client = signed_in(BOARD_MEMBER, trust)

    assert "Add to the time line" not in page(client, f"/incidents/{incident.pk}/")
    assert client.post(f"/incidents/{incident.pk}/note/", {"note": "x"}).status_code == 403
    assert "Open an incident" not in page(client, "/incidents/")


def test_an_incident_elsewhere_does_not_exist_and_cannot_be_opened_there(signed_in, trust):
    client = signed_in(ORGANISATION_CYBER_LEAD, trust)

    refused = client.post("/incidents/new/", {"title": "T", "organisation": "XE", "severity": "2"})

    assert "at which you may open incidents" in refused.content.decode()
    assert client.get("/incidents/999/").status_code == 404


def test_the_api_opens_changes_notes_joins_and_lists_incidents(signed_in, trust):
    client = signed_in(ORGANISATION_CYBER_LEAD, trust)
    alert = AlertFactory(organisation=trust)
    body = {"organisation": "XT", "title": "T", "severity": 3}
    made = client.post("/api/v1/incidents", body, content_type="application/json").json()
    address = f"/api/v1/incidents/{made['id']}"

    client.post(f"{address}/alerts", {"alerts": [str(alert.pk)]}, content_type="application/json")
    client.post(f"{address}/notes", {"note": "seen"}, content_type="application/json")
    client.post(f"{address}/changes", {"state": "contained"}, content_type="application/json")

    shown = client.get(address).json()
    assert (shown["state"], shown["alerts"]) == ("contained", [str(alert.pk)])
    assert [entry["note"] for entry in shown["entries"] if entry["note"]] == ["seen"]
    assert client.get("/api/v1/incidents").json()["total"] == 1
    assert client.get("/api/v1/notices").json() == {"items": [], "more": False}
