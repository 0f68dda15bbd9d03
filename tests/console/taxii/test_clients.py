"""Real clients, unmodified, over HTTP: the standard's own library, and the requests of two well-known products."""

import gzip
import json
import socket
import threading
import time

import httpx
import pytest
import requests
import uvicorn
from taxii2client.v21 import Collection, Server, as_pages

from console.intel.factories import a_collection, a_key, add, an_indicator, envelope
from watchward.console.config import current, use
from watchward.console.intel.models import Object

TAXII = "application/taxii+json;version=2.1"


@pytest.fixture(scope="module")
def _port():
    from watchward.console.asgi import application  # noqa: PLC0415 - reads Django's settings

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application, lifespan="off", log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture
def here(_port, transactional_db):  # noqa: ARG001 - the server's threads see only what is committed
    """Where the server is."""
    before = current()
    use(before.model_copy(update={"public_url": f"http://127.0.0.1:{_port}"}))
    yield f"http://127.0.0.1:{_port}/taxii2/"
    use(before)


@pytest.fixture
def shared(here):  # noqa: ARG001
    """A collection, and a key for it."""
    collection = a_collection(title="Shared", alias="shared")
    return collection, a_key(collection)


@pytest.fixture
def server(here, shared):
    _, key = shared
    with Server(here, user=key.client.key_id, password=key.secret) as server:
        yield server


def fill(collection, count):
    add(collection, *(an_indicator(f"198.51.{n // 250}.{n % 250}") for n in range(count)))


def test_taxii2_client_finds_its_way_from_discovery(server):
    (root,) = server.api_roots
    (collection,) = root.collections

    assert (server.title, server.default.url) == ("Watchward", root.url)
    assert root.max_content_length == 32 << 20
    assert (collection.title, collection.can_read, collection.can_write) == ("Shared", True, True)


@pytest.mark.parametrize("per_request", [0, 1, 7, 100])
def test_taxii2_client_pages_through_everything(server, shared, per_request):
    fill(shared[0], 30)
    collection = server.api_roots[0].collections[0]

    found = [one["id"] for page in as_pages(collection.get_objects, per_request=per_request) for one in page["objects"]]
    listed = [
        one["id"] for page in as_pages(collection.get_manifest, per_request=per_request) for one in page["objects"]
    ]

    assert found == listed == list(Object.objects.order_by("added").values_list("stix_id", flat=True))


def test_taxii2_client_sends_asks_what_became_of_it_and_takes_it_out(server):
    root = server.api_roots[0]
    collection = root.collections[0]
    later = an_indicator(modified="2026-02-05T00:00:00.000Z", name="Later")

    status = collection.add_objects({"objects": [an_indicator(), later, {"id": "indicator--x", "type": "indicator"}]})
    identifier = later["id"]

    assert (status.status, status.success_count, status.failure_count) == ("complete", 2, 1)
    assert root.get_status(status.id).failures == status.failures
    assert collection.get_object(identifier)["objects"] == [later]
    assert collection.get_object(identifier, version="first")["objects"] == [an_indicator()]
    assert len(collection.object_versions(identifier)["versions"]) == 2
    collection.delete_object(identifier, version=later["modified"])
    assert collection.get_object(identifier)["objects"] == [an_indicator()]
    collection.delete_object(identifier)
    with pytest.raises(requests.HTTPError, match="404"):
        collection.get_object(identifier)


def test_taxii2_client_with_filters(server, shared):
    fill(shared[0], 5)
    collection = server.api_roots[0].collections[0]
    objects = collection.get_objects()["objects"]

    assert collection.get_objects(id=[objects[1]["id"], objects[3]["id"]])["objects"] == [objects[1], objects[3]]
    assert collection.get_objects(type="malware") == {"more": False}
    assert collection.get_objects(added_after="2026-03-01T08:00:00Z", limit=2)["more"] is True


def test_taxii2_client_is_refused_without_its_secret(here, shared):
    with pytest.raises(requests.HTTPError, match="401"):
        _ = Server(here, user=shared[1].client.key_id, password="guessed").title


