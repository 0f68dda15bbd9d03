"""Killed processes, full disks, clocks that are set, nodes that share a home: nothing that was received is lost."""

import json
import os
import random
import subprocess
import threading
import time
from collections import Counter

import httpx
import pytest

from gateway.gateways import GatewayProcess, an_event, bulk_of, write_sources
from gateway.kills import Fell, Node, asked, projected, start_projector
from watchward.lake import catalogue, journal
from watchward.lake.catalogue import Wanted
from watchward.node.home import Home

RULE = """
title: The test's mark
id: 6f1c2a34-0000-4000-8000-000000000001
status: test
logsource: {product: windows}
detection:
    selection: {CommandLine|contains: the-mark}
    condition: selection
level: high
"""

WARDS = 7
TWINS = 0.06
"""The share of events of real recordings that are another's equal, byte for byte."""


class Sender(threading.Thread):
    """Sends numbered events without end, each request again until it is answered, and some again on purpose.

    Some events have no name and come twice, byte for byte: two things that happened, which must stay two.
    """

    def __init__(self, gateway: GatewayProcess, seed: int) -> None:
        super().__init__(daemon=True)
        self.gateway = gateway
        self.acknowledged: Counter[int] = Counter()
        self.stopping = threading.Event()
        self.chance = random.Random(seed)  # noqa: S311 - a test's own
        self.next = seed * 1_000_000

    def run(self) -> None:
        while not self.stopping.is_set():
            numbers = list(range(self.next, self.next + self.chance.randint(1, 40)))
            self.next = numbers[-1] + 1
            copies = {number: self._copies() for number in numbers}
            body = bulk_of([event for number in numbers for event in _happened(number, copies[number])])
            while not self._send(body):
                time.sleep(0.05)
            self.acknowledged.update(copies)
            if self.chance.random() < 0.3:
                self._send(body)

    def _copies(self) -> int:
        return 2 if self.chance.random() < TWINS else 1

    def _send(self, body: bytes) -> bool:
        try:
            with self.gateway.client() as client:
                answer = client.post("/_bulk", content=body, timeout=20)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200 and not answer.json()["errors"]


def _numbered(number: int) -> dict[str, object]:
    mark = " the-mark" if number % 10 == 0 else ""
    return an_event(number, device=f"ward-{number // 10 % WARDS}.example", CommandLine=f"number {number}{mark}")


def _happened(number: int, copies: int) -> list[dict[str, object]]:
    """What happened once has the name that its log gave it; twins have none."""
    if copies == 1:
        return [_numbered(number)]
    nameless = _numbered(number) | {"SourceName": "Microsoft-Windows-Sysmon"}
    for name in ("Channel", "RecordNumber", "EventRecordID"):
        del nameless[name]
    return [nameless] * copies


def kept(home: Home) -> Counter[int]:
    texts = catalogue.dataset(home.lake, Wanted()).to_table(columns=["CommandLine"])["CommandLine"].to_pylist()
    return Counter(int(text.split()[1]) for text in texts)


def matched(home: Home) -> Counter[int]:
    entries = [entry for _, entry in journal.read(home.journal)]
    return Counter(int(match.fields["CommandLine"].split()[1]) for entry in entries for match in entry.matches)


def alerted(home: Home) -> int | str:
    """How many events the alerts of the test's rule count, once the projector has read the whole journal."""
    projector = start_projector(home)
    last = journal.last_sequence(home.journal / "g1")
    deadline = time.monotonic() + 180
    while projected(home) < last and time.monotonic() < deadline:
        time.sleep(0.1)
    projector.terminate()
    assert projector.wait(timeout=60) == 0
    return asked(home, "SELECT sum(count) FROM detect_alert")


def kill_again_and_again(home: Home, *, kills: int, seed: int) -> Node:
    """Kill the gateway or the projector at chosen moments under load, then account for every event."""
    (home.rules / "mark.yml").write_text(RULE)
    node = Node(home=home, chance=random.Random(seed))  # noqa: S311 - a test's own
    senders = [Sender(node.gateway, number) for number in (1, 2, 3)]
    for sender in senders:
        sender.start()
    for _ in range(kills):
        node.kill_something()
    node.projector.kill()
    node.projector.wait()
    for sender in senders:
        sender.stopping.set()
    for sender in senders:
        sender.join(timeout=60)
    assert node.gateway.end() == 0
    acknowledged = sum((sender.acknowledged for sender in senders), Counter())
    account_for(acknowledged, home)
    print(f"{kills} kills; {acknowledged.total():,} events acknowledged; kills left: {dict(node.fell)}")  # noqa: T201 - a figure
    return node


