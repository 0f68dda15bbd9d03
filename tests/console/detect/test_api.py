import pytest

from console.detect.factories import AlertEventFactory, AlertFactory, RuleFactory
from console.factories import OrganisationFactory, PostFactory
from watchward.access.roles import BOARD_MEMBER, NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD
from watchward.base.errors import TooSoonError
from watchward.console.access.models import AuditEntry
from watchward.console.detect import hunting
from watchward.detect.sigma.rule import Level
from watchward.estate.organisation import OrganisationKind


@pytest.fixture
def trust():
    return OrganisationFactory(code="FM1")


@pytest.fixture
def lead(trust):
    return PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=trust).user


@pytest.fixture
def client(client, lead):
    """A script's browser, signed in as the trust's cyber lead."""
    client.force_login(lead)
    return client


def post(client, path, body=None):
    return client.post(f"/api/v1{path}", body or {}, content_type="application/json")


def _begins(who):
    try:
        with hunting.PACE.turn(who):
            return True
    except TooSoonError as error:
        return not 0 < error.seconds <= 60


def test_alerts_are_listed_most_important_first_and_narrowed(client, trust):
    AlertFactory(organisation=trust, rule=RuleFactory(title="Small", level=Level.LOW.rank))
    AlertFactory(organisation=trust, rule=RuleFactory(title="Great", level=Level.CRITICAL.rank))
    AlertFactory(rule=RuleFactory(title="Elsewhere"))

    everything = client.get("/api/v1/alerts").json()
    narrowed = client.get("/api/v1/alerts?level=low&level=medium").json()

    assert [one["title"] for one in everything["items"]] == ["Great", "Small"]
    assert everything["items"][0]["level"] == "critical"
    assert (narrowed["total"], narrowed["items"][0]["title"]) == (1, "Small")
    assert client.get("/api/v1/alerts?page=2").json()["items"] == []


def test_one_alert_is_told_as_a_sentence_with_its_events(client, trust):
    alert = AlertFactory(organisation=trust)
    AlertEventFactory(alert=alert)

    shown = client.get(f"/api/v1/alerts/{alert.pk}").json()

    assert shown["sentence"] == "powershell.exe was started by WINWORD.EXE on WS-0417."
    assert shown["events"][0]["fields"]["ParentImage"] == r"C:\Office\WINWORD.EXE"


def test_an_alert_is_exported_as_a_detection_finding(client, trust):
    alert = AlertFactory(organisation=trust, state="acknowledged", count=7)
    AlertEventFactory(alert=alert)

    finding = client.get(f"/api/v1/alerts/{alert.pk}/ocsf").json()

    assert (finding["class_uid"], finding["count"], finding["status_id"]) == (2004, 7, 2)
    assert finding["finding_info"]["uid"] == str(alert.pk)
    assert finding["device"]["org"]["uid"] == "FM1"


def test_an_alert_is_handled_from_acknowledging_to_reopening(client, lead, trust):
    path = f"/alerts/{AlertFactory(organisation=trust).pk}"

    assert post(client, f"{path}/acknowledge").json()["assignee"] == lead.email
    assert post(client, f"{path}/notes", {"note": "Looked"}).status_code == 200
    assert post(client, f"{path}/assign", {"assignee": None}).json()["assignee"] is None
    assert post(client, f"{path}/assign", {"assignee": lead.email}).json()["assignee"] == lead.email
    assert post(client, f"{path}/close", {"reason": "expected"}).json()["closed_reason"] == "expected"
    assert post(client, f"{path}/acknowledge").json()["advice"].startswith("Look at the alert again")
    assert post(client, f"{path}/reopen").json()["state"] == "open"


def test_a_wrong_request_says_what_is_wrong(client, trust):
    path = f"/alerts/{AlertFactory(organisation=trust).pk}"

    assert post(client, f"{path}/close", {"reason": "bored"}).status_code == 422
    assert post(client, f"{path}/assign", {"assignee": "nobody@watchward.example"}).status_code == 400
    assert client.get("/api/v1/alerts?state=odd").status_code == 422


