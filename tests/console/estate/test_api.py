import pytest

from console.estate.factories import DeviceFactory, SourceFactory
from console.factories import OrganisationFactory, PostFactory
from watchward.access.roles import ORGANISATION_CYBER_LEAD


@pytest.fixture
def lead(client):
    """The cyber lead of a trust, signed in."""
    post = PostFactory(role=ORGANISATION_CYBER_LEAD.key)
    client.force_login(post.user)
    return post


def test_organisations_devices_and_sources_are_listed_and_shown(client, lead):
    device, source = DeviceFactory(organisation=lead.organisation), SourceFactory(organisation=lead.organisation)

    assert client.get("/api/v1/organisations").json()["items"][0]["code"] == lead.organisation.code
    assert client.get(f"/api/v1/organisations/{lead.organisation.code}").json()["path"] == lead.organisation.path
    assert client.get("/api/v1/devices").json()["items"][0]["id"] == str(device.pk)
    assert client.get(f"/api/v1/devices/{device.pk}").json()["aliases"] == []
    assert client.get("/api/v1/sources").json()["total"] == 1
    assert client.get(f"/api/v1/sources/{source.pk}").json()["events"] == 0


@pytest.mark.usefixtures("lead")
def test_what_lies_elsewhere_is_not_found(client):
    elsewhere = OrganisationFactory()
    device, source = DeviceFactory(organisation=elsewhere), SourceFactory(organisation=elsewhere)

    for address in (f"organisations/{elsewhere.code}", f"devices/{device.pk}", f"sources/{source.pk}"):
        assert client.get(f"/api/v1/{address}").status_code == 404


def test_a_device_is_marked(client, lead):
    device = DeviceFactory(organisation=lead.organisation)

    answer = client.post(
        f"/api/v1/devices/{device.pk}/importance",
        {"importance": 4, "reason": "Runs theatre 2"},
        content_type="application/json",
    )

    assert (answer.status_code, answer.json()["importance"]) == (200, 4)


def test_a_source_is_added_rotated_disabled_and_its_key_withdrawn(client, lead):
    body = {"organisation": lead.organisation.code, "name": "Collector", "shipper": "filebeat"}
    made = client.post("/api/v1/sources", body, content_type="application/json").json()
    source = f"/api/v1/sources/{made['source']}"

    assert made["secret"] in made["configuration"]
    assert client.post(f"{source}/rotate").json()["key_id"] != made["key_id"]
    assert client.post(f"{source}/keys/{made['key_id']}/withdraw").status_code == 200
    assert client.post(f"{source}/disable").json()["enabled"] is False
    assert client.post(f"{source}/enable").json()["enabled"] is True


def test_a_stranger_is_refused(client):
    assert client.get("/api/v1/organisations").status_code == 401
