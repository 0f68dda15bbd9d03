"""Long messages of links: whoever holds the key of a child is heard, whatever strangers do who know its name."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from console.link.factories import PeerFactory
from watchward.console.link import asgi, keys
from watchward.console.link.http import DIGEST, NODE, SIGNATURE, TO
from watchward.link import wire
from watchward.link.signing import Purpose, digest, nonce, sign
from watchward.link.stream import Batch, Envelope, Position

PATIENCE = 60
LONG = 1 << 20
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def key():
    return Ed25519PrivateKey.generate()


@pytest.fixture
def child(key):
    return PeerFactory(key=keys.public(key))


def message():
    """A batch that is longer than what is read of anybody."""
    one = Envelope(kind="of_a_later_version", id="x", made_at="", body=b'"' + b"x" * 100_000 + b'"')
    said = wire.Said.of(Batch(after=Position(), envelopes=(one,)))
    return wire.written(wire.Up(nonce=nonce(), at=datetime.now(tz=UTC), said=said))


def headers(node, body=b"", *, key=None, **more):
    to = keys.name_of(keys.own().present)
    signature = sign(body, Purpose.UP, to=to, question="", key=key) if key else ""
    return {"content-length": str(len(body) or LONG), NODE: node, TO: to, SIGNATURE: signature, **more}


class Post:
    """One message as a server hears it; without a body it never comes."""

    def __init__(self, said, body=b"", *, by="192.0.2.1"):
        self._body, self.read, self.told = body, asyncio.Event(), []
        self._scope = {
            "method": "POST",
            "path": "/v1/up",
            "client": (by, 4_000),
            "headers": [(name.encode(), value.encode()) for name, value in said.items()],
        }

    async def receive(self):
        self.read.set()
        if not self._body:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def answered(self):
        async def send(part):
            self.told.append(part)

        await asgi.application(self._scope, self.receive, send)
        return self.told[0]["status"]


async def _beside(held, *, waiting=(), post):
    """What a message is answered while others are held, and how many are read meanwhile of those that wait."""
    sending = []
    try:
        async with asyncio.timeout(PATIENCE):
            for several in (held, waiting):
                sending += [asyncio.create_task(one.answered()) for one in several]
                await asyncio.gather(*(one.read.wait() for one in held))
            return await post.answered(), sum(one.read.is_set() for one in waiting)
    finally:
        for one in sending:
            one.cancel()
            with suppress(asyncio.CancelledError):
                await one


def signed(child, key, *, by="192.0.2.1"):
    body = message()
    return Post(headers(child.node, body, key=key, **{DIGEST: digest(body)}), body, by=by)


def test_a_child_is_heard_whatever_strangers_hold_who_know_the_names_of_children(child, key):
    held = [Post(headers(PeerFactory().node), by=f"203.0.{n}.1") for n in range(3)]
    held.append(Post(headers(child.node), by="203.0.113.1"))
    waiting = [Post(headers(PeerFactory().node), by=f"198.51.{n}.1") for n in range(12)]

    assert asyncio.run(_beside(held, waiting=waiting, post=signed(child, key))) == (200, 0)


def test_of_those_without_a_signed_head_one_is_read_of_each_name_and_each_neighbourhood(child, key):
    held, other = Post(headers(child.node), by="192.0.2.1"), PeerFactory().node
    waiting = [
        Post(headers(child.node), by="198.51.100.1"),
        Post(headers(child.node), by="2001:db8:1::1"),
        Post(headers(other), by="192.0.2.77"),
        Post(headers(other), by="::ffff:192.0.2.9"),
    ]
    another, body = PeerFactory(key=child.key), message()
    of_an_earlier_version = Post(headers(another.node, body, key=key), body, by="203.0.113.1")

    assert asyncio.run(_beside([held], waiting=waiting, post=of_an_earlier_version)) == (200, 0)


def test_who_waits_in_one_neighbourhood_holds_the_names_of_no_other_child(child, key):
    held = [Post(headers(PeerFactory().node), by="203.0.113.1")]
    another, body = PeerFactory(key=child.key), message()
    waiting = [Post(headers(another.node), by="203.0.113.2"), Post(headers(another.node), by="203.0.113.3")]
    of_an_earlier_version = Post(headers(another.node, body, key=key), body, by="192.0.2.1")

    assert asyncio.run(_beside(held, waiting=waiting, post=of_an_earlier_version)) == (200, 0)


def test_what_another_key_has_signed_is_refused_unread(child):
    body = message()
    forged = Post(headers(child.node, body, key=Ed25519PrivateKey.generate(), **{DIGEST: digest(body)}), body)

    assert asyncio.run(forged.answered()) == 401
    assert not forged.read.is_set()


def test_another_body_under_a_signed_head_is_refused(child, key):
    body, other = message(), message()
    post = Post(headers(child.node, body, key=key, **{DIGEST: digest(body)}), other)

    assert asyncio.run(post.answered()) == 401
