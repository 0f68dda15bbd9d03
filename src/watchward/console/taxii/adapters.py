"""What is stored for a client besides the objects: what became of its requests, and when it last came."""

import uuid
from datetime import datetime, timedelta
from typing import Final

import msgspec
from django.db import transaction
from django.db.models import Q

from watchward.base.clock import Clock
from watchward.base.collection import without_collection
from watchward.console.intel import moments
from watchward.console.intel.actions import add_objects
from watchward.console.intel.guard import Caller, Rights
from watchward.console.intel.models import Client
from watchward.console.taxii.models import Status
from watchward.console.taxii.resources import status

_REMEMBER_EVERY: Final = timedelta(minutes=1)
_KEEP: Final = timedelta(days=7)

_came: dict[str, datetime] = {}


@without_collection()
@transaction.atomic
def add(caller: Caller, rights: Rights, body: bytes, *, clock: Clock) -> bytes:
    """Store what a client sent; what became of it, as the client is told and may ask again."""
    at, key = clock.now(), uuid.uuid4()
    done = add_objects(by=caller.client, collection=rights.collection, raw=body, clock=clock)
    content = msgspec.json.encode(status(key, done, at=moments.micros(at)))
    Status.objects.create(id=key, root=rights.root, client=caller.client, requested_at=at, content=content)
    return content


def remember(caller: Caller, *, clock: Clock) -> None:
    """Note that a client came, once a minute: a poll writes nothing."""
    now, key = clock.now(), caller.client.key_id
    before = _came.get(key)
    if before is None or not timedelta(0) <= now - before < _REMEMBER_EVERY:
        _came[key] = now
        earlier = Q(used_at=None) | Q(used_at__lt=now - _REMEMBER_EVERY)
        Client.objects.filter(earlier, key_id=key).update(used_at=now)


def forget(*, clock: Clock) -> None:
    """Forget what became of requests long ago."""
    Status.objects.filter(requested_at__lt=clock.now() - _KEEP).delete()