def test_an_alert_elsewhere_is_not_found_and_cannot_be_handled(client):
    path = f"/alerts/{AlertFactory().pk}"

    answers = [client.get(f"/api/v1{path}"), post(client, f"{path}/acknowledge"), post(client, f"{path}/reopen")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_rules_are_listed_and_described_to_those_who_may_see_alerts(client):
    rule = RuleFactory(title="Odd thing")

    assert client.get("/api/v1/rules?text=odd").json()["items"][0]["id"] == rule.pk
    assert client.get(f"/api/v1/rules/{rule.pk}").json()["description"] == rule.description
    assert client.get("/api/v1/rules/none").status_code == 404


def test_someone_who_may_not_see_alerts_sees_neither_alerts_nor_rules(client):
    client.force_login(PostFactory(role=BOARD_MEMBER.key).user)
    RuleFactory()

    assert client.get("/api/v1/rules").json()["total"] == 0
    assert client.get("/api/v1/alerts").json()["total"] == 0


def test_a_hunt_is_recorded_with_its_purpose_before_it_is_answered(client):
    answer = post(client, "/hunt", {"sql": "SELECT count(*) AS events FROM events", "purpose": "To see"})
    refused = post(client, "/hunt", {"sql": "DROP TABLE events", "purpose": "To try"})

    assert (answer.json()["columns"], answer.json()["rows"]) == (["events"], [[0]])
    assert refused.status_code == 400
    assert "one SELECT statement" in refused.json()["error"]
    assert AuditEntry.objects.filter(event="hunt.run").count() == 2


def test_a_person_may_have_so_many_hunts_under_way_and_the_page_and_the_api_say_so(client, lead):
    asked = {"sql": "SELECT 1 AS one", "purpose": "To see"}
    with hunting.PACE.turn(lead.pk), hunting.PACE.turn(lead.pk):
        answers = [post(client, "/hunt", asked), client.post("/hunt/", asked)]

    assert [answer.status_code for answer in answers] == [429, 429]
    assert [answer.headers["Retry-After"] for answer in answers] == ["1", "1"]
    assert answers[0].json()["error"] == "You have 2 hunts under way, and may not have more at once."
    assert "Wait until one of them has answered" in answers[1].content.decode()
    assert not AuditEntry.objects.filter(event="hunt.run").exists()
    assert post(client, "/hunt", asked).status_code == 200


def test_a_person_may_start_so_many_hunts_in_a_minute_and_others_as_many(lead):
    # Twice as many and one more, because a minute may end meanwhile.
    begun = [_begins(lead.pk) for _ in range(2 * hunting.PACE.a_minute + 1)]

    assert all(begun[: hunting.PACE.a_minute])
    assert not all(begun)
    assert _begins(lead.pk + 1)


def test_nhs_numbers_are_hidden_from_those_who_look_from_above(client):
    region = OrganisationFactory(kind=OrganisationKind.REGION)
    alert = AlertFactory(organisation=OrganisationFactory(parent=region))
    AlertEventFactory(alert=alert, fields={"CommandLine": "find 9434765919"})
    client.force_login(PostFactory(role=NATIONAL_ANALYST.key, organisation=region).user)

    answers = [
        client.get(f"/api/v1/alerts/{alert.pk}"),
        post(client, "/hunt", {"sql": "SELECT '943 476 5919' AS a, 9434765919 AS b", "purpose": "To see"}),
    ]

    assert all("9434765919" not in answer.content.decode() for answer in answers)
    assert answers[1].json()["rows"] == [["[NHS number hidden]", "[NHS number hidden]"]]


def test_the_api_describes_itself(client):
    described = client.get("/api/v1/openapi.json").json()

    assert "/api/v1/alerts/{key}/close" in described["paths"]
    assert all(operation.get("summary") for path in described["paths"].values() for operation in path.values())