def test_a_push_in_slices_as_misps_converter_does_it(here, shared):
    """It joins texts of objects into envelopes by hand, as large as the root allows, and asks for each status."""
    collection, key = shared
    address = f"{here}intelligence/collections/{collection.pk}/"
    client = Collection(address, user=key.client.key_id, password=key.secret)
    texts = [json.dumps(an_indicator(f"198.51.100.{n}")).encode() for n in range(12)]

    statuses = [
        client.add_objects(b'{"objects":[' + b",".join(texts[start : start + 5]) + b"]}", wait_for_completion=False)
        for start in range(0, 12, 5)
    ]

    assert [one.success_count for one in statuses] == [5, 5, 2]
    assert [bytes(one.raw) for one in Object.objects.order_by("added")] == texts


def test_a_poll_as_openctis_ingestion_does_it(here, shared):
    """It asks without the last stroke's knowledge of roots, goes on by `next`, and then by the last date added."""
    collection, key = shared
    fill(collection, 25)
    headers = {"Accept": TAXII}
    found, cursor, after = [], None, "2026-01-01T00:00:00.000Z"
    with httpx.Client(auth=(key.client.key_id, key.secret), headers=headers) as http:
        for _ in range(4):
            query = {"added_after": after, **({"next": cursor} if cursor else {}), "limit": "10"}
            answer = http.get(f"{here}intelligence/collections/{collection.pk}/objects", params=query)
            said = answer.json()
            found += said.get("objects", [])
            cursor = said.get("next") if said["more"] else None
            after = after if cursor else answer.headers.get("x-taxii-date-added-last", after)

    assert len(found) == len({one["id"] for one in found}) == 25


def test_an_answer_is_packed_for_whoever_asks_and_for_nobody_else(here, shared):
    collection, key = shared
    fill(collection, 30)
    address = f"{here}intelligence/collections/{collection.pk}/objects/"
    with httpx.Client(auth=(key.client.key_id, key.secret), headers={"Accept": TAXII}) as http:
        plain = http.get(address, headers={"Accept-Encoding": "identity"})
        with http.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as packed:
            raw = b"".join(packed.iter_raw())

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content) / 4


def test_a_body_that_grows_too_long_is_refused_while_it_comes(here, shared):
    collection, key = shared

    def endless():
        for _ in range(34):
            yield b" " * (1 << 20)

    with httpx.Client(auth=(key.client.key_id, key.secret)) as http:
        answer = http.post(
            f"{here}intelligence/collections/{collection.pk}/objects/",
            content=endless(),
            headers={"Accept": TAXII, "Content-Type": TAXII},
        )

    assert answer.status_code == 413
    assert answer.headers["content-type"] == TAXII


def _write(address, auth, number):
    with httpx.Client(auth=auth, headers={"Accept": TAXII, "Content-Type": TAXII}, timeout=60) as http:
        for step in range(4):
            objects = [an_indicator(f"10.{number}.{step}.{n}") for n in range(10)]
            assert http.post(address, content=envelope(*objects)).status_code == 202


def _read(address, auth, into, done):
    """Follow `next`, and where there is none the last date added, until there is nothing new after all was written."""
    query = {"limit": "7"}
    with httpx.Client(auth=auth, headers={"Accept": TAXII}, timeout=60) as http:
        while True:
            last = done.is_set()
            answer = http.get(address, params=query)
            said = answer.json()
            into += [one["id"] for one in said.get("objects", [])]
            if said["more"]:
                query = {"limit": "7", "next": said["next"]}
            elif "objects" in said:
                query = {"limit": "7", "added_after": answer.headers["x-taxii-date-added-last"]}
            elif last:
                return


def test_many_clients_at_once_lose_nothing_and_see_nothing_twice(here, shared):
    """Writers in parallel, and readers meanwhile: each object once, for every reader."""
    collection, key = shared
    address, auth = f"{here}intelligence/collections/{collection.pk}/objects/", (key.client.key_id, key.secret)
    seen: list[list[str]] = [[], []]
    done = threading.Event()
    writers = [threading.Thread(target=_write, args=(address, auth, number)) for number in range(3)]
    readers = [threading.Thread(target=_read, args=(address, auth, into, done)) for into in seen]

    for thread in [*writers, *readers]:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()

    expected = list(Object.objects.order_by("added").values_list("stix_id", flat=True))
    assert len(expected) == 120
    assert seen == [expected, expected]
