"""A control reads its own lists over HTTP, whole or not at all, and only where nothing changed it is told so."""

import asyncio
import base64
import gzip
import hashlib
from datetime import timedelta

import httpx
import pytest

from lists.builders import NOW, a_control, excepted, placed
from watchward.base.clock import HeldClock
from watchward.lists import seen as seen_file
from watchward.lists.controls import Controls, written
from watchward.lists.http import Door
from watchward.lists.published import append
from watchward.lists.rendering import Renderings
from watchward.lists.seen import Seen
from watchward.lists.state import Lists

SECRET = "s" * 43
DIGEST = hashlib.sha256(SECRET.encode()).hexdigest()
HERE = a_control(digests=(DIGEST,))
FIREWALL = a_control(
    "fw", organisation="RJ2", within=("RJ2",), digests=(DIGEST,), forms=("firewall",), addresses=("192.0.2.0/24",)
)
OFF = a_control("off", digests=(DIGEST,), enabled=False)


class Node:
    def __init__(self, folder):
        self.folder, self.clock = folder, HeldClock(at=NOW)
        (folder / "controls.json").write_bytes(written([HERE, FIREWALL, OFF]))
        controls = Controls(folder / "controls.json")
        self.lists = Lists(folder, controls, clock=self.clock)
        self.seen = Seen(folder)
        self.door = Door(
            lists=self.lists, controls=controls, renderings=Renderings(folder / "cache"), seen=self.seen,
            serial=lambda _: 7, clock=self.clock,
        )  # fmt: skip

    def append(self, **change):
        append(self.folder, **change)
        self.lists.refresh()

    def get(self, path, *, control="c1", secret=SECRET, address="192.0.2.1", method="GET", **headers):
        shown = base64.b64encode(f"{control}:{secret}".encode()).decode()
        headers = {"authorization": f"Basic {shown}", **{key.replace("_", "-"): one for key, one in headers.items()}}

        async def ask():
            transport = httpx.ASGITransport(app=self.door, client=(address, 1))
            async with httpx.AsyncClient(transport=transport, base_url="https://node") as client:
                return await client.request(method, path, headers=headers)

        return asyncio.run(ask())


@pytest.fixture
def node(tmp_path):
    return Node(tmp_path)


def test_a_control_reads_its_list_and_what_its_organisation_excepted_is_not_in_it(node):
    node.append(changed=[placed("evil.example"), placed("worse.example"), placed("canary.example", where=["RJ2"])])
    node.append(excepted=[excepted("worse.example", organisation="RJ1")])
    assert node.get("/lists/firewall/names").text == "evil.example\n"
    assert node.get("/lists/firewall/names", control="fw").text == "canary.example\nevil.example\nworse.example\n"
    index = node.get("/lists/", control="fw").json()
    assert {one["form"].partition("/")[0] for one in index["lists"]} == {"firewall", "explained"}


def test_a_list_is_read_again_only_when_it_changed(node):
    node.append(changed=[placed("evil.example")])
    first = node.get("/lists/squid/domains", accept_encoding="identity")
    assert "last-modified" not in first.headers
    assert node.get("/lists/squid/domains", if_none_match=first.headers["etag"]).status_code == 304
    node.append(changed=[placed("ab" * 16, "md5")])
    assert node.get("/lists/squid/domains", if_none_match=first.headers["etag"]).status_code == 304
    node.append(changed=[placed("worse.example")])
    second = node.get("/lists/squid/domains", if_none_match=f'"other", {first.headers["etag"]}')
    assert (second.status_code, second.text) == (200, ".evil.example\n.worse.example\n")
    assert second.headers["etag"] != first.headers["etag"]


def test_a_date_tells_whether_a_list_changed_and_two_changes_in_a_second_are_not_taken_for_one(node):
    node.append(changed=[placed("evil.example")])
    node.clock.advance(timedelta(seconds=2))
    dated = node.get("/lists/squid/domains").headers["last-modified"]
    assert node.get("/lists/squid/domains", if_modified_since=dated).status_code == 304
    node.append(changed=[placed("worse.example")])
    assert node.get("/lists/squid/domains", if_modified_since=dated).status_code == 200
    assert node.get("/lists/squid/domains", if_modified_since="nonsense").status_code == 200


def test_a_list_comes_compressed_to_whoever_reads_that(node):
    node.append(changed=[placed(f"n{number}.example") for number in range(300)])
    plain = node.get("/lists/stix", accept_encoding="identity")
    packed = node.get("/lists/stix", accept_encoding="br, gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content)
    assert packed.json() == plain.json()
    assert gzip.compress(plain.content)
    head = node.get("/lists/stix", method="HEAD", accept_encoding="identity")
    assert (head.content, head.headers["content-length"]) == (b"", str(len(plain.content)))


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"control": "nobody"}, 401),
        ({"secret": "wrong"}, 401),
        ({"control": "off"}, 401),
        ({"authorization": "Bearer é".encode()}, 401),
        ({"authorization": "Basic %%%"}, 401),
        ({"authorization": "Digest x"}, 401),
        ({"control": "fw", "address": "198.51.100.1"}, 403),
        ({"control": "fw", "path": "/lists/zeek"}, 403),
        ({"path": "/lists/nothing"}, 404),
        ({"path": "/zeek"}, 404),
        ({"method": "POST"}, 405),
    ],
)
def test_whoever_may_not_read_is_told_why(node, asked, status):
    refused = node.get(**{"path": "/lists/firewall/names", **asked})
    assert refused.status_code == status
    assert len(refused.text) > 10
    assert ("www-authenticate" in refused.headers) == (status == 401)


def test_a_bearer_shows_the_same_secret(node):
    assert node.get("/lists/zeek", authorization=f"Bearer c1.{SECRET}").status_code == 200


def test_what_a_control_read_is_kept_for_whoever_asks_which_would_block(node):
    node.append(changed=[placed("evil.example")])
    node.get("/lists/zeek")
    [reading] = node.seen.reads("c1").values()
    assert (reading.entries, reading.address, reading.edition, reading.at) == (1, "192.0.2.1", 1, NOW)

    def told(reads):
        standing = {name: seen_file.Standing(changed_at=NOW, blocks=1, reads=dict(one)) for name, one in reads.items()}
        return seen_file.Told(at=NOW, edition=1, controls=standing)

    node.seen.write(told, ["c1"])
    found = seen_file.read(node.folder)
    assert found.controls["c1"].holds_now
    assert Seen(node.folder).reads("c1") == {"zeek": reading}
    assert seen_file.read(node.folder / "none") is None