def account_for(acknowledged: Counter[int], home: Home) -> None:
    """None missing, none more often than it happened, every alert once."""
    counts = kept(home)
    assert set(acknowledged.values()) == {1, 2}
    assert set(acknowledged) == set(counts), "an acknowledged event is missing, or one is there that nobody sent"
    assert acknowledged == counts, "an event is there too often, or one of two equal ones is missing"
    marks = matched(home)
    marked = {number: copies for number, copies in acknowledged.items() if number % 10 == 0}
    assert marks == marked, "a match is missing, or there too often"
    assert alerted(home) == marks.total(), "an alert misses an event, or counts one twice"
    assert asked(home, "SELECT count(*) FROM detect_alert") == WARDS, "an alert is there twice"


# A handshake that a kill cuts off leaves its socket to the collector of garbage: that is the client library's doing.
cut_handshakes = pytest.mark.filterwarnings("ignore:unclosed <ssl:ResourceWarning")


@cut_handshakes
def test_a_gateway_and_a_projector_killed_again_and_again_lose_and_double_nothing(home):
    kill_again_and_again(home, kills=20, seed=20)


@cut_handshakes
@pytest.mark.soak
def test_a_gateway_and_a_projector_killed_two_hundred_times_lose_and_double_nothing(home):
    node = kill_again_and_again(home, kills=200, seed=200)

    assert node.fell[Fell.BEFORE_THE_ENTRY]
    assert node.fell[Fell.BEFORE_PROJECTION]


def test_a_gateway_that_is_asked_to_end_answers_what_it_took(home):
    gateway = GatewayProcess(home=home)
    gateway.start()
    sender = Sender(gateway, seed=1)
    sender.start()
    while not sender.acknowledged:
        time.sleep(0.02)

    assert gateway.end() == 0

    sender.stopping.set()
    assert sender.acknowledged <= kept(home)


def test_a_second_gateway_on_the_same_home_says_what_is_wrong(gateway):
    second = GatewayProcess(home=gateway.home)
    second.start(wait=False)

    assert second.process is not None
    assert second.process.wait(timeout=60) == 3
    assert "already writes" in gateway.log
    assert str(gateway.process.pid) in gateway.log


def test_plain_text_beyond_the_machine_is_refused(home):
    careless = GatewayProcess(home=home, tls=False, settings={"WATCHWARD_GATEWAY_HOST": "0.0.0.0"})  # noqa: S104 - what is refused
    careless.start(wait=False)

    assert careless.process is not None
    assert careless.process.wait(timeout=60) == 3
    assert "plain text" in careless.log


@pytest.fixture
def small_disk(tmp_path):
    """A home on a disk of 24 MiB, which only root can make."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:  # noqa: S603 - the test's own
        pytest.skip("needs root, to mount a small disk")
    home = Home(folder / "home")
    write_sources(home, "ZZ1")
    yield home
    subprocess.run(["umount", str(folder)], check=True)  # noqa: S603, S607 - the test's own


def test_a_full_disk_is_said_so_and_loses_nothing(small_disk):
    gateway = GatewayProcess(home=small_disk)
    gateway.start()
    acknowledged: set[int] = set()
    refused = None
    with gateway.client() as client:
        for first in range(0, 10_000, 100):
            events = [
                an_event(n, CommandLine=f"number {n} {os.urandom(10_000).hex()}") for n in range(first, first + 100)
            ]
            answer = client.post("/_bulk", content=bulk_of(events))
            if answer.status_code != 200:
                refused = answer
                break
            acknowledged |= set(range(first, first + 100))
        assert refused is not None
        assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (503, True)
        assert client.get("/health").json()["status"] == "ok"
    gateway.kill()
    _make_room(small_disk)
    gateway.start()
    with gateway.client() as client:
        answer = client.post("/_bulk", content=bulk_of(events))
        assert answer.status_code == 200
    gateway.end()
    counts = kept(small_disk)
    assert acknowledged | set(range(first, first + 100)) == set(counts)
    assert set(counts.values()) == {1}


def _make_room(home: Home) -> None:
    subprocess.run(["mount", "-o", "remount,size=64m", str(home.path.parent)], check=True)  # noqa: S603, S607 - the test's own


def test_a_node_that_is_nearly_full_asks_senders_to_come_later(home):
    gateway = GatewayProcess(home=home, settings={"WATCHWARD_GATEWAY_FREE_MIB": str(1 << 40)})
    gateway.start()
    with gateway.client() as client:
        answer = client.post("/v1/events", content=json.dumps(an_event(1)))
    gateway.end()

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
