"""What holds for the whole REST API: how it says what is wrong, how much it takes, and what it says of itself."""

import json

import pytest
from django.core.cache import cache
from django.test import Client

from console.factories import OrganisationFactory, PostFactory
from watchward.access.roles import AUDITOR, NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD
from watchward.base.clock import SystemClock
from watchward.console.config import current, use
from watchward.console.tokens import actions


@pytest.fixture
def lead():
    return PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=OrganisationFactory(code="FM1")).user


@pytest.fixture
def client(client, lead):
    client.force_login(lead)
    return client


@pytest.fixture
def described(client):
    return client.get("/api/v1/openapi.json").json()


def _post(client, path, body):
    return client.post(path, body, content_type="application/json")


@pytest.mark.parametrize(
    ("status", "ask"),
    [
        (400, lambda client: _post(client, "/api/v1/reports", '{"organisation": ')),
        (400, lambda client: _post(client, "/api/v1/reports", {"organisation": "FM1", "what": "a\0b"})),
        (400, lambda client: client.get("/api/v1/devices?text=%00")),
        (400, lambda client: _post(client, "/api/v1/hunt", {"sql": "DROP TABLE events", "purpose": "To try"})),
        (400, lambda client: _post(client, "/api/v1/hunt", "x" * 3_000_000)),
        (400, lambda client: client.get("/api/v1/alerts", headers={"Host": "evil.example"})),
        (401, lambda _: Client().get("/api/v1/alerts")),
        (401, lambda _: Client().get("/api/v1/alerts", headers={"Authorization": "Bearer ww_wrong"})),
        (403, lambda client: client.get("/api/v1/node")),
        (404, lambda client: client.get("/api/v1/incidents/999")),
        (404, lambda client: client.get("/api/v1/no-such-thing")),
        (404, lambda client: client.get("/api/v1/")),
        (404, lambda client: client.get("/api/v2/alerts")),
        (405, lambda client: client.delete("/api/v1/alerts")),
        (422, lambda client: client.get("/api/v1/alerts?page=0")),
        (422, lambda client: client.get("/api/v1/alerts/not-a-uuid")),
        (422, lambda client: _post(client, "/api/v1/reports", {"what": "Odd"})),
    ],
)
def test_every_error_says_what_is_wrong_and_what_to_do(client, status, ask):
    answer = ask(client)

    assert (answer.status_code, set(answer.json())) == (status, {"error", "advice"})
    assert all(answer.json().values())


def test_what_cannot_be_used_is_named(client):
    answer = _post(client, "/api/v1/reports", {"what": "Odd"})

    assert answer.json()["error"] == "What you sent cannot be used: body.organisation: Field required."


def test_a_browsers_change_without_the_pages_token_is_refused(lead):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(lead)

    answer = _post(careful, "/api/v1/reports", {"organisation": "FM1", "what": "Odd"})

    assert answer.status_code == 403
    assert "X-CSRFToken" in answer.json()["advice"]


def test_a_fault_of_ours_is_told_as_an_error_too(client, settings):
    settings.WATCHWARD = None
    client.raise_request_exception = False

    answer = client.get("/api/v1/tokens")

    assert (answer.status_code, set(answer.json())) == (500, {"error", "advice"})


@pytest.fixture
def _three_a_minute():
    before = current()
    cache.clear()
    use(before.model_copy(update={"api_requests_a_minute": 3}))
    yield
    use(before)
    cache.clear()


@pytest.mark.usefixtures("_three_a_minute")
def test_an_account_may_ask_so_often_in_a_minute_by_all_its_tokens_together(lead):
    made = [actions.make_token(by=lead, name=name, days=1, clock=SystemClock()).secret for name in "ab"]
    other = PostFactory(role=ORGANISATION_CYBER_LEAD.key).user

    # Twice as many and one more, because a minute may end meanwhile.
    asked = [Client().get("/api/v1/tokens", headers={"Authorization": f"Bearer {made[n % 2]}"}) for n in range(7)]
    refused = [answer for answer in asked if answer.status_code == 429]
    elsewhere = Client()
    elsewhere.force_login(other)

    assert [answer.status_code for answer in asked[:3]] == [200, 200, 200]
    assert refused
    assert set(refused[0].json()) == {"error", "advice"}
    assert 0 < int(refused[0].headers["Retry-After"]) <= 60
    assert elsewhere.get("/api/v1/tokens").status_code == 200


def test_every_request_says_how_its_errors_look(described):
    operations = [one for path in described["paths"].values() for one in path.values()]

    assert len(operations) > 60
    for operation in operations:
        assert operation["summary"]
        assert "4XX" in operation["responses"]


def _lists(described):
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            text = json.dumps(operation.get("responses", {}).get("200", {}))
            if method == "get" and ('"array"' in text or _holds_items(described, text)):
                yield path, operation


def _holds_items(described, text):
    return any(
        f'"#/components/schemas/{name}"' in text and "items" in shape.get("properties", {})
        for name, shape in described["components"]["schemas"].items()
    )


def test_every_list_says_how_long_a_page_is_or_how_long_it_gets(described):
    """A list that is paged says so at `page`; one that is not says its bound in its own description."""
    for path, operation in _lists(described):
        page = next((one for one in operation.get("parameters", []) if one["name"] == "page"), None)
        said = json.dumps(page) if page else operation["description"]

        assert any(letter.isdigit() for letter in said) or "ten" in said, f"{path} does not say how long it gets"


@pytest.mark.parametrize(
    "path", ["alerts", "audit", "devices", "incidents", "notices", "organisations", "people", "rules", "sources"]
)
def test_a_list_ends_and_does_not_begin_again(client, path):
    everything = PostFactory(organisation=None).user
    for role in (AUDITOR, NATIONAL_ANALYST):
        PostFactory(user=everything, role=role.key, organisation=None)
    client.force_login(everything)

    assert client.get(f"/api/v1/{path}?page=99999").json()["items"] == []
    assert client.get(f"/api/v1/{path}?page=100001").status_code == 422
