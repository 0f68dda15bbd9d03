"""Killed processes, full disks, clocks that are set, nodes that share a home: nothing that was received is lost."""

import json
import os
import random
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from gateway.gateways import GatewayProcess, an_event, bulk_of, write_sources
from gateway.kills import Fell, Node, asked, projected, start_projector
from watchward.detect.correlate import reference
from watchward.detect.correlate.reference import Seen
from watchward.detect.sigma import rules
from watchward.lake import catalogue, journal
from watchward.lake.catalogue import Wanted
from watchward.node.home import Home

RULE = """
title: The test's mark
name: mark
id: 6f1c2a34-0000-4000-8000-000000000001
status: test
logsource: {product: windows}
detection:
    selection: {CommandLine|contains: the-mark}
    condition: selection
level: high
---
title: Many marks on one device
id: 6f1c2a34-0000-4000-8000-000000000002
correlation:
    type: event_count
    rules: mark
    group-by: Computer
    timespan: 2m
    condition: {gte: 3}
    generate: true
---
title: Different marks and a pause
id: 6f1c2a34-0000-4000-8000-000000000003
correlation: {type: value_count, rules: mark, timespan: 5s, condition: {field: CommandLine, lte: 2}, generate: true}
"""

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LAST = 999_999_999
"""The number of an event that happened long after all others: with it, everything before is certain."""

MARK = "6f1c2a34-0000-4000-8000-000000000001"

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
    """One event; those that come together happened anywhere in fifty minutes, which is within the lateness."""
    mark = " the-mark" if number % 10 == 0 else ""
    device = f"ward-{number // 10 % WARDS}.example"
    at = NOON + (timedelta(hours=4) if number == LAST else timedelta(seconds=number * 7 % 3000))
    return an_event(number, device=device, CommandLine=f"number {number}{mark}") | {"@timestamp": at.isoformat()}


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
    return asked(home, f"SELECT sum(count) FROM detect_alert WHERE rule_id = '{MARK}'")  # noqa: S608 - the test's own


def told(home: Home) -> Counter[tuple[str, int]]:
    """What the alerts of correlations say that is certain, each with how many events made it."""
    sql = (
        "SELECT replace(alert_id, '-', ''), count FROM detect_alertcorrelation JOIN detect_alert ON id = alert_id"
        " WHERE NOT provisional AND closed_reason <> 'withdrawn'"
    )
    with closing(sqlite3.connect(home.database)) as database:
        return Counter(database.execute(sql).fetchall())


def should_be_told(home: Home) -> Counter[tuple[str, int]]:
    """What the slow reference finds in the events that are kept."""
    table = catalogue.dataset(home.lake, Wanted()).to_table(
        columns=["event_id", "observed_at", "organisation", "Computer", "CommandLine"]
    )
    seen = [
        Seen(
            at=journal.microseconds(row["observed_at"]),
            event_id=row["event_id"].hex(),
            rule=MARK,
            organisation=row["organisation"],
            fields={"Computer": row["Computer"], "CommandLine": row["CommandLine"]},
        )
        for row in table.to_pylist()
        if "the-mark" in row["CommandLine"]
    ]
    correlations = rules.load([home.rules]).correlations
    return Counter((one.id.hex, one.events) for one in reference.findings(correlations, seen))


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
    with node.gateway.client() as client:
        assert not client.post("/_bulk", content=bulk_of([_numbered(LAST)]), timeout=20).json()["errors"]
    assert node.gateway.end() == 0
    acknowledged = sum((sender.acknowledged for sender in senders), Counter({LAST: 1}))
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
    alerts = asked(home, f"SELECT count(*) FROM detect_alert WHERE rule_id = '{MARK}'")  # noqa: S608 - the test's own
    assert alerts == WARDS, "an alert is there twice"
    expected = should_be_told(home)
    assert expected
    assert told(home) == expected, "a correlation misses an event, doubles one, or says what it should not"
    assert not asked(home, "SELECT count(*) FROM detect_alert WHERE provisional"), "something is still not certain"


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
