import json

import pytest

from console.factories import OrganisationFactory, PostFactory
from watchward.access.roles import BOARD_MEMBER
from watchward.console.access.models import User


@pytest.fixture
def organisation():
    return OrganisationFactory()


@pytest.fixture
def administrator(organisation, client):
    user = PostFactory(organisation=organisation).user
    client.force_login(user)
    return user


def _post(client, path, **body):
    return client.post(path, json.dumps(body), content_type="application/json")


@pytest.mark.usefixtures("administrator")
def test_people_are_listed_with_their_roles(client, organisation):
    person = PostFactory(organisation=organisation, role=BOARD_MEMBER.key).user
    found = {each["id"]: each for each in client.get("/api/v1/people").json()["items"]}

    assert found[person.pk]["state"] == "active"
    assert [(role["role"], role["organisation"]) for role in found[person.pk]["roles"]] == [
        ("board_member", organisation.code)
    ]


@pytest.mark.usefixtures("administrator")
def test_an_invitation_tells_its_link_once(client, organisation):
    body = {"email": "new@watchward.example", "name": "New", "role": "auditor", "organisation": organisation.code}
    told = _post(client, "/api/v1/people", **body).json()

    assert "/account/link/" in told["link"]
    assert User.objects.get(pk=told["person"]).email == "new@watchward.example"
    assert _post(client, "/api/v1/people", **body).json()["advice"].startswith("Open that person's page")


@pytest.mark.usefixtures("administrator")
def test_a_role_that_there_is_not_is_refused(client):
    assert _post(client, "/api/v1/people", email="x@watchward.example", name="X", role="king").status_code == 422


def test_the_audit_log_is_told_in_sentences_with_its_chain(client, administrator):
    entry = client.get("/api/v1/audit?event=session.begun").json()["items"][0]

    assert entry["told"] == f"{administrator.name} signed in."
    assert len(entry["digest"]) == len(entry["previous"]) == 64


def test_a_stranger_is_told_to_sign_in(client):
    assert client.get("/api/v1/people").status_code == 401
