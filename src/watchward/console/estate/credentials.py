"""The credentials that the gateway accepts, written for it to `keys/sources.json` after each change.

The gateway reads digests, never secrets, and no database stands in its path. The file is replaced whole: it is either
as it was before or as it is now.
"""

import json
from dataclasses import dataclass
from typing import TypedDict

from django.db import connection, transaction

from watchward.base.files import put_whole, turn
from watchward.console.config import current
from watchward.console.estate.models import Credential


class Entry(TypedDict):
    """One key, as the gateway reads it."""

    source: str
    name: str
    key_id: str
    digest: str
    organisation: str
    enabled: bool


def credentials() -> list[Entry]:
    """Every key that was not withdrawn; those of a disabled source are there, and say so."""
    valid = Credential.objects.filter(withdrawn_at=None).order_by("key_id")
    fields = ("source_id", "source__name", "key_id", "digest", "source__organisation__code", "source__enabled")
    return [
        Entry(source=source, name=name, key_id=key_id, digest=digest, organisation=organisation, enabled=enabled)
        for source, name, key_id, digest, organisation, enabled in valid.values_list(*fields).iterator()
    ]


def write_credentials() -> None:
    """Write the file for the gateway, as the database stands now."""
    path = current().sources
    with turn(path.parent / "sources.lock"):
        # Read in turn: of two writers, the later one must not bring back what the earlier one saw.
        put_whole(path, json.dumps({"version": 1, "sources": credentials()}, indent=1).encode())


@dataclass(slots=True)
class _Awaited:
    """A writing that is waited for; `done` once it has begun."""

    done: bool = False

    def __call__(self) -> None:
        self.done = True
        write_credentials()


def write_credentials_on_commit() -> None:
    """Write the file when the changes under way are stored: once, however many they are.

    What is already waited for goes away only with a part of the transaction that this change lies in too.
    """
    if not any(isinstance(call, _Awaited) and not call.done for _, call, *_ in connection.run_on_commit):
        transaction.on_commit(_Awaited())
