import re
from datetime import timedelta

import pytest

from console.detect.factories import MOMENT, AlertEventFactory, AlertFactory, RuleFactory
from console.estate.factories import SourceFactory
from console.factories import OrganisationFactory, PostFactory
from watchward.access.roles import CARE_PROVIDER_MANAGER, NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD
from watchward.console.access.models import AuditEntry
from watchward.console.detect.models import Alert
from watchward.console.detect.queries import MOST_WALKED
from watchward.console.estate.models import Organisation
from watchward.detect.sigma.rule import Level
from watchward.estate.organisation import OrganisationKind


@pytest.fixture
def trust():
    return OrganisationFactory(name="Fernmoor Trust", code="FM1")


@pytest.fixture
def lead(trust):
    """The cyber lead of the trust."""
    return PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=trust).user


@pytest.fixture
def client(client, lead):
    """The browser of the trust's cyber lead, who is signed in."""
    client.force_login(lead)
    return client


def text(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_most_important_alert_comes_first_and_says_why(client, trust):
    AlertFactory(organisation=trust, rule=RuleFactory(title="Small thing", level=Level.LOW.rank))
    AlertFactory(organisation=trust, rule=RuleFactory(title="Great thing", level=Level.CRITICAL.rank))

    page = text(client.get("/alerts/"))

    assert page.index("Great thing") < page.index("Small thing")
    assert "Expected harm 0.0072: often real (35%); device not marked as important" in page
    assert "how likely an alert is real, times what its device" in page
    assert "2 alerts waiting for someone" in page


def test_an_alert_opens_into_what_its_expected_harm_is_made_of(client, trust):
    alert = AlertFactory(organisation=trust)

    page = text(client.get(f"/alerts/{alert.pk}/"))

    assert "How likely it is real" in page
    assert "12% (" in page
    assert "a rule of level high; none of its alerts has been closed as real or not real yet" in page
    assert "0.0025 (" in page


def test_newest_first_shows_what_happened_last_and_not_what_matters_most(client, trust):
    AlertFactory(organisation=trust, rule=RuleFactory(title="Great thing", level=Level.CRITICAL.rank))
    later = MOMENT + timedelta(minutes=1)
    AlertFactory(organisation=trust, last_at=later, rule=RuleFactory(title="Small thing", level=Level.LOW.rank))

    page = text(client.get("/alerts/?order=newest"))

    assert page.index("Small thing") < page.index("Great thing")


@pytest.mark.parametrize("count", [MOST_WALKED, MOST_WALKED + 1])
@pytest.mark.parametrize("number", [1, 40, 41])
def test_a_narrowed_list_is_paged_and_counted_however_long_it_is(client, trust, count, number):
    rule = RuleFactory(title="Spray", level=Level.LOW.rank)
    made = AlertFactory.build_batch(count, rule=rule, organisation=trust, organisation_path=trust.path)
    Alert.objects.bulk_create(made)

    page = text(client.get(f"/alerts/?rule={rule.pk}&page={number}"))

    first = 25 * (min(number, -(-count // 25)) - 1) + 1
    assert f"Showing {first:,} to {min(count, first + 24):,} of {count:,}." in page
    assert f"{count:,} alerts waiting for someone" in page


def test_alerts_of_other_organisations_are_neither_listed_nor_shown_nor_counted(client):
    elsewhere = AlertFactory(rule=RuleFactory(title="Elsewhere"))

    page = text(client.get("/alerts/"))

    assert "Elsewhere" not in page
    assert "0 alerts" in page
    assert client.get(f"/alerts/{elsewhere.pk}/").status_code == 404
    assert client.get(f"/alerts/{elsewhere.pk}/timeline/").status_code == 404


def test_an_empty_list_says_what_would_be_there_and_how_to_get_it(client):
    page = text(client.get("/alerts/"))

    assert "so nothing could be seen" in page
    assert 'href="/sources/"' in page
    assert "watchward up --exercise" in page


def test_an_empty_list_where_something_sends_says_that_nothing_waits(client):
    SourceFactory(organisation=Organisation.objects.get(), last_sent_at=MOMENT)

    assert "Nothing waits for you" in text(client.get("/alerts/"))


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", {"Ransom", "Spray"}),
        ("?level=critical", {"Ransom"}),
        ("?level=critical&level=medium", {"Ransom", "Spray"}),
        ("?text=rans", {"Ransom"}),
        ("?text=ws-2", {"Spray"}),
        ("?text=fernmoor", {"Ransom", "Spray"}),
        ("?device=ws-2", {"Spray"}),
        ("?technique=T1486", {"Ransom"}),
        ("?technique=t1110", {"Spray"}),
        ("?organisation=FM1", {"Ransom", "Spray"}),
        ("?organisation=ZZZ", set()),
        ("?rule=ransom", {"Ransom"}),
        ("?assignee=nobody", {"Ransom", "Spray"}),
        ("?assignee=me", set()),
        ("?state=closed", {"Shut"}),
        ("?state=open&order=newest", {"Ransom", "Spray"}),
        ("?state=nonsense&level=nonsense&page=nonsense&order=", {"Ransom", "Spray"}),
    ],
)
def test_the_address_narrows_the_list(client, trust, query, titles):
    ransom = RuleFactory(id="ransom", title="Ransom", level=Level.CRITICAL.rank)
    ransom.techniques.create(technique="T1486")
    spray = RuleFactory(title="Spray", level=Level.MEDIUM.rank)
    spray.techniques.create(technique="T1110.003")
    AlertFactory(organisation=trust, rule=ransom, device="WS-1")
    AlertFactory(organisation=trust, rule=spray, device="WS-2")
    AlertFactory(
        organisation=trust, rule=RuleFactory(title="Shut"), state="closed", closed=True, closed_reason="false_alarm"
    )

    page = text(client.get("/alerts/" + query))

    assert set(re.findall(r'class="ww-alerts__title" href="[^"]+">([^<]+)<', page)) == titles
    assert f"{len(titles)} alert" in page


def test_a_long_list_is_paged_and_every_alert_is_on_one_page(client, trust):
    rule = RuleFactory()
    for number in range(60):
        AlertFactory(organisation=trust, rule=rule, device=f"WS-{number:02}")

    pages = [text(client.get(f"/alerts/?page={number}")) for number in (1, 2, 3)]

    devices = [device for page in pages for device in re.findall(r"</span>(WS-\d\d)</a>", page)]
    assert sorted(devices) == [f"WS-{number:02}" for number in range(60)]
    assert "51 to 60 of 60" in pages[2]
    assert "51 to 60 of 60" in text(client.get("/alerts/?page=9"))


def test_an_alert_reads_as_a_sentence_with_what_the_rule_matched_marked(client, trust):
    alert = AlertFactory(organisation=trust)
    AlertEventFactory(alert=alert)

    page = text(client.get(f"/alerts/{alert.pk}/"))

    assert '<mark class="ww-matched" title="The rule matched Image">powershell.exe</mark> was started by' in page
    assert "A document should not start a script." in page
    assert "T1059.001 Command and Scripting Interpreter: PowerShell" in page
    assert "Add-ins that the organisation itself wrote" in page
    assert "The raw event has expired: this node keeps events for 180 days" in page


def test_an_alert_whose_event_is_gone_still_says_what_happened_and_marks_only_what_matched(client, trust):
    alert = AlertFactory(organisation=trust)
    AlertEventFactory(alert=alert, fields={"CommandLine": "vssadmin"}, context={"Image": r"C:\a.exe", "User": "kim"})

    page = text(client.get(f"/alerts/{alert.pk}/"))

    assert f"a.exe was started on {alert.device}, as user kim. Its command line was “<mark" in page
    assert "The rule matched CommandLine" in page
    assert "The rule matched Image" not in page


def test_an_alert_names_the_others_that_its_rule_touched_and_that_the_viewer_may_see(client, trust):
    alert = AlertFactory(organisation=trust)
    AlertFactory(organisation=trust, rule=alert.rule, device="WS-NEAR")
    AlertFactory(rule=alert.rule, device="WS-FAR")

    page = text(client.get(f"/alerts/{alert.pk}/"))

    assert "WS-NEAR" in page
    assert "WS-FAR" not in page
    assert "waits on 1 other alert " in page


def test_an_nhs_number_is_shown_inside_the_organisation_and_hidden_from_those_above_it(client):
    region = OrganisationFactory(kind=OrganisationKind.REGION)
    trust = OrganisationFactory(parent=region)
    alert = AlertFactory(organisation=trust)
    AlertEventFactory(alert=alert, fields={"Image": "a.exe", "CommandLine": "find 943 476 5919"})
    pages = {}
    for role, place in ((ORGANISATION_CYBER_LEAD, trust), (NATIONAL_ANALYST, region)):
        client.force_login(PostFactory(role=role.key, organisation=place).user)
        pages[role.key] = text(client.get(f"/alerts/{alert.pk}/"))

    assert "943 476 5919" in pages[ORGANISATION_CYBER_LEAD.key]
    assert "943 476 5919" not in pages[NATIONAL_ANALYST.key]
    assert "find [NHS number hidden]" in pages[NATIONAL_ANALYST.key]


def test_a_care_home_manager_reads_plain_words_and_cannot_change_anything(client, trust):
    client.force_login(PostFactory(role=CARE_PROVIDER_MANAGER.key, organisation=trust).user)
    alert = AlertFactory(organisation=trust)

    listed, shown = text(client.get("/alerts/")), text(client.get(f"/alerts/{alert.pk}/"))

    assert "A program or script ran that attackers often use" in listed
    assert "Choose" not in listed
    assert "A program or script ran that attackers often use</h1>" in shown
    assert shown.index("Tell the people who defend you") < shown.index("For whoever helps you with computers")
    assert client.post(f"/alerts/{alert.pk}/acknowledge/").status_code == 403
    assert Alert.objects.get().state == "open"


def test_acknowledging_gives_the_alert_to_whoever_looks_and_is_recorded(client, lead, trust):
    alert = AlertFactory(organisation=trust)

    client.post(f"/alerts/{alert.pk}/acknowledge/")

    alert.refresh_from_db()
    assert (alert.state, alert.assignee) == ("acknowledged", lead)
    assert AuditEntry.objects.filter(event="alert.acknowledged").count() == 1
    assert "Acknowledged" in text(client.get(f"/alerts/{alert.pk}/"))


def test_closing_first_shows_what_will_happen_then_asks_why(client, trust):
    alert = AlertFactory(organisation=trust)

    asked = text(client.get(f"/alerts/{alert.pk}/close/"))
    without_reason = client.post(f"/alerts/{alert.pk}/close/", {"confirmed": "yes"})
    client.post(f"/alerts/{alert.pk}/close/", {"confirmed": "yes", "reason": "expected", "note": "Patch night"})

    alert.refresh_from_db()
    assert "What will happen" in asked
    assert without_reason.status_code == 400
    assert "Choose why" in without_reason.content.decode()
    assert (alert.state, alert.closed, alert.closed_reason) == ("closed", True, "expected")
    assert "Patch night" in text(client.get(f"/alerts/{alert.pk}/"))


def test_reopening_undoes_closing(client, trust):
    alert = AlertFactory(organisation=trust, state="closed", closed=True, closed_reason="expected", closed_at=MOMENT)

    client.post(f"/alerts/{alert.pk}/reopen/")

    alert.refresh_from_db()
    assert (alert.state, alert.closed, alert.closed_reason, alert.closed_at) == ("open", False, "", None)


def test_several_alerts_are_acknowledged_and_closed_at_once(client, trust):
    keys = [str(AlertFactory(organisation=trust).pk) for _ in range(3)]

    back = client.post("/alerts/steps/", {"step": "acknowledge", "alert": keys[:2], "back": "?level=high"})
    asked = text(client.post("/alerts/steps/", {"step": "close", "alert": keys}))
    client.post("/alerts/steps/", {"step": "close", "alert": keys, "reason": "test", "confirmed": "yes"})

    assert back["Location"] == "/alerts/?level=high"
    assert "Close 3 alerts?" in asked
    assert set(Alert.objects.values_list("state", flat=True)) == {"closed"}


def test_an_alert_may_be_given_only_to_someone_who_may_handle_it(client, trust):
    alert = AlertFactory(organisation=trust)
    colleague = PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=trust).user
    stranger = PostFactory(role=ORGANISATION_CYBER_LEAD.key).user

    page = text(client.get(f"/alerts/{alert.pk}/"))
    client.post(f"/alerts/{alert.pk}/assign/", {"assignee": colleague.pk})
    alert.refresh_from_db()

    assert alert.assignee == colleague
    assert str(stranger) not in page


def test_a_note_is_kept_with_its_writer(client, trust):
    alert = AlertFactory(organisation=trust)

    client.post(f"/alerts/{alert.pk}/note/", {"note": "I rang the ward."})

    assert "I rang the ward." in text(client.get(f"/alerts/{alert.pk}/"))
    assert client.post(f"/alerts/{alert.pk}/note/", {"note": " "}).status_code == 400


@pytest.mark.parametrize("form", [{"step": "acknowledge"}, {"step": "fly", "alert": []}, {"step": "close"}])
def test_a_step_with_nothing_ticked_says_what_to_do(client, form):
    response = client.post("/alerts/steps/", form)

    assert response.status_code == 400
    assert "This cannot be done" in response.content.decode()
