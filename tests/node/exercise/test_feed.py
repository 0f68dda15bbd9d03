import asyncio
import base64
import itertools
import json
from datetime import UTC, datetime

import httpx
import pytest

from watchward.node.exercise.benign import Everyday
from watchward.node.exercise.feed import Feed, until_answered
from watchward.node.exercise.keys import Key
from watchward.node.exercise.moment import microseconds
from watchward.node.exercise.sector import SIZES, Sector
from watchward.node.exercise.stories import Stage, all_stories

START = microseconds(datetime(2026, 3, 2, 10, tzinfo=UTC))
SECTOR = Sector(SIZES["small"])
KEYS = {
    site.record.code: Key(
        organisation=site.record.code, source=f"src-{site.record.code}", key_id="id", secret=site.label
    )
    for site in SECTOR.sites()
}


class Book:
    def __init__(self):
        self.lines = []

    def write(self, *lines):
        self.lines += lines


class Gateway:
    """A gateway that answers its first requests as a test says, and then takes everything."""

    def __init__(self, *moods):
        self.moods = list(moods)
        self.taken = []
        self.asked = 0

    async def __call__(self, request):
        self.asked += 1
        lines = request.content.decode().splitlines()
        names = [json.loads(line)["create"]["_id"] for line in lines[::2]]
        mood = self.moods.pop(0) if self.moods else None
        if isinstance(mood, int):
            return httpx.Response(mood, headers={"Retry-After": "0"}, json={"error": "no"})
        if mood == "silent":
            raise httpx.ReadTimeout("nothing came")
        statuses = [429 if mood == "half" and number % 2 else 201 for number in range(len(names))]
        secret = base64.b64decode(request.headers["Authorization"].split()[1]).decode().split(":")[1]
        self.taken += [(secret, name) for name, status in zip(names, statuses, strict=True) if status == 201]
        items = [{"create": {"_id": name, "status": status}} for name, status in zip(names, statuses, strict=True)]
        return httpx.Response(200, json={"errors": 429 in statuses, "items": items})


def everyday(count):
    return itertools.islice(Everyday(SECTOR, seed=1).stream(START, 100.0), count)


def feed_into(gateway, events):
    book = Book()

    async def play():
        async with httpx.AsyncClient(transport=httpx.MockTransport(gateway), base_url="https://gateway.test") as client:
            feed = Feed(client=client, keys=KEYS, book=book, run="r", now=lambda: START / 1e6 + 10**7)
            await feed.send(events)
            return feed.counts

    return asyncio.run(play()), book


def test_every_event_is_sent_once_with_the_key_of_its_organisation():
    gateway = Gateway()
    expected = [event.site.label for event in everyday(1_200)]

    counts, _ = feed_into(gateway, everyday(1_200))

    assert sorted(secret for secret, _ in gateway.taken) == sorted(expected)
    assert len({name for _, name in gateway.taken}) == 1_200
    assert (counts.accepted, counts.refused, counts.retries) == (1_200, 0, 0)


@pytest.mark.parametrize("moods", [(429,), (503, 429), ("silent",), ("half",)], ids=str)
def test_what_was_not_acknowledged_is_sent_again_under_the_same_name(moods):
    gateway = Gateway(*moods)

    counts, _ = feed_into(gateway, everyday(300))

    assert len(gateway.taken) == len(set(gateway.taken)) == counts.accepted == 300
    assert counts.retries >= 1


def test_a_key_that_the_node_refuses_is_counted_and_the_rest_goes_on():
    gateway = Gateway(401)

    counts, _ = feed_into(gateway, everyday(300))

    assert counts.refused > 0
    assert counts.accepted + counts.refused == 300


def test_acknowledged_attacks_are_written_down_and_everyday_events_counted():
    attacks = all_stories()["worm"].perform(SECTOR, Stage(start=START, speed=1000))
    events = sorted([*attacks, *everyday(200)], key=lambda event: event.at)

    _, book = feed_into(Gateway(), iter(events))

    written = [line.attack for line in book.lines if line.attack]
    assert sorted(attack.document for attack in written) == sorted(event.document for event in attacks)
    assert sum(line.everyday.events for line in book.lines if line.everyday) == 200


def test_a_gateway_that_starts_late_is_waited_for():
    answers = iter([httpx.ConnectError("refused"), httpx.Response(200, json={})])

    async def gateway(_request):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def wait():
        async with httpx.AsyncClient(transport=httpx.MockTransport(gateway), base_url="https://gateway.test") as client:
            await until_answered(client, KEYS["X-T1"])

    asyncio.run(wait())
    assert next(answers, None) is None


def test_a_feed_that_is_stopped_leaves_no_request_under_way():
    asked, ended, begun = [], [], asyncio.Event()

    async def gateway(request):
        asked.append(request)
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(request)

    async def play():
        async with httpx.AsyncClient(transport=httpx.MockTransport(gateway), base_url="https://gateway.test") as client:
            feed = Feed(client=client, keys=KEYS, book=Book(), run="r", now=lambda: START / 1e6 + 10**7)
            sending = asyncio.create_task(feed.send(everyday(300)))
            await begun.wait()
            sending.cancel()
            await feed.give_up()
            return list(ended)

    assert sorted(map(id, asyncio.run(play()))) == sorted(map(id, asked))
