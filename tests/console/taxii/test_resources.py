"""What the server says of itself, and to whom."""

import pytest

from console.factories import OrganisationFactory
from console.intel.factories import NODE, a_clock, a_collection, a_key, add, an_indicator, share
from console.taxii.ask import Asker, basic
from watchward.console.config import current, use
from watchward.console.intel import actions
from watchward.console.intel.models import Client

TAXII = "application/taxii+json;version=2.1"


def test_discovery_names_the_roots_in_which_the_client_has_something(asker):
    said = asker.get("/").json

    assert said["title"] == "Watchward"
    assert said["api_roots"] == [said["default"]]
    assert said["default"].endswith("/taxii2/intelligence/")


def test_a_client_that_may_do_nothing_finds_nothing(collection):
    nobody = Asker(a_key(organisation=OrganisationFactory()))

    assert "api_roots" not in nobody.get("/").json
    assert nobody.get("/intelligence/").status == 404
    assert nobody.get(f"/intelligence/collections/{collection.pk}/objects/").status == 404


def test_a_root_says_its_version_and_how_much_it_takes(asker):
    said = asker.get("/intelligence/").json

    assert said["versions"] == [TAXII]
    assert said["max_content_length"] == 32 << 20


def test_collections_say_what_the_client_may_do(collection):
    reader = Asker(a_key(collection, write=False))

    (said,) = reader.get("/intelligence/collections/").json["collections"]

    assert said == {
        "id": str(collection.pk),
        "title": "Shared indicators",
        "description": "What the sector shares",
        "alias": "shared",
        "can_read": True,
        "can_write": False,
        "media_types": ["application/stix+json;version=2.1"],
    }
    assert reader.get(f"/intelligence/collections/{collection.pk}/").json == said
    assert reader.get("/intelligence/collections/shared/").json == said


def test_addresses_answer_with_and_without_their_last_stroke(asker, at):
    assert asker.get(at.rstrip("/")).json == asker.get(at).json


@pytest.mark.parametrize(
    "accept",
    [None, "*/*", "application/*", "application/taxii+json", TAXII, "application/taxii+json; version=2.1",
     'application/taxii+json;version="2.1"', "text/html, application/taxii+json;q=0.5"],
)  # fmt: skip
def test_whoever_takes_taxii_is_answered(asker, accept):
    assert asker.get("/", accept=accept).status == 200


@pytest.mark.parametrize(
    "accept",
    ["application/json", "application/taxii+json;version=2.0", "application/vnd.oasis.taxii+json", "text/html",
     "application/taxii+json;q=0"],
)  # fmt: skip
def test_whoever_takes_something_else_is_told_what_there_is(asker, accept):
    told = asker.get("/", accept=accept)

    assert told.status == 406
    assert (told.json["http_status"], TAXII in told.json["title"]) == ("406", True)


@pytest.mark.parametrize(
    "shown",
    [
        None,
        "",
        "Bearer abc",
        "Basic",
        "Basic !!!",
        basic("nobody", "secret"),
        basic("no\0body", "x"),
        basic("x" * 41, "x"),
        "Basic bm9jb2xvbg==",
        "Basic /w==",
    ],
)
def test_a_stranger_is_challenged(asker, shown):
    told = asker.get("/", authorization=shown)

    assert told.status == 401
    assert told.headers["WWW-Authenticate"].startswith("Basic realm=")


def test_another_secret_is_refused_and_a_withdrawn_key_at_once(collection):
    key = a_key(collection)
    assert Asker(key).get("/").status == 200
    assert Asker(None).get("/", authorization=basic(key.client.key_id, key.secret + "x")).status == 401

    actions.withdraw_client(by=NODE, client=key.client, clock=a_clock())

    assert Asker(key).get("/").status == 401


def test_a_secret_is_not_kept(collection):
    key = a_key(collection)
    stored = Client.objects.values().get(pk=key.client.pk)

    assert len(key.secret) >= 43
    assert key.secret not in str(stored)
    assert key.secret not in repr(key)


def test_when_a_client_came_is_remembered(asker):
    asker.get("/")

    assert Client.objects.get().used_at is not None


def test_reading_and_writing_are_told_apart_from_not_being_there(collection):
    reader = Asker(a_key(collection, write=False))
    share(collection, (other := OrganisationFactory()), read=False, write=True)
    writer = Asker(a_key(collection, organisation=other))
    objects = f"/intelligence/collections/{collection.pk}/objects/"

    assert reader.post(objects, b'{"objects": []}').status == 403
    assert writer.get(objects).status == 403
    assert writer.get(f"/intelligence/collections/{collection.pk}/").json["can_read"] is False
    assert reader.get("/intelligence/collections/7e4a1c9e-0000-4000-8000-000000000000/objects/").status == 404
    assert reader.get("/elsewhere/collections/").status == 404
    assert reader.get("/intelligence/collections/no-such/").status == 404
    assert reader.get("/intelligence/nothing/").status == 404


def test_what_a_grant_gave_ends_with_it():
    nation, trust = a_collection(OrganisationFactory(code="NAT")), OrganisationFactory(code="AA1")
    add(nation, an_indicator())
    asker = Asker(a_key(nation, organisation=trust))
    assert asker.get("/intelligence/").status == 404

    share(nation, None)
    assert asker.get(f"/intelligence/collections/{nation.pk}/objects/").json["objects"]

    share(nation, None, read=False)
    assert asker.get(f"/intelligence/collections/{nation.pk}/objects/").status == 404


@pytest.mark.parametrize(("method", "allowed"), [("PUT", "GET, POST"), ("DELETE", "GET, POST")])
def test_a_method_that_is_not_taken_is_told_which_are(asker, at, method, allowed):
    told = asker.ask(method, at + "objects/")

    assert (told.status, told.headers["Allow"]) == (405, allowed)


def test_a_key_that_asks_too_often_is_told_when_to_ask_again_and_others_are_answered(asker, collection):
    other = Asker(a_key(collection))
    use(current().model_copy(update={"taxii_requests_a_minute": 2}))
    answers = [asker.get("/") for _ in range(6)]  # more than two minutes have room for
    assert {one.status for one in answers} == {200, 429}
    refused = next(one for one in answers if one.status == 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.json["title"] == "A key may ask 2 times a minute, and has."
    assert other.get("/").status == 200
