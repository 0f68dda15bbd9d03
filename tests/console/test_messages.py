"""Long messages: a server holds few at the same time, and waits for no slow sender."""

import asyncio

import pytest

from watchward.console.link import keys
from watchward.console.messages import RefusedError, Room

BODY = {"type": "http.request", "body": b"12345", "more_body": False}


class Sender:
    """Something that sends when it is told to."""

    def __init__(self):
        self.asked = False
        self.may = asyncio.Event()

    async def receive(self):
        self.asked = True
        await self.may.wait()
        return BODY


async def _send(room, sender, name, *, done=None, longest=10):
    async with room.body(sender.receive, senders=[name], longest=longest) as body:
        if done is not None:
            await done.wait()
        return body


async def _a_while():
    for _ in range(10):
        await asyncio.sleep(0)


def test_no_more_messages_are_read_than_there_is_room_for():
    async def asked():
        room, done, senders = Room(2, seconds=60), asyncio.Event(), [Sender() for _ in range(3)]
        sending = [asyncio.create_task(_send(room, one, n, done=done)) for n, one in enumerate(senders)]
        for one in senders:
            one.may.set()
        await _a_while()
        before = [one.asked for one in senders]
        done.set()
        return before, await asyncio.gather(*sending)

    before, bodies = asyncio.run(asked())

    assert before == [True, True, False]
    assert bodies == [b"12345"] * 3


def test_one_sender_takes_no_more_than_one_place():
    async def asked():
        room, senders = Room(2, seconds=60), [Sender() for _ in range(3)]
        sending = [
            asyncio.create_task(_send(room, one, name)) for one, name in zip(senders, ["a", "a", "b"], strict=True)
        ]
        await _a_while()
        before = [one.asked for one in senders]
        for one in senders:
            one.may.set()
        return before, await asyncio.gather(*sending)

    before, bodies = asyncio.run(asked())

    assert before == [True, False, True]
    assert bodies == [b"12345"] * 3


def test_of_one_sender_so_many_messages_wait_and_no_more_and_others_are_heard():
    async def asked():
        room, slow, quick = Room(2, seconds=60, waiting=2), Sender(), Sender()
        sending = [asyncio.create_task(_send(room, slow, "a")) for _ in range(2)]
        await _a_while()
        with pytest.raises(RefusedError, match="2 messages of the same sender wait already"):
            await _send(room, slow, "a")
        quick.may.set()
        heard = await _send(room, quick, "b")
        slow.may.set()
        await asyncio.gather(*sending)
        return heard, await _send(room, slow, "a")

    assert asyncio.run(asked()) == (b"12345", b"12345")


@pytest.mark.parametrize(
    ("seconds", "longest", "why"), [(0.01, 10, "took longer than"), (60, 4, "longer than 4 bytes")]
)
def test_what_is_slow_or_long_is_refused_and_its_place_is_free_again(seconds, longest, why):
    async def asked():
        room, slow = Room(1, seconds=seconds), Sender()
        if seconds == 60:
            slow.may.set()
        with pytest.raises(RefusedError, match=why):
            await _send(room, slow, "a", longest=longest)
        slow.may.set()
        return await _send(room, slow, "a")

    assert asyncio.run(asked()) == b"12345"


def test_a_long_message_of_a_node_that_nobody_knows_is_refused_unread(transactional_db):  # noqa: ARG001 - other threads
    from watchward.console.link.asgi import application  # noqa: PLC0415 - reads Django's settings

    told = []

    async def receive():
        pytest.fail("It was read.")

    async def send(message):
        told.append(message)

    to = keys.name_of(keys.own().present)
    headers = {"content-length": str(1 << 20), "watchward-node": "nobody", "watchward-to": to}
    scope = {
        "method": "POST",
        "path": "/v1/up",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(application(scope, receive, send))

    assert told[0]["status"] == 403
    assert b"knows no such child" in told[1]["body"]
