from datetime import timedelta

import pytest

from console.detect.factories import MOMENT, AlertFactory, RuleFactory
from console.estate.factories import SourceFactory
from console.factories import OrganisationFactory, PostFactory
from console.respond.factories import IncidentFactory
from watchward.access.roles import BOARD_MEMBER, CARE_PROVIDER_MANAGER, ORGANISATION_CYBER_LEAD
from watchward.base.clock import SystemClock
from watchward.console.access.models import AuditEntry
from watchward.console.detect.models import Alert, Projection
from watchward.detect.sigma.rule import Level


@pytest.fixture
def home():
    return OrganisationFactory(name="Hollow Oak Care Home")


def signed_in(client, role, organisation):
    user = PostFactory(role=role.key, organisation=organisation).user
    client.force_login(user)
    return user


def text(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_board_member_opens_one_page_with_what_is_asked_of_them(client, home):
    signed_in(client, BOARD_MEMBER, home)
    critical = RuleFactory(level=Level.CRITICAL.rank)
    AlertFactory(organisation=home, rule=critical, received_at=MOMENT)
    AlertFactory(organisation=home, rule=critical, received_at=SystemClock().now())
    AlertFactory(organisation=home, state="closed", closed=True, closed_at=SystemClock().now() - timedelta(hours=1))
    AlertFactory(rule=critical)

    page = text(client.get("/", follow=True))

    assert "2 critical alerts wait for someone" in page
    assert "1 critical alert has waited longer than a day" in page
    assert "Hollow Oak Care Home" in page
    assert "1 alert was closed in the last seven days" in page
    assert 'href="/alerts/' not in page


def test_where_nothing_sends_the_page_does_not_call_that_well(client, home):
    signed_in(client, BOARD_MEMBER, home)

    page = text(client.get("/overview/"))

    assert "so nothing could be seen" in page
    assert "No critical alert waits" not in page


def test_with_nothing_waiting_nothing_is_asked(client, home):
    SourceFactory(organisation=home, last_sent_at=MOMENT)
    signed_in(client, BOARD_MEMBER, home)

    page = text(client.get("/overview/"))

    assert "No critical alert waits for anyone" in page
    assert "Nothing now" in page


def test_a_number_leads_to_what_it_counts_for_whoever_may_see_it(client, home):
    signed_in(client, ORGANISATION_CYBER_LEAD, home)
    AlertFactory(organisation=home, rule=RuleFactory(level=Level.CRITICAL.rank), state="acknowledged")

    page = text(client.get("/overview/"))

    assert "Someone is looking at the one critical alert" in page
    assert '<a href="/alerts/?level=critical">1</a>' in page
    assert f'<a href="/alerts/?level=critical&amp;organisation={home.code}">1</a>' in page


def test_organisations_stand_in_the_order_of_the_harm_that_is_expected_at_them(client):
    region = OrganisationFactory()
    many, worst, calm = (OrganisationFactory(parent=region, name=name) for name in ("Many", "Worst", "Calm"))
    for _ in range(3):
        AlertFactory(organisation=many, rule=RuleFactory(level=Level.CRITICAL.rank), score=0.002)
    AlertFactory(organisation=worst, rule=RuleFactory(level=Level.HIGH.rank), score=0.25)
    AlertFactory(organisation=worst, rule=RuleFactory(level=Level.LOW.rank), score=0.125)
    AlertFactory(organisation=calm, state="closed", closed=True, score=9.0)
    signed_in(client, BOARD_MEMBER, region)

    page = text(client.get("/overview/"))
    told = client.get("/api/v1/overview").json()["worst"]

    assert page.index("Worst</a>") < page.index("Many</a>")
    assert ">0.25<" in page
    assert "Calm</a>" not in page
    assert 'href="/harm/"' in page
    assert [(one["name"], one["harm"], one["critical"], one["high"]) for one in told] == [
        ("Worst", 0.25, 0, 1),
        ("Many", 0.002, 3, 0),
    ]


def test_a_board_member_sees_which_incidents_are_going_on(client, home):
    signed_in(client, BOARD_MEMBER, home)
    going_on = IncidentFactory(organisation=home, title="Records cannot be opened")
    IncidentFactory(organisation=home, title="Over long ago", state="closed")
    IncidentFactory(title="Elsewhere")

    page = text(client.get("/overview/"))

    assert f'<a href="/incidents/{going_on.pk}/">Records cannot be opened</a>' in page
    assert "Over long ago" not in page
    assert "Elsewhere" not in page


def test_someone_without_a_role_may_not_see_the_overview(client):
    client.force_login(PostFactory(role="a role of another version").user)

    assert client.get("/overview/").status_code == 403


def test_what_a_care_home_manager_reports_is_an_alert_for_those_who_defend_them(client, home):
    signed_in(client, CARE_PROVIDER_MANAGER, home)
    reported = {"what": "A man rang and asked to connect.", "device": "Office PC"}

    client.post("/report/", reported)
    client.post("/report/", reported)

    alert = Alert.objects.get()
    assert (alert.device, alert.organisation, alert.likelihood) == ("Office PC", home, 0.3)
    assert alert.revision == Projection.objects.get().revision - 1
    assert AuditEntry.objects.filter(event="alert.reported").exists()
    signed_in(client, ORGANISATION_CYBER_LEAD, home)
    assert "A man rang and asked to connect." in text(client.get(f"/alerts/{alert.pk}/"))


def test_an_empty_report_says_what_to_write(client, home):
    signed_in(client, CARE_PROVIDER_MANAGER, home)

    response = client.post("/report/", {"what": " "})

    assert response.status_code == 400
    assert "a sentence is enough" in response.content.decode()


def test_someone_who_may_not_see_alerts_anywhere_has_nowhere_to_report(client, home):
    signed_in(client, BOARD_MEMBER, home)

    assert client.get("/report/").status_code == 404
